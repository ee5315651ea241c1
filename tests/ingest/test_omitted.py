"""What was left out stays out when the log is lost and filled again from the transcripts."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.omitted import recover
from hivemindd.ingest.pausing import Pausing
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.datafile import LogError
from hivemindd.log.erase import doom, erase
from hivemindd.log.omissions import FILE, Omissions
from hivemindd.log.opening import open_log
from hivemindd.log.pauses import EVERYTHING
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS
from hivemindd.records import MISSED, Session
from tests.clocks import SetClock
from tests.ingest.asked import MISSING, NO, YES, Person
from tests.ingest.conftest import Start
from tests.ingest.taken import prompts, run
from tests.ingest.test_pausing import MINUTE, say
from tests.records import ClaudeSession

Lose = Callable[[], Log]


@pytest.fixture(name="lose")
def _lose(log: Log) -> Iterator[Lose]:
    """Damage the log, and have a new one in its place, as the daemon does when it starts."""
    opened = []

    def lose() -> Log:
        log.close()
        os.truncate(log.folder / "data.mdb", 2 * 4096)
        new = open_log(log.folder, map_size=1 << 20)
        opened.append(new)
        assert new.replaced
        recover(new, Omissions(log.folder.parent))
        return new

    yield lose
    for each in opened:
        each.close()


def pausing(log: Log, ingest: Ingest, clock: SetClock) -> Pausing:
    """Return what pauses an ingest."""
    return Pausing(log, ingest, clock, threading.Event())


def row(log: Log) -> Session:
    """Return the one session."""
    with log.read() as txn:
        (found,) = SESSIONS.rows(txn)
    return found


def fill(log: Log, home: Path) -> tuple[Person, Ingest]:
    """Read all transcripts into a new log; what lay there before is history."""
    person = Person(log, home, MISSING)
    return person, person.start()


def test_what_is_paused_stays_so(
    claude: ClaudeSession, start: Start, log: Log, lose: Lose, scratch_home: Path
) -> None:
    """What was written before the pause comes back, what was written in it does not."""
    clock = SetClock()
    ingest = start()
    say(claude, "before", clock.now() - MINUTE)
    pausing(log, ingest, clock).pause(EVERYTHING, 0)
    say(claude, "read in the pause", clock.now() + MINUTE)
    run(ingest)
    say(claude, "not read yet", clock.now() + 2 * MINUTE)

    new = lose()
    _, ingest = fill(new, scratch_home)
    pausing(new, ingest, clock).expire()
    say(claude, "later, with a clock that was set back", clock.now() - MINUTE)
    run(ingest)

    assert prompts(new) == ["before"]
    assert ingest.pauses.until == {EVERYTHING: 0}


def test_a_pause_that_is_over_is_not_taken_back(
    claude: ClaudeSession, start: Start, log: Log, lose: Lose, scratch_home: Path
) -> None:
    """Whatever the times of what was written in it say."""
    clock = SetClock()
    ingest = start()
    pauses = pausing(log, ingest, clock)
    pauses.pause(str(claude.project), 0)
    say(claude, "private", clock.now() - 60 * MINUTE)
    pauses.resume(str(claude.project), catch_up=False)
    say(claude, "after", clock.now())
    run(ingest)

    new = lose()
    _, ingest = fill(new, scratch_home)

    assert prompts(new) == ["after"]
    assert ingest.pauses.until == {}
    pausing(new, ingest, clock).resume(EVERYTHING, catch_up=True)
    assert prompts(new) == ["after", "private"]


def test_what_was_caught_up_with_comes_back(
    claude: ClaudeSession, start: Start, log: Log, lose: Lose, scratch_home: Path
) -> None:
    """It was asked for."""
    ingest = start()
    pauses = pausing(log, ingest, SetClock())
    pauses.pause(EVERYTHING, 0)
    claude.prompt("private")
    pauses.resume(EVERYTHING, catch_up=True)
    assert prompts(log) == ["private"]

    new = lose()
    fill(new, scratch_home)

    assert prompts(new) == ["private"]


def test_a_session_that_said_no_stays_out(
    claude: ClaudeSession, log: Log, lose: Lose, scratch_home: Path
) -> None:
    """Its process is over by now, and whoever resumes it has the private words in it."""
    person = Person(log, scratch_home, NO)
    ingest = person.start()
    claude.prompt("private")
    run(ingest)

    new = lose()
    person, ingest = fill(new, scratch_home)
    assert row(new).why_not == "HIVEMIND_CAPTURE=false in its environment"
    person.wish = YES
    claude.prompt("private too")
    run(ingest)

    assert prompts(new) == []


def test_who_could_not_be_asked_stays_out_until_somebody_is(
    claude: ClaudeSession, log: Log, lose: Lose, scratch_home: Path
) -> None:
    """As before the log was lost."""
    person = Person(log, scratch_home, MISSING)
    ingest = person.start()
    claude.prompt("perhaps private")
    run(ingest)

    new = lose()
    person, ingest = fill(new, scratch_home)
    assert row(new).why_not == MISSED
    person.wish = YES
    claude.prompt("asked")
    run(ingest)
    assert prompts(new) == ["asked"]


def test_who_could_not_be_asked_can_be_caught_up_with(
    claude: ClaudeSession, log: Log, lose: Lose, scratch_home: Path
) -> None:
    """Once is enough: another log that is lost brings it back."""
    ingest = Person(log, scratch_home, MISSING).start()
    claude.prompt("perhaps private")
    run(ingest)

    new = lose()
    _, ingest = fill(new, scratch_home)
    pausing(new, ingest, SetClock()).resume(EVERYTHING, catch_up=True)
    assert prompts(new) == ["perhaps private"]

    third = open_log(log.folder.parent / "third", map_size=1 << 20)
    recover(third, Omissions(log.folder.parent))
    fill(third, scratch_home)
    assert prompts(third) == ["perhaps private"]
    third.close()


def test_what_was_said_before_somebody_could_be_asked_stays_out(
    claude: ClaudeSession, log: Log, lose: Lose, scratch_home: Path
) -> None:
    """Also where the session was captured from there on."""
    person = Person(log, scratch_home, MISSING)
    ingest = person.start()
    claude.prompt("perhaps private")
    run(ingest)
    person.wish = YES
    claude.prompt("asked")
    run(ingest)

    new = lose()
    fill(new, scratch_home)

    assert prompts(new) == ["asked"]


def test_what_only_ran_out_of_sight_comes_back_whole(
    claude: ClaudeSession, log: Log, lose: Lose, scratch_home: Path
) -> None:
    """It was no session that could have said no."""
    person = Person(log, scratch_home, MISSING)
    ingest = person.start()
    claude.prompt("first")
    run(ingest)
    claude.prompt("second")
    later = claude.path.stat().st_mtime + 60
    os.utime(claude.path, (later, later))
    run(ingest)
    run(ingest)
    assert prompts(log) == ["first", "second"]

    new = lose()
    fill(new, scratch_home)

    assert prompts(new) == ["first", "second"]


def test_a_project_that_has_changed_its_mind_does_so_for_the_future(
    claude: ClaudeSession, start: Start, lose: Lose, scratch_home: Path
) -> None:
    """What was written while its `.hivemind` said no stays out."""
    ingest = start()
    claude.prompt("open")
    run(ingest)
    switch = claude.project / ".hivemind"
    switch.write_text('{"collect": false}')
    claude.prompt("private")
    run(ingest)
    switch.unlink()
    claude.prompt("open again")
    run(ingest)

    new = lose()
    fill(new, scratch_home)

    assert prompts(new) == ["open", "open again"]


def test_what_died_over_it_is_finished(
    claude: ClaudeSession,
    start: Start,
    log: Log,
    scratch_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the file says and the log does not know holds at the next start."""
    ingest = Person(log, scratch_home, NO).start()
    claude.prompt("private")

    class Died(Exception):  # noqa: N818  no error of anybody
        """Stands for SIGKILL before the commit."""

    def die(*_: object) -> None:
        raise Died

    monkeypatch.setattr(ingest.omissions, "note_taken_in", die)
    with pytest.raises(Died):
        run(ingest)

    recover(log, Omissions(log.folder.parent))
    run(start())

    assert prompts(log) == []
    assert row(log).why_not == "HIVEMIND_CAPTURE=false in its environment"


