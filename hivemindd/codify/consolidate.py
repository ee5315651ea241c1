"""The daily consolidation: what a workspace has learned is looked over as a whole.

Its lessons are derived anew, its skills follow, and what an older version of the local
judge has read is read again, which costs nothing. What a paid judge has read stays as it is.
When the settings name other assistants than before, all workspaces have their turn at once;
when we start, those in which we were at something when we died.
"""

from collections.abc import Collection, Sequence

import msgspec

from hivemindd.clock import Clock
from hivemindd.codify.learned import count, decide, renew
from hivemindd.codify.paused import is_paused
from hivemindd.codify.receipts import under_way
from hivemindd.codify.shelf import Shelf
from hivemindd.codify.teachers import heed
from hivemindd.codify.traced import catch_up
from hivemindd.config import ASSISTANTS
from hivemindd.lessons.judge import Judge
from hivemindd.lessons.promote import derive
from hivemindd.lessons.unasked import UNTAUGHT
from hivemindd.log.homes import find_session
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, RECEIPTS, SETTINGS, SKILLS, WORKSPACES, Txn
from hivemindd.records import Correction

DAY_MS = 86_400_000
LOOK_MS = 60_000
_RUNS = b"consolidated"
_SETTINGS = b"consolidated-by"
_JUDGED = frozenset({"accepted", "dismissed"})
_decoder = msgspec.json.Decoder(dict[str, int])


class Consolidation:
    """Consolidates each workspace once a day; whoever calls it sees to one at a time each."""

    def __init__(
        self,
        log: Log,
        shelf: Shelf,
        judge: Judge,
        clock: Clock,
        *,
        learn_from: Collection[str] = ASSISTANTS,
    ) -> None:
        """Wire the parts; `judge` is the local one, in its present version."""
        self._log = log
        self._shelf = shelf
        self._judge = judge
        self._clock = clock
        self._learn_from = frozenset(learn_from)
        reviewed = ["review"] if shelf.review else []
        self._settings = " ".join([*sorted(learn_from), "->", *sorted(shelf.publish_to), *reviewed])
        self._plan: list[str] = []
        self._looked = -LOOK_MS

    def claim(self, busy: Collection[str]) -> str:
        """Return a workspace whose turn it is and that is not busy, empty when there is none.

        Raises:
            LogError: the log cannot be read.
        """
        now = self._clock.now()
        if not self._plan and not 0 <= now - self._looked < LOOK_MS:
            with self._log.read() as txn:
                self._plan = _due(txn, now, self._settings, starts=self._looked < 0)
            self._looked = now
        free = next((workspace for workspace in self._plan if workspace not in busy), "")
        if free:
            self._plan.remove(free)
        return free

    def run(self, workspace: str) -> list[str]:
        """Consolidate a workspace, unless it is paused; return the skills that were written.

        It counts as done for the day also where it fails.

        Raises:
            JudgeUnavailableError: nothing could be read again; all else is done.
            PublishError: a skill cannot be written; the lessons are kept.
            LogError: the log cannot be read or written.
        """
        if not self._log.transact(lambda txn: self._begin(txn, workspace, self._clock.now())):
            return []
        catch_up(self._log, workspace)
        try:
            self._read_again(workspace)
        finally:
            written = self._shelf.publish(workspace)
        return written

    def _begin(self, txn: Txn, workspace: str, now: int) -> bool:
        """Note the day of a workspace and derive its lessons; False when it is paused."""
        if not _note(txn, workspace, now, self._settings):
            return False
        heed(txn, workspace, self._learn_from, now)
        renew(txn, workspace)
        return True

    def _read_again(self, workspace: str) -> None:
        """Judge anew what an older local judge has read.

        Session by session, in the order of time, beside what all others have taught by now:
        as if this judge had read it from the beginning.
        """
        with self._log.read() as txn:
            rows = CORRECTIONS.rows(txn, workspace_key(workspace))
        sessions: dict[bytes, list[Correction]] = {}
        for row in sorted(filter(self._is_outdated, rows), key=lambda row: (row.ts, row.id)):
            sessions.setdefault(session_key(row.assistant, row.session), []).append(row)
        read = [row for row in rows if not self._is_outdated(row)]
        renewed: list[tuple[Correction, Correction]] = []
        for group in sessions.values():
            lessons = [lesson for lesson in derive(read) if lesson.state != "review"]
            verdicts = {each.correction: each for each in self._judge.judge(group, lessons)}
            judged = [
                (row, decide(row, verdicts[row.id], self._judge.name))
                for row in group
                if row.id in verdicts
            ]
            read += [row for _, row in judged]
            renewed += judged
        if renewed:
            self._log.transact(lambda txn: _store(txn, workspace, renewed))

    def _is_outdated(self, row: Correction) -> bool:
        """Tell whether an older local judge has read it, or one whose verdict was not kept."""
        theirs, ours = _version(row.judge), _version(self._judge.name)
        old = theirs[1] < ours[1] or (theirs == ours and row.verdict is None)
        return theirs[0] == ours[0] and old and row.state in _JUDGED and row.why != UNTAUGHT


def _version(judge: str) -> tuple[str, int]:
    """Return a judge and its version, as in `local/2`; a name alone is the first."""
    name, _, version = judge.partition("/")
    return name, int(version) if version.isdecimal() else 1


def _due(txn: Txn, now: int, settings: str, *, starts: bool) -> list[str]:
    """Return the workspaces that have learned something and whose day is over.

    When the process starts also those whose files we were at when we died.
    """
    runs = _runs(txn, settings)
    return [
        row.id
        for row in WORKSPACES.rows(txn)
        if (
            not 0 <= now - runs.get(row.id, -DAY_MS) < DAY_MS or (starts and under_way(txn, row.id))
        )
        and not is_paused(txn, row.id)
        and any(
            next(txn.scan(table, workspace_key(row.id)), None)
            for table in (CORRECTIONS.name, LESSONS.name, SKILLS.name, RECEIPTS.name)
        )
    ]


def _note(txn: Txn, workspace: str, now: int, settings: str) -> bool:
    """Begin the day of a workspace; False when it was paused meanwhile."""
    if is_paused(txn, workspace):
        return False
    there = {row.id for row in WORKSPACES.rows(txn)}
    runs = {name: at for name, at in _runs(txn, settings).items() if name in there}
    SETTINGS.put(txn, _RUNS, msgspec.json.encode({**runs, workspace: now}).decode())
    SETTINGS.put(txn, _SETTINGS, settings)
    return True


def _runs(txn: Txn, settings: str) -> dict[str, int]:
    """Return when each workspace had its day; under other settings none has."""
    if SETTINGS.get(txn, _SETTINGS) != settings:
        return {}
    return _decoder.decode(SETTINGS.get(txn, _RUNS) or "{}")


def _store(txn: Txn, workspace: str, renewed: Sequence[tuple[Correction, Correction]]) -> None:
    """Store new verdicts on corrections that are still as they were read, and what follows."""
    touched: set[tuple[str, str]] = set()
    for old, new in renewed:
        place = workspace_key(workspace) + session_key(old.assistant, old.session)
        if CORRECTIONS.get(txn, place + text_key(old.id)) == old:
            CORRECTIONS.put(txn, place + text_key(old.id), new)
            touched.add((old.assistant, old.session))
    renew(txn, workspace)
    for assistant, name in sorted(touched):
        session = find_session(txn, assistant, name)
        if session is not None and session.workspace == workspace:
            count(txn, session)
