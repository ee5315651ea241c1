"""The names that a person may type: what a shell offers, so read as fast as can be."""

from collections.abc import Iterator

import msgspec

from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SESSIONS, SKILLS, WORKSPACES
from hivemindd.records import GONE


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A name, and what tells it from others: `about` in words, `when` in ms since 1970 UTC."""

    name: str
    about: str = ""
    assistant: str = ""
    when: int = 0


def skill_names(log: Log) -> Iterator[Named]:
    """Yield the skills, those that stand first."""
    with log.read() as txn:
        rows = SKILLS.rows(txn)
    for row in sorted(rows, key=lambda row: (row.state in GONE, row.name)):
        yield Named(name=row.name, about=row.state, when=row.written)


def waiting_names(log: Log) -> Iterator[Named]:
    """Yield what waits for a person: skills with a proposal, and rules for review."""
    with log.read() as txn:
        skills, lessons = SKILLS.rows(txn), LESSONS.rows(txn)
    for skill in skills:
        if skill.proposal is not None:
            yield Named(name=skill.name, about=f"proposal {skill.proposal.id}")
    for lesson in lessons:
        if lesson.state == "review":
            yield Named(name=lesson.asked, about=lesson.rule)


def session_names(log: Log) -> Iterator[Named]:
    """Yield the sessions by their ids, the newest first."""
    with log.read() as txn:
        names = {row.id: row.name for row in WORKSPACES.rows(txn)}
        rows = SESSIONS.rows(txn)
    for row in sorted(rows, key=lambda row: row.last_event, reverse=True):
        about = names.get(row.workspace, row.workspace)
        yield Named(name=row.id, about=about, assistant=row.assistant, when=row.last_event)


def correction_names(log: Log) -> Iterator[Named]:
    """Yield the corrections by the short ids that are shown, the newest first."""
    with log.read() as txn:
        rows = CORRECTIONS.rows(txn)
    for row in sorted(rows, key=lambda row: row.ts, reverse=True):
        yield Named(name=row.id[:8], about=row.quote, assistant=row.assistant, when=row.ts)


def workspace_names(log: Log) -> Iterator[Named]:
    """Yield the workspaces."""
    with log.read() as txn:
        rows = WORKSPACES.rows(txn)
    for row in sorted(rows, key=lambda row: row.name):
        yield Named(name=row.name, about=row.root)
