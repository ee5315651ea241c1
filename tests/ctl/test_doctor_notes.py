"""What doctor only notes: nothing is broken, and somebody may wonder all the same."""

from pathlib import Path

from hivemindd.control.server import Server
from hivemindd.log.lock import InstanceLock
from hivemindd.log.opening import open_log
from hivemindd.log.tables import DUE
from hivemindd.work import Due
from tests.control.filled_log import SHOP, fill, pause
from tests.ctl.examining import look
from tests.ctl.faults import now, transcript, truncated_log
from tests.process import Daemon, await_true


def test_records_that_no_rule_knows_are_worth_a_note(tmp_path: Path) -> None:
    """With assistant, version and count: never an error, never lost silently."""
    fill(tmp_path)

    (unknown,) = look(tmp_path, "record types")
    (broken,) = look(tmp_path, "lines")

    assert (unknown["state"], unknown["found"]) == ("note", "Codex 0.170.0: new_item, 12 times")
    assert (broken["state"], broken["found"]) == (
        "note",
        "Claude Code: 2 malformed lines, last in /t/y",
    )


def test_what_is_paused_is_worth_a_note(tmp_path: Path) -> None:
    """Whoever misses something learns why, and how to end it."""
    paths = fill(tmp_path)
    assert look(tmp_path, "paused") == []

    pause(paths, {SHOP: 0})
    (note,) = look(tmp_path, "paused")
    assert (note["state"], note["found"]) == ("note", "nothing is captured of shop")
    assert note["mend"] == "`hivemindctl resume`"


def test_a_key_that_only_this_shell_has_is_worth_a_note(tmp_path: Path) -> None:
    """The daemon judges without it, and nobody would notice."""
    paths = fill(tmp_path)
    server = Server(
        paths.socket, {"status": lambda _args: {"pid": 7, "live": True, "judge": "local"}}
    )
    with InstanceLock(paths.lock_file):
        server.start()
        try:
            (note,) = look(tmp_path, "judge", ANTHROPIC_API_KEY="k")
        finally:
            server.stop()

    assert note["state"] == "note"
    assert note["found"].startswith("local judges, not api as for this shell")
    assert note["mend"].startswith(f"write the key into {paths.key_file}")


def test_a_missing_git_is_worth_a_note(tmp_path: Path) -> None:
    """All else works without it."""
    assert look(tmp_path, "git") == []
    (note,) = look(tmp_path, "git", PATH=str(tmp_path))

    assert (note["state"], note["found"][:16]) == ("note", "git is not found")


def test_work_that_failed_is_worth_a_note(tmp_path: Path) -> None:
    """With what went wrong."""
    fill(tmp_path)

    (note,) = look(tmp_path, "learning")

    assert note["state"] == "note"
    assert "the judge does not answer" in note["found"]


def test_a_log_that_was_kept_from_an_upgrade_is_named(tmp_path: Path) -> None:
    """It takes space, and holds what may be forgotten in the log by now."""
    kept = fill(tmp_path).log / "data.mdb.schema-1"
    kept.write_bytes(bytes(2_000_000))
    kept.chmod(0o600)

    assert {
        "check": "log",
        "state": "note",
        "found": f"{kept} is kept from before an upgrade, 2.0 MB",
        "mend": f"rm {kept}",
    } in look(tmp_path, "log")


def test_what_a_daemon_complained_of_last_is_repeated_for_a_day(tmp_path: Path) -> None:
    """With its cause; whoever comes later hears when it was."""
    session = transcript(tmp_path)
    session.path.chmod(0o600)
    with Daemon(tmp_path) as daemon:
        link = session.path.with_name("11111111-0000-4000-8000-000000000001.jsonl")
        link.symlink_to(session.path)
        await_true(daemon.paths.complaint_file.exists, "the daemon complains")

    (row,) = look(tmp_path, "last error", now=now())
    assert row["state"] == "note"
    assert "transcript cannot be read" in row["found"]
    assert "~/.claude/projects/" in row["found"]
    (row,) = look(tmp_path, "last error", now=now() + 2 * 86_400_000)
    assert (row["state"], row["found"]) == ("ok", "2 d ago, none since")


def test_a_log_that_was_put_aside_is_worth_a_note(tmp_path: Path) -> None:
    """Fault 39: the daemon has begun a new one, and only a person throws away the old."""
    with truncated_log(tmp_path), Daemon(tmp_path):
        pass
    rows = look(tmp_path, "log", now=now())

    assert [row["state"] for row in rows] == ["ok", "note"]
    assert rows[1]["found"].startswith("1 damaged log put aside")


def test_what_waits_for_money_is_worth_a_note(tmp_path: Path) -> None:
    """Fault 54: tomorrow mends it."""
    log = open_log(fill(tmp_path).log)
    due = Due(workspace="w", assistant="codex", session="s", reason="idle", since=0, attempts=1)
    due.error, due.over_budget = "today's budget of $0.25 is spent", True
    log.transact(lambda txn: DUE.put(txn, b"k", due))
    log.close()

    notes = {row["state"]: row["mend"] for row in look(tmp_path, "learning") if "$" in row["found"]}
    assert notes["note"].startswith("wait until midnight, or raise judge.daily_budget")
