"""The life of a session: active, idle, ended, and open again. Pure functions of the row."""

from collections.abc import Sequence
from typing import Literal

from hivemindd.assistants.base import SessionFacts
from hivemindd.events import Outline
from hivemindd.records import Session, SessionState

Liveness = Literal["busy", "idle", "open", "gone", "unknown"]

GRACE = 5.0
IDLE_SHARE = 0.2  # of idle_after: how long a session that says "idle" must have been quiet


def fold(session: Session, events: Sequence[Outline], facts: SessionFacts, appended: int) -> None:
    """Bring a session's row up to date with new events and the time its file grew (ms).

    A session that was idle or ended is active again, and one in which a person has spoken is
    theirs, whoever began it.
    """
    session.cwd = session.cwd or facts.cwd
    session.version = facts.version or session.version
    session.branch = facts.branch or session.branch
    session.parent = session.parent or facts.parent
    session.headless = (session.headless or facts.headless) and not session.prompts
    if not events:
        return
    session.state = "active"
    session.last_append = max(session.last_append, appended)
    session.events += len(events)
    in_turn = session.in_turn
    for event in events:
        if session.started == 0 or event.ts < session.started:
            session.started = event.ts
        session.last_event = max(session.last_event, event.ts)
        if event.sidechain:
            continue
        if event.kind == "prompt":
            session.prompts += event.author == "human"
            in_turn = False
        elif event.kind in {"reply", "tool_call"} and not in_turn:
            session.turns += 1
            in_turn = True
    session.in_turn = in_turn
    session.headless = session.headless and not session.prompts


def judge(
    session: Session, now: int, liveness: Liveness, *, idle_after: float, end_after: float
) -> SessionState:
    """Return the state of a session at a time (ms), from its quiet and its liveness.

    Time only moves a session on; it is its next event that makes it active again.

    Args:
        session: the row.
        now: wall clock in ms.
        liveness: what the assistant's own registry or lock says.
        idle_after: seconds without an append after which it is idle.
        end_after: seconds without an append after which it has ended.
    """
    quiet = max(0, now - session.last_append) / 1000
    if quiet >= end_after or (liveness == "gone" and quiet >= GRACE):
        return "ended"
    if quiet >= idle_after or (liveness == "idle" and quiet >= idle_after * IDLE_SHARE):
        return "idle" if session.state != "ended" else "ended"
    return session.state


def uncodified(session: Session) -> bool:
    """Tell whether a session, in which a person spoke, has grown since it was codified."""
    return session.captured and session.prompts > 0 and session.events > session.codified_events
