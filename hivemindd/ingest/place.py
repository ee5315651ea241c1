"""Which workspace a session belongs to, and whether its user wants it captured."""

import os
from collections.abc import Iterable, Mapping

import msgspec

from hivemindd.assistants.base import Assistant, Places, SessionFacts
from hivemindd.records import Workspace
from hivemindd.workspace import collect, resolve

CAPTURE_OFF = frozenset({"false", "0", "no", "off"})


class Place(msgspec.Struct, frozen=True):
    """Where a session belongs. `why_not` says why it is not captured, empty when it is."""

    workspace: Workspace
    cwd: str
    why_not: str = ""


class Placer:
    """Finds the place of sessions; asks the file system, remembers what it answered."""

    def __init__(self, places: Places, assistants: Iterable[Assistant]) -> None:
        """Keep what locating needs."""
        self._places = places
        self._assistants = {assistant.name: assistant for assistant in assistants}
        self._known: dict[tuple[str, str], Place] = {}

    def forget(self) -> None:
        """Ask the file system again from here on."""
        self._known.clear()

    def place(
        self, assistant: str, facts: SessionFacts, known: Iterable[str], env: Mapping[str, str]
    ) -> Place:
        """Return the place of a session.

        Args:
            assistant: the name of its assistant.
            facts: what its transcript tells.
            known: the folders of other sessions, for assistants that record none.
            env: the `HIVEMIND_*` variables of the session's process, where it is known.
        """
        cwd = self._assistants[assistant].locate(facts, known, self._places) or ""
        if not cwd:
            name = facts.slug or f"unknown-{assistant}"
            return Place(Workspace(id=f"{assistant}-slug:{name}", name=name, source="slug"), "")
        if env:
            return self._resolve(cwd, env)
        key = cwd, ""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._resolve(cwd, env)
        return found

    def _resolve(self, cwd: str, env: Mapping[str, str]) -> Place:
        workspace = resolve(cwd, home=self._places.home, env=env)
        why_not = ""
        if env.get("HIVEMIND_CAPTURE", "").lower() in CAPTURE_OFF:
            why_not = f"HIVEMIND_CAPTURE={env['HIVEMIND_CAPTURE']} in its environment"
        else:
            wanted, file = collect(cwd, home=self._places.home)
            if not wanted:
                why_not = f"{os.fspath(file)} says collect: false"
        return Place(workspace, cwd, why_not)
