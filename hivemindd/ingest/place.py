"""Which workspace a session belongs to, and whether its user wants it captured."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Assistant, Places, SessionFacts
from hivemindd.capture.consent import objects
from hivemindd.ingest.naming import as_text, storable
from hivemindd.paths import find_state
from hivemindd.records import MISSED, Session, Workspace
from hivemindd.redaction.redactor import shared
from hivemindd.redaction.rules import MARK
from hivemindd.sessions.wishes import NOBODY, Wish
from hivemindd.workspace import SWITCH, refusal, resolve

ALIVE_MS = 2_000  # a session that grows for longer than this was not over


class Place(msgspec.Struct, frozen=True):
    """Where a session belongs. `why_not` says why it is not captured, empty when it is.

    `again` says that what was left out for want of an answer is to be read once more.
    """

    workspace: Workspace
    cwd: str
    why_not: str = ""
    again: bool = False


class Placer:
    """Finds the place of sessions; asks the file system, remembers what it answered."""

    def __init__(
        self, places: Places, assistants: Iterable[Assistant], *, ignore: Sequence[str] = ()
    ) -> None:
        """Keep what locating needs; `ignore` are the patterns of folders to leave alone."""
        self._places = places
        self._ignore = ignore
        self._own = find_state(places.home, places.env)
        self._assistants = {assistant.name: assistant for assistant in assistants}
        self._known: dict[str, Place] = {}
        self._located: dict[tuple[str, str, tuple[str, ...]], str] = {}
        self._refusals: dict[str, str] = {}
        self._hidden: dict[str, str] = {}

    def is_own(self, facts: SessionFacts) -> bool:
        """Tell whether a session is a run of our own judge: our state is no workspace."""
        if not facts.cwd.startswith("/") or "\0" in facts.cwd:
            return False
        try:
            folder = os.path.realpath(facts.cwd)
        except UnicodeEncodeError:
            return False
        return Path(folder).is_relative_to(os.path.realpath(self._own))

    def forget(self) -> None:
        """Ask the file system again from here on."""
        self._known.clear()
        self._located.clear()
        self._refusals.clear()

    def folder(self, assistant: str, facts: SessionFacts, known: Iterable[str]) -> str:
        """Return the folder of a session, empty where it cannot be told.

        Args:
            assistant: the name of its assistant.
            facts: what its transcript tells.
            known: the folders of other sessions, for assistants that record none.
        """
        return facts.cwd or self._locate(assistant, facts, known)

    def place(self, assistant: str, facts: SessionFacts, cwd: str, wish: Wish = NOBODY) -> Place:
        """Return the place of a session in a folder whose process wishes something."""
        if not cwd:
            name = shared().path(facts.slug) or f"unknown-{assistant}"
            workspace = Workspace(id=f"{assistant}-slug:{name}", name=name, source="slug")
            return Place(workspace, "", _objection(wish))
        found = self._known.get(cwd) if not wish.said else self._resolve(cwd, wish.said)
        if found is None:
            found = self._known[cwd] = self._resolve(cwd, {})
        return msgspec.structs.replace(found, why_not=_objection(wish) or found.why_not)

    def look_again(
        self, session: Session, workspace: Workspace, wish: Wish = NOBODY, *, appended: int = 0
    ) -> Place:
        """Return the place of a known session: a project, or a new process, may object.

        Where a process has objected it stays so for as long as the session lasts. What could
        not be asked, and was never seen, has grown at `appended` (ms): so it was not over, it
        only runs where nobody can see it, and nobody there was ever asked.
        """
        if session.why_not.startswith(SWITCH):
            return Place(workspace, session.cwd, session.why_not)
        refused = self._refused(session)
        why_not, again = _objection(wish) or refused, False
        if session.why_not == MISSED and why_not in {"", MISSED}:
            hidden = wish.heard == "missed" and not wish.seen
            again = hidden and appended > session.last_append + ALIVE_MS
            why_not = "" if again or wish.heard == "asked" else MISSED
        elif why_not == MISSED and session.state != "ended":
            why_not = refused
        return Place(workspace, session.cwd, why_not, again)

    def _refused(self, session: Session) -> str:
        """Return what the folder of a known session says against it.

        After a restart what one said whose name we do not keep holds for as long as the session.
        """
        cwd = self._hidden.get(session.cwd, session.cwd)
        if MARK in cwd:
            return "" if session.why_not == MISSED else session.why_not
        if cwd not in self._refusals:
            self._refusals[cwd] = self._refusal(cwd)
        return self._refusals[cwd]

    def _locate(self, assistant: str, facts: SessionFacts, known: Iterable[str]) -> str:
        """Look for a folder that no record names: a costly search, so done once a scan."""
        key = assistant, facts.slug, tuple(facts.paths)
        if key not in self._located:
            found = self._assistants[assistant].locate(facts, known, self._places) or ""
            self._located[key] = found if found == as_text(found) else ""
        return self._located[key]

    def _resolve(self, cwd: str, env: Mapping[str, str]) -> Place:
        workspace = storable(resolve(cwd, home=self._places.home, env=env))
        kept = shared().path(cwd)
        if kept != cwd:
            self._hidden[kept] = cwd
        return Place(workspace, kept, self._refusal(cwd))

    def _refusal(self, cwd: str) -> str:
        why = refusal(cwd, home=self._places.home, ignore=self._ignore)
        return shared().path(as_text(why))


def _objection(wish: Wish) -> str:
    """Return what the process of a session has against it, empty where it has nothing."""
    if objects(wish.said):
        return f"{SWITCH}={wish.said[SWITCH]} in its environment"
    return MISSED if wish.heard == "missed" else ""
