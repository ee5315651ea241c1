"""The commands that only read, over a real log."""

from pathlib import Path

import pytest

from tests.control.filled_log import (
    EVIL,
    FIX,
    NOTES,
    NPM,
    REFUSED,
    SHOP,
    ask_for_review,
    fill,
    pause,
)
from tests.ctl.runner import run, run_json, unwrapped

_FIELDS = {
    "workspaces": {"id", "name", "root", "assistants", "sessions", "events", "corrections"},
    "sessions": {
        "id",
        "assistant",
        "workspace",
        "cwd",
        "state",
        "started",
        "last_event",
        "events",
        "prompts",
        "corrections",
        "captured",
        "why_not",
    },
    "corrections": {
        "id",
        "workspace",
        "session",
        "assistant",
        "ts",
        "channel",
        "agent_output",
        "user_diff",
        "accepted",
        "reason",
        "quote",
        "weight",
        "state",
        "lesson",
    },
    "skills": {
        "name",
        "workspace",
        "path",
        "state",
        "version",
        "rules",
        "lessons",
        "corrections",
        "sessions",
        "effect",
    },
    "status": {"daemon", "assistants", "sessions", "due", "spend", "paused"},
    "skillify": {"workspace", "last_run", "next_due", "pending"},
}


@pytest.mark.parametrize("command", _FIELDS)
def test_json_has_the_promised_fields(tmp_path: Path, command: str) -> None:
    """These names are a contract: more may be added, none renamed."""
    fill(tmp_path)

    rows = run_json(tmp_path, command)

    assert rows
    assert all(row.keys() >= _FIELDS[command] for row in rows)


def test_events_have_the_promised_fields(tmp_path: Path) -> None:
    """Those of every event, and those of its kind."""
    fill(tmp_path)

    rows = run_json(tmp_path, "events", NPM)

    common = {"id", "session", "seq", "ts", "kind", "author", "sidechain"}
    assert all(row.keys() >= common for row in rows)
    assert rows[0]["text"] == "add date-fns"
    assert rows[2]["text"] == EVIL


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("workspaces",),
        ("sessions",),
        ("events", NPM),
        ("corrections",),
        ("skills",),
        ("skills", "list"),
        ("skills", "show", "package-commands"),
        ("why", "package-commands"),
        ("why", "corr-1"),
        ("skillify",),
    ],
    ids=" ".join,
)
def test_nothing_from_a_transcript_reaches_the_terminal_as_it_is(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    """The filled log holds escape sequences in what people said."""
    fill(tmp_path)

    result = run(tmp_path, *command)

    assert result.exit_code == 0, result.output
    assert result.stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)
    assert "owned" not in result.stdout


@pytest.mark.parametrize("command", ["status", "workspaces", "sessions", "skills", "skillify"])
def test_answers_fit_into_80_columns(tmp_path: Path, command: str) -> None:
    """A terminal need not be wider."""
    fill(tmp_path)

    lines = run(tmp_path, command, HOME=str(tmp_path)).stdout.splitlines()

    assert all(len(line) <= 80 for line in lines), lines


def test_sessions_can_be_limited_to_a_workspace(tmp_path: Path) -> None:
    """By id, by name and by folder alike."""
    fill(tmp_path)

    for wanted in (SHOP, "shop", str(tmp_path / "shop" / "src")):
        rows = run_json(tmp_path, "sessions", "--workspace", wanted)
        assert [row["id"] for row in rows] == [FIX, NPM, REFUSED]
    assert run_json(tmp_path, "corrections", "--workspace", NOTES) == []


def test_an_unknown_workspace_is_an_error(tmp_path: Path) -> None:
    """Else its empty list would look like an answer."""
    fill(tmp_path)

    result = run(tmp_path, "sessions", "--workspace", "nope")

    assert result.exit_code == 1
    assert result.stderr == (
        "hivemindctl: there is no workspace 'nope': `hivemindctl workspaces` lists them\n"
    )


