"""Forgetting: what goes, what falls, and that none of it comes back."""

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from hivemindd.codify.decisions import Decisions
from hivemindd.codify.selection import Selection
from hivemindd.codify.shelf import Shelf
from hivemindd.errors import HivemindError
from hivemindd.ingest.pause import reopen
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.audit import note
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.compact import compact
from hivemindd.log.erase import doom
from hivemindd.log.omissions import Omissions
from hivemindd.log.opening import open_log
from hivemindd.log.tables import (
    CALLS,
    CHECKPOINTS,
    CORRECTIONS,
    DEEDS,
    DUE,
    LESSONS,
    RECEIPTS,
    SESSIONS,
    TRACES,
    WORKSPACES,
)
from hivemindd.log.tombstones import Tombstones
from hivemindd.records import Correction, Lesson, Verdict
from hivemindd.work import Call
from tests.codify.conftest import NAMES, Workshop
from tests.codify.forgetting import capture_again, forgetting, skill_rows, state
from tests.raw import holds
from tests.records import ClaudeSession

FIRST, SECOND, THIRD = NAMES[:3]
PLANTED = "zebrafish-kvl"
# Of forgetting, when the log knows that sessions are forgotten.
STEPS = [
    "hivemindd.codify.shelf.Shelf.publish",
    "hivemindd.skills.publish.Project.clear",
    "hivemindd.codify.copies.Copies.account",
    "hivemindd.codify.forget.scrub",
    "hivemindd.codify.forget.compact",
]


class KilledError(BaseException):
    """Stands for a SIGKILL: nobody catches it, and nothing is tidied up."""


def die(*_args: object, **_options: object) -> None:
    """Be killed."""
    raise KilledError


@pytest.fixture(name="learned")
def _learned(workshop: Workshop) -> Workshop:
    """Give a workshop with a skill, taught by three sessions, the first with a planted word."""
    workshop.correct(0, f"use pnpm instead of npm in {PLANTED}")
    workshop.correct(1)
    workshop.correct(2)
    workshop.capture()
    workshop.codify()
    assert workshop.skill.exists()
    return workshop


def forget(workshop: Workshop, *names: str) -> list[str]:
    """Forget sessions; return what could not be finished."""
    return forgetting(workshop).forget(Selection(sessions=names)).unfinished


def rows(workshop: Workshop) -> dict[str, int]:
    """Return how many rows some tables have."""
    tables = (SESSIONS, CORRECTIONS, LESSONS, DUE, TRACES, RECEIPTS, WORKSPACES)
    with workshop.log.read() as txn:
        return {table.name: txn.count(table.name) for table in tables}


