"""Why a skill exists, and what came of a correction, as queries tell it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hivemindd.control.queries_lineage import explain, trace
from hivemindd.errors import HivemindError
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, Txn
from hivemindd.records import Correction
from tests.control.filled_log import EVIL, FIX, NOTES, NPM, REFUSED, SHOP, fill


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Iterator[Log]:
    log = open_log(fill(tmp_path).log)
    yield log
    log.close()


def put(log: Log, row: Correction) -> None:
    """Store a correction."""

    def store(txn: Txn) -> None:
        key = workspace_key(row.workspace) + session_key(row.assistant, row.session)
        CORRECTIONS.put(txn, key + text_key(row.id), row)

    log.transact(store)


def test_a_skill_leads_to_the_words_that_taught_it(log: Log, tmp_path: Path) -> None:
    """Evidence comes oldest first, also where its correction has been forgotten."""
    (lineage,) = explain(log, "package-commands")
    (lesson,) = lineage.lessons
    forgotten, known = lesson.sources

    assert lesson.rule == "Use pnpm, not npm."
    assert lesson.weight == pytest.approx(4.0)
    assert (forgotten.quote, forgotten.transcript) == ("pnpm!", "")
    assert (known.quote, known.session, known.seq) == (EVIL, NPM, 180)
    assert known.transcript == str(tmp_path / "npm.jsonl")
    assert known.agent_output == "npm install date-fns"
    assert known.user_diff == "@@ -1 +1 @@\n-npm\n+pnpm\n"


def test_a_lesson_has_its_versions(log: Log) -> None:
    """Each with the correction that made it."""
    [lineage] = explain(log, "package-commands")

    [lesson] = lineage.lessons
    found = [(version.correction, version.state) for version in lesson.versions]
    assert found == [("gone", "open"), ("corr-1", "promoted")]


def test_what_is_no_skill_has_no_lineage(log: Log) -> None:
    """It may be a session or a correction still."""
    assert explain(log, "corr-1") == []
    assert explain(log, "package-commands", NOTES) == []


@pytest.mark.parametrize("wanted", ["corr-1", NPM, "3f2a"])
def test_a_correction_leads_to_what_stands_on_it(log: Log, wanted: str) -> None:
    """Asked for itself, or for its session by the id or how that begins."""
    found = trace(log, wanted)

    assert found.session
    assert found.session.id == NPM
    assert [row.id for row in found.corrections] == ["corr-1"]
    [taught] = found.lessons["corr-1"]
    assert (taught.id, taught.weight, taught.state) == ("les-1", 1.0, "promoted")
    assert [(skill.name, skill.state) for skill in taught.skills] == [
        ("package-commands", "active")
    ]


def test_a_session_shows_no_remark_in_which_nothing_was_corrected(log: Log) -> None:
    """Asked for itself it is shown, with nothing that stands on it."""
    assert trace(log, FIX).corrections == []
    found = trace(log, "corr-2")
    assert [row.why for row in found.corrections] == ["no correction"]
    assert found.lessons == {"corr-2": []}


def test_a_correction_of_a_forked_session_is_one(log: Log) -> None:
    """It has the same id there; its sessions lead to it alike."""
    row = trace(log, "corr-1").corrections[0]
    put(log, msgspec.structs.replace(row, session=REFUSED, ts=row.ts + 1))

    assert trace(log, "corr-1").corrections == [row]
    assert [skill.name for skill in trace(log, REFUSED).lessons["corr-1"][0].skills] == [
        "package-commands"
    ]


def test_a_correction_outlives_its_session(log: Log) -> None:
    """Where the session is not known any more the correction is still shown."""
    row = trace(log, "corr-1").corrections[0]
    put(log, msgspec.structs.replace(row, id="corr-9", session="gone"))

    assert trace(log, "corr-9").session is None


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("nope", "there is no skill, session or correction 'nope': `hivemindctl skills`, "),
        ("", "there is no skill, session or correction ''"),
        ("corr-", "2 corrections begin with 'corr-': give more of the id"),
        ("3f", "2 sessions begin with '3f': give more of the id"),
        ("c", "3 sessions and corrections begin with 'c': give more of the id"),
    ],
)
def test_an_unknown_or_ambiguous_name_is_said(log: Log, wanted: str, sentence: str) -> None:
    """In one sentence."""
    with pytest.raises(HivemindError) as caught:
        trace(log, wanted)

    assert str(caught.value).startswith(sentence)


def test_another_workspace_knows_nothing_of_it(log: Log) -> None:
    """A question can be limited to one."""
    assert trace(log, "corr-1", SHOP).corrections
    with pytest.raises(HivemindError):
        trace(log, "corr-1", NOTES)