def test_refused_sessions_are_marked(tmp_path: Path) -> None:
    """A person sees that one is missing, and where to read why."""
    fill(tmp_path)

    out = run(tmp_path, "sessions").stdout
    assert "left out c0ffee00: HIVEMIND_CAPTURE=false in its environment\n" in out
    assert "--catch-up" not in out
    out = run(tmp_path, "status").stdout
    assert "left out    1 session: HIVEMIND_CAPTURE=false in its environment\n" in out
    (status,) = run_json(tmp_path, "status")
    assert status["sessions"]["refused"] == {"HIVEMIND_CAPTURE=false in its environment": 1}
    assert "HIVEMIND_CAPTURE=false in its environment" in run(tmp_path, "events", "c0ff").stdout


def test_a_correction_shows_the_words_the_diff_and_the_source(tmp_path: Path) -> None:
    """All that is needed to judge it."""
    fill(tmp_path)

    shown = run(tmp_path, "corrections").stdout

    assert "“use pnpm, not npm!”" in shown
    assert "agent: npm install date-fns" in shown
    assert "    -npm\n    +pnpm\n" in shown
    assert "~/npm.jsonl at 180" in shown
    assert "thanks" not in shown
    assert "thanks" in run(tmp_path, "corrections", "--all").stdout


def test_a_skill_shows_its_file_as_it_is_now(tmp_path: Path) -> None:
    """Also when a person has changed it, or thrown it away."""
    fill(tmp_path)
    file = tmp_path / "shop/.claude/skills/package-commands/SKILL.md"

    assert "- Use pnpm." in run(tmp_path, "skills", "show", "package-commands").stdout
    (row,) = run_json(tmp_path, "skills", "show", "package-commands")
    assert row["text"] == file.read_text()
    file.unlink()
    assert "the file is gone" in run(tmp_path, "skills", "show", "package-commands").stdout
    (row,) = run_json(tmp_path, "skills", "show", "package-commands")
    assert row["text"] is None


def test_why_shows_rule_words_and_place(tmp_path: Path) -> None:
    """From the skill back to the line of the transcript."""
    fill(tmp_path)

    shown = run(tmp_path, "why", "package-commands").stdout
    (row,) = run_json(tmp_path, "why", "package-commands")

    assert "Use pnpm, not npm." in shown
    assert "“use pnpm, not npm!”" in shown
    assert "~/npm.jsonl at 180" in shown
    assert "not when: publishing the SDK" in shown
    assert row["skill"]["name"] == "package-commands"
    assert row["lessons"][0]["sources"][1]["seq"] == 180
    assert "  judged by api:claude-haiku-5-5/p1, api:claude-haiku-5-5/p2\n" in shown
    judges = [source["judge"] for source in row["lessons"][0]["sources"]]
    assert (row["lessons"][0]["judge"], judges) == (
        "api:claude-haiku-5-5/p1",
        ["", "api:claude-haiku-5-5/p2"],
    )


def test_why_shows_the_change_and_what_the_rule_was_before(tmp_path: Path) -> None:
    """When the lesson became what, and what the person did to the agent's work."""
    fill(tmp_path)

    lines = run(tmp_path, "why", "package-commands").stdout.splitlines()
    (row,) = run_json(tmp_path, "why", "package-commands")

    assert "v1 growing, weight 3" in lines[3]
    assert "v2 enough for a skill, weight 4" in lines[4]
    assert [line for line in lines if line.startswith("      ")] == [
        "      @@ -1 +1 @@",
        "      -npm",
        "      +pnpm",
    ]
    assert lines[lines.index("      +pnpm") + 1] == "    correction corr-1, ~/npm.jsonl at 180"
    (lesson,) = row["lessons"]
    assert [version["correction"] for version in lesson["versions"]] == ["gone", "corr-1"]
    assert lesson["sources"][1]["user_diff"] == "@@ -1 +1 @@\n-npm\n+pnpm\n"


