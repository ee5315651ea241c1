"""What was done while nothing was captured does not come in by the files of a project either."""

import os
import threading

import pytest

from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.pausing import Pausing
from hivemindd.log.pauses import EVERYTHING
from tests.clocks import SetClock
from tests.codify.bench import STARTED, Bench, replace, report, write
from tests.ingest.asked import NO, Person
from tests.records import SESSION, ClaudeSession

WRITTEN = "def load(path):\n    print(path)\n    return path\n"
PRIVATE = "def load(path):\n    okapi(path)\n    return path\n"
CHANGED = "def load(path):\n    logger.info(path)\n    return path\n"


@pytest.fixture(name="session")
def _session(bench: Bench) -> ClaudeSession:
    """Write a session in which the agent creates a file, at 08:00, and have it captured."""
    session = ClaudeSession(bench.home, bench.project)
    session.prompt("write a loader")
    write(session, bench.project / "app.py", WRITTEN)
    session.reply("Done.")
    bench.capture()
    return session


class Breaks:
    """Pauses and resumes, each so many seconds after the session began."""

    def __init__(self, bench: Bench) -> None:
        """Pause over the log of a bench."""
        self._clock = SetClock(STARTED * 1000)
        ingest = Ingest(bench.log, [ClaudeCode()], bench.places, self._clock, every_n_turns=20)
        self._pausing = Pausing(bench.log, ingest, self._clock, threading.Event())

    def pause(self, name: str, at: int, *, end: int = 0) -> None:
        """Pause, until it is resumed or until a moment."""
        self._go_to(at)
        self._pausing.pause(name, (STARTED + end) * 1000 if end else 0)

    def resume(self, name: str, at: int) -> None:
        """Resume without catching up."""
        self._go_to(at)
        self._pausing.resume(name, catch_up=False)

    def expire(self, at: int) -> None:
        """Lift what is over by then."""
        self._go_to(at)
        self._pausing.expire()

    def _go_to(self, at: int) -> None:
        self._clock.step(STARTED + at - self._clock.now() / 1000)


def changes(bench: Bench) -> list[str]:
    """Return what is taken for a change by hand once all has been read."""
    return [row.user_diff for row in bench.codify_all() if row.user_diff]


class TestPauses:
    """Pauses that are over."""

    @pytest.mark.parametrize("everything", [True, False])
    def test_what_the_agent_wrote_in_a_pause_is_nobodys_change(
        self, bench: Bench, session: ClaudeSession, *, everything: bool
    ) -> None:
        """It was passed over, and lies on the disk when the session rests after the pause."""
        name, breaks = EVERYTHING if everything else str(bench.project), Breaks(bench)
        breaks.pause(name, 120)
        session.written = 300
        replace(session, bench.project / "app.py", WRITTEN, "print(path)", "okapi(path)")
        bench.change(PRIVATE, after=300)
        breaks.resume(name, 600)
        session.written = 660
        session.prompt("thanks, now look at app.py")
        session.reply("It loads.")

        assert changes(bench) == []

    def test_what_a_hand_changed_in_a_pause_stays_out(
        self, bench: Bench, session: ClaudeSession
    ) -> None:
        """Also when the file is saved once more afterwards: the text is of then."""
        del session
        breaks = Breaks(bench)
        breaks.pause(str(bench.project), 120)
        bench.change(PRIVATE, after=300)
        breaks.resume(EVERYTHING, 600)
        assert changes(bench) == []

        bench.change(PRIVATE + "\n\ndef save(path):\n    pass\n", after=900)
        assert changes(bench) == []

    def test_a_pause_may_end_by_itself(self, bench: Bench, session: ClaudeSession) -> None:
        """One of everything ends without the one of the workspace."""
        del session
        breaks = Breaks(bench)
        breaks.pause(EVERYTHING, 60, end=120)
        breaks.pause(str(bench.project), 60)
        breaks.expire(180)
        bench.change(PRIVATE, after=300)
        breaks.resume(str(bench.project), 600)

        assert changes(bench) == []

    def test_another_pause_hides_nothing(self, bench: Bench, session: ClaudeSession) -> None:
        """One of another workspace, one before the file was written, one after the change."""
        breaks = Breaks(bench)
        breaks.pause("elsewhere", 60)
        breaks.resume("elsewhere", 180)
        breaks.pause(str(bench.project), 200)
        breaks.resume(str(bench.project), 240)
        session.written = 300
        write(session, bench.project / "late.py", WRITTEN)
        bench.change(CHANGED, name="late.py", after=600)
        breaks.pause(str(bench.project), 660)
        breaks.resume(str(bench.project), 720)

        assert len(changes(bench)) == 1


class TestLeftOut:
    """Sessions that did not want to be captured."""

    def leave_out(self, bench: Bench, begun: int, ended: int) -> None:
        """Have another session run in the project that says no, from one second to another."""
        bench.capture()
        other = ClaudeSession(bench.home, bench.project, SESSION[:-1] + "2")
        other.written = begun - 1
        other.prompt("change the loader")
        os.utime(other.path, (STARTED + ended, STARTED + ended))
        Person(bench.log, bench.home, NO).start()

    @pytest.mark.parametrize("saved", [300, 900])
    def test_what_it_wrote_is_nobodys_change(
        self, bench: Bench, session: ClaudeSession, saved: int
    ) -> None:
        """Whether the file is as that left it, or was saved once more; words change nothing."""
        self.leave_out(bench, 240, 600)
        bench.change(PRIVATE, after=saved)
        session.written = 1200
        session.prompt("app.py: use okapi")

        assert changes(bench) == []

    def test_an_edit_of_another_place_does_not_show_the_rest(
        self, bench: Bench, session: ClaudeSession
    ) -> None:
        """The whole text is known from before, and what lies there now is not all its own."""
        file, far = bench.project / "long.py", "".join(f"a{n} = {n}\n" for n in range(20))
        write(session, file, WRITTEN + far)
        self.leave_out(bench, 240, 600)
        session.written = 660
        call = session.call("Edit", file_path=str(file), old_string="= 19", new_string="= 20")
        patch = {
            "oldStart": 22,
            "oldLines": 2,
            "newStart": 22,
            "newLines": 2,
            "lines": [" a18 = 18", "-a19 = 19", "+a19 = 20"],
        }
        report(session, call, filePath=str(file), originalFile=None, structuredPatch=[patch])
        bench.change(PRIVATE + far.replace("= 19", "= 20"), name="long.py", after=900)

        assert changes(bench) == []

    @pytest.mark.parametrize(("begun", "ended"), [(1, 2), (900, 960)])
    def test_before_or_after_it_hides_nothing(
        self, bench: Bench, session: ClaudeSession, begun: int, ended: int
    ) -> None:
        """Another session costs nothing that is not of its time."""
        session.written = 240
        write(session, bench.project / "late.py", WRITTEN)
        bench.change(CHANGED, name="late.py", after=600)
        self.leave_out(bench, begun, ended)

        assert len(changes(bench)) == 1
