"""What a Claude Code parser keeps between two looks at a transcript.

It is written with the file's checkpoint, so it stays at a few KB: of calls, files and queued
prompts it holds where their records lie, not what they say.
"""

import zlib
from typing import TypeVar

import msgspec

from hivemindd.assistants.base import SessionFacts

PROMPTS = 40
CALLS = 32
FILES = 48
QUEUED = 16
SESSIONS = 4
NAME = 1_024

_Value = TypeVar("_Value")


class Base(msgspec.Struct, array_like=True):
    """Where the last known content of a file lies, its checksum and its time.

    It is either a record of the transcript, or a backup by its name.
    """

    offset: int = 0
    length: int = 0
    backup: str = ""
    checksum: int = 0
    ts: int = 0


class Waiting(msgspec.Struct, array_like=True):
    """A prompt that a person typed while the agent was busy."""

    offset: int
    length: int
    checksum: int


class Memory(msgspec.Struct, omit_defaults=True):
    """The state of a parser.

    `prompts` are (parent, uuid) of the person's prompts on the branch that is alive,
    `calls` where edits were asked for, `bases` what files held when last seen, `versions`
    their checkpoints. `refused` says that the last thing a person did was to refuse a
    call, `feedback` is the checksum of their words while the same `reply` of the agent
    is dealt with. `queue` and `others` are what waits, by people and by machines.
    """

    session: str = ""
    version: str = ""
    cwd: str = ""
    ts: int = 0
    facts: dict[str, SessionFacts] = {}
    spoken: bool = False
    prompts: list[tuple[str, str]] = []
    calls: dict[str, tuple[int, int]] = {}
    bases: dict[str, Base] = {}
    versions: dict[str, int] = {}
    refused: bool = False
    feedback: int = 0
    reply: str = ""
    command: tuple[str, str] = ("", "")
    queue: list[Waiting] = []
    others: int = 0
    attachments: bool = False

    def facts_of(self, session: str) -> SessionFacts:
        """Return what is known about a session."""
        facts = self.facts.get(session)
        if facts is None:
            facts = SessionFacts()
            _keep(self.facts, session, facts, SESSIONS)
        return facts

    def called(self, call: str, offset: int, length: int) -> None:
        """Remember where an edit was asked for."""
        _keep(self.calls, call, (offset, length), CALLS)

    def saw_file(self, path: str, base: Base) -> None:
        """Remember where the content of a file lies now."""
        _keep(self.bases, path, base, FILES)

    def saw_version(self, path: str, version: int) -> bool:
        """Tell whether a checkpoint of a file is newer than the last one, and remember it."""
        known = self.versions.get(path, 1)
        _keep(self.versions, path, version, FILES)
        return version > known

    def prompted(self, parent: str, uuid: str) -> tuple[str, int]:
        """Add a prompt; return the first that it makes undone, and how many that are.

        Two prompts under one parent mean that the person went back to it. A prompt
        without a parent (the first one, or after a compaction) says nothing.
        """
        undone = "", 0
        parent = parent[:NAME]
        if any(uuid == known for _, known in self.prompts):
            return undone
        for position, (before, known) in enumerate(self.prompts):
            if parent and before == parent:
                undone = known, len(self.prompts) - position
                del self.prompts[position:]
                break
        self.prompts.append((parent, uuid))
        del self.prompts[:-PROMPTS]
        return undone


def checksum(text: str) -> int:
    """Return a short fingerprint of a text, whatever its line ends are."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    return zlib.crc32(text.encode())


def restore(state: bytes) -> Memory:
    """Return what a parser knew; a fresh memory when that cannot be read."""
    try:
        return msgspec.msgpack.decode(state, type=Memory) if state else Memory()
    except (ValueError, msgspec.MsgspecError):
        return Memory()


def _keep(mapping: dict[str, _Value], key: str, value: _Value, limit: int) -> None:
    """Put an entry last, and drop the first ones over a limit; keys that are no names too."""
    if len(key) > NAME:
        return
    mapping.pop(key, None)
    mapping[key] = value
    while len(mapping) > limit:
        del mapping[next(iter(mapping))]
