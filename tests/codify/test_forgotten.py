"""What is forgotten stays so, whatever is read again and whoever dies."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hivemindd.ingest.pause import reopen
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.compact import compact
from hivemindd.log.erase import doom
from hivemindd.log.omissions import Omissions
from hivemindd.log.opening import open_log
from hivemindd.log.tables import CHECKPOINTS, DEEDS, SESSIONS
from hivemindd.log.tombstones import Tombstones
from hivemindd.records import Correction, Lesson, Verdict
from tests.codify.forgetting import capture_again, forget, forgetting, rows, skill_rows, state
from tests.codify.workshop import NAMES, PLANTED, Workshop
from tests.raw import holds

FIRST = NAMES[0]
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
