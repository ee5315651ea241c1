"""`hivemindctl forget`: it says what falls first, and does it with --yes alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hivemindctl.stage import Stage
from hivemindd.log.homes import put_session
from hivemindd.log.opening import open_log
from hivemindd.log.tables import SESSIONS, Txn
from tests.control.filled_log import make_paths
from tests.ctl.runner import environment, run, run_json
from tests.process import Daemon, await_true
from tests.raw import holds

CLAUDE = "5d0c6a52-8f1e-4c37-9a64-0b1f7e2d9c11"
WORDS = "use pnpm instead of npm in this repo"


@pytest.fixture(name="stage")
def _stage(tmp_path: Path) -> Stage:
    """Give a home in which one skill was learned from three sessions."""
    stage = Stage(tmp_path)
    stage.build(datetime.now(UTC))
    stage.run(stage.env(environment(stage.home)))
    assert _skill(stage).exists()
    return stage


def _skill(stage: Stage) -> Path:
    return stage.project / ".claude" / "skills" / "package-commands" / "SKILL.md"


def _state(stage: Stage) -> Path:
    return make_paths(stage.home).state


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def test_without_yes_it_says_what_falls_and_does_nothing(stage: Stage) -> None:
    """The exit code tells a script that nothing was done."""
    result = run(stage.home, "forget", "--session", "5d0c6a52", now=_now())

    assert result.exit_code == 3
    assert result.stdout == (
        "Would forget 1 session of webshop with 10 events, 1 correction:\n"
        f"  3 d ago           Claude Code  {CLAUDE}\n"
        "\n"
        "This rule counts no more: Use pnpm instead of npm\n"
        "package-commands is taken back:\n"
        "  ~/webshop/.claude/skills/package-commands/SKILL.md\n"
    )
    assert result.stderr == "hivemindctl: nothing is forgotten yet: add --yes to do it\n"
    assert len(run_json(stage.home, "sessions")) == 3
    assert _skill(stage).exists()


def test_with_yes_it_goes_from_the_disk_and_the_project(stage: Stage) -> None:
    """No daemon is needed, and what is said then is what has happened."""
    assert holds(_state(stage), WORDS)

    result = run(stage.home, "forget", "--session", "5d0c6a52", "--yes")

    assert result.exit_code == 0, result.output
    assert "Forgot 1 session of webshop with 10 events and 1 correction.\n" in result.stdout
    assert "Took back package-commands.\n" in result.stdout
    assert "of the disk are free again.\n" in result.stdout
    assert result.stdout.endswith(
        "It is not read again from the transcripts, which stay where they are.\n"
    )
    assert not _skill(stage).exists()
    assert not holds(_state(stage), WORDS)
    assert run_json(stage.home, "audit")[0]["what"] == "forgotten"


def test_it_stays_forgotten_when_everything_is_read_again(stage: Stage) -> None:
    """After a restart, and also where the log was lost."""
    run(stage.home, "forget", "--session", CLAUDE, "--yes")
    assert stage.run(stage.env(environment(stage.home)))[0] == "0 new events in 0 sessions"

    for file in make_paths(stage.home).log.iterdir():
        file.unlink()
    assert stage.run(stage.env(environment(stage.home)))[0] == "21 new events in 2 sessions"

    result = run(stage.home, "events", CLAUDE)
    assert result.exit_code == 1
    assert result.stderr == (
        f"hivemindctl: the session {CLAUDE!r} is forgotten: nothing of it is kept\n"
    )
    assert not holds(_state(stage), WORDS)


def test_a_running_daemon_is_asked_and_captures_what_is_said_later(stage: Stage) -> None:
    """While it watches the very transcript that is forgotten."""
    with Daemon(stage.home) as daemon:
        result = run(stage.home, "forget", "--session", CLAUDE, "--yes")
        assert result.exit_code == 0, result.output
        assert not holds(_state(stage), WORDS)
        assert len(run_json(stage.home, "sessions")) == 2

        (file,) = (stage.home / ".claude" / "projects").rglob("*.jsonl")
        record = json.loads(file.read_text().splitlines()[1])
        later = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
        record |= {"uuid": "later", "timestamp": later.replace("+00:00", "Z")}
        with file.open("a") as transcript:
            transcript.write(json.dumps(record) + "\n")
        await_true(lambda: len(run_json(stage.home, "sessions")) == 3, "it is captured again")

        (row,) = [row for row in run_json(stage.home, "sessions") if row["id"] == CLAUDE]
        assert (row["events"], row["forgotten"] > 0) == (1, True)
        assert daemon.stop() == 0
    assert not holds(_state(stage), WORDS)


def test_a_workspace_and_a_day_narrow_each_other(stage: Stage) -> None:
    """Both are said with --json as they are with words."""
    today = datetime.now().astimezone().strftime("%Y-%m-%d")

    old = run(stage.home, "forget", "-w", "webshop", "--before", "2020-01-01")
    new = run(stage.home, "forget", "-w", "webshop", "--before", today, "--json")

    assert (old.exit_code, old.stderr) == (1, "hivemindctl: no session of webshop is that old\n")
    assert new.exit_code == 3
    plan = json.loads(new.stdout)
    assert len(plan["sessions"]) == 3
    assert (plan["corrections"], plan["lost"]) == (3, ["Use pnpm instead of npm"])
    assert [(row["name"], row["ending"]) for row in plan["skills"]] == [
        ("package-commands", "falls")
    ]


def test_a_whole_workspace_leaves_nothing(stage: Stage) -> None:
    """Neither its name in a list, nor a row of the audit."""
    done = run(stage.home, "forget", "--workspace", "webshop", "--yes", "--json")

    assert json.loads(done.stdout)["sessions"] == 3
    assert run_json(stage.home, "workspaces") == []
    assert [(row["what"], row["workspace"]) for row in run_json(stage.home, "audit")] == [
        ("forgotten", "")
    ]


def test_what_you_have_edited_is_named_and_stays(stage: Stage) -> None:
    """First and afterwards."""
    skill = _skill(stage)
    skill.write_text(skill.read_text() + "\n- Mine.\n")
    stage.run(stage.env(environment(stage.home)))

    plan = run(stage.home, "forget", "--session", CLAUDE)
    done = run(stage.home, "forget", "--session", CLAUDE, "--yes")

    path = "~/webshop/.claude/skills/package-commands/SKILL.md"
    assert f"package-commands is as it was:\n  {path}\n" in done.stdout
    assert "- Mine." in skill.read_text()
    assert "package-commands" in plan.stdout


def test_a_skill_that_waits_for_a_word_is_said_to(stage: Stage) -> None:
    """With `review = true` it stays until its end is approved, and where that is done is said."""
    config = make_paths(stage.home).config_file
    config.parent.mkdir(parents=True)
    config.write_text("review = true\n")

    plan = run(stage.home, "forget", "--session", CLAUDE)
    done = run(stage.home, "forget", "--session", CLAUDE, "--yes")

    path = "~/webshop/.claude/skills/package-commands/SKILL.md"
    stays = "package-commands loses 1 rule; its file stays as it is until you approve it:"
    assert f"{stays}\n  {path}\n" in plan.stdout
    waits = "package-commands is as it was, and waits for your word: `hivemindctl skills`\n"
    assert waits in done.stdout
    assert "1 proposal waits" in run(stage.home, "skills").stdout


def test_files_of_older_logs_are_named(stage: Stage) -> None:
    """They hold the same words, so they go too."""
    (make_paths(stage.home).log / "data.mdb.damaged-1").write_text(WORDS)

    plan = run(stage.home, "forget", "--session", CLAUDE)
    run(stage.home, "forget", "--session", CLAUDE, "--yes")

    assert "1 file of older logs, which hold the same words, would be deleted too.\n" in plan.stdout
    assert not holds(_state(stage), WORDS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "say what: --session, --workspace or --before"),
        (
            ("--session", "x", "--before", "2020-01-01"),
            "--session says it all: leave --workspace and --before out",
        ),
        (
            ("--before", "soon"),
            "Invalid value for --before: 'soon' is no day: write it as 2026-01-31",
        ),
        (
            ("--workspace", "", "--before", "2026-01-31"),
            "Invalid value for '--workspace' / '-w': it is empty: name one, or leave it out",
        ),
    ],
)
def test_wrong_usage_leaves_with_2(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """In a sentence."""
    result = run(tmp_path, "forget", *arguments)

    assert result.exit_code == 2
    assert result.stderr.endswith(f"hivemindctl: {sentence}\n")


def test_the_first_day_of_all_is_a_day(stage: Stage) -> None:
    """A script that computes it wrong forgets nothing, instead of everything."""
    result = run(stage.home, "forget", "--before", "1970-01-01", "--yes")

    assert result.exit_code == 1
    assert result.stderr == "hivemindctl: no session is that old\n"


def test_what_is_not_there_leaves_with_1(stage: Stage, tmp_path: Path) -> None:
    """A session, a workspace, or anything at all."""
    (tmp_path / "empty").mkdir()
    cases = {
        ("--session", "nope"): "there is no session 'nope': `hivemindctl sessions` lists them",
        ("-w", "nope"): "there is no workspace 'nope': `hivemindctl workspaces` lists them",
    }
    for arguments, sentence in cases.items():
        result = run(stage.home, "forget", *arguments)
        assert (result.exit_code, result.stderr) == (1, f"hivemindctl: {sentence}\n")
    result = run(tmp_path / "empty", "forget", "--session", "x")
    assert (result.exit_code, "nothing has been captured yet" in result.stderr) == (1, True)


def test_where_there_is_no_room_to_write_the_file_anew_it_is_said(stage: Stage) -> None:
    """Then, and by `doctor` until it was done."""
    obstacle = make_paths(stage.home).log / "compact"
    obstacle.symlink_to("nowhere")

    done = run(stage.home, "forget", "--session", CLAUDE, "--yes")

    assert done.exit_code == 0
    assert "what was deleted lies in its file until then\n" in done.stderr
    left = "what was forgotten still lies in its file"
    assert left in run(stage.home, "doctor").stdout
    obstacle.unlink()
    stage.run(stage.env(environment(stage.home)))
    assert not holds(_state(stage), WORDS)
    assert left not in run(stage.home, "doctor").stdout


def test_the_settings_forget_what_is_too_old(stage: Stage) -> None:
    """At each start and every hour; what a skill stands on stays with it."""
    file = make_paths(stage.home).config_file
    file.parent.mkdir(parents=True)
    file.write_text('keep = "36 days"\n')
    stage.run(stage.env(environment(stage.home)))
    before = {row["id"] for row in run_json(stage.home, "sessions")}
    assert len(before) == 3
    file.write_text('keep = "1 day"\n')

    stage.run(stage.env(environment(stage.home)))

    gone = before - {row["id"] for row in run_json(stage.home, "sessions")}
    assert len(gone) >= 2
    assert run(stage.home, "events", (name := gone.pop())).stderr == (
        f"hivemindctl: the session {name!r} has gone by `keep` or `max_disk`: "
        "what skills stand on is kept\n"
    )
    assert _skill(stage).exists()
    assert stage.run(stage.env(environment(stage.home)))[0] == "0 new events in 0 sessions"


def test_a_session_that_another_goes_on_from_is_named(stage: Stage) -> None:
    """It has words in common with the one that is to go, and stays unless it is named too."""
    log = open_log(make_paths(stage.home).log)

    def resume(txn: Txn) -> str:
        row = next(row for row in SESSIONS.rows(txn) if row.assistant == "codex")
        row.parent = CLAUDE
        put_session(txn, row)
        return row.id

    kin = log.transact(resume)
    log.close()

    plan = run(stage.home, "forget", "--session", CLAUDE)
    both = run(stage.home, "forget", "--session", CLAUDE, "--session", kin)

    assert plan.stdout.endswith(f"Session {kin} has words in common with them, and stays.\n")
    assert "Would forget 2 sessions" in both.stdout
    assert "in common" not in both.stdout
