"""Whose turn it is: transcripts are read a little at a time, one after the other."""

from collections import deque
from collections.abc import Iterable, Iterator

from hivemindd.ingest.discover import Found
from hivemindd.ingest.reader import Reader


class Turns:
    """The transcripts that wait, in their order."""

    def __init__(self, items: Iterable[Found]) -> None:
        """Begin with some."""
        self._items = deque(items)

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._items)

    def __iter__(self) -> Iterator[Found]:
        """Yield what waits."""
        return iter(self._items)

    def put_first(self, *items: Found) -> None:
        """Let these be the next."""
        self._items.extendleft(reversed(items))

    def put_last(self, item: Found) -> None:
        """Let one wait for all others."""
        self._items.append(item)

    def next(self, reader: Reader, *, to_ask: bool = False) -> Found | None:
        """Take out the first that nobody is looking at, None where there is none.

        One is `to_ask` the reader for.
        """
        for place, item in enumerate(self._items):
            if not reader.is_at(item) and (reader.can_read(item) or not to_ask):
                del self._items[place]
                return item
        return None
