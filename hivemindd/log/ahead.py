"""What a change of the log needs that takes long: worked out while others may write."""

from collections.abc import Callable
from typing import Any

import msgspec

MOST = 4  # results that were of no use: what changes so fast is worked out while others wait


class UnpreparedError(Exception):
    """A change needs something that is not worked out yet: it is done anew once that is."""

    def __init__(self, work: Callable[..., object], given: tuple[object, ...]) -> None:
        """Take what is to be called, with what it is given."""
        super().__init__()
        self.work = work
        self.given = given


class Ahead:
    """What was worked out for a change, from one of its tries to the next."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._known: list[tuple[Callable[..., object], bytes, Any]] = []
        self._used = self._useless = 0

    def begin(self) -> None:
        """Begin a try: it wants what the last one did, in the same order, and maybe more."""
        self._used = 0

    def result(self, work: Callable[..., Any], given: tuple[object, ...]) -> Any:
        """Return what `work`, which is pure, makes of what it is given.

        Raises:
            UnpreparedError: it has to be worked out first, by `prepare`.
        """
        name = _digest(given)
        for place, (known, before, result) in enumerate(self._known, 1):
            if known == work and before == name:
                self._used = max(self._used, place)
                return result
        if self._useless >= MOST:
            return work(*given)
        self._useless += len(self._known) - self._used
        del self._known[self._used :]
        raise UnpreparedError(work, given)

    def prepare(self, wanted: UnpreparedError) -> None:
        """Work out what a try has wanted."""
        self._known.append((wanted.work, _digest(wanted.given), wanted.work(*wanted.given)))


def _digest(given: tuple[object, ...]) -> bytes:
    """Return what tells it from other: all rows of a workspace are not kept for that."""
    from hashlib import blake2b  # noqa: PLC0415  commands only read

    return blake2b(msgspec.msgpack.encode(given)).digest()
