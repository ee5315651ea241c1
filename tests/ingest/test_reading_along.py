"""A second process reads along where much waits: the log is the same, whatever becomes of it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import zstandard
from structlog.testing import capture_logs

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import SystemClock
from hivemindd.ingest.look import Look
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.reader import Reader
from hivemindd.log.store import Log
from hivemindd.records import Session
from tests.ingest.reading import answers, children, found
from tests.ingest.taken import prompts, run
from tests.records import ClaudeSession

HOMES = sorted((Path(__file__).parents[1] / "transcripts").glob("*/*/home"))
SESSIONS = [f"5e551000-0000-4000-8000-0000000000{number:02d}" for number in range(12)]
LINES = 30

ASKING = """
import sys, time
from pathlib import Path
from hivemindd.ingest.reader import Reader
from tests.ingest.reading import children, found
reader = Reader()
for item in list(found(Path(sys.argv[1])))[:8]:
    reader.ask(item, None, final=True)
print(children()[0].pid, flush=True)
time.sleep(600)
"""

Together = Callable[..., Ingest]


@pytest.fixture(name="sessions")
def _sessions(scratch_home: Path, project: Path) -> list[ClaudeSession]:
    """Return some sessions that take several looks each."""
    made = [ClaudeSession(scratch_home, project, name) for name in SESSIONS]
    for session in made:
        for number in range(LINES):
            session.prompt(f"{number} {session.session} {'x' * 40_000}")
    return made


@pytest.fixture(name="together")
def _together(log: Log, scratch_home: Path) -> Together:
    """Return what starts an ingest that has a second process read along, however little waits."""

    def start(
        *,
        beat: Callable[[], object] = lambda: None,
        on_commit: Callable[[list[Session]], None] = lambda _sessions: None,
    ) -> Ingest:
        return Ingest(
            log,
            ASSISTANTS,
            Places(scratch_home),
            SystemClock(),
            every_n_turns=20,
            beat=beat,
            on_commit=on_commit,
            worth=1,
        )

    return start


def are_whole(log: Log, lines: int = LINES) -> bool:
    """Tell whether the log holds each prompt once, in its order."""
    return all(
        [text.split()[:2] for text in prompts(log, name)]
        == [[str(number), name] for number in range(lines)]
        for name in SESSIONS
    )


def test_both_read_and_nothing_is_lost_or_doubled(
    log: Log, sessions: list[ClaudeSession], together: Together
) -> None:
    """Each event is stored once, in the order of its transcript, and the process is gone then."""
    seen: set[int] = set()
    ingest = together(beat=lambda: seen.update(each.pid for each in children()))

    assert run(ingest) == LINES * len(sessions)
    assert len(seen) == 1
    assert are_whole(log)
    assert not children()
    assert run(together()) == 0


def test_it_is_not_worth_it_for_little(
    sessions: list[ClaudeSession], start: Callable[[], Ingest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read within a second needs no second process."""
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with capture_logs() as said:
        assert run(start()) == LINES * len(sessions)
    assert not said


def test_one_that_dies_is_done_without(
    log: Log, sessions: list[ClaudeSession], together: Together
) -> None:
    """What it was at is read by us; it is said once, and no other is started."""
    hit: list[int] = []

    def kill() -> None:
        for each in children() if not hit else ():
            hit.append(each.pid)
            os.kill(each.pid, signal.SIGKILL)

    with capture_logs() as said:
        assert run(together(beat=kill)) == LINES * len(sessions)
    assert len(hit) == 1
    assert [line["event"] for line in said] == ["the second reader failed: reading alone"]
    assert are_whole(log)


@pytest.mark.parametrize("program", ["/bin/false", "/bin/cat", "/nowhere/python"])
def test_one_that_does_not_work_is_done_without(
    log: Log,
    sessions: list[ClaudeSession],
    together: Together,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
) -> None:
    """An interpreter that ends at once, says something else or is not there costs no event."""
    monkeypatch.setattr("sys.executable", program)
    ingest = together()
    with capture_logs() as said:
        assert run(ingest) == LINES * len(sessions)
        for session in sessions:
            session.prompt(f"{LINES} {session.session}")
        assert run(ingest) == len(sessions)
    assert len(said) == 1
    assert are_whole(log, LINES + 1)


