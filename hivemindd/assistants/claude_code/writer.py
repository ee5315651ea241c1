"""Writes the events of a Claude Code transcript, with what all events of a record share."""

from typing import Any, TypeVar

from hivemindd.assistants.base import OUTPUT_LIMIT, TEXT_LIMIT, cut
from hivemindd.events import Author, Event, Prompt, PromptOrigin

_LIMITS = (("text", TEXT_LIMIT), ("diff", TEXT_LIMIT), ("output", OUTPUT_LIMIT))
_Kind = TypeVar("_Kind", bound=Event)


class Writer:
    """Collects events; its attributes describe the record that is being read.

    `id` is the record's uuid: the record's own event has it as it is, further ones with
    a suffix. `length` is that of its line in bytes. `headless` says that a program is in
    the person's place.
    """

    def __init__(self) -> None:
        """Start without events and outside any record."""
        self.events: list[Event] = []
        self.id = ""
        self.ts = 0
        self.seq = 0
        self.length = 0
        self.session = ""
        self.sidechain = False
        self.headless = False

    @property
    def person(self) -> Author:
        """Return who acts where a person would."""
        return "harness" if self.headless else "human"

    def add(
        self, kind: type[_Kind], author: Author, suffix: str = "", of: str = "", **fields: Any
    ) -> None:
        """Add an event of the record, or of record `of`; a long main text is cut."""
        full = 0
        for name, limit in _LIMITS:
            if name in fields and len(fields[name]) > limit:
                fields[name], full = cut(fields[name], limit)
        self.events.append(
            kind(
                id=joined(of or self.id, suffix),
                ts=self.ts,
                seq=self.seq,
                session=self.session,
                assistant="claude-code",
                author=author,
                sidechain=self.sidechain,
                full_chars=full,
                **fields,
            )
        )

    def say(
        self, text: str, origin: PromptOrigin, suffix: str = "", call: str = "", of: str = ""
    ) -> None:
        """Add words of a person; where a program speaks, they are the harness's."""
        self.add(
            Prompt,
            self.person,
            suffix,
            of,
            text=text,
            origin="headless" if self.headless else origin,
            call=call,
        )


def joined(front: str, back: str) -> str:
    """Join two parts of an id, of which one may be empty."""
    return f"{front}:{back}" if front and back else front or back
