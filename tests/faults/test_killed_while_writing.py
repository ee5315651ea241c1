"""Fault 52: killed between a skill's file and its row."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hivemindd.errors import HivemindError
from hivemindd.skills.contents import digest
from tests.codify.library import NAME, PLACE, Library
from tests.codify.trail import deeds
from tests.faults.soundness import is_sound

OTHER = "code-style"


class KilledError(BaseException):
    """Stands for a SIGKILL: nobody catches it, and nothing is tidied up."""


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
