"""What the daemon prints."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.children import CHECKOUT


def run(level: str, form: str, word: str = "why") -> list[str]:
    """Run a program that prints, and return its lines on stderr; warnings are errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.printing", level, form, word],
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


def into_journal(*command: str, home: Path | None = None) -> list[str]:
    """Run a program whose standard error is, as far as it can tell, the journal."""
    reader, writer = os.pipe()
    status = os.fstat(writer)
    env = {**os.environ, "JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
    env |= {"HOME": str(home)} if home else {}
    subprocess.run([sys.executable, *command], cwd=CHECKOUT, env=env, stderr=writer, check=False)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as lines:
        return lines.read().splitlines()


def test_the_journal_gets_a_priority_on_each_line_and_no_time() -> None:
    """Also on each line of a traceback: the journal makes an entry of each (sd-daemon(3))."""
    lines = into_journal("-m", "tests.printing", "debug", "console")

    assert lines[0] == "<7>quiet"
    assert lines[1] == "<4>loud api_key=redacted path=/späße token=redacted"
    assert lines[2] == "<3>failed cause='it said: Bearer «redacted:bearer-token»'"
    assert lines[-1].startswith("<3>ValueError: invalid")
    assert {line[:3] for line in lines[2:]} == {"<3>"}


def test_what_ends_the_daemon_has_a_priority_too(scratch_home: Path) -> None:
    """The journal names the program by itself."""
    config = scratch_home / ".config" / "hivemind" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("nope = 1\n")

    (line,) = into_journal("-m", "hivemindd", home=scratch_home)

    assert line.startswith(f"<3>{config}:1: ")


def test_a_journal_that_is_not_ours_changes_nothing() -> None:
    """The variable is inherited by whoever redirects its output."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.printing", "info", "console"],
        cwd=CHECKOUT,
        env={**os.environ, "JOURNAL_STREAM": "1:1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "[warning  ] loud" in done.stderr.splitlines()[0]


def test_a_quoted_text_neither_begins_a_line_nor_moves_the_cursor() -> None:
    """Paths and errors hold what others have named."""
    lines = run("info", "console", "forged\n<0>fine\x1b[2J\u202e")

    assert len([line for line in lines if "forged" in line]) == 2
    assert not [line for line in lines if line.startswith("<0>")]
    assert "\x1b" not in "".join(lines)
    assert "\u202e" not in "".join(lines)


@pytest.mark.parametrize("form", ["console", "json"])
def test_secrets_are_not_printed(form: str) -> None:
    """Whatever is named like one, and what looks like one within a text."""
    text = "\n".join(run("debug", form))

    assert "sk-none" not in text
    assert "k7Qw2ZpX" not in text
    assert "cause" in text
    assert "redacted" in text


@pytest.mark.parametrize(("level", "expected"), [("debug", 3), ("info", 2), ("error", 1)])
def test_a_level_leaves_out_what_is_below(level: str, expected: int) -> None:
    """Only that and what is more severe is printed."""
    assert len(run(level, "json")) == expected
