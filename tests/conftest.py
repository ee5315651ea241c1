"""What all tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether we are right.
settings.register_profile("untimed", deadline=None)
settings.register_profile("nightly", deadline=None, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "untimed"))

_LEADING_OUT = ("ANTHROPIC", "CLAUDE", "CODEX", "CURSOR", "HIVEMIND", "OPENAI", "XDG", "NOTIFY")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that rewrite what is checked in and made from the code."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite tests/transcripts/*/*/golden.jsonl from what the parsers say now",
    )
    parser.addoption(
        "--update-readme",
        action="store_true",
        help="rewrite what README.md and docs/ say of commands and settings from the code",
    )
    parser.addoption(
        "--race-seconds",
        type=float,
        default=2.0,
        help="how long a hostile process swaps links while skills are written",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show which golden files were rewritten, and how often links were swapped in a race."""
    # The figures travel in the reports, so that they also arrive from pytest-xdist's workers.
    properties = [
        each for report in terminalreporter.getreports("passed") for each in report.user_properties
    ]
    for wanted, title in (("golden", "golden files rewritten"), ("race", "races without escape")):
        lines = sorted(value for key, value in properties if key == wanted)
        if lines:
            terminalreporter.section(title)
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture
def update_golden(pytestconfig: pytest.Config) -> bool:
    """Tell whether golden files are to be rewritten instead of compared."""
    return bool(pytestconfig.getoption("--update-golden"))


@pytest.fixture
def update_readme(pytestconfig: pytest.Config) -> bool:
    """Tell whether README.md and docs/ are to be rewritten instead of compared."""
    return bool(pytestconfig.getoption("--update-readme"))


@pytest.fixture(autouse=True)
def scratch_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty home, and none of the variables that lead to the real one."""
    for name in os.environ:
        if name.startswith(_LEADING_OUT):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    return home
