"""What a session tells of skills, from made events and from what real clients wrote."""

from pathlib import Path

import msgspec
import pytest

from hivemindd.events import AnyEvent
from hivemindd.lessons.activity import SLUGS, slug_for
from hivemindd.lessons.traces import trace
from hivemindd.records import LessonType, Session, Trace
from tests.lessons.make import Talk

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"


def traced(talk: Talk) -> Trace:
    """Return the trace of a talk."""
    return trace(talk.session, talk.events)


class TestActivities:
    """What the agent was at."""

    def test_commands_and_written_lines_tell(self) -> None:
        """The words of both, and paths; lines that were there before do not."""
        talk = Talk()
        talk.run("pnpm add zod")
        talk.edit("src/errors.py", "@@ -1 +1 @@\n-terraform = 1\n+    logger.info('done')")

        found = traced(talk).activities
        assert {"package-commands", "logging", "code-style", "tools"} <= set(found)
        assert "infrastructure" not in found

    def test_a_persons_words_do_not_tell(self) -> None:
        """Else a session would count just because the rule was broken in it."""
        talk = Talk()
        talk.prompt("use pnpm instead of npm")
        talk.reply("I will.")

        assert "package-commands" not in traced(talk).activities

    def test_what_was_said_is_the_activity_of_answers(self) -> None:
        """Whichever words are in the code."""
        silent, talking = Talk(), Talk()
        silent.edit("a.py", "@@ -0,0 +1 @@\n+summary = 1")
        talking.reply("Done.")

        assert "answers" not in traced(silent).activities
        assert "answers" in traced(talking).activities

    def test_every_slug_can_be_seen(self) -> None:
        """A rule whose activity no session could show would never be measured."""
        talk = Talk()
        talk.run("npm git vendor sql pytest logger raise terraform ruff import rename")
        talk.edit("a", "@@ -0,0 +1 @@\n+typed css route docstring")
        talk.reply("Done.")

        assert set(traced(talk).activities) == SLUGS

    @pytest.mark.parametrize(
        ("activity", "rule", "kind", "slug"),
        [
            ("writing-tests", "Use pnpm", "tool", "writing-tests"),
            ("pnpm-usage", "Be careful", "tool", "package-commands"),
            ("widgets", "Use pnpm", "style", "package-commands"),
            ("widgets", "Keep it plain", "style", "code-style"),
            ("", "Keep it plain", "process", "working-process"),
        ],
    )
    def test_a_rule_bears_on_an_activity_that_is_known(
        self, activity: str, rule: str, kind: LessonType, slug: str
    ) -> None:
        """A judge may call it what it likes: then its words decide, and last its type."""
        assert slug_for(activity, rule, kind) == slug

    def test_a_long_session_is_read_to_a_bound(self) -> None:
        """One that pastes megabytes into files takes no longer than another."""
        talk = Talk()
        for _ in range(60):
            talk.edit("a.txt", "+x\n" * 10_000)
        talk.run("pnpm add zod")

        assert "package-commands" not in traced(talk).activities


class TestSkills:
    """What was seen and opened."""

    def test_lists_add_up(self) -> None:
        """Later ones name only what is new; a list that is empty is one all the same."""
        talk = Talk()
        assert not traced(talk).lists
        for names in (["one", "two"], ["three"], []):
            talk.lists(*names)

        assert traced(talk).lists
        assert traced(talk).listed == ["one", "three", "two"]

    @pytest.mark.parametrize(
        ("tool", "target", "opened"),
        [
            ("Read", "/p/.claude/skills/package-commands/SKILL.md", ["package-commands"]),
            ("Read", "c:\\p\\.claude\\skills\\package-commands\\SKILL.md", ["package-commands"]),
            ("Bash", "cd /p && cat .claude/skills/one/SKILL.md", ["one"]),
            ("Bash", "git add .claude/skills/one/SKILL.md", []),
            ("Bash", "ls .claude/skills/*/SKILL.md", []),
            ("Write", "/p/.claude/skills/one/SKILL.md", []),
            ("Read", "/p/skills/SKILL.md.bak", []),
        ],
    )
    def test_reading_the_file_opens_a_skill(
        self, tool: str, target: str, opened: list[str]
    ) -> None:
        """Not every assistant calls it that; writing it does not."""
        talk = Talk()
        talk.run(target, name=tool)

        assert traced(talk).opened == opened

    def test_a_skill_that_a_person_opens_is_opened(self) -> None:
        """By its slash command."""
        talk = Talk()
        talk.opens("one", author="human")

        assert traced(talk).opened == ["one"]


@pytest.mark.parametrize(
    ("case", "lists", "opened"),
    [
        ("claude-code/p1", True, {"naming-rule"}),
        ("claude-code/tui3", True, {"second"}),
        ("codex/skills", False, {"repo-agents"}),
        ("codex/skillhot", False, {"hot"}),
        ("cursor/edits", False, {"shop-tests"}),
    ],
)
def test_recorded_sessions_show_what_they_opened(
    case: str, *, lists: bool, opened: set[str]
) -> None:
    """As the clients themselves wrote it; Cursor tells nothing of what it lists."""
    decoder = msgspec.json.Decoder(AnyEvent)
    lines = (TRANSCRIPTS / case / "golden.jsonl").read_bytes().splitlines()
    events = [decoder.decode(line) for line in lines if b'"kind"' in line[:8]]
    found = trace(Session(id="s", assistant=case.partition("/")[0], workspace="w"), events)

    assert set(found.opened) == opened
    assert found.lists == lists
