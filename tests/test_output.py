"""What the daemon prints."""

import json
import subprocess
import sys

import pytest

from tests.children import CHECKOUT


def run(level: str, form: str) -> list[str]:
    """Run a program that prints, and return its lines on stderr; warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.printing", level, form],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_machines_get_a_json_object_a_line() -> None:
    """With the time in UTC, the level, and an exception as text."""
    loud, failed = map(json.loads, run("info", "json"))

    assert (loud["event"], loud["level"], loud["path"]) == ("loud", "warning", "/späße")
    assert loud["timestamp"].endswith("Z")
    assert "ValueError: invalid" in failed["exception"]


def test_people_get_a_line_they_can_read() -> None:
    """Without colours where nobody sees them, and with the way to an exception."""
    lines = run("info", "console")

    assert "loud" in lines[0]
    assert "\x1b" not in "".join(lines)
    assert lines[-1].startswith("ValueError: invalid")


@pytest.mark.parametrize("form", ["console", "json"])
def test_secrets_are_not_printed(form: str) -> None:
    """Whatever is named like one."""
    text = "\n".join(run("debug", form))

    assert "sk-none" not in text
    assert "redacted" in text


@pytest.mark.parametrize(("level", "expected"), [("debug", 3), ("info", 2), ("error", 1)])
def test_a_level_leaves_out_what_is_below(level: str, expected: int) -> None:
    """Only that and what is more severe is printed."""
    assert len(run(level, "json")) == expected
