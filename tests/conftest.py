"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether we are right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_LEADING_OUT = ("ANTHROPIC", "CLAUDE", "CODEX", "CURSOR", "HIVEMIND", "OPENAI", "XDG", "NOTIFY")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that rewrites the golden files of the transcripts."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/transcripts/*/*/golden.jsonl from what the parsers say now",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show how many lines of which golden files were rewritten."""
    # The figures travel in the reports, so that they also arrive from pytest-xdist's workers.
    changes = [
        value
        for report in terminalreporter.getreports("passed")
        for key, value in report.user_properties
        if key == "golden"
    ]
    if changes:
        terminalreporter.section("golden files rewritten")
        for change in sorted(changes):
            terminalreporter.line(change)


@pytest.fixture
def update_golden(pytestconfig: pytest.Config) -> bool:
    """Tell whether golden files are to be rewritten instead of compared."""
    return bool(pytestconfig.getoption("--update-golden"))


@pytest.fixture(autouse=True)
def scratch_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty home, and none of the variables that lead to the real one."""
    for name in os.environ:
        if name.startswith(_LEADING_OUT):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    return home
