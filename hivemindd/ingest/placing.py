"""The places of all sessions of a batch, by what the log and their processes say."""

from collections.abc import Iterable
from typing import Protocol

from hivemindd.ingest.batch import SessionBatch
from hivemindd.ingest.place import Place, Placer
from hivemindd.log.homes import find_session
from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import WORKSPACES
from hivemindd.records import Session, Workspace
from hivemindd.sessions.wishes import NOBODY, Wish


class Asker(Protocol):
    """Tells what the processes of sessions wish; see `Wishes`."""

    def refresh(self) -> None:
        """Ask the processes that are new since the last call."""

    def of(self, session: Session, *, known: bool) -> Wish:
        """Return what is known of who wrote the latest of a session, as of the last `refresh`."""


class Nobody:
    """Knows of no process."""

    def refresh(self) -> None:
        """Do nothing."""

    def of(self, session: Session, *, known: bool) -> Wish:  # noqa: ARG002
        """Return that nobody could be asked."""
        return NOBODY


class Placing:
    """Places whole batches; `asker` tells what the processes of their sessions wish."""

    def __init__(self, log: Log, placer: Placer, asker: Asker) -> None:
        """Wire the parts."""
        self._log = log
        self._placer = placer
        self._asker = asker

    def forget(self) -> None:
        """Ask the file system again from here on."""
        self._placer.forget()

    def places(self, groups: Iterable[SessionBatch]) -> dict[tuple[str, str], Place]:
        """Find where sessions belong that are new or unplaced; look again at all who refuse.

        Args:
            groups: what the batch holds of each session.

        Returns:
            places by assistant and session; what belongs nowhere has none, and is not stored.
        """
        known: list[tuple[SessionBatch, Session | None, Workspace | None]] = []
        with self._log.read() as txn:
            for group in groups:
                session = find_session(txn, group.assistant, group.session)
                if session is None and self._placer.is_own(group.facts):
                    continue  # without a place nothing of it is stored
                home = workspace_key(session.workspace) if session else b""
                known.append((group, session, WORKSPACES.get(txn, home) if session else None))
            is_new = any(not _is_placed(workspace) for _, _, workspace in known)
            rows = WORKSPACES.rows(txn) if is_new else []
        roots = [root for row in rows for root in row.roots]
        self._asker.refresh()
        places = {}
        for group, session, workspace in known:
            if session is not None and workspace is not None and _is_placed(workspace):
                wish = self._wish(group, session.cwd, session)
                place = self._placer.look_again(session, workspace, wish, appended=group.appended)
            else:
                # By its folder its process can be found, so one that has none yet is asked then.
                cwd = self._placer.folder(group.assistant, group.facts, roots)
                wish = NOBODY if session and not cwd else self._wish(group, cwd, None)
                place = self._placer.place(group.assistant, group.facts, cwd, wish)
                if session is not None and place.cwd:
                    session.cwd = place.cwd
                    place = self._placer.look_again(
                        session, place.workspace, wish, appended=group.appended
                    )
            if session is None or place.cwd:
                places[group.assistant, group.session] = place
        return places

    def _wish(self, group: SessionBatch, cwd: str, session: Session | None) -> Wish:
        """Ask what the writer of a group wants.

        Who was over before we began to look was never to be asked: that is no objection.
        """
        wish = self._asker.of(
            Session(
                id=group.session,
                assistant=group.assistant,
                workspace="",
                cwd=cwd,
                version=group.facts.version or (session.version if session else ""),
                last_append=group.appended,
            ),
            known=session is not None,
        )
        return wish if group.live or wish.heard != "missed" else NOBODY


def _is_placed(workspace: Workspace | None) -> bool:
    """Tell whether a session is where it belongs, as its folder says."""
    return workspace is not None and workspace.source != "slug"
