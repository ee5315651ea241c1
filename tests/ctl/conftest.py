"""What the tests of hivemindctl share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites the command reference: `pytest tests/ctl --update-readme`."""
    parser.addoption(
        "--update-readme",
        action="store_true",
        help="rewrite the command reference in README.md from what --help says now",
    )
