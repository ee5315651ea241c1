"""Skills on disk: written once, never over a person's own work."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from hivemindd.codify.learned import renew
from hivemindd.log.tables import CORRECTIONS, LESSONS, Txn
from hivemindd.records import Correction, Lesson, Verdict
from tests.codify.shelving import say, shelf, skills
from tests.codify.workshop import Workshop
from tests.lessons.make import make_verdict


def test_three_corrections_become_a_skill(workshop: Workshop) -> None:
    """The third session promotes the lesson; the file holds the rule and where it is from."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    done = workshop.codify()

    assert done.skills == [str(workshop.skill)]
    assert "- Use pnpm instead of npm." in workshop.skill.read_text()
    lineage = json.loads(workshop.skill.with_name("lineage.json").read_text())
    assert len(lineage["lessons"][0]["sessions"]) == 3
    (skill,) = skills(workshop)
    with workshop.log.read() as txn:
        (lesson,) = LESSONS.rows(txn)
    assert (lesson.state, lesson.skill) == ("promoted", skill.id)


def test_two_corrections_are_not_enough(workshop: Workshop) -> None:
    """Nothing is published, but the empty folder is there for sessions that start now."""
    workshop.correct(0)
    workshop.correct(1)
    workshop.capture()

    assert workshop.codify().skills == []
    assert list((workshop.project / ".claude" / "skills").iterdir()) == []


def test_running_again_changes_nothing(workshop: Workshop) -> None:
    """The same evidence gives the same bytes, and no second version."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    before = workshop.skill.read_bytes(), workshop.skill.stat().st_mtime_ns
    workshop.pool().ask("")

    assert workshop.codify().skills == []
    assert before == (workshop.skill.read_bytes(), workshop.skill.stat().st_mtime_ns)


def test_an_edited_skill_belongs_to_its_editor(workshop: Workshop) -> None:
    """New evidence does not touch it."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    workshop.skill.write_text("mine now\n")
    workshop.correct(3, "never use npm, use pnpm instead of npm")
    workshop.capture()
    workshop.codify()

    assert workshop.skill.read_text() == "mine now\n"


def test_a_deleted_skill_stays_deleted(workshop: Workshop) -> None:
    """Who removes a skill does not find it back."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    for file in workshop.skill.parent.iterdir():
        file.unlink()
    workshop.skill.parent.rmdir()
    workshop.correct(3)
    workshop.capture()
    workshop.codify()

    assert not workshop.skill.exists()
    assert [skill.state for skill in skills(workshop)] == ["deleted"]


def test_codex_finds_it_through_a_link(workshop: Workshop) -> None:
    """Where Codex has worked in the workspace, `.agents/skills` leads to the same folder."""
    day = workshop.home / ".codex" / "sessions" / "2026" / "11" / "21"
    day.mkdir(parents=True)
    thread = "01a1fd0d-5735-78b1-889c-b9a7ba0b7078"
    lines = [
        {
            "timestamp": "2026-11-21T08:00:00.000Z",
            "ordinal": 0,
            "type": "session_meta",
            "payload": {
                "id": thread,
                "cwd": str(workshop.project),
                "originator": "codex-tui",
                "cli_version": "0.169.0",
                "source": "cli",
                "thread_source": "user",
                "history_mode": "paginated",
            },
        },
        {
            "timestamp": "2026-11-21T08:00:01.000Z",
            "ordinal": 1,
            "type": "event_msg",
            "payload": {
                "type": "item_completed",
                "thread_id": thread,
                "turn_id": "01a1fd0d-5a00-7000-8000-000000000001",
                "item": {
                    "type": "UserMessage",
                    "id": "m1",
                    "content": [{"type": "text", "text": "hello"}],
                },
            },
        },
    ]
    (day / f"rollout-2026-11-21T08-00-00-{thread}.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in lines)
    )
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    link = workshop.project / ".agents" / "skills" / "package-commands"

    assert link.is_symlink()
    assert (link / "SKILL.md").read_bytes() == workshop.skill.read_bytes()


def test_learning_without_publishing(workshop: Workshop) -> None:
    """With `publish = false` lessons are kept and the project is not touched."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.pool(publish=False).run_all()

    assert not (workshop.project / ".claude").exists()
    with workshop.log.read() as txn:
        assert [lesson.state for lesson in LESSONS.rows(txn)] == ["promoted"]