def test_what_is_forgotten_can_still_say_something_new(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """Forgetting takes the answer of its process with it."""
    person = Person(log, scratch_home, NO)
    ingest = person.start()
    claude.prompt("private")
    run(ingest)
    session = row(log)
    log.transact(lambda txn: erase(txn, [doom(txn, session, BlockCodec(), 1)]))
    person.wish = YES
    claude.prompt("as any other")
    run(ingest)

    assert prompts(log) == ["as any other"]


def test_where_it_cannot_be_remembered_nothing_is_decided(
    claude: ClaudeSession, log: Log, scratch_home: Path
) -> None:
    """The transcript is read again when there is room."""
    person = Person(log, scratch_home, NO)
    ingest = person.start()
    claude.prompt("private")
    (log.folder.parent / FILE).mkdir()
    with pytest.raises(LogError, match=r"cannot write .*left-out: Is a directory"):
        run(ingest)
    with log.read() as txn:
        assert SESSIONS.rows(txn) == []

    (log.folder.parent / FILE).rmdir()
    run(ingest)
    assert row(log).why_not == "HIVEMIND_CAPTURE=false in its environment"


def test_no_word_stands_in_the_file(claude: ClaudeSession, start: Start, log: Log) -> None:
    """Hashes, and the workspace that is paused, for as long as it is."""
    ingest = start()
    pauses = pausing(log, ingest, SetClock())
    pauses.pause(str(claude.project), 0)
    claude.prompt("planted")
    run(ingest)
    file = log.folder.parent / FILE
    assert str(claude.project).encode() in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600

    pauses.resume(str(claude.project), catch_up=False)

    kept = file.read_bytes()
    assert str(claude.project).encode() not in kept
    assert claude.session.encode() not in kept
    assert b"planted" not in kept