@pytest.mark.parametrize("name", ["corr-1", NPM, NPM[:4]])
def test_why_leads_from_a_correction_to_its_skills(tmp_path: Path, name: str) -> None:
    """Asked for a session or a correction, whole or by how it begins."""
    fill(tmp_path)

    shown = run(tmp_path, "why", name).stdout
    (row,) = run_json(tmp_path, "why", name)

    assert shown.startswith(f"Claude Code session {NPM} in shop\n\nyesterday ")
    assert "\n  teaches: Use pnpm, not npm. (enough for a skill)\n" in shown
    path = "~/shop/.claude/skills/package-commands/SKILL.md"
    assert f"\n    in the skill package-commands (active), {path}\n" in shown
    assert row["session"]["id"] == NPM
    (correction,) = row["corrections"]
    assert (correction["id"], correction["seq"]) == ("corr-1", 180)
    (lesson,) = correction["lessons"]
    assert (lesson["rule"], lesson["state"], lesson["weight"]) == (
        "Use pnpm, not npm.",
        "promoted",
        1.0,
    )
    assert [skill["name"] for skill in lesson["skills"]] == ["package-commands"]


def test_why_says_where_nothing_came_of_it(tmp_path: Path) -> None:
    """A session without corrections, a correction without a lesson."""
    fill(tmp_path)

    assert "no correction was found in it" in run(tmp_path, "why", FIX).stdout
    assert "no lesson stands on it" in run(tmp_path, "why", "corr-2").stdout


def test_a_rule_that_waits_for_a_person_is_named(tmp_path: Path) -> None:
    """In plain lines, each with the id to decide by, and none of another workspace."""
    paths = fill(tmp_path)
    assert "review" not in run(tmp_path, "skills").stdout + run(tmp_path, "status").stdout

    [name] = ask_for_review(paths, "Push without \x1b[31masking")
    assert run(tmp_path, "skills").stdout.endswith(
        "\n1 rule waits for your review: `hivemindctl skills approve ID` or `reject ID`\n"
        f"  {name}  Push without asking\n"
    )
    waiting = "review      1 rule waiting for you: see `hivemindctl skills`\n"
    assert waiting in run(tmp_path, "status").stdout

    name, other = ask_for_review(paths, "Push without asking", "Skip the hooks " * 9)
    lines = run(tmp_path, "skills", "list").stdout.splitlines()[-4:]
    assert lines[0].startswith("2 rules wait for your review: ")
    assert unwrapped("\n".join(lines[1:3])) == f"{other} {'Skip the hooks ' * 9}".strip()
    assert lines[3] == f"  {name}  Push without asking"
    assert all(len(line) <= 80 for line in lines)
    elsewhere = run(tmp_path, "skills", "--workspace", NOTES)
    assert (elsewhere.exit_code, elsewhere.stdout) == (0, "")


def test_skillify_says_what_waits_and_why(tmp_path: Path) -> None:
    """Due work, what failed, and what a growing lesson still needs."""
    fill(tmp_path)

    shown = run(tmp_path, "skillify").stdout

    assert "Codex 3f77d0e2, because the agent took many turns" in shown
    assert "failed 2 times" in shown
    assert "the judge does not answer" in shown
    assert "weight 1 of 3, 1 of 2 sessions" in shown


def test_the_status_shows_a_pause(tmp_path: Path) -> None:
    """Nobody should wonder why nothing arrives."""
    pause(fill(tmp_path), {"": 0})

    assert "paused      everything: `hivemindctl resume` ends it" in run(tmp_path, "status").stdout


@pytest.mark.parametrize("command", ["workspaces", "sessions", "corrections", "skills", "skillify"])
def test_before_anything_is_captured_a_list_is_empty(tmp_path: Path, command: str) -> None:
    """That is no failure: one sentence beside the answer, which is empty."""
    for arguments in ((command,), (command, "--json")):
        result = run(tmp_path, *arguments)

        assert result.exit_code == 0
        assert result.stdout == ""
        assert result.stderr.startswith("hivemindctl: nothing has been captured yet")


@pytest.mark.parametrize(
    "command", [("events", "x"), ("why", "x"), ("skills", "show", "x")], ids=" ".join
)
def test_what_is_asked_for_by_name_must_exist(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Exit code 1 and a sentence, with and without a log."""
    result = run(tmp_path, *command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing has been captured yet" in result.stderr

    fill(tmp_path)
    result = run(tmp_path, *command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("hivemindctl: there is no ")
