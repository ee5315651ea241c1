"""What the process behind a session wishes: asked while it lives, remembered afterwards.

A session says nothing of its environment in its transcript. So its process is found, by what
its assistant keeps of running sessions or else by its name and folder, and asked before the
first event is stored.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from hivemindd.assistants.base import Assistant
from hivemindd.capture.consent import (
    Program,
    find_programs,
    is_shared,
    objects,
    read_environment,
)
from hivemindd.clock import Clock
from hivemindd.records import Session
from hivemindd.sessions.liveness import Registry
from hivemindd.workspace import SWITCH, real_folder

LATE_MS = 5_000  # a transcript's last lines may be written, and read, after its process was seen
SLACK_MS = 1_000  # by which the clock of files and that of processes may differ
FRESH_MS = 60_000  # a transcript that grew before that is history, or its process is no new one
PROGRAMS_AGE = (0.5, 10.0)  # seconds for which a list of all processes is good, fresh or not
_Key = tuple[str, str]


class Wish(msgspec.Struct, frozen=True):
    """What is known of a session's process.

    `heard` is "asked" where it has said what is in `said`; "missed" where it must have been
    there and was over before it could be asked; "nobody" where none is known that could be.
    `seen` says that its assistant has named a process of the session since we look.
    """

    said: Mapping[str, str] = {}
    heard: Literal["asked", "missed", "nobody"] = "nobody"
    seen: bool = False


NOBODY = Wish()


class _Heard(msgspec.Struct):
    """What one process said, and when it was no longer seen with the session (ms, 0: it is)."""

    said: dict[str, str]
    over: int = 0


class Wishes:
    """Asks the processes of sessions what they wish; used by one thread."""

    def __init__(self, registry: Registry, assistants: Iterable[Assistant], clock: Clock) -> None:
        """Take what tells which sessions run; nobody is asked before `refresh`."""
        self._registry = registry
        self._names = {assistant.name: assistant.programs for assistant in assistants}
        self._clock = clock
        self._heard: dict[_Key, dict[int, _Heard]] = {}
        self._shared: dict[int, bool] = {}
        self._found: dict[str, tuple[float, list[Program]]] = {}
        self._complained = False

    @property
    def folders(self) -> list[Path]:
        """Where assistants say which sessions run: a change there is worth a `refresh`."""
        return self._registry.folders

    def refresh(self) -> None:
        """Ask the processes that are new since the last call, while they run."""
        self._registry.refresh()
        running = set(self._registry.running())
        pids = {pid for _, pid in running}
        self._shared = {pid: shared for pid, shared in self._shared.items() if pid in pids}
        for key, pid in running:
            heard = self._heard.setdefault(key, {})
            if pid in heard or not self._registry.is_held(key, pid) or self._is_shared(key, pid):
                continue
            said = read_environment(pid)
            if said is not None:
                heard[pid] = _Heard(said)
        now = self._clock.now()
        for key, heard in self._heard.items():
            for pid, each in heard.items():
                each.over = 0 if (key, pid) in running else each.over or now

    def of(self, session: Session, *, known: bool = False) -> Wish:
        """Return what is known of who wrote the latest of a session, as of the last `refresh`.

        Its `cwd`, `version` and `last_append` are those of what was read just now. `known`
        says that a process of it was looked for before: then only its assistant names one.
        """
        key = session.assistant, session.id
        pid = self._registry.pid(*key)
        shared = pid is not None and self._is_shared(key, pid)
        heard = self._heard.get(key, {})
        said = [
            each.said
            for each in heard.values()
            if not 0 < each.over < session.last_append - LATE_MS
        ]
        if not said and (shared or not known):
            said = self._ask_programs(session)
        if said:
            return Wish(_merge(said), "asked", seen=bool(heard))
        if shared or self._registry.liveness(session) == "gone":
            return Wish(heard="missed", seen=bool(heard))
        if pid is not None:
            self._complain()
        return NOBODY

    def _complain(self) -> None:
        if not self._complained:
            structlog.get_logger().warning(
                "the environment of an assistant cannot be read: HIVEMIND_CAPTURE is not seen"
            )
        self._complained = True

    def _is_shared(self, key: _Key, pid: int) -> bool:
        if key[0] != "codex":
            return False
        if pid not in self._shared:
            self._shared[pid] = is_shared(pid)
        return self._shared[pid]

    def _ask_programs(self, session: Session) -> list[dict[str, str]]:
        """Ask who has the assistant's name, works in the session's folder and began before.

        Who is known to belong to another session is left out. Where several remain any of
        them may be the one.
        """
        folder = real_folder(session.cwd)
        if folder is None:
            return []
        others = {pid for key, pid in self._registry.running() if not self._is_shared(key, pid)}
        before = session.last_append + SLACK_MS
        said = [
            read_environment(program.pid)
            for program in self._programs(session)
            if program.pid not in others
            and program.started <= before
            and program.works_in(str(folder))
        ]
        return [each for each in said if each is not None]

    def _programs(self, session: Session) -> list[Program]:
        """List the running programs of a session's assistant."""
        looked, found = self._found.get(session.assistant, (float("-inf"), []))
        old = self._clock.now() - session.last_append > FRESH_MS
        if self._clock.boot() >= looked + PROGRAMS_AGE[old]:
            found = find_programs(self._names.get(session.assistant, frozenset()))
            self._found[session.assistant] = self._clock.boot(), found
        return found


def _merge(said: list[dict[str, str]]) -> dict[str, str]:
    """Return what several say; one that does not want to be captured is enough."""
    merged = {name: value for each in said for name, value in each.items()}
    return next((merged | {SWITCH: each[SWITCH]} for each in said if objects(each)), merged)
