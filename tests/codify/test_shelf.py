"""Skills on disk: written once, never over a person's own work."""

import json
import shutil
from pathlib import Path

from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS
from hivemindd.records import Skill
from tests.codify.conftest import Workshop


def skills(workshop: Workshop) -> list[Skill]:
    """Return the rows of all skills."""
    with workshop.log.read() as txn:
        return SKILLS.rows(txn)


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
