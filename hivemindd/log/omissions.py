"""What was left out on purpose, in a file of its own that outlives the log.

The transcripts of what was written in a pause, or by a session that said no, lie there as any
others, and a log that was lost is filled from them. The file holds no word of a session: its
hashed name, the hashed ids of its events, and why it is left out where no folder says so. It
also holds what is paused now.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from hivemindd.log.keys import KEY_WIDTH, check_keys
from hivemindd.log.seen import PASSED_OVER, UNASKED
from hivemindd.log.sidefile import SideFile
from hivemindd.log.tables import SETTINGS, Txn

FILE = "left-out"
_TAKEN_IN = b"left out"
_Moment = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
CAUGHT_UP = frozenset({PASSED_OVER, UNASKED})  # what catching up brings back


class Omission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="omission"):
    """Events of a session that were left out, and whether all of it is from there on.

    `session` is its key, `events` are the keys of the events, one after the other, and `mark`
    says what kind they are of. `why_not` is why the whole session is left out, empty when it
    is not: the latest of a session's omissions holds.
    """

    session: bytes
    mark: bytes = b""
    events: bytes = b""
    why_not: str = ""

    def __post_init__(self) -> None:
        """Reject what the log could not take in: nobody would get past it at any start."""
        check_keys(self.session, self.events)

    @property
    def keys(self) -> Iterator[bytes]:
        """The keys of its events."""
        return (self.events[at : at + KEY_WIDTH] for at in range(0, len(self.events), KEY_WIDTH))


class Paused(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="paused"):
    """What is paused by its name, until when (ms, 0: until resumed) and since when."""

    until: dict[str, _Moment] = {}
    since: dict[str, _Moment] = {}


class Omissions(SideFile[Omission | Paused]):
    """The file of all omissions. What changes it is a part of a transaction of the log."""

    def __init__(self, folder: Path) -> None:
        """Name the state folder, which must exist."""
        super().__init__(folder / FILE, Omission | Paused)

    def note(self, txn: Txn, omissions: Sequence[Omission]) -> None:
        """Add omissions that the transaction makes.

        Raises:
            LogError: they cannot be written.
        """
        if omissions:
            self.add(omissions)
            self.note_taken_in(txn)

    def pause(self, txn: Txn, until: Mapping[str, int], now: int) -> None:
        """Note what is paused from now (ms) on; what was paused before is so since then.

        Raises:
            LogError: it cannot be written.
        """
        lines = list(self.read())
        before = next((line for line in reversed(lines) if isinstance(line, Paused)), Paused())
        if until == before.until:
            return
        since = {name: before.since.get(name, now) for name in until}
        rest = [line for line in lines if isinstance(line, Omission)]
        self.replace([*rest, *([Paused(until=dict(until), since=since)] if until else [])])
        self.note_taken_in(txn)

    def withdraw(
        self,
        txn: Txn,
        concerns: Callable[[bytes], bool],
        marks: Collection[bytes] = CAUGHT_UP,
    ) -> None:
        """Take back what was left out of sessions, whose keys `concerns` knows, but by a no.

        Raises:
            LogError: it cannot be written.
        """
        lines = list(self.read())
        left = [
            line
            for line in lines
            if isinstance(line, Paused) or line.mark not in marks or not concerns(line.session)
        ]
        if len(left) < len(lines):
            self.replace(left)
            self.note_taken_in(txn)

    def unknown(self, txn: Txn) -> list[Omission | Paused]:
        """Return what the log may not have taken in; it does no harm to take it in again.

        What is paused a log knows itself, so it takes that in only where it is new.
        """
        taken = SETTINGS.get(txn, _TAKEN_IN)
        if taken == str(self.size):
            return []
        return [line for line in self.read() if taken is None or isinstance(line, Omission)]

    def note_taken_in(self, txn: Txn) -> None:
        """Remember that the log knows all that is in the file."""
        SETTINGS.put(txn, _TAKEN_IN, str(self.size))