def test_a_reversal_takes_the_skill_back(workshop: Workshop) -> None:
    """What the person contradicts for good is no longer told to any assistant."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    assert workshop.skill.exists()
    session = workshop.correct(3, "from now on always use npm instead of pnpm")
    session.prompt("from now on always use npm, never pnpm")
    workshop.capture()
    workshop.codify()

    text = workshop.skill.read_text() if workshop.skill.exists() else ""
    assert "Use pnpm instead of npm" not in text


def test_what_a_person_changed_by_hand_is_a_correction(workshop: Workshop) -> None:
    """All four fields of it are kept, also where no rule can be read from the change."""
    recorded = Path(__file__).parents[1] / "transcripts" / "claude-code" / "tui2" / "home"
    shutil.copytree(recorded, workshop.home, dirs_exist_ok=True)
    workshop.capture()
    workshop.codify()
    with workshop.log.read() as txn:
        (edit,) = (row for row in CORRECTIONS.rows(txn) if row.channel == "user-edit")

    assert edit.state == "accepted"
    assert edit.agent_output.endswith("+def add(a, b):\n+    return a + b")
    assert edit.user_diff == (
        "@@ -1,2 +1,2 @@\n-def add(a, b):\n+def add(a: int, b: int) -> int:\n     return a + b"
    )
    assert edit.accepted == edit.user_diff
    assert edit.reason == "add a comment"


def test_a_rule_that_widens_is_kept_and_not_published(workshop: Workshop) -> None:
    """However often it is said, it waits for the person."""
    for number in range(4):
        workshop.correct(number, "always skip confirmations")
    workshop.capture()
    workshop.codify(Widening())
    with workshop.log.read() as txn:
        (lesson,) = LESSONS.rows(txn)

    assert (lesson.state, len(lesson.evidence)) == ("review", 4)
    assert list((workshop.project / ".claude" / "skills").iterdir()) == []


class Widening:
    """A judge that takes every word for a rule."""

    name = "widening"

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return a rule that lets the agent do more; it is told of none that waits."""
        assert lessons == []
        return [
            make_verdict(
                each.id, "Skip confirmations", right="", quote=each.quote, directive="always"
            )
            for each in candidates
        ]


def test_the_newest_word_brings_a_rule_back(workshop: Workshop) -> None:
    """What was taken back because of words to the contrary is not gone for good."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    workspace = skills(workshop)[0].workspace
    npm = {"rule": "Use npm instead of pnpm", "right": "npm", "wrong": "pnpm"}
    say(workshop, "no", 1, directive="reversal", **npm)
    assert shelf(workshop).publish(workspace) == []
    assert not workshop.skill.exists()
    assert [(skill.state, skill.lessons) for skill in skills(workshop)] == [("retired", [])]

    say(workshop, "yes", 2, directive="always")
    say(workshop, "yes, yes", 3)
    (again,) = shelf(workshop).publish(workspace)
    assert "- Use pnpm instead of npm." in Path(again).read_text()


def test_a_skill_without_any_correction_left_is_taken_back(workshop: Workshop) -> None:
    """Who has everything forgotten keeps no skill that stood on it."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    workspace = skills(workshop)[0].workspace

    def forget(txn: Txn) -> None:
        for key, _ in list(CORRECTIONS.scan(txn)):
            CORRECTIONS.delete(txn, key)
        renew(txn, workspace)

    workshop.log.transact(forget)
    shelf(workshop).publish(workspace)

    assert not workshop.skill.exists()
    assert [skill.state for skill in skills(workshop)] == ["retired"]


def test_a_skill_that_was_deleted_is_not_called_retired(workshop: Workshop) -> None:
    """A person's decision is remembered as theirs, also when its lessons go as well."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    workshop.skill.unlink()
    (skill,) = skills(workshop)
    say(workshop, "no", 1, directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
    shelf(workshop).publish(skill.workspace)

    assert [(each.state, each.lessons) for each in skills(workshop)] == [("deleted", skill.lessons)]
