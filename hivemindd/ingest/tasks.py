"""What a process that reads beside us is asked for, and what it answers."""

import msgspec

from hivemindd.ingest.clean import Cleaned
from hivemindd.records import Checkpoint


class Task(msgspec.Struct, frozen=True):
    """A look at a transcript, with the arguments of `poll`."""

    path: str
    assistant: str
    checkpoint: Checkpoint | None
    named: str
    final: bool


class Result(msgspec.Struct, frozen=True):
    """What the look brought, None where it failed."""

    cleaned: Cleaned | None
