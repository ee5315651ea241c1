"""Whose turn it is: transcripts are read a little at a time, one after the other."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from hivemindd.ingest.discover import Found
from hivemindd.ingest.reader import Reader


class Turns:
    """The transcripts that wait, in their order; each waits once."""

    def __init__(self, items: Iterable[Found]) -> None:
        """Begin with some."""
        self._items = OrderedDict((item.name, item) for item in items)
        self._some_to_ask = True

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._items)

    def __iter__(self) -> Iterator[Found]:
        """Yield what waits."""
        return iter(self._items.values())

    def put_first(self, *items: Found) -> None:
        """Let these be the next."""
        self._some_to_ask = True
        for item in reversed(items):
            self._items[item.name] = item
            self._items.move_to_end(item.name, last=False)

    def put_last(self, item: Found) -> None:
        """Let one wait for all others, unless an append has brought it to the front meanwhile."""
        self._some_to_ask = self._some_to_ask or Reader.can_read(item)
        self._items.setdefault(item.name, item)

    def next(self, reader: Reader, *, to_ask: bool = False) -> Found | None:
        """Take out the first that nobody is looking at, None where there is none.

        One is `to_ask` the reader for.
        """
        if to_ask and not self._some_to_ask:
            return None  # thousands that it cannot read are not gone through each time
        some_to_ask = False
        for item in self._items.values():
            can_read = reader.can_read(item)
            if not reader.is_at(item) and (can_read or not to_ask):
                return self._items.pop(item.name)
            some_to_ask = some_to_ask or can_read
        self._some_to_ask = some_to_ask
        return None
