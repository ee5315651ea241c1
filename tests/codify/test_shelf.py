"""Skills on disk: written once, never over a person's own work."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from hivemindd.codify.learned import renew
from hivemindd.codify.shelf import Shelf
from hivemindd.errors import PublishError
from hivemindd.log.keys import text_key
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, WORKSPACES, Txn
from hivemindd.records import Correction, Lesson, Skill, Verdict, Workspace
from tests.codify.conftest import Workshop
from tests.codify.repositories import PATH, git
from tests.lessons.make import make_verdict


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


def say(workshop: Workshop, name: str, later: int, **fields: Any) -> None:
    """Add a judged correction like those that are there, in a session of its own and later."""

    def change(txn: Txn) -> None:
        key, like = next(CORRECTIONS.scan(txn))
        assert like.verdict is not None
        verdict = msgspec.structs.replace(like.verdict, correction=name, **fields)
        row = msgspec.structs.replace(
            like, id=name, session=name, ts=like.ts + later, verdict=verdict
        )
        CORRECTIONS.put(txn, key[:8] + text_key(name)[:8] + text_key(name), row)
        renew(txn, like.workspace)

    workshop.log.transact(change)


def shelf(workshop: Workshop, *, search: str = PATH) -> Shelf:
    """Return the shelf of a workshop."""
    return Shelf(workshop.log, workshop.clock, home=workshop.home, publish=True, search=search)


def teach_more(workshop: Workshop, *names: str, later: int = 10) -> None:
    """Add evidence for a second rule of the same skill."""
    npx = {"rule": "Use pnpm dlx instead of npx", "right": "pnpm dlx", "wrong": "npx"}
    for number, name in enumerate(names or ("one", "two", "three")):
        say(workshop, name, later + number, relates_to="", **npx)


@pytest.fixture(name="published")
def _published(workshop: Workshop) -> Workshop:
    """Return a workshop over a real repository, in which a skill has just been written."""
    (workshop.project / ".git").rmdir()
    git(workshop.project, "init", "-q")
    (workshop.project / "app.py").write_text("one\n")
    git(workshop.project, "add", "app.py")
    git(workshop.project, "commit", "-qm", "first")
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    assert workshop.skill.exists()
    return workshop


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


def test_another_branch_gets_no_skill_that_it_does_not_have(published: Workshop) -> None:
    """Nothing is written there; back on its own branch what came up meanwhile goes into it."""
    root, (skill,) = published.project, skills(published)
    git(root, "switch", "-qc", "topic")
    git(root, "add", "--all")
    git(root, "commit", "-qm", "skills")
    git(root, "switch", "-q", "main")
    teach_more(published)

    assert shelf(published).publish(skill.workspace) == []
    assert not (root / ".claude").exists()
    (away,) = skills(published)
    assert (away.state, away.sha256, away.version) == ("absent", skill.sha256, 1)

    git(root, "switch", "-q", "topic")
    assert shelf(published).publish(skill.workspace) == [str(published.skill)]
    text = published.skill.read_text()
    assert "- Use pnpm instead of npm." in text
    assert "- Use pnpm dlx instead of npx." in text
    (back,) = skills(published)
    assert (back.state, back.note, back.version) == ("active", "", 2)


def test_a_stash_takes_a_skill_along(published: Workshop) -> None:
    """It comes out of the stash as it was, and is left so where nothing is new."""
    (skill,) = skills(published)
    before = published.skill.read_bytes()
    git(published.project, "stash", "-qu")
    assert shelf(published).publish(skill.workspace) == []
    assert not published.skill.exists()
    assert skills(published)[0].state == "absent"
    git(published.project, "stash", "pop", "-q")

    assert shelf(published).publish(skill.workspace) == []
    assert published.skill.read_bytes() == before
    assert skills(published) == [skill]


def test_a_skill_that_lost_its_lessons_elsewhere_is_taken_back_when_found(
    published: Workshop,
) -> None:
    """What is no longer right is not kept only because it was away when that was said."""
    (skill,) = skills(published)
    git(published.project, "stash", "-qu")
    say(published, "no", 1, directive="reversal", rule="Use npm", right="npm", wrong="pnpm")
    shelf(published).publish(skill.workspace)
    assert [each.state for each in skills(published)] == ["absent"]
    git(published.project, "stash", "pop", "-q")
    shelf(published).publish(skill.workspace)

    assert not published.skill.exists()
    assert [each.state for each in skills(published)] == ["retired"]


def test_a_renamed_skill_is_followed(published: Workshop) -> None:
    """It is the person's own from then on, and the link for Codex goes with it."""
    (skill,) = skills(published)
    agents = published.project / ".agents" / "skills"
    use_codex(published, skill.workspace)
    shelf(published).publish(skill.workspace)
    assert (agents / "package-commands").is_symlink()
    folder = published.skill.parent.rename(published.skill.parent.with_name("pnpm"))
    before = (folder / "SKILL.md").read_bytes()
    teach_more(published)

    assert shelf(published).publish(skill.workspace) == []
    assert [path.name for path in folder.parent.iterdir()] == ["pnpm"]
    assert (folder / "SKILL.md").read_bytes() == before
    assert [path.name for path in agents.iterdir()] == ["pnpm"]
    assert (agents / "pnpm" / "SKILL.md").read_bytes() == before
    assert [(each.state, each.name) for each in skills(published)] == [("user-owned", "pnpm")]