class TestGoing:
    """What goes."""

    def test_no_word_is_left_on_the_disk(self, learned: Workshop) -> None:
        """Neither in a row, nor in a compressed block, nor in a page that is free."""
        assert holds(state(learned), PLANTED)

        done = forgetting(learned).forget(Selection(sessions=(FIRST,)))

        assert not holds(state(learned), PLANTED)
        assert (done.sessions, done.corrections, done.unfinished) == (1, 1, [])
        assert done.events == 8

    def test_no_kind_of_event_leaves_its_words(self, learned: Workshop) -> None:
        """What was typed, answered, run and printed, also where it lies in compressed blocks."""
        session = ClaudeSession(learned.home, learned.project, NAMES[3])
        session.prompt(f"add the {PLANTED}-prompt")
        session.reply(f"I add the {PLANTED}-reply")
        call = session.call("Bash", command=f"npm install {PLANTED}-call")
        session.result(call, f"added {PLANTED}-result")
        call = session.call("Bash", command="npm test")
        session.reject(call, f"no, always use {PLANTED}-right instead of {PLANTED}-wrong")
        learned.capture()
        learned.codify()
        kinds = ("prompt", "reply", "call", "result", "right", "wrong")
        assert [holds(state(learned), f"{PLANTED}-{kind}") for kind in kinds] == [True] * 6

        forget(learned, FIRST, NAMES[3])

        assert not holds(state(learned), PLANTED)
        assert not any(holds(folder, PLANTED) for folder in learned.project.glob(".*"))

    def test_what_tells_of_the_session_goes_with_it(self, learned: Workshop) -> None:
        """Its row, its trace, its correction; those of other sessions stay."""
        forget(learned, FIRST)

        left = rows(learned)
        assert (left["sessions"], left["traces"], left["corrections"]) == (2, 2, 2)
        assert not holds(learned.log.folder, f'"{FIRST}"')

    def test_the_ledger_keeps_what_it_cost_and_not_what_it_was_about(
        self, learned: Workshop
    ) -> None:
        """The budget of the day counts on."""
        call = Call(
            ts=1, model="m", prompt="p", session=FIRST, candidates=1, usd=0.1, outcome=PLANTED
        )
        learned.log.transact(lambda txn: CALLS.put(txn, b"1", call))

        forget(learned, FIRST)

        with learned.log.read() as txn:
            (kept,) = CALLS.rows(txn)
        assert (kept.usd, kept.session, kept.outcome) == (0.1, "", "no usable answer")

    def test_files_of_older_logs_go_too(self, learned: Workshop) -> None:
        """One that was damaged is set aside, one of an older version kept, with all they held."""
        (learned.log.folder / "data.mdb.damaged-1").write_text(PLANTED)
        (learned.log.folder / "data.mdb.schema-1").write_text(PLANTED)

        forget(learned, FIRST)

        assert not holds(state(learned), PLANTED)

    def test_a_workspace_goes_as_a_whole(self, learned: Workshop) -> None:
        """With its name, its skills, and what was done in it; the audit says only that."""
        place = str(learned.project)

        forgetting(learned).forget(Selection(workspace=place))

        assert set(rows(learned).values()) == {0}
        assert skill_rows(learned) == []
        assert not learned.skill.exists()
        with learned.log.read() as txn:
            assert [(row.what, row.workspace, row.skill) for row in DEEDS.rows(txn)] == [
                ("forgotten", "", "")
            ]

    def test_a_day_divides_sessions_by_their_last_word(self, learned: Workshop) -> None:
        """A session is forgotten whole, or not at all."""
        with learned.log.read() as txn:
            last = {row.id: row.last_event for row in SESSIONS.rows(txn)}

        with pytest.raises(HivemindError, match="there is no such session"):
            forgetting(learned).forget(Selection(before=min(last.values())))
        done = forgetting(learned).forget(Selection(before=max(last.values()) + 1))

        assert done.sessions == 3

    def test_where_there_is_no_room_it_is_said_and_done_later(self, learned: Workshop) -> None:
        """Nothing of it is in the log, but its file is as it was."""
        (learned.log.folder / "compact").symlink_to("nowhere")  # as a full disk would be in the way

        (sentence,) = forget(learned, FIRST)

        assert "free some disk space: what was deleted lies in its file until then" in sentence
        assert rows(learned)["sessions"] == 2

    def test_without_a_tombstone_nothing_is_forgotten(self, learned: Workshop) -> None:
        """What is gone without one would come back."""
        (state(learned) / "forgotten").mkdir()

        with pytest.raises(HivemindError, match="cannot write"):
            forget(learned, FIRST)

        assert rows(learned)["sessions"] == 3