def test_one_that_says_nothing_is_given_up(
    sessions: list[ClaudeSession],
    scratch_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its looks come back without what they should have brought."""
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 600\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(sleeper))
    items = list(found(scratch_home))
    assert len(items) == len(sessions)
    with closing(Reader(seconds=0.2)) as reader, capture_logs() as said:
        for item in items[:3]:
            reader.ask(item, None, final=False)
        assert reader.look(wait=False) is None
        looks = answers(reader, 3)
        assert not reader.is_free
    assert looks == [Look(item, None) for item in items[:3]]
    assert [line["cause"] for line in said] == ["no answer in 0.2 s"]


@pytest.mark.usefixtures("sessions")
def test_one_that_stops_in_the_middle_of_an_answer_is_given_up(
    scratch_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for the rest: the ingest has more to do."""
    stopping = tmp_path / "stopping"
    stopping.write_text("#!/bin/sh\nprintf '\\000\\000\\001\\000half'\nexec sleep 600\n")
    stopping.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(stopping))
    item, *_ = found(scratch_home)
    with closing(Reader(seconds=0.2)) as reader, capture_logs() as said:
        reader.ask(item, None, final=False)
        assert answers(reader, 1) == [Look(item, None)]
    assert [line["cause"] for line in said] == ["an answer stopped in its middle"]


def test_a_stop_ends_it_and_what_was_under_way_is_read_later(
    log: Log, sessions: list[ClaudeSession], together: Together
) -> None:
    """Whoever wants something from us does not wait for what it still looks at."""
    stop = threading.Event()
    ingest = together(on_commit=lambda _sessions: stop.set())
    ingest.scan()
    ingest.drain(stop)
    assert 0 < ingest.events < LINES * len(sessions)
    assert not children()

    stop.clear()
    while not ingest.is_done:
        ingest.drain(threading.Event())
    assert are_whole(log)


def test_what_grows_meanwhile_is_read_to_its_end(
    log: Log, sessions: list[ClaudeSession], together: Together
) -> None:
    """Also where the process is just looking at it."""
    grown: list[ClaudeSession] = []

    def grow() -> Iterable[Path]:
        if len(grown) == len(sessions):
            return []
        session = sessions[len(grown)]
        grown.append(session)
        session.prompt("meanwhile")
        return [session.path]

    ingest = together()
    ingest.scan()
    while not ingest.is_done or len(grown) < len(sessions):
        ingest.drain(threading.Event(), fresh=grow)

    for name in SESSIONS:
        assert [text.split()[0] for text in prompts(log, name)] == [
            *map(str, range(LINES)),
            "meanwhile",
        ]


@pytest.mark.usefixtures("sessions")
def test_it_ends_with_us(scratch_home: Path) -> None:
    """Also in the middle of its work, where nobody had the time to end it; without a word."""
    with subprocess.Popen(
        [sys.executable, "-c", ASKING, str(scratch_home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    ) as ours:
        assert ours.stdout is not None
        child = psutil.Process(int(ours.stdout.readline()))
        ours.kill()
        _, errors = ours.communicate(timeout=10)  # until nobody has the pipe any more
    child.wait(10)
    assert errors == b""


def test_compressed_transcripts_are_not_asked_for(
    scratch_home: Path, together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One look reads 64 MB of them, of which too much would come through the pipe."""
    files = [file for home in HOMES for file in home.rglob("rollout-*.jsonl")]
    for file in files:
        copy = scratch_home / ".codex" / "sessions" / f"{file.name}.zst"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(zstandard.compress(file.read_bytes()))
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with capture_logs() as said:
        assert run(together()) > len(files) > 1
    assert "the second reader failed: reading alone" not in {line["event"] for line in said}
