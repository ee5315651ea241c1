"""Where a pause begins and ends, over a real log and real transcripts."""

import threading
from datetime import UTC, datetime

from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.pausing import PATIENCE, Pausing
from hivemindd.log.pauses import EVERYTHING, Pauses
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS
from tests.clocks import SetClock
from tests.ingest.conftest import Start
from tests.ingest.taken import prompts, run
from tests.records import ClaudeSession

MINUTE = 60_000


class Impatient(SetClock):
    """A clock by which everything takes too long."""

    def boot(self) -> float:
        """Return a later time whenever it is asked."""
        self.suspend(PATIENCE)
        self.step(-PATIENCE)
        return super().boot()


def make(log: Log, ingest: Ingest, clock: SetClock) -> Pausing:
    """Return what pauses an ingest."""
    return Pausing(log, ingest, clock, threading.Event())


def say(claude: ClaudeSession, text: str, at: int) -> None:
    """Append a prompt that was typed at a time (ms)."""
    claude.prompt(text, timestamp=datetime.fromtimestamp(at / 1000, UTC).isoformat())


def stored(log: Log) -> Pauses:
    """Return the pauses that a daemon would start with."""
    with log.read() as txn:
        return Pauses.load(txn)


def test_a_pause_begins_with_what_was_read(claude: ClaudeSession, start: Start, log: Log) -> None:
    """What was written before it is captured; afterwards nothing is, whatever its time says."""
    ingest, clock = start(), SetClock()
    pausing = make(log, ingest, clock)
    say(claude, "before", clock.now())
    pausing.pause(EVERYTHING, 0)
    say(claude, "with a clock that was set back", clock.now() - 60 * MINUTE)
    run(ingest)

    assert prompts(log) == ["before"]
    with log.read() as txn:
        (row,) = SESSIONS.rows(txn)
    assert row.passed_over == 1


def test_nobody_waits_for_a_long_history(claude: ClaudeSession, start: Start, log: Log) -> None:
    """It is read after the pause has begun, up to there; then the pause is as any other."""
    clock = Impatient()
    ingest = start()
    pausing = make(log, ingest, clock)
    say(claude, "long ago", clock.now() - MINUTE)
    pausing.pause(EVERYTHING, 0)
    say(claude, "private", clock.now() + MINUTE)
    assert stored(log).since == {EVERYTHING: clock.now()}

    ingest = start()
    pausing = make(log, ingest, clock)
    pausing.expire()
    assert stored(log).since, "nothing has been looked at yet"
    run(ingest)
    pausing.expire()
    assert stored(log).since == {}
    assert stored(log).until == {EVERYTHING: 0}
    say(claude, "late", clock.now() - MINUTE)
    run(ingest)
    assert prompts(log) == ["long ago"]


def test_a_pause_ends_at_its_moment(claude: ClaudeSession, start: Start, log: Log) -> None:
    """Also where nobody was there to end it: the time of each event decides."""
    clock = SetClock()
    make(log, start(), clock).pause(EVERYTHING, clock.now() + 30 * MINUTE)
    say(claude, "private", clock.now() + 29 * MINUTE)
    say(claude, "after the pause", clock.now() + 30 * MINUTE)
    clock.run(24 * 3600)

    ingest = start()
    make(log, ingest, clock).expire()

    assert prompts(log) == ["after the pause"]
    assert stored(log).until == {}


def test_one_workspace_that_ends_leaves_the_others_paused(
    claude: ClaudeSession, start: Start, log: Log
) -> None:
    """Each has its own end."""
    ingest, clock = start(), SetClock()
    pausing = make(log, ingest, clock)
    pausing.pause(str(claude.project), 0)
    pausing.pause("elsewhere", clock.now() + MINUTE)
    clock.run(120)
    pausing.expire()
    say(claude, "private", clock.now())
    run(ingest)

    assert stored(log).until == {str(claude.project): 0}
    assert prompts(log) == []
