"""Why a session is not captured, in the words that people read."""

from typing import Protocol

PAUSED = "it was written while paused"


class Refusable(Protocol):
    """What is needed of a session to say why it is not captured."""

    captured: bool
    why_not: str
    passed_over: int
    events: int


def refusal(session: Refusable) -> str:
    """Say why a session is not captured, empty where it is."""
    if session.captured and session.passed_over and not session.events:
        return PAUSED
    return session.why_not