class TestStaying:
    """It does not come back."""

    def test_after_a_restart_and_a_new_look_at_everything(self, learned: Workshop) -> None:
        """The transcript is there, and its events are known as forgotten."""
        forget(learned, FIRST)

        assert capture_again(learned) == 0
        assert capture_again(learned, anew=True) == 0
        learned.codify()
        assert rows(learned)["sessions"] == 2
        assert not holds(learned.log.folder, PLANTED)

    def test_no_start_looks_into_its_transcript(self, learned: Workshop) -> None:
        """What a parser has to remember of it would lie in the log again."""
        forget(learned, FIRST)

        assert capture_again(learned) == 0

        with learned.log.read() as txn:
            found = {Path(row.path).stem: row.state for row in CHECKPOINTS.rows(txn)}
        assert found.pop(FIRST) == b""
        assert all(found.values())

    def test_after_the_log_was_lost(self, learned: Workshop, tmp_path: Path) -> None:
        """What outlives it is a file of hashes beside it."""
        forget(learned, FIRST)
        learned.log.close()
        for file in learned.log.folder.iterdir():
            file.unlink()
        learned.log = open_log(learned.log.folder, map_size=1 << 20)

        forgetting(learned).recover()

        assert capture_again(learned) == 16
        assert rows(learned)["sessions"] == 2
        assert not holds(tmp_path, PLANTED)

    def test_after_a_death_between_the_tombstone_and_the_log(
        self, learned: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever said yes meant it: it is forgotten at the next start, or the one after that."""
        with learned.log.read() as txn:
            session = next(row for row in SESSIONS.rows(txn) if row.id == FIRST)
            doomed = doom(txn, session, BlockCodec(), learned.clock.now())
        Tombstones(state(learned)).add([doomed.stone])

        with monkeypatch.context() as patch:
            patch.setattr("hivemindd.codify.forget.erase", die)
            with pytest.raises(KilledError):
                forgetting(learned).recover()
        forgetting(learned).recover()

        assert rows(learned)["sessions"] == 2
        assert [row.rules for row in skill_rows(learned)] == []
        assert capture_again(learned, anew=True) == 0

    @pytest.mark.parametrize("step", STEPS)
    def test_after_a_death_before_all_had_followed(
        self, learned: Workshop, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        """The next start goes on with skills, receipts, the audit and files of older logs."""
        (learned.log.folder / "data.mdb.schema-1").write_text(PLANTED)
        with monkeypatch.context() as patch:
            patch.setattr(step, die)
            with pytest.raises(KilledError):
                forget(learned, FIRST)
        forgetting(learned).recover()

        assert not learned.skill.exists()
        assert (skill_rows(learned), rows(learned)["receipts"]) == ([], 0)
        with learned.log.read() as txn:
            told = [(row.what, row.skill) for row in DEEDS.rows(txn)]
        assert ("removed", "") in told
        assert told[-1] == ("forgotten", "")
        compact(learned.log)
        assert not holds(state(learned), PLANTED)
        forgetting(learned).recover()
        with learned.log.read() as txn:
            assert [(row.what, row.skill) for row in DEEDS.rows(txn)] == told

    def test_when_paused_parts_are_caught_up(self, learned: Workshop) -> None:
        """What was passed over in a session that was forgotten since is forgotten too."""
        forget(learned, FIRST)

        learned.log.transact(lambda txn: reopen(txn, Omissions(state(learned))))
        assert capture_again(learned, anew=True) == 0

    def test_when_a_fork_copies_it(self, learned: Workshop) -> None:
        """A copied record bears the id of the one that it was copied from."""
        forget(learned, FIRST)
        old = learned.home / ".claude" / "projects" / "-project" / f"{FIRST}.jsonl"
        fork = old.with_name("f0000000-0000-4000-8000-00000000000f.jsonl")
        fork.write_bytes(old.read_bytes().replace(FIRST.encode(), fork.stem.encode()))

        assert capture_again(learned) == 0
        assert not holds(learned.log.folder, PLANTED)

    def test_what_is_said_later_is_captured(self, learned: Workshop) -> None:
        """From there on; the row says until when it is forgotten."""
        forget(learned, FIRST)
        line = _later(learned, FIRST)

        assert capture_again(learned) == 1

        with learned.log.read() as txn:
            row = next(row for row in SESSIONS.rows(txn) if row.id == FIRST)
        assert (row.events, row.prompts) == (1, 1)
        assert row.forgotten < row.started
        assert holds(learned.log.folder, line)
        assert not holds(learned.log.folder, PLANTED)

    def test_a_judge_that_answers_too_late_brings_nothing_back(self, learned: Workshop) -> None:
        """It was asked before, and what it says is about nobody."""
        learned.correct(3, f"no, {PLANTED}: always use pnpm instead of npm")
        learned.capture()

        class Late(LocalJudge):
            """Answers when the session that it is asked about is forgotten."""

            def judge(
                self, candidates: Sequence[Correction], lessons: Sequence[Lesson]
            ) -> list[Verdict]:
                verdicts = super().judge(candidates, lessons)
                forget(learned, FIRST, NAMES[3])
                return verdicts

        learned.codify(Late())

        assert rows(learned)["corrections"] == 2
        assert not holds(state(learned), PLANTED)


class TestFalling:
    """What falls with it."""

    def test_a_skill_that_nothing_supports_is_taken_back(self, learned: Workshop) -> None:
        """And nothing of it is left that could be put back, or told of."""
        forget(learned, FIRST)

        assert not learned.skill.exists()
        assert skill_rows(learned) == []
        assert rows(learned)["receipts"] == 0
        with learned.log.read() as txn:
            told = [(row.what, row.skill) for row in DEEDS.rows(txn)]
        assert ("removed", "") in told
        assert told[-1] == ("forgotten", "")

    def test_a_skill_that_enough_supports_stays(self, learned: Workshop) -> None:
        """Its lessons are called by what is left of their support."""
        learned.correct(3)
        learned.capture()
        learned.codify()

        forget(learned, FIRST)

        (row,) = skill_rows(learned)
        assert row.state == "active"
        with learned.log.read() as txn:
            (lesson,) = LESSONS.rows(txn)
        assert row.lessons == [lesson.id]
        assert PLANTED not in learned.skill.read_text()

    def test_what_a_person_has_edited_stays(self, learned: Workshop) -> None:
        """It is theirs, whatever stood behind it; the log does not repeat it."""
        learned.skill.write_text(learned.skill.read_text() + f"\n- And {PLANTED}.\n")

        forget(learned, FIRST)

        assert PLANTED in learned.skill.read_text()
        (row,) = skill_rows(learned)
        assert (row.state, row.rules) == ("user-owned", [])
        assert not holds(state(learned), PLANTED)

    def test_with_review_it_is_only_proposed_to_take_it_back(self, learned: Workshop) -> None:
        """As elsewhere, a person decides; then no receipt keeps what it said."""
        work = forgetting(learned, review=True)

        work.forget(Selection(sessions=(FIRST,)))

        (row,) = skill_rows(learned)
        assert (learned.skill.exists(), row.state, row.rules) == (True, "active", [])
        assert row.proposal is not None
        assert row.proposal.text == ""
        Decisions(learned.log, work._shelf).approve(row.workspace, row.id)
        assert not learned.skill.exists()
        with learned.log.read() as txn:
            assert [each.files for each in RECEIPTS.rows(txn)] == [{}]

    def test_a_project_that_is_away_follows_later(self, learned: Workshop) -> None:
        """It is said; the skill goes when the project is back, and leaves no receipt of words."""
        away = learned.project.rename(learned.home / "unplugged")

        (sentence,) = forget(learned, FIRST)

        assert "its skills follow when it is" in sentence
        away.rename(learned.project)
        shelf = Shelf(learned.log, learned.clock, home=learned.home, publish=True)
        shelf.publish(str(learned.project))
        assert not learned.skill.exists()
        with learned.log.read() as txn:
            assert [each.files for each in RECEIPTS.rows(txn)] == [{}]

    def test_the_audit_keeps_the_rows_of_others(self, learned: Workshop) -> None:
        """Only what was forgotten loses its name in it."""
        with learned.log.read() as txn:
            other = msgspec.structs.replace(DEEDS.rows(txn)[-1], skill="else", skill_id="e")
        learned.log.transact(lambda txn: note(txn, other))

        forget(learned, FIRST)

        with learned.log.read() as txn:
            assert [row.skill for row in DEEDS.rows(txn) if row.skill_id == "e"] == ["else"]


def _later(workshop: Workshop, name: str) -> str:
    """Say something more in a session, tomorrow; return the words."""
    file = workshop.home / ".claude" / "projects" / "-project" / f"{name}.jsonl"
    record = json.loads(file.read_text().splitlines()[0])
    words = "and now something else"
    record |= {"uuid": "later-1", "timestamp": "2126-01-01T00:00:00.000Z"}
    record["message"]["content"] = words
    with file.open("a") as transcript:
        transcript.write(json.dumps(record) + "\n")
    return words
