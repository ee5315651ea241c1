"""Faults 36 and 52: killed between a skill's file and its row, or the log goes back."""

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hivemindd.errors import HivemindError
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.tables import DEEDS, LESSONS, RECEIPTS, SKILLS, WORKSPACES, Txn
from hivemindd.skills.contents import digest
from tests.codify.library import NAME, PLACE, Library
from tests.codify.trail import deeds
from tests.ctl.runner import spawn
from tests.faults.lessons import Lessons
from tests.faults.teaching import SESSIONS

OTHER = "code-style"


class KilledError(BaseException):
    """Stands for a SIGKILL: nobody catches it, and nothing is tidied up."""


@pytest.fixture(name="library")
def _library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path)
    yield library
    library.close()


def kill_before(
    monkeypatch: pytest.MonkeyPatch,
    library: Library,
    name: str,
    act: Callable[[], object] | None = None,
) -> None:
    """Publish, or act, and die where something is first called; then start again."""

    def die(*_args: object, **_options: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(name, die)
        with pytest.raises(KilledError):
            (act or library.publish)()
    library.restart(review=False)


def is_sound(library: Library) -> None:
    """Check that each skill has one row, is ours, and is what the row says."""
    found = sorted(file.parent.name for file in library.root.glob(".claude/skills/*/SKILL.md"))
    assert found == sorted(library.skills)
    for name, skill in library.skills.items():
        data = library.file(name).read_bytes()
        lineage = json.loads(library.file(name).with_name("lineage.json").read_bytes())
        assert (skill.state, skill.sha256) == ("active", digest(data))
        assert data.decode().rstrip().endswith(f"skill_id={skill.id} v{skill.version} -->")
        assert lineage["version"] == skill.version
    assert not list(library.root.rglob(".hivemindd-*"))


@pytest.mark.parametrize("later", ["", "exact", "tabs"])
def test_52_killed_before_the_row_of_a_new_skill(
    library: Library, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    """The file is known again by its receipt, also where more has been learned meanwhile."""
    library.teach("pnpm")
    kill_before(monkeypatch, library, "hivemindd.codify.copies.Copies.account")
    assert library.file(NAME).exists()
    assert library.skills == {}
    if later:
        library.teach(later)
    library.publish()

    is_sound(library)
    assert sorted(library.skills) == sorted({NAME, OTHER} if later == "tabs" else {NAME})
    assert library.skills[NAME].version == (2 if later == "exact" else 1)
    assert library.publish() == []


def test_52_killed_before_the_row_of_a_new_version(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for a person's edit, though the next version says more again."""
    library.teach("pnpm")
    library.publish()
    library.teach("exact")
    kill_before(monkeypatch, library, "hivemindd.codify.copies.Copies.account")
    assert library.skills[NAME].sha256 != digest(library.file(NAME).read_bytes())
    library.say("pnpm", not_when=["in the docs"], relation="refines")
    library.publish()

    is_sound(library)
    assert library.skills[NAME].version >= 2
    assert len(library.skills[NAME].rules) == 2


# Where we die once SKILL.md is gone: with its folder still there, or with nothing left to do.
REMOVING = ["hivemindd.skills.publish.Project.clear", "hivemindd.codify.copies.Copies.account"]


def contradict(library: Library) -> None:
    """Say the contrary of the first rule."""
    library.say("pnpm", directive="reversal", rule="Use npm", right="npm", wrong="pnpm")


def told(library: Library) -> list[tuple[str, str]]:
    """Return what was done and who did it."""
    return [(deed.what, deed.who) for deed in deeds(library)]


@pytest.mark.parametrize("name", REMOVING)
def test_52_killed_before_the_row_of_a_skill_that_fell(
    library: Library, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It is taken back all the same, and nobody is said to have deleted it."""
    library.teach("pnpm")
    library.publish()
    before = library.tree()
    contradict(library)
    kill_before(monkeypatch, library, name)
    assert not library.file(NAME).exists()
    assert library.skills[NAME].state == "active"
    library.publish()

    row = library.skills[NAME]
    assert (row.state, row.lessons, row.note) == ("retired", [], "no lesson supports it any more")
    assert list(library.file(NAME).parents[1].iterdir()) == []
    assert told(library) == [("written", "daemon"), ("removed", "daemon")]
    library.decide("undo", NAME)
    assert library.tree() == before


def test_52_killed_before_the_row_of_a_skill_whose_rule_returns(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest word brings it back, as where nobody has died."""
    library.teach("pnpm")
    library.publish()
    contradict(library)
    kill_before(monkeypatch, library, REMOVING[-1])
    library.teach("pnpm")
    written = library.publish()

    assert len(written) == 1
    assert "- Use pnpm instead of npm." in Path(written[0]).read_text()
    assert sorted(row.state for row in library.rows()) == ["active", "retired"]


def test_52_killed_before_the_row_of_a_new_skill_that_falls(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is known again though no lesson asks for it any more, and goes."""
    library.teach("pnpm")
    kill_before(monkeypatch, library, "hivemindd.codify.copies.Copies.account")
    contradict(library)
    library.publish()

    assert library.tree() == {}
    assert library.skills[NAME].state == "retired"
    assert told(library) == [("written", "daemon"), ("removed", "daemon")]


@pytest.mark.parametrize("name", REMOVING)
def test_52_killed_before_the_row_of_a_skill_that_was_retired(
    library: Library, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Its lessons go with it as its owner said, in all projects, and can be had back."""
    library.teach("pnpm")
    further = str(library.spread())
    library.publish()
    before = library.tree()
    (first,) = library.rows()
    kill_before(monkeypatch, library, name, lambda: library.decisions.retire(PLACE, first.id))
    assert not library.file(NAME).exists()
    library.publish()

    (row,), (other,) = library.rows(), library.rows(further)
    assert (row.state, row.note) == ("retired", "you took it back")
    assert not any(Path(each.path).parent.exists() for each in (row, other))
    assert [lesson.state for lesson in library.lessons.values()] == ["retired"]
    assert told(library)[2:] == [("removed", "user"), ("retired", "user"), ("removed", "daemon")]
    library.decisions.undo(PLACE, first.id)
    assert library.tree() == before
    assert [lesson.state for lesson in library.lessons.values()] == ["promoted"]


UNDOING = [REMOVING[0], "hivemindd.codify.receipts.drop"]


@pytest.mark.parametrize("name", UNDOING)
def test_52_killed_before_the_row_of_a_skill_that_was_undone(
    library: Library, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nobody has deleted it, and it can be released."""
    library.teach("pnpm")
    library.publish()
    kill_before(monkeypatch, library, name, lambda: library.decide("undo", NAME))
    assert not library.file(NAME).exists()
    library.publish()

    row = library.skills[NAME]
    assert (row.state, row.kept) == ("undone", True)
    assert list(library.file(NAME).parents[1].iterdir()) == []
    assert told(library)[1:] == [("removed", "user"), ("undone", "user")]
    with pytest.raises(HivemindError, match="nothing is known that could be undone"):
        library.decide("undo", NAME)
    library.decide("release", NAME)
    is_sound(library)


@pytest.mark.parametrize("done", ["written", "retired"])
def test_52_killed_before_the_row_of_a_text_that_is_put_back(
    library: Library, monkeypatch: pytest.MonkeyPatch, done: str
) -> None:
    """It stays as it was put back, and the next undo goes a step further."""
    library.teach("pnpm")
    library.publish()
    before = library.tree()
    if done == "written":
        library.teach("exact")
        library.publish()
    else:
        library.decide("retire", NAME)
    kill_before(monkeypatch, library, UNDOING[-1], lambda: library.decide("undo", NAME))
    assert library.tree() == before
    library.publish()

    assert library.tree() == before
    assert (library.skills[NAME].state, library.skills[NAME].kept) == ("pinned", True)
    assert {lesson.state for lesson in library.lessons.values()} == {"promoted"}
    assert told(library)[-2:] == [("written", "user"), ("undone", "user")]
    assert library.decide("undo", NAME).state == "undone"


def test_52_killed_before_a_skill_was_removed_that_is_away_then(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it is missing has other reasons, so it is taken back when it is there."""
    library.teach("pnpm")
    library.publish()
    contradict(library)
    kill_before(monkeypatch, library, "hivemindd.skills.publish.Project.remove")
    away = (library.root / ".claude").rename(library.home / "away")
    (library.root / "README").touch()
    library.publish()
    assert library.skills[NAME].state == "absent"
    away.rename(library.root / ".claude")
    library.publish()

    assert library.skills[NAME].state == "retired"
    assert not library.file(NAME).exists()


def test_52_killed_before_a_skill_was_removed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has not happened is not made up for: who deletes it later has deleted it."""
    library.teach("pnpm")
    library.publish()
    contradict(library)
    kill_before(monkeypatch, library, "hivemindd.skills.publish.Project.remove")
    assert library.file(NAME).exists()
    library.teach("pnpm")
    library.publish()
    is_sound(library)
    library.file(NAME).unlink()

    assert library.publish() == []
    assert [row.state for row in library.rows()] == ["deleted"]


@pytest.fixture(name="unnoted")
def _unnoted(scratch_home: Path) -> Lessons:
    """Give a real first skill, whose daemon was killed before it could note it."""
    lessons = Lessons(scratch_home, None, 'kind = "local"')
    killed = lessons.once("before:hivemindd.codify.copies:Copies.account:1")
    assert (killed.returncode, lessons.skill.exists()) == (-signal.SIGKILL, True)
    return lessons


def forget(lessons: Lessons, *which: str) -> str:
    """Have hivemindctl forget without a daemon; return what it printed."""
    done = spawn(lessons.home, "forget", *which, "--yes")
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def run_again(lessons: Lessons) -> Iterator[Txn]:
    """Run the daemon once more, and give the rows that it leaves."""
    done = lessons.once()
    assert done.returncode == 0, done.stderr
    log = open_log_readonly(lessons.paths.log)
    try:
        with log.read() as txn:
            yield txn
    finally:
        log.close()


def test_52_a_daemon_that_is_killed_when_a_skill_has_gone(scratch_home: Path) -> None:
    """The real one, which finishes it when it runs again."""
    lessons = Lessons(scratch_home, None, 'kind = "local"')
    assert lessons.once().returncode == 0
    assert lessons.skill.exists()
    session = lessons.teach(len(SESSIONS))
    session.prompt("from now on always use npm, never pnpm")
    killed = lessons.once("after:hivemindd.skills.publish:Project.clear:1")
    assert (killed.returncode, lessons.skill.exists()) == (-signal.SIGKILL, False)

    with run_again(lessons) as txn:
        assert [row.state for row in SKILLS.rows(txn)] == ["retired"]
        assert [deed.what for deed in DEEDS.rows(txn)][-1] == "removed"


ONE, ALL = ("--session", SESSIONS[0]), ("--workspace", "project")


@pytest.mark.parametrize("which", [ONE, ALL], ids=["one", "all"])
def test_52_killed_before_the_row_of_a_skill_that_is_forgotten(
    unnoted: Lessons, which: tuple[str, str]
) -> None:
    """No lesson asks for it any more, and it is found all the same; nothing tells of it."""
    assert f"Took back {NAME}." in forget(unnoted, *which)

    assert list(unnoted.skill.parents[1].iterdir()) == []
    with run_again(unnoted) as txn:
        assert (SKILLS.rows(txn), RECEIPTS.rows(txn)) == ([], [])
        assert len(WORKSPACES.rows(txn)) == (which is ONE)
        assert {deed.skill for deed in DEEDS.rows(txn)} == {""}


def test_52_killed_before_the_row_of_a_skill_that_is_forgotten_and_edited(
    unnoted: Lessons,
) -> None:
    """It is whose it was made by, and stays."""
    unnoted.skill.write_text(unnoted.skill.read_text() + "\nAnd mind the lock file.\n")
    before = unnoted.skill.read_bytes()
    forget(unnoted, *ONE)

    with run_again(unnoted):
        assert unnoted.skill.read_bytes() == before


@pytest.mark.parametrize("which", [ONE, ALL], ids=["one", "all"])
def test_52_killed_before_the_row_of_a_skill_that_is_forgotten_while_away(
    unnoted: Lessons, which: tuple[str, str]
) -> None:
    """It goes when its project is back, and leaves no receipt of its words."""
    away = unnoted.project.rename(unnoted.home / "unplugged")
    forget(unnoted, *which)
    away.rename(unnoted.project)

    with run_again(unnoted) as txn:
        assert list(unnoted.skill.parents[1].iterdir()) == []
        assert [receipt.files for receipt in RECEIPTS.rows(txn)] == [{}, {}]


def lose(library: Library) -> None:
    """Have the log know nothing of what was written."""

    def forget(txn: Txn) -> None:
        for table in (SKILLS, RECEIPTS, DEEDS):
            for key in [key for key, _ in table.scan(txn)]:
                table.delete(txn, key)
        for key, lesson in list(LESSONS.scan(txn)):
            lesson.skill = ""
            LESSONS.put(txn, key, lesson)

    library.log.transact(forget)


@pytest.mark.parametrize("name", ["lineage.json", ".hivemindd-0a1b2c", ""])
def test_36_what_was_begun_takes_no_name(library: Library, name: str) -> None:
    """No receipt tells of it any more, and nobody else leaves such a folder."""
    folder = library.file(NAME).parent
    folder.mkdir(parents=True)
    if name:
        (folder / name).write_text("{}")
    library.teach("pnpm")
    library.publish()

    assert list(library.skills) == [NAME]
    assert [entry.name for entry in folder.parent.iterdir()] == [NAME]
    assert not list(library.root.rglob(".hivemindd-*"))


def test_36_a_log_that_was_lost_finds_its_skills_again(library: Library) -> None:
    """Each under its name, in its version, once; and they go on growing."""
    for topic in ("pnpm", "tabs"):
        library.teach(topic)
        library.publish()
    library.teach("exact")
    library.publish()
    before, rows = library.tree(), library.skills
    lose(library)
    library.publish()

    assert library.tree() == before
    is_sound(library)
    assert {name: row.id for name, row in library.skills.items()} == {
        name: row.id for name, row in rows.items()
    }
    assert library.skills[NAME].version == 2
    library.teach("push")
    library.publish()
    is_sound(library)


@pytest.mark.parametrize("more", [False, True])
def test_36_a_log_that_is_filled_step_by_step(tmp_path: Path, *, more: bool) -> None:
    """A skill that says more than what was read so far is left alone until all was read."""
    first = Library(tmp_path / "first")
    for topic in ("pnpm", "exact"):
        first.teach(topic)
        first.publish()
    second = Library(tmp_path / "second")
    shutil.copytree(first.root, second.root, dirs_exist_ok=True)
    before = second.tree()
    second.teach("pnpm")
    second.publish()
    assert second.tree() == before
    assert [row.state for row in second.skills.values()] == ["user-owned"]

    second.teach("exact")
    if more:
        second.say("tabs", activity="package-commands", directive="always")
        second.say("tabs", activity="package-commands")
    second.publish()

    assert (second.tree() == before) is not more
    is_sound(second)
    first.close()
    second.close()


def test_36_what_is_learned_again_with_more(library: Library) -> None:
    """A file that says more than its row, and less than was learned since, is ours all the same."""
    library.teach("pnpm")
    library.publish()
    with library.log.read() as txn:
        ((key, row),) = SKILLS.scan(txn)
    library.teach("exact")
    library.publish()
    lose(library)
    library.log.transact(lambda txn: SKILLS.put(txn, key, row))
    library.say("tabs", directive="always", activity="package-commands")
    library.say("tabs", activity="package-commands")
    library.publish()

    is_sound(library)
    assert library.skills[NAME].version == 3
    assert len(library.skills[NAME].rules) == 3


def test_36_a_lesson_that_has_another_name_since(library: Library) -> None:
    """It is called by its first correction, and an earlier one was found: the others tell."""
    library.teach("pnpm")
    library.publish()
    lineage = library.file(NAME).with_name("lineage.json")
    (lesson,) = json.loads(lineage.read_text())["lessons"]
    lineage.write_text(lineage.read_text().replace(lesson["lesson"], "0" * 12))
    lose(library)
    library.publish()

    is_sound(library)
    assert list(library.skills) == [NAME]


def test_36_an_edited_skill_stays_edited(library: Library) -> None:
    """Without a row nobody knows what we wrote: what we would not write is a person's."""
    library.teach("pnpm")
    library.publish()
    file = library.file(NAME)
    file.write_text(file.read_text().replace("pnpm instead", "pnpm 9 instead"))
    before = library.tree()
    lose(library)
    library.publish()

    assert library.tree() == before
    (row,) = library.skills.values()
    assert (row.name, row.state) == (NAME, "user-owned")
    assert row.proposal is not None


def test_36_a_skill_of_others_is_none_of_ours(library: Library) -> None:
    """One that bears a mark, and a lineage of other words, keeps its name to itself."""
    library.teach("pnpm")
    library.publish()
    lineage = library.file(NAME).with_name("lineage.json")
    theirs = lineage.read_text()
    for lesson in json.loads(theirs)["lessons"]:
        for name in (lesson["lesson"], *lesson["corrections"]):
            theirs = theirs.replace(name, "0" * len(name))
    lineage.write_text(theirs)
    before = library.file(NAME).read_bytes()
    lose(library)
    library.publish()

    assert library.file(NAME).read_bytes() == before
    assert list(library.skills) == [f"{NAME}-2"]
