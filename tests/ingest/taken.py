"""Takes in what lies in a home, and tells what the log holds then."""

import threading

from hivemindd.events import AnyEvent, Prompt
from hivemindd.ingest.loop import Ingest
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.homes import find_session
from hivemindd.log.store import Log
from tests.records import SESSION


def run(ingest: Ingest, *, final: bool = False) -> int:
    """Scan, drain, and return how many events were new."""
    before = ingest.events
    ingest.scan()
    ingest.drain(threading.Event(), final=final)
    return ingest.events - before


def events(log: Log, session: str = SESSION, assistant: str = "claude-code") -> list[AnyEvent]:
    """Return what the log holds of a session."""
    with log.read() as txn:
        row = find_session(txn, assistant, session)
        assert row is not None
        packed = blocks(txn, row)
    return [event for _, event in read(packed, BlockCodec())]


def prompts(log: Log, session: str = SESSION, assistant: str = "claude-code") -> list[str]:
    """Return the prompts of a session."""
    found = events(log, session, assistant)
    return [event.text for event in found if isinstance(event, Prompt)]
