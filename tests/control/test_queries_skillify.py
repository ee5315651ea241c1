"""What waits for codification, as queries tell it."""

from pathlib import Path

import pytest

from hivemindd.control.queries_skillify import RUNS, SkillifyStatus, describe_skillify
from hivemindd.log.opening import open_log_readonly
from hivemindd.paths import Paths
from tests.control.filled_log import FIX, HELD, MINUTE, NOTES, NOW, SHOP, fill, transact


def _describe(paths: Paths, workspace: str = "") -> dict[str, SkillifyStatus]:
    log = open_log_readonly(paths.log)
    rows = describe_skillify(log, workspace, every_n_turns=20)
    log.close()
    return {row.workspace: row for row in rows}


def test_due_work_says_why_it_is_due(tmp_path: Path) -> None:
    """The reason of each row, and when the next one runs."""
    shop = _describe(fill(tmp_path))[SHOP]

    assert [(row.session, row.reason) for row in shop.pending] == [(FIX, "turns")]
    assert shop.next_due == NOW - MINUTE
    assert (shop.sessions, shop.codified) == (3, 1)


def test_parked_work_says_what_went_wrong_and_when_it_is_tried_again(tmp_path: Path) -> None:
    """A judge that is away is no reason to forget."""
    (waiting,) = _describe(fill(tmp_path))[NOTES].pending

    assert (waiting.session, waiting.attempts) == (HELD, 2)
    assert waiting.error == "the judge does not answer"
    assert waiting.not_before == NOW + 30 * MINUTE


def test_a_session_that_is_due_is_not_listed_as_open_too(tmp_path: Path) -> None:
    """A session waits in one place."""
    assert _describe(fill(tmp_path))[SHOP].open == []


def test_a_growing_lesson_says_what_it_has_and_what_it_needs(tmp_path: Path) -> None:
    """Promoted lessons are no longer growing."""
    (lesson,) = _describe(fill(tmp_path))[SHOP].lessons

    assert lesson.rule == "Name tests after the behaviour."
    assert lesson.weight == pytest.approx(1.0)
    assert lesson.needs_weight == pytest.approx(3.0)
    assert (lesson.sessions, lesson.needs_sessions) == (1, 2)


def test_the_last_run_is_shown_where_it_was_booked(tmp_path: Path) -> None:
    """A workspace that was never codified has none."""
    paths = fill(tmp_path)
    transact(paths, RUNS, f'{{"{SHOP}": {NOW - MINUTE}}}')
    rows = _describe(paths)

    assert rows[SHOP].last_run == NOW - MINUTE
    assert rows[NOTES].last_run is None


def test_one_workspace_can_be_asked_for(tmp_path: Path) -> None:
    """Rows of other workspaces stay out."""
    assert list(_describe(fill(tmp_path), NOTES)) == [NOTES]
