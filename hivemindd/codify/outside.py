"""Looks, when a session rests, at what became of the files that its agent wrote."""

import os
from collections.abc import Sequence
from pathlib import Path

import structlog

from hivemindd.codify.paused import is_paused, past
from hivemindd.codify.worktree import Worktree
from hivemindd.events import AnyEvent
from hivemindd.lessons.hand_edits import Change
from hivemindd.lessons.outside import find
from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS, WORKSPACES
from hivemindd.records import Session
from hivemindd.redaction.redactor import shared
from hivemindd.workspace import refusal


class Outside:
    """Finds changes by hand that no transcript tells of, in the project's own files."""

    def __init__(
        self, log: Log, *, home: Path, search: str = "", ignore: Sequence[str] = ()
    ) -> None:
        """Use the log for what else went on.

        `search` is where git is, as in `PATH`, `ignore` the patterns of folders to leave alone.
        """
        self._ignore = ignore
        self._log = log
        self._home = home
        self._search = search

    def changes(self, session: Session, events: Sequence[AnyEvent]) -> list[Change]:
        """Return the changes; none while the agent may be at work, or without a project.

        A project that is paused, or does not want to be captured, is left alone. So is what
        may hold a trace of something that was not to be captured: what was passed over of this
        session, a session that was left out, a pause that is over.
        """
        if session.state == "active" or session.headless or session.passed_over:
            return []
        key = workspace_key(session.workspace)
        with self._log.read() as txn:
            place = WORKSPACES.get(txn, key)
            rows = SESSIONS.rows(txn, key)
            paused = is_paused(txn, session.workspace)
            unseen = list(past(txn, session.workspace))
        if place is None or not place.root or paused:
            return []
        if refusal(session.cwd or place.root, home=self._home, ignore=self._ignore):
            return []
        others = [row for row in rows if (row.assistant, row.id) != (session.assistant, session.id)]
        # Of who is left out only the growth of the transcript is known.
        unseen += [(row.started, row.last_append) for row in others if not row.captured]
        tree = Worktree(
            Path(place.root_of(os.path.realpath(session.cwd or place.root))),
            home=self._home,
            cwd=session.cwd,
            branch=session.branch,
            search=self._search,
        )
        found = find(
            session,
            events,
            tree,
            redact=shared().text,
            others=[(row.started, row.last_event) for row in others],
            unseen=unseen,
        )
        structlog.get_logger().debug(
            "looked at the files of a session",
            session=session.id,
            changed=len(found.changes),
            passed_over=len(found.skipped),
            git=list(tree.notes),
        )
        return found.changes
