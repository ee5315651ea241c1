"""The ingest loop: the one thread that reads transcripts and writes events."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import structlog

from hivemindd.assistants.base import Assistant, Places
from hivemindd.clock import Clock
from hivemindd.ingest.batch import Batch
from hivemindd.ingest.commit import Committed, commit, file_key
from hivemindd.ingest.discover import Discovery, Found, Signature
from hivemindd.ingest.known import Known
from hivemindd.ingest.look import Look, Looker
from hivemindd.ingest.place import Place, Placer
from hivemindd.ingest.placing import Asker, Nobody, Placing
from hivemindd.ingest.poll import BRIEF, BUDGET, logical_path
from hivemindd.ingest.reader import UNDER_WAY, WORTH, Reader
from hivemindd.ingest.turns import Turns
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.keys import text_key
from hivemindd.log.omissions import Omissions
from hivemindd.log.pauses import Pauses
from hivemindd.log.seen import UNASKED
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import CHECKPOINTS, FILES, Txn
from hivemindd.records import Checkpoint, Session
from hivemindd.runtime.manners import count_cores
from hivemindd.runtime.progress import Meter, Progress

GROUP_BYTES = 2 << 20
GROUP_FILES = 128  # transcripts that are looked at before anything else has its turn
QUIET_MS = 60_000
WINDOW = 0.01  # seconds that live appends may wait for others, so that a burst shares a commit


class Stop(Protocol):
    """Says when to leave off; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Tell whether it is time."""


class Ingest:
    """Polls what changed and commits it in groups.

    One thread at a time may use it. `asker` tells what the processes of sessions wish.
    """

    def __init__(
        self,
        log: Log,
        assistants: Iterable[Assistant],
        places: Places,
        clock: Clock,
        *,
        every_n_turns: int,
        ignore: Sequence[str] = (),
        asker: Asker | None = None,
        on_commit: Callable[[list[Session]], None] = lambda _sessions: None,
        beat: Callable[[], object] = lambda: None,
        worth: int = WORTH,
    ) -> None:
        """Wire the parts; nothing is read before `scan`.

        `beat` is called as it gets on. Where `worth` bytes wait a second process reads as well.
        """
        self._beat = beat
        assistants = tuple(assistants)
        self.discovery = Discovery(assistants, places)
        self._log = log
        self.omissions = Omissions(log.folder.parent)
        self._clock = clock
        self._placing = Placing(log, Placer(places, assistants, ignore=ignore), asker or Nobody())
        self._codec = BlockCodec()
        self._batch = Batch()
        self._looker = Looker()
        self._worth = worth
        self._reads_alone = self._is_stuck = False
        self._every_n_turns = every_n_turns
        self._on_commit = on_commit
        self._queue: dict[str, Found] = {}
        self._waiting: dict[str, Found] = {}
        self._backfill: set[str] | None = None
        self._finished: set[str] = set()
        self._complained: set[str] = set()
        self._meter = Meter(clock.awake)
        self.events = 0
        with log.read() as txn:
            self.pauses = Pauses.load(txn)
            self._known = Known(txn)

    @property
    def backlog(self) -> int:
        """The number of transcripts that wait to be read; any thread may ask."""
        return self._meter.waiting

    @property
    def progress(self) -> Progress | None:
        """How far the reading is, None when nothing waits; any thread may ask."""
        return self._meter.look()

    @property
    def failures(self) -> int:
        """How often a transcript could not be parsed, which is a defect of ours."""
        return self._looker.failures

    @property
    def is_done(self) -> bool:
        """Tell whether all that was found has been read, and there has been a scan."""
        return self._backfill is not None and not self._queue

    def scan(self) -> None:
        """Queue every transcript whose stat has changed, the newest first."""
        self._placing.forget()
        self.discovery.resolve()
        self._known.doubt()
        self._known.drop_gone(self.discovery.present())
        found = self.discovery.find_all(self._is_known)
        self._enqueue(sorted(found, key=lambda f: f.mtime, reverse=True))
        if self._backfill is None:
            self._backfill = set(self._queue)

    def hint(self, paths: Iterable[Path]) -> None:
        """Queue what a watcher saw: transcripts, or folders that may hold some."""
        for path in paths:
            found = self.discovery.look(path)
            if found is not None:
                self._enqueue((found,))
            # Unlike those of a Path, these raise nothing where a folder above may not be entered.
            elif os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114
                self._enqueue(self.discovery.find_below(path, self._is_known))

    def _is_known(self, path: str, signature: Signature) -> bool:
        self._beat()
        return self._known.is_same(logical_path(path), signature)

    def _enqueue(self, found: Iterable[Found]) -> None:
        for item in found:
            name = logical_path(item.name)
            if not self._known.is_same(name, item.signature):
                self._queue[item.name] = item
                self._meter.expect(name, item.size - self._known.size(name))

    def forget_signatures(self) -> None:
        """Look into every transcript again at the next scan."""
        self._known.clear()
        self._backfill = None
        self._finished.clear()

    def drain(
        self,
        stop: Stop,
        *,
        final: bool = False,
        fresh: Callable[[], Iterable[Path]] = tuple,
    ) -> None:
        """Read and commit all that is queued; fair, so that no large file holds up others.

        What `fresh` returns meanwhile is read at once and committed within `WINDOW`: a live
        append does not wait for a backfill.

        Raises:
            LogError: a commit failed; what it held is queued again.
        """
        turns = Turns(self._queue.values())
        self._queue.clear()
        changed = self._hinted(fresh())
        uncommitted: list[Found] = []
        begun, waited_for = self._clock.boot(), False
        with closing(Reader(UNDER_WAY if self._is_worth_a_reader() else 0)) as reader:
            try:
                while changed or turns or reader.under_way:
                    self._beat()
                    for item in self._first(changed, turns, stop):
                        uncommitted.append(item)
                        waited_for = True
                        reader.rest()
                        if reader.is_at(item) or self._take(self._look(item, reader, final=False)):
                            turns.put_first(item)
                    due = waited_for and self._clock.boot() >= begun + WINDOW
                    if due or self._batch.bytes >= GROUP_BYTES:
                        self._flush()
                        uncommitted.clear()
                        begun, waited_for = self._clock.boot(), False
                    if stop.is_set():
                        break
                    if look := self._next_look(turns, reader, final=final):
                        uncommitted.append(look.item)
                        if self._take(look):
                            turns.put_last(look.item)
                    # What comes after the last turn is for the next drain: others wait for us, too.
                    changed = self._hinted(fresh()) if turns or reader.under_way else []
                self._flush()
                uncommitted.clear()
            finally:
                self._reads_alone = self._reads_alone or reader.failed
                for item in (*turns, *changed, *uncommitted, *reader.under_way):
                    self._queue.setdefault(item.name, item)

    def _first(self, changed: Sequence[Found], turns: Turns, stop: Stop) -> Iterator[Found]:
        """Yield what goes first, as much as a group may hold; the rest is next to have its turn.

        So much at once is no live append, and the next one need not wait for it.
        """
        for place, item in enumerate(changed):
            if place >= GROUP_FILES or self._batch.bytes >= GROUP_BYTES or stop.is_set():
                turns.put_first(*changed[place:])
                return
            yield item

    def _is_worth_a_reader(self) -> bool:
        """Tell whether much waits, and another process could be of help."""
        hindered = self._reads_alone or self._is_stuck or count_cores() < 2
        return self._meter.left >= self._worth and not hindered

    def _next_look(self, turns: Turns, reader: Reader, *, final: bool) -> Look | None:
        """Return what the second process has seen, else what we see, None where that takes long."""
        own = turns.next(reader)
        while reader.is_free and (item := turns.next(reader, to_ask=True)):
            reader.ask(item, self._checkpoint(item), final=final)
        look = reader.look(wait=own is None)
        if look is None:
            return self._look(own, reader, final=final) if own else None
        if own is not None:
            turns.put_first(own)
        # Where it failed, or a commit has meanwhile sent us back, we look ourselves.
        sound = look.cleaned and look.checkpoint == self._checkpoint(look.item)
        return look if sound else self._look(look.item, reader, final=final)

    def _look(self, item: Found, reader: Reader, *, final: bool) -> Look:
        budget = BRIEF if reader.rests else BUDGET
        return self._looker.look(item, self._checkpoint(item), final=final, budget=budget)

    def _hinted(self, paths: Iterable[Path]) -> list[Found]:
        """Return the transcripts that have just changed; they wait no longer."""
        self.hint(paths)
        found = list(self._queue.values())
        self._queue.clear()
        return found

    def finish_quiet(self, stop: Stop) -> None:
        """Take what waits at the end of files that have been quiet for a minute."""
        before = self._clock.now() - QUIET_MS
        ripe = [item for item in self._waiting.values() if self._is_quiet(item, before)]
        for item in ripe:
            del self._waiting[item.name]
        if ripe:
            others, self._queue = self._queue, {item.name: item for item in ripe}
            try:
                self.drain(stop, final=True)
            finally:  # they may have just been written to
                self._queue |= others

    def _is_quiet(self, item: Found, before: int) -> bool:
        """Tell whether a transcript has not grown since, by what was found and by what is."""
        return item.mtime <= before and (self.discovery.look(item.path) or item).mtime <= before

    def _take(self, look: Look) -> bool:
        """Take into the batch what a look brought; tell whether the transcript holds more."""
        item, checkpoint, cleaned = look
        name = logical_path(item.name)
        if cleaned is None:
            self._meter.note(name, 0, 0)
            return False
        offset = cleaned.checkpoint.offset
        read = max(0, offset - (checkpoint.offset if checkpoint else 0))
        live = self._backfill is not None and item.name not in self._backfill
        if cleaned.checkpoint != checkpoint:
            self._batch.add(name, cleaned, read, live=live)
        self._known.note(name, item, self._clock.now())
        if not cleaned.more:
            self._finished.add(item.name)
        self._meter.note(name, read, max(1, item.size - offset) if cleaned.more else 0)
        if cleaned.waiting:
            self._waiting[item.name] = item
        return cleaned.more

    def _checkpoint(self, item: Found) -> Checkpoint | None:
        """Return the checkpoint of a transcript, also of one that has been moved here."""
        name = logical_path(item.name)
        if name in self._batch.checkpoints:
            return self._batch.checkpoints[name]
        with self._log.read() as txn:
            known = CHECKPOINTS.get(txn, text_key(name))
            if known is not None:
                return known
            key = FILES.get(txn, file_key(item.signature[0], item.signature[1]))
            known = CHECKPOINTS.get(txn, key) if key else None
        if known is None or known.assistant != item.assistant.name or os.path.lexists(known.path):
            return None
        return known

    def _flush(self) -> None:
        """Commit the batch. What could not be committed is forgotten and read again later.

        Until it is committed, history is history: nobody of it can have been missed.
        """
        if self._batch.checkpoints:
            self._write(self._batch)
        if self._backfill:
            self._backfill -= self._finished
        self._finished.clear()

    def _write(self, batch: Batch) -> None:
        try:
            places = self._placing.places(batch.sessions.values())
            done = self._log.transact(lambda txn: self._commit(txn, places))
        except LogError:
            self._known.forget(batch.checkpoints)
            self._finished.clear()
            self._is_stuck = True
            raise
        else:
            self._is_stuck = False
            self._report(batch, done)
        finally:
            batch.clear()

    def _commit(self, txn: Txn, places: Mapping[tuple[str, str], Place]) -> Committed:
        done = commit(
            txn,
            self._batch,
            places,
            self._codec,
            now=self._clock.now(),
            paused=self.pauses.covers if self.pauses.until else None,
            every_n_turns=self._every_n_turns,
        )
        if done.unsaid:
            self.omissions.withdraw(txn, done.unsaid.__contains__, {UNASKED})
        self.omissions.note(txn, done.omissions)
        return done

    def _report(self, batch: Batch, done: Committed) -> None:
        self.events += done.events
        self._known.forget(done.again)
        self.hint(map(Path, done.again))
        for note in batch.notes:
            if note not in self._complained:
                self._complained.add(note)
                structlog.get_logger().warning(note)
        if done.sessions:
            self._on_commit(done.sessions)
