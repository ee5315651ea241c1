"""The network in a process of its own: the memory that it takes is only there while it reads."""

import contextlib
import os
import select
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from hivemindd.encoder.frames import Answer, Question, receive, send
from hivemindd.errors import EncoderError

SHIPPED = Path(__file__).with_name("weights.npz")
TEXTS = 16
SECONDS = 60.0

# One thread: what is learned in the background must not take every core.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class Encoder:
    """Reads pairs of texts with the network; starts its process when it is first asked."""

    def __init__(self, weights: Path = SHIPPED, *, timeout: float = SECONDS) -> None:
        """Run the network of a weights file; wait at most `timeout` seconds for one answer."""
        self._weights = weights
        self._timeout = timeout
        self._lock = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, texts: Sequence[tuple[str, str]]) -> list[list[float]]:
        """Return the scores of each pair of texts.

        Raises:
            EncoderError: the network cannot be run, gave no answer in time, or was closed.
        """
        scores: list[list[float]] = []
        for start in range(0, len(texts), TEXTS):
            with self._lock:
                scores += self._ask(Question(list(texts[start : start + TEXTS])))
        return scores

    def close(self) -> None:
        """End the process for good; whoever waits for an answer gets an error at once."""
        self._closed = True
        if process := self._process:
            process.kill()
        with self._lock:
            self._end()

    def _ask(self, question: Question) -> list[list[float]]:
        """Put a question; to a new process where the last one has ended meanwhile."""
        answer = self._exchange(question) if self._process else None
        if answer is None:
            self._end()
            answer = self._exchange(question)
        if answer is None:
            self._end()
            if self._closed:
                raise EncoderError("the small model was closed")
            raise EncoderError("the small model ended without an answer: see `hivemindctl logs`")
        if answer.fault:
            raise EncoderError(answer.fault)
        return answer.scores

    def _exchange(self, question: Question) -> Answer | None:
        """Return the answer, None where the process has ended without one."""
        if self._process is None and not self._closed:
            self._process = _start(self._weights)
        process = self._process
        # `close` looks at the process after its word: one of the two sees the other.
        if self._closed or process is None:
            raise EncoderError("the small model was closed")
        questions, answers = process.stdin, process.stdout
        if questions is None or answers is None:
            raise EncoderError("the small model has no pipes")
        try:
            send(questions, question)
            if not select.select([answers], [], [], self._timeout)[0]:
                self._end()
                raise EncoderError(f"the small model gave no answer in {self._timeout:g} s")
            return receive(answers, Answer)
        except BrokenPipeError:
            return None
        except (OSError, ValueError, msgspec.DecodeError) as error:
            self._end()
            raise EncoderError(f"the small model gave no usable answer: {error}") from error

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        process.wait()


def _start(weights: Path) -> subprocess.Popen[bytes]:
    """Start the process, with nothing of our environment but what lets it find our code.

    Raises:
        EncoderError: the system refuses to start it.
    """
    # Where it looks for modules must not depend on where we were started.
    command = [sys.executable, "-P", "-m", "hivemindd.encoder", str(weights)]
    paths = os.pathsep.join(path for path in sys.path if path)
    try:
        process = subprocess.Popen(  # noqa: S603  our own interpreter, and fixed words
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**ENVIRONMENT, "PYTHONPATH": paths},
            cwd="/",
            process_group=0,
        )
    except OSError as error:
        raise EncoderError(f"cannot start the small model: {error.strerror}") from error
    # Whoever ends by itself must not stay behind as a zombie.
    threading.Thread(target=process.wait, daemon=True, name="encoder-wait").start()
    structlog.get_logger().debug("small model started", pid=process.pid)
    return process