def test_a_person_who_brings_a_skill_back_gets_its_next_version(published: Workshop) -> None:
    """A deletion holds until they take it back."""
    (skill,) = skills(published)
    root = published.project
    git(root, "add", "--all")
    git(root, "commit", "-qm", "skills")
    shutil.rmtree(published.skill.parent)
    shelf(published).publish(skill.workspace)
    assert [each.state for each in skills(published)] == ["deleted"]
    git(root, "checkout", "--", ".claude")
    teach_more(published)

    assert shelf(published).publish(skill.workspace) == [str(published.skill)]
    assert "- Use pnpm dlx instead of npx." in published.skill.read_text()
    assert [each.state for each in skills(published)] == ["active"]


def test_a_project_that_is_gone_for_a_while(published: Workshop) -> None:
    """Nothing is decided until it is back, and its folder is never made by us."""
    (skill,) = skills(published)
    aside = published.project.with_name("unplugged")
    published.project.rename(aside)
    with pytest.raises(PublishError, match="No such file"):
        shelf(published).publish(skill.workspace)
    assert not published.project.exists()
    published.project.mkdir()  # as a place to mount it on
    with pytest.raises(PublishError, match="it is empty, is it mounted"):
        shelf(published).publish(skill.workspace)
    assert list(published.project.iterdir()) == []
    published.project.rmdir()
    aside.rename(published.project)
    teach_more(published)

    assert shelf(published).publish(skill.workspace) == [str(published.skill)]
    assert [each.state for each in skills(published)] == ["active"]


def test_without_git_nothing_is_called_deleted(published: Workshop) -> None:
    """It is said once, however often it is come upon."""
    (skill,) = skills(published)
    shutil.rmtree(published.skill.parent)
    blind = shelf(published, search="/nonexistent")
    with structlog.testing.capture_logs() as said:
        for _ in range(3):
            assert blind.publish(skill.workspace) == []

    assert [each.state for each in skills(published)] == ["absent"]
    (once,) = said
    assert once["cause"].startswith("git cannot be asked whether it was deleted: git is not")
    assert shelf(published).publish(skill.workspace) == []
    assert [each.state for each in skills(published)] == ["deleted"]


def use_codex(workshop: Workshop, workspace: str) -> None:
    """Let Codex have worked in a workspace."""

    def change(txn: Txn) -> None:
        key, row = next(WORKSPACES.scan(txn))
        assert isinstance(row, Workspace)
        assert row.id == workspace
        WORKSPACES.put(
            txn, key, msgspec.structs.replace(row, assistants=[*row.assistants, "codex"])
        )

    workshop.log.transact(change)
