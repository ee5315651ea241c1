"""The network in a process of its own: the memory that it takes is only there while it reads."""

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from hivemindd.child.frames import is_ready, receive, send
from hivemindd.child.process import end, start
from hivemindd.child.serving import OTHER_VERSION
from hivemindd.encoder.questions import Answer, Question
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
        for first in range(0, len(texts), TEXTS):
            with self._lock:
                scores += self._ask(Question(list(texts[first : first + TEXTS])))
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
            code = self._end()
            if self._closed:
                raise EncoderError("the small model was closed")
            if code == OTHER_VERSION:
                raise EncoderError("hivemindd was upgraded: its new version reads this")
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
            if not is_ready(answers, self._timeout):
                self._end()
                raise EncoderError(f"the small model gave no answer in {self._timeout:g} s")
            return receive(answers, Answer, within=self._timeout)
        except BrokenPipeError:
            return None
        except (OSError, ValueError, msgspec.DecodeError) as error:
            self._end()
            raise EncoderError(f"the small model gave no usable answer: {error}") from error

    def _end(self) -> int | None:
        """Leave nothing of the process, and return how it left."""
        process, self._process = self._process, None
        if process is None:
            return None
        end(process)
        return process.returncode


def _start(weights: Path) -> subprocess.Popen[bytes]:
    """Start the process.

    Raises:
        EncoderError: the system refuses to start it.
    """
    try:
        process = start("hivemindd.encoder", str(weights), env=ENVIRONMENT)
    except OSError as error:
        raise EncoderError(f"cannot start the small model: {error.strerror}") from error
    structlog.get_logger().debug("small model started", pid=process.pid)
    return process
