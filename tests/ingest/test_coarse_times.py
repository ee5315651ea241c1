"""Cursor tells the time of a person's words alone, to the minute, or of nothing at all."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hivemindd.events import Prompt, Reply
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.erase import doom, erase
from hivemindd.log.homes import find_session
from hivemindd.log.pauses import EVERYTHING, Pauses
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS
from tests.clocks import SetClock
from tests.ingest.conftest import Start
from tests.ingest.taken import events, run
from tests.ingest.test_pausing import make

NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)
SECOND, MINUTE = 1_000, 60_000


class Conversation:
    """A transcript of Cursor that grows by what is said at a time (ms after noon)."""

    def __init__(self, home: Path) -> None:
        """Name the transcript."""
        self.path = home / ".cursor/projects/p/agent-transcripts/s/s.jsonl"
        self.path.parent.mkdir(parents=True)

    def prompt(self, words: str, at: int, *, stamped: bool) -> None:
        """Append what a person says."""
        moment = datetime.fromtimestamp((NOON + at) / 1000, UTC)
        clock = f"{moment:%A, %b} {moment.day}, {moment:%Y, %I:%M %p} (UTC)"
        stamp = f"<timestamp>{clock}</timestamp>\n" if stamped else ""
        self._append("user", f"{stamp}<user_query>\n{words}\n</user_query>", at)

    def reply(self, words: str, at: int) -> None:
        """Append what the agent says."""
        self._append("assistant", words, at)

    def _append(self, role: str, text: str, at: int) -> None:
        record = {"role": role, "message": {"content": [{"type": "text", "text": text}]}}
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")
        os.utime(self.path, ns=(0, (NOON + at) * 1_000_000))


@pytest.fixture(name="conversation")
def _conversation(scratch_home: Path) -> Conversation:
    return Conversation(scratch_home)


def said(log: Log) -> list[str]:
    """Return what the log has of the conversation."""
    with log.read() as txn:
        if find_session(txn, "cursor", "s") is None:
            return []
    return [event.text for event in events(log, "s", "cursor") if isinstance(event, Prompt | Reply)]


def forget(log: Log, at: int, *, aged: bool) -> None:
    """Forget the session, as it is at a time (ms after noon)."""
    with log.read() as txn:
        (row,) = SESSIONS.rows(txn)
        doomed = doom(txn, row, BlockCodec(), NOON + at, aged=aged)
    log.transact(lambda txn: erase(txn, [doomed]))


@pytest.mark.parametrize("stamped", [True, False])
def test_what_may_have_been_said_in_a_pause_stays_out(
    conversation: Conversation, start: Start, log: Log, *, stamped: bool
) -> None:
    """Where nobody was there when it ended, and until it is caught up with."""
    clock, ingest = SetClock(NOON), start()
    conversation.prompt("before", -MINUTE, stamped=stamped)
    make(log, ingest, clock).pause(EVERYTHING, NOON + 30 * MINUTE + 20 * SECOND)
    conversation.prompt("private", 10 * MINUTE, stamped=stamped)
    conversation.reply("a private answer", 11 * MINUTE)
    conversation.prompt("in the minute of its end", 30 * MINUTE + 10 * SECOND, stamped=stamped)
    conversation.prompt("afterwards", 41 * MINUTE, stamped=stamped)
    clock.run(3600)

    ingest = start()
    pausing = make(log, ingest, clock)
    pausing.expire()
    assert said(log) == ["before", *(["afterwards"] if stamped else [])]
    conversation.prompt("later", 61 * MINUTE, stamped=stamped)
    run(ingest)
    assert said(log)[-1] == "later"
    assert "private" not in said(log)

    pausing.resume(EVERYTHING, catch_up=True)
    assert len(said(log)) == 6


def test_a_pause_in_a_first_run_leaves_out_what_may_have_come_after_its_beginning(
    conversation: Conversation, start: Start, log: Log
) -> None:
    """A minute may reach into it, and so may the turn before."""
    conversation.prompt("long before", -9 * MINUTE, stamped=True)
    conversation.reply("an answer", -8 * MINUTE)
    conversation.prompt("a turn that may go on", -2 * MINUTE, stamped=True)
    conversation.prompt("perhaps after", 10 * SECOND, stamped=True)
    conversation.reply("surely after", MINUTE)
    since = Pauses({EVERYTHING: 0}, {EVERYTHING: NOON + 5 * SECOND})
    log.transact(since.save)

    run(start())

    assert said(log) == ["long before", "an answer"]


def test_what_is_said_in_the_minute_after_a_forget_is_new(
    conversation: Conversation, start: Start, log: Log
) -> None:
    """What was said before has its marks; what goes on in a forgotten turn is forgotten too."""
    ingest = start()
    conversation.prompt("forget me", 0, stamped=True)
    run(ingest)
    forget(log, 70 * SECOND, aged=False)
    conversation.reply("of a turn that is forgotten", 80 * SECOND)
    conversation.prompt("typed in the same minute", 110 * SECOND, stamped=True)
    conversation.reply("an answer", 40 * MINUTE)
    run(ingest)

    assert said(log) == ["typed in the same minute", "an answer"]


@pytest.mark.parametrize("stamped", [True, False])
def test_what_went_by_its_age_stays_away(
    conversation: Conversation, start: Start, log: Log, *, stamped: bool
) -> None:
    """Also where the time of the file, which is new again, is the only one there is."""
    ingest = start()
    conversation.prompt("old words", 0, stamped=stamped)
    conversation.reply("old answer", SECOND)
    run(ingest)
    forget(log, MINUTE, aged=True)
    conversation.prompt("new words", 90 * 1440 * MINUTE, stamped=stamped)
    run(ingest)

    assert said(log) == ["new words"]
