"""Processes of sessions that say what a test has them say."""

from pathlib import Path

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.clock import SystemClock
from hivemindd.ingest.loop import Ingest
from hivemindd.log.store import Log
from hivemindd.records import Session
from hivemindd.sessions.wishes import Wish
from tests.ingest.taken import run

NO = Wish({"HIVEMIND_CAPTURE": "false"}, "asked", seen=True)
YES = Wish({}, "asked", seen=True)
MISSING = Wish(heard="missed")


class Person:
    """Answers for the processes of all sessions what the test says."""

    def __init__(self, log: Log, home: Path, wish: Wish) -> None:
        """Answer with a wish; another may take its place."""
        self.wish = wish
        self._log, self._home = log, home

    def refresh(self) -> None:
        """Know all that there is to know already."""

    def of(self, session: Session, *, known: bool) -> Wish:  # noqa: ARG002
        """Return the wish, whoever asks."""
        return self.wish

    def make(self) -> Ingest:
        """Return an ingest that asks this person, and has not looked yet."""
        return Ingest(
            self._log,
            [ClaudeCode()],
            Places(self._home),
            SystemClock(),
            every_n_turns=20,
            asker=self,
        )

    def start(self) -> Ingest:
        """Return an ingest that asks this person, and has begun to look."""
        ingest = self.make()
        run(ingest)
        return ingest
