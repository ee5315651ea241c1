"""What a look at a transcript brought, made ready for the log: redacted and encoded."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from hivemindd.assistants.base import Parsed, SessionFacts
from hivemindd.events import Event, outline
from hivemindd.ingest.poll import Polled
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.keys import event_key
from hivemindd.log.seen import Encoded
from hivemindd.records import Checkpoint
from hivemindd.redaction.redactor import Redactor

_REPEATED = 256  # paths, versions and branches, which are the same in one look after another
_KEEP = frozenset({"kind", "session", "assistant", "author", "source", "origin"})


class Unknown(msgspec.Struct, frozen=True):
    """How often something that no rule knows was met, in records of a version."""

    version: str
    what: str
    count: int


class Cleaned(msgspec.Struct):
    """A look at a transcript without its secrets; `more` and `waiting` as in `Polled`."""

    checkpoint: Checkpoint
    events: list[Encoded]
    facts: dict[str, SessionFacts]
    unknown: list[Unknown]
    notes: list[str]
    more: bool
    waiting: bool

    @property
    def appended(self) -> int:
        """When the transcript grew last, in ms."""
        return self.checkpoint.mtime_ns // 1_000_000


class Cleaner:
    """Takes the secrets out of what looks bring."""

    def __init__(self, redactor: Redactor, codec: BlockCodec) -> None:
        """Remember what is the same in one look after another."""
        self._redactor = redactor
        self._path = lru_cache(maxsize=_REPEATED)(redactor.path)
        self._label = lru_cache(maxsize=_REPEATED)(redactor.text)
        self._codec = codec

    def clean(self, polled: Polled) -> Cleaned:
        """Return what a look brought, with nothing in it that must not be stored."""
        checkpoint, parsed = polled.checkpoint, polled.parsed
        appended = checkpoint.mtime_ns // 1_000_000
        timed = [
            event if event.ts else msgspec.structs.replace(event, ts=appended)
            for event in parsed.events
        ]
        data = [self._codec.encode_event(event) for event in timed]
        state = checkpoint.state
        # One pass over all of it finds most looks clean.
        if self._redactor.may_hold(b"\0".join((*_spellings(state), *data))):
            state = self._state(state)
            data = [
                self._redact(event) if self._redactor.may_hold(each) else each
                for event, each in zip(timed, data, strict=True)
            ]
        path = self._path(checkpoint.path)
        return Cleaned(
            msgspec.structs.replace(checkpoint, path=path, state=state),
            events=list(_encoded(parsed, timed, data)),
            facts={session: self._facts(facts) for session, facts in parsed.facts.items()},
            unknown=list(self._unknown(polled)),
            notes=[f"{path}: {note}" for note in parsed.notes],
            more=polled.more,
            waiting=polled.waiting,
        )

    def _state(self, state: bytes) -> bytes:
        """Return what a parser remembers without the secrets in names."""
        if not self._redactor.may_hold(b"\0".join(_spellings(state))):
            return state
        # A parser that does not know a name again takes it for a new one.
        return msgspec.msgpack.encode(self._names(msgspec.msgpack.decode(state)))

    def _names(self, value: Any) -> Any:
        """Return what a parser remembers with all names cleaned, keys too."""
        if isinstance(value, str):
            return self._redactor.path(value)
        if isinstance(value, list):
            return [self._names(item) for item in value]
        if isinstance(value, dict):
            return {self._names(key): self._names(item) for key, item in value.items()}
        return value

    def _facts(self, facts: SessionFacts) -> SessionFacts:
        return msgspec.structs.replace(
            facts, version=self._label(facts.version), branch=self._label(facts.branch)
        )

    def _unknown(self, polled: Polled) -> Iterator[Unknown]:
        for (version, what), count in polled.parsed.unknown.items():
            yield Unknown(self._label(version), self._label(what), count)
        if malformed := polled.parsed.malformed - polled.oversized:
            yield Unknown("", "malformed line", malformed)
        if polled.oversized:
            yield Unknown("", "oversized line", polled.oversized)

    def _redact(self, event: Event) -> bytes:
        fields = {
            name: value if name in _KEEP else self._redactor.value(value)
            for name, value in msgspec.to_builtins(event).items()
        }
        clean: Event = msgspec.convert(fields, type=type(event))
        return self._codec.encode_event(clean)


def _spellings(state: bytes) -> tuple[bytes, bytes]:
    """Return a parser's memory as it is, and as it were if its names were spelled with `_`."""
    return state, state.replace(b"-", b"_")


def _encoded(parsed: Parsed, timed: list[Event], data: list[bytes]) -> Iterator[Encoded]:
    """Yield events with their keys, and those by which an older version may know them."""
    for before, event, each in zip(parsed.events, timed, data, strict=True):
        older = parsed.older.get(event.id)
        yield Encoded(
            event_key(event.assistant, event.id),
            each,
            outline(event),
            event_key(event.assistant, older) if older else b"",
            undated=not before.ts,
        )
