"""Runs the network of a weights file for the process that started it, until that closes the pipe.

It ends by itself when nothing was asked for a while, so that its memory is given back.
"""

import sys
from pathlib import Path
from typing import IO

from hivemindd.child.frames import is_ready, receive, send
from hivemindd.child.serving import begin
from hivemindd.encoder.network import Network
from hivemindd.encoder.questions import Answer, Question
from hivemindd.encoder.weights import Weights
from hivemindd.errors import EncoderError

IDLE_SECONDS = 30.0
NICENESS = 10


def serve(
    file: Path, questions: IO[bytes], answers: IO[bytes], *, idle: float = IDLE_SECONDS
) -> None:
    """Answer questions until there are none for `idle` seconds, or the pipe ends."""
    network: Network | None = None
    while is_ready(questions, idle):
        question = receive(questions, Question)
        if question is None:
            return
        try:
            network = network or Network(Weights.load(file))
            read = network.read(question.texts)
        except EncoderError as error:
            send(answers, Answer(fault=str(error)))
        else:
            send(answers, Answer(scores=read.tolist()))


if __name__ == "__main__":
    (weights,) = begin(NICENESS)
    serve(Path(weights), sys.stdin.buffer, sys.stdout.buffer)
