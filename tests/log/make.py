"""Events and sessions for tests of the log."""

from hivemindd.events import Event, Reply, outline
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.keys import event_key
from hivemindd.log.seen import Encoded
from hivemindd.records import Session

codec = BlockCodec()


def make_event(number: int, text: str = "text", session: str = "s") -> Reply:
    """Return an event with an id of its own."""
    return Reply(
        id=f"e{number}",
        ts=1_700_000_000_000 + number,
        seq=number,
        session=session,
        assistant="codex",
        author="agent",
        text=text,
    )


def encode(event: Event) -> Encoded:
    """Return the event as ingest hands it over."""
    key = event_key(event.assistant, event.id)
    return Encoded(key, codec.encode_event(event), outline(event))


def make_session(workspace: str = "w", session: str = "s") -> Session:
    """Return the row of a new session."""
    return Session(id=session, assistant="codex", workspace=workspace)
