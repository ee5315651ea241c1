"""What an assistant is to the rest of the daemon: where it writes, and how to read it.

An assistant is one package with one class that satisfies `Assistant`. It knows its
format and nothing else: no clock, no log, no other assistant.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Protocol

import msgspec

from hivemindd.events import Event

TEXT_LIMIT = 65_536
OUTPUT_LIMIT = 16_384

Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A number of a record that can be stored; JSON has wider ones."""


class Places(msgspec.Struct, frozen=True):
    """Where assistants keep their files: the home folder and the environment."""

    home: Path
    env: Mapping[str, str] = {}


class SideFiles(Protocol):
    """Reads what lies beside the record that is being parsed; never raises."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Return `length` bytes of the same transcript, fewer when they are gone."""

    def read_file(self, path: Path, limit: int) -> bytes | None:
        """Return a small file of the assistant, None when it is absent or larger."""


class SessionFacts(msgspec.Struct, omit_defaults=True):
    """What a transcript tells about a session besides its events.

    `cwd` is the folder that the assistant was started in, as it claims. `slug` and
    `paths` (absolute paths that tools used) stand in for it where it is missing.
    `parent` is the session that this one was forked from.
    """

    cwd: str = ""
    version: str = ""
    branch: str = ""
    parent: str = ""
    slug: str = ""
    headless: bool = False
    paths: list[str] = []


class Parsed(msgspec.Struct):
    """What some records became.

    `facts` by session id. `unknown` counts records that no rule knows by
    (version, type): reported by doctor, never an error. `malformed` counts lines that
    hold no record at all. `notes` are sentences worth saying once about this file. `older`
    has, by the ids of events, those under which an older version has stored them.
    """

    events: list[Event] = []
    facts: dict[str, SessionFacts] = {}
    unknown: dict[tuple[str, str], int] = {}
    malformed: int = 0
    notes: list[str] = []
    older: dict[str, str] = {}


class Parser(Protocol):
    """Turns the records of one transcript into events, in file order.

    A parser that is made from `state()` goes on exactly where the old one stood, so
    that a restart in the middle of a file changes nothing. State is a few KB at most.
    """

    def feed(self, records: Iterable[tuple[int, bytes]], *, final: bool) -> Parsed:
        """Parse (byte offset, line without its newline) pairs; never raises.

        `final` says that the file has been quiet: what waits for more may come out.
        """

    def state(self) -> bytes:
        """Return what the next parser of this file needs to know."""


class Assistant(Protocol):
    """An assistant whose transcripts can be read; `programs` are the names that it runs under."""

    name: str
    programs: frozenset[str]

    def roots(self, places: Places) -> list[Path]:
        """Return the folders that hold transcripts, whether or not they exist yet."""

    def is_transcript(self, path: Path) -> bool:
        """Tell from its path alone whether a file under a root is a transcript."""

    def parser(self, path: Path, state: bytes, side: SideFiles) -> Parser:
        """Make the parser of one transcript; `state` is empty at its beginning."""

    def locate(self, facts: SessionFacts, known: Iterable[str], places: Places) -> str | None:
        """Return the folder that a session ran in, None when it cannot be told.

        `known` are the folders of other sessions, for assistants that record none.
        """


def cut(text: str, limit: int) -> tuple[str, int]:
    """Return the text cut in its middle to about `limit` characters, and its full length.

    The length is 0 when nothing was cut. Secrets go first: half of one is none any more to
    who looks for them.
    """
    if len(text) <= limit:
        return text, 0
    clean = _clean(text)
    if len(clean) <= limit:
        return clean, 0
    head, tail = limit * 3 // 4, limit // 4
    gone = len(clean) - head - tail
    return f"{clean[:head]}\n[... {gone} characters left out ...]\n{clean[-tail:]}", len(text)


def beginning(text: str, limit: int) -> str:
    """Return the first characters of a text, `limit` at most, with no half of a secret."""
    return text if len(text) <= limit else _clean(text)[:limit]


def _clean(text: str) -> str:
    from hivemindd.redaction.redactor import shared  # noqa: PLC0415  `status` asks only for folders

    return shared().text(text)


def cut_values(value: object, limit: int, *, depth: int = 32) -> object:
    """Bound a JSON value: cut its strings, and turn into text what MessagePack cannot hold.

    That is a number beyond 64 bits, and whatever lies deeper than `depth` levels.
    """
    if isinstance(value, str):
        return cut(value, limit)[0]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return cut(hex(value), limit)[0]
    if isinstance(value, list | dict) and not depth:
        return "[...]"
    if isinstance(value, list):
        return [cut_values(item, limit, depth=depth - 1) for item in value]
    if isinstance(value, dict):
        return {key: cut_values(item, limit, depth=depth - 1) for key, item in value.items()}
    return value
