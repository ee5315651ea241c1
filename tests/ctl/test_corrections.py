"""What `hivemindctl corrections` shows a person."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.tables import CORRECTIONS
from hivemindd.paths import find_paths
from hivemindd.records import Correction, Origin
from tests.control.filled_log import NOW, make_paths
from tests.ctl.runner import PATIENCE, environment, run, run_json

ROW = Correction(
    id="c1",
    workspace="shop",
    session="5e551000-0000-4000-8000-000000000001",
    assistant="claude-code",
    ts=NOW - 60_000,
    channel="user-edit",
    agent_output="Edit(/home/dev/shop/app.py)\n@@ -0,0 +1 @@\n+print(path)",
    user_diff="@@ -1 +1 @@\n-print(path)\n+logger.info(path)",
    accepted="@@ -1 +1 @@\n-print(path)\n+logger.info(path)",
    weight=0.7,
    state="accepted",
    why="holds no rule worth keeping",
    transcript="/home/dev/.claude/projects/x/5e551000.jsonl",
    seq=1200,
    paths=["/home/dev/shop/app.py"],
    missing={"reason": "it was changed without a word"},
    origins={
        "agent_output": Origin(source="the very act that was corrected", confidence=1.0),
        "user_diff": Origin(source="disk", confidence=0.8),
        "accepted": Origin(source="the change by hand", confidence=0.8),
    },
)


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    """Return a home whose log holds one correction."""
    folder = find_paths(environment(tmp_path)).log
    folder.mkdir(parents=True)
    _store(tmp_path, ROW)
    return tmp_path


def _store(home: Path, row: Correction) -> None:
    log = open_log(find_paths(environment(home)).log, map_size=1 << 20)
    key = workspace_key(row.workspace) + session_key(row.assistant, row.session)
    log.transact(lambda txn: CORRECTIONS.put(txn, key + text_key(row.id), row))
    log.close()


def test_a_change_by_hand_reads_as_one(home: Path) -> None:
    """When, who, what the agent did, the diff, where it is from, and what is missing and why."""
    lines = run(home, "corrections").stdout.splitlines()

    assert lines[0].endswith("Claude Code  shop  changed by hand; counts")
    assert lines[1:] == [
        "  agent: Edit(/home/dev/shop/app.py)",
        "    @@ -0,0 +1 @@",
        "    +print(path)",
        "  changed: /home/dev/shop/app.py",
        "    @@ -1 +1 @@",
        "    -print(path)",
        "    +logger.info(path)",
        "  accepted: the change",
        "  note: holds no rule worth keeping",
        "  - change: the file on the disk (80% sure)",
        "  - accepted: the change by hand (80% sure)",
        "  - words: it was changed without a word",
        "  correction c1, session 5e551000, /home/dev/.claude/projects/x/5e551000.jsonl at 1200",
    ]


def test_where_a_field_comes_from_is_told_to_the_end(home: Path) -> None:
    """On further lines where one is too short, which no screen breaks."""
    origins = {"accepted": Origin(source="the next command like it", confidence=0.56)}
    missing = {"accepted": "a guess: nobody has spoken since"}
    _store(home, msgspec.structs.replace(ROW, origins=origins, missing=missing))

    shown = run(home, "corrections").stdout

    assert (
        "  - accepted: the next command like it (56% sure); a guess: nobody has spoken\n    since\n"
    ) in shown


def test_json_has_everything(home: Path) -> None:
    """Every field of the record, also the ones that a terminal is spared."""
    (row,) = run_json(home, "corrections")

    assert set(row) == set(Correction.__struct_fields__)
    assert row["origins"]["user_diff"] == {"source": "disk", "confidence": 0.8}
    assert row["missing"] == ROW.missing
    assert row["user_diff"] == ROW.user_diff


@pytest.mark.parametrize(("setting", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals(home: Path, setting: dict[str, str], *, coloured: bool) -> None:
    """A diff is red and green on a terminal, unless `NO_COLOR` is set."""
    printed = _on_a_terminal(home, **setting)

    assert "logger.info(path)" in printed
    assert ("\x1b[32m+logger.info(path)\x1b[0m" in printed) is coloured
    assert ("\x1b[31m-print(path)\x1b[0m" in printed) is coloured
    assert ("\x1b" in printed) is coloured


def _on_a_terminal(home: Path, **env: str) -> str:
    """Run the command with a terminal as its output, and return what arrived there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "hivemindctl", "corrections"],
        cwd=home,
        env=environment(home, TERM="xterm-256color", **env),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    printed = b""
    with process:
        # The end of a terminal is an error of reading on Linux, and an empty answer elsewhere.
        while chunk := _read(ours):
            printed += chunk
        process.wait(timeout=PATIENCE)
    os.close(ours)
    return printed.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:
        return b""


def test_where_none_was_found_yet_it_says_what_is_still_to_be_read(tmp_path: Path) -> None:
    """In the first minutes that is the answer to why there is none."""
    paths = make_paths(tmp_path)
    paths.log.mkdir(parents=True)
    open_log(paths.log).close()

    result = run(tmp_path, "corrections")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "`hivemindctl skillify` shows what is still to be read" in result.stderr
