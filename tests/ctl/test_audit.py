"""hivemindctl audit: what was done, the newest first."""

from pathlib import Path

import pytest

from hivemindd.deeds import Deed
from hivemindd.log.audit import note
from hivemindd.log.opening import open_log
from tests.control.filled_log import DAY, MINUTE, NOTES, NOW, NPM, SHOP, fill, make_paths
from tests.ctl.runner import run, run_json

LONG = "a-very-long-name-of-an-activity-that-fills-its-line-and-more"


@pytest.fixture(autouse=True)
def _done(tmp_path: Path) -> None:
    """Fill a log in which something was done every minute."""
    log = open_log(fill(tmp_path).log)
    whole = {"workspace": SHOP, "skill": "package-commands", "skill_id": "ski-1"}
    rows = (
        Deed(ts=NOW + MINUTE, what="paused", who="user"),
        Deed(ts=NOW + 2 * MINUTE, what="resumed", who="daemon"),
        Deed(
            ts=NOW + 3 * MINUTE,
            what="refused",
            who="user",
            workspace=NOTES,
            lesson="0123456789abcdef",
        ),
        Deed(ts=NOW + 4 * MINUTE, what="written", who="daemon", after="ab" * 32, **whole),
        Deed(ts=NOW + 5 * MINUTE, what="removed", who="user", before="ab" * 32, **whole),
        Deed(ts=NOW + 6 * MINUTE, what="pinned", who="user", workspace=SHOP, skill=LONG),
    )
    log.transact(lambda txn: note(txn, *rows))
    log.close()


def test_the_table_fits_and_begins_with_the_newest(tmp_path: Path) -> None:
    """Hashes are shortened; what was done to all workspaces says so."""
    lines = run(tmp_path, "audit", now=NOW + DAY).stdout.splitlines()

    assert all(len(line) <= 80 for line in lines), lines
    words = [line.split() for line in lines]
    assert words[0] == ["when", "who", "what", "about", "workspace", "before", "after"]
    assert [word[3] for word in words[1:7]] == [
        "pinned",
        "removed",
        "written",
        "refused",
        "resumed",
        "paused",
    ]
    assert words[2][-2:] == ["abababa", "-"]
    assert words[3][-2:] == ["-", "abababa"]
    assert "rule 01234567" in lines[4]
    assert words[6][-1] == "all"


def test_a_folder_that_was_made_is_named(tmp_path: Path) -> None:
    """It is the one thing that is made before there is a skill."""
    log = open_log(make_paths(tmp_path).log)
    deed = Deed(ts=NOW + DAY, what="prepared", who="daemon", workspace=SHOP)
    log.transact(lambda txn: note(txn, deed))
    log.close()

    line = run(tmp_path, "audit").stdout.splitlines()[1]

    assert line.split()[-4:] == ["daemon", "prepared", ".claude/skills", "shop"]


def test_the_judge_is_there_too(tmp_path: Path) -> None:
    """From the ledger, with the session that it was asked about, and whether it answered."""
    rows = [row for row in run_json(tmp_path, "audit") if row["what"] == "judged"]

    assert [row["usable"] for row in rows] == [False, True, True]
    assert {(row["session"], row["workspace"], row["candidates"]) for row in rows} == {
        (NPM, SHOP, 2)
    }
    shown = run(tmp_path, "audit").stdout
    assert [line.count("2 corrections") for line in shown.splitlines()].count(1) == 3
    assert shown.count("not judged") == 1


def test_a_workspace_has_its_own(tmp_path: Path) -> None:
    """And what holds for all of them."""
    rows = run_json(tmp_path, "audit", "--workspace", "notes")

    assert [row["what"] for row in rows] == ["refused", "resumed", "paused"]
    assert rows[0].keys() >= {"ts", "what", "who", "workspace", "skill", "before", "after"}


def test_no_row_holds_words_of_a_transcript(tmp_path: Path) -> None:
    """Neither the rules nor what was said."""
    shown = run(tmp_path, "audit", "--json").stdout

    assert "use pnpm" not in shown.lower()


def test_where_nothing_was_done(tmp_path: Path) -> None:
    """One sentence beside an empty answer."""
    (tmp_path / "nowhere").mkdir()
    result = run(tmp_path / "nowhere", "audit")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing has been captured yet" in result.stderr
