"""The network's own process: it answers, ends, and is started again when it is needed."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from hivemindd.child.frames import send
from hivemindd.encoder import process
from hivemindd.encoder.__main__ import serve
from hivemindd.encoder.process import Encoder
from hivemindd.encoder.questions import Question
from hivemindd.errors import EncoderError

TEXTS = [("no, we use pnpm here", "Bash(npm install)"), ("thanks", "Done.")]


@pytest.fixture
def encoder(weights: Path) -> Iterator[Encoder]:
    """Return an encoder whose process is ended after the test."""
    made = Encoder(weights)
    yield made
    made.close()


def child() -> psutil.Process:
    """Return the one process that this one has started for the network."""
    found = [
        each
        for each in psutil.Process().children()
        if each.status() != psutil.STATUS_ZOMBIE and "hivemindd.encoder" in each.cmdline()
    ]
    assert len(found) == 1
    return found[0]


def test_scores_come_back_in_order(encoder: Encoder) -> None:
    """Each pair of texts gets its own scores, whatever stands beside it."""
    both = encoder.read(TEXTS)
    turned = encoder.read(TEXTS[::-1])
    assert both[0] == pytest.approx(turned[1], abs=1e-2)
    assert both[1] == pytest.approx(turned[0], abs=1e-2)


def test_many_texts_are_asked_in_parts(encoder: Encoder) -> None:
    """There are as many answers as texts where they do not fit one question."""
    texts = [(f"word {number}", "") for number in range(2 * process.TEXTS + 1)]
    assert len(encoder.read(texts)) == len(texts)


def test_a_killed_process_is_replaced(encoder: Encoder) -> None:
    """Whoever kills the process costs a start, not an answer."""
    before = encoder.read(TEXTS)
    first = child()
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)
    assert encoder.read(TEXTS) == before
    assert child().pid != first.pid


def test_a_service_manager_does_not_end_it(encoder: Encoder) -> None:
    """It tells all processes of a service to end; who asks may still want its last answer."""
    before = encoder.read(TEXTS)
    first = child()
    first.send_signal(signal.SIGTERM)
    assert encoder.read(TEXTS) == before
    assert child().pid == first.pid


def test_it_knows_nothing_of_our_environment(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys in our environment do not reach the process, and it stands in no one's folder."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-for-you")
    encoder.read(TEXTS)
    assert "ANTHROPIC_API_KEY" not in child().environ()
    assert child().cwd() == "/"


def test_closing_leaves_nothing_behind(encoder: Encoder) -> None:
    """After `close` the process is gone, and no other is started."""
    encoder.read(TEXTS)
    gone = child()
    encoder.close()
    assert not gone.is_running()
    with pytest.raises(EncoderError, match="closed"):
        encoder.read(TEXTS)


def test_closing_does_not_wait_for_an_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever stops the daemon does not wait until the network has read everything."""
    begun = tmp_path / "begun"
    sleeper = tmp_path / "sleeper"
    sleeper.write_text(f"#!/bin/sh\ntouch {begun}\nexec sleep 600\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(sleeper))
    encoder = Encoder(tmp_path, timeout=600)
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(encoder.read, TEXTS)
        while not begun.exists():
            assert not reading.done()
        encoder.close()
        with pytest.raises(EncoderError, match="closed"):
            reading.result(30)


def test_a_silent_process_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without an answer in time the process is ended and the error says so."""
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 600\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(sleeper))
    encoder = Encoder(tmp_path, timeout=0.2)
    with pytest.raises(EncoderError, match=r"no answer in 0\.2 s"):
        encoder.read(TEXTS)


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
def test_a_process_that_does_not_run_is_an_error(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """An interpreter that ends at once, or is not there, is one clear sentence."""
    monkeypatch.setattr("sys.executable", program)
    with pytest.raises(EncoderError, match="small model"):
        Encoder(Path("weights.npz")).read(TEXTS)


def test_a_weights_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The process says what is wrong with the file, and lives."""
    encoder = Encoder(tmp_path / "none.npz")
    for _ in range(2):
        with pytest.raises(EncoderError, match=r"cannot read .*none\.npz"):
            encoder.read(TEXTS)
    encoder.close()


def test_it_ends_when_nothing_is_asked() -> None:
    """An idle process gives its memory back."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as questions, os.fdopen(writer, "wb") as held:
        answers = BytesIO()
        serve(Path("none"), questions, answers, idle=0.01)
        assert not held.closed
    assert answers.getvalue() == b""


def test_it_ends_with_who_started_it() -> None:
    """A closed pipe, also in the middle of a question, is the end and no error."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as questions:
        with os.fdopen(writer, "wb") as ours:
            whole = BytesIO()
            send(whole, Question(TEXTS))
            ours.write(whole.getvalue()[:20])
        serve(Path("none"), questions, BytesIO(), idle=5)
