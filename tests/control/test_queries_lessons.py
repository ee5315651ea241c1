"""What was learned, and the words behind it, as queries tell it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.control.queries_lessons import (
    find_skills,
    list_corrections,
    list_lessons,
    list_reviews,
    list_skills,
)
from hivemindd.errors import HivemindError
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import Log
from tests.control.filled_log import NOTES, SHOP, ask_for_review, fill


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Iterator[Log]:
    log = open_log_readonly(fill(tmp_path).log)
    yield log
    log.close()


def test_dismissed_corrections_are_left_out_unless_asked_for(log: Log) -> None:
    """What the judge saw no correction in is noise to most."""
    assert [row.id for row in list_corrections(log)] == ["corr-1"]
    assert [row.id for row in list_corrections(log, dismissed=True)] == ["corr-2", "corr-1"]
    assert list_corrections(log, NOTES) == []


def test_a_skill_names_everything_that_it_stands_on(log: Log) -> None:
    """Corrections and sessions are those of its lessons' evidence."""
    (skill,) = list_skills(log)

    assert (skill.name, skill.workspace, skill.workspace_name) == ("package-commands", SHOP, "shop")
    assert skill.corrections == ["corr-1", "gone"]
    assert len(skill.sessions) == 2
    assert skill.effect is not None
    assert skill.effect.exposed == 0
    assert list_skills(log, NOTES) == []


def test_a_skill_that_does_not_exist_is_named(log: Log) -> None:
    """The sentence says where the names are."""
    with pytest.raises(HivemindError, match="no skill 'nope': `hivemindctl skills` lists them"):
        find_skills(log, "nope")


def test_lessons_come_newest_first(log: Log) -> None:
    """Lessons that are no skill yet are listed too."""
    assert [row.id for row in list_lessons(log, SHOP)] == ["les-2", "les-1"]


def test_rules_that_wait_for_a_person_are_named(tmp_path: Path) -> None:
    """Only those, the newest first."""
    paths = fill(tmp_path)
    ask_for_review(paths, "Push without asking", "Skip the hooks")
    log = open_log_readonly(paths.log)
    found = [[row.rule for row in list_reviews(log, name)] for name in ("", SHOP, NOTES)]
    log.close()

    assert found == [["Skip the hooks", "Push without asking"]] * 2 + [[]]
