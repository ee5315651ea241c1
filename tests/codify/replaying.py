"""Sessions that correct two things each, a model that reads them, and what comes of it."""

import json
import re
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from hivemindd.lessons.judge import nothing_learned
from hivemindd.log.opening import open_log
from hivemindd.log.tables import CORRECTIONS, LESSONS
from hivemindd.records import Verdict
from tests.clocks import SetClock
from tests.codify.workshop import Workshop
from tests.lessons.anthropic_stub import Answer, Stub, recorded, verdicts

NOW = 1_795_262_400_000  # 2026-11-21 12:00 UTC
PARTIAL = "only the first"
PNPM = {
    "trigger": "install, add or run packages",
    "rule": "Use pnpm instead of npm",
    "wrong": "npm",
    "right": "pnpm",
    "activity": "package-commands",
    "type": "tool",
}
TABS = {
    "trigger": "write Python",
    "rule": "Indent with spaces, never with tabs",
    "wrong": "tabs",
    "right": "spaces",
    "activity": "code-style",
    "type": "style",
}


class Teacher(Stub):
    """A model that reads corrections by their words alone, once its outages are over."""

    def __init__(self, outages: Sequence[str] = ()) -> None:
        """Plan the outages, one for each request."""
        super().__init__(recorded("good"))
        self._outages = deque(outages)

    def play(self, headers: dict[str, str], body: bytes) -> Answer:
        """Fail as planned, or give a verdict on each candidate that was put last."""
        super().play(headers, body)
        outage = self._outages.popleft() if self._outages else ""
        if outage and outage != PARTIAL:
            return recorded(outage)
        messages = json.loads(body)["messages"]
        given = json.loads(messages[0]["content"].splitlines()[2])["candidates"]
        wanted = re.findall(r"^- (\w+):", messages[-1]["content"], re.MULTILINE)
        candidates = [each for each in given if not wanted or each["id"] in wanted]
        return verdicts([_verdict(each) for each in candidates[: 1 if outage else None]])


def _verdict(candidate: dict[str, Any]) -> Verdict:
    words = candidate["words"]
    plain = nothing_learned(candidate["id"])
    fields = PNPM if "pnpm" in words else TABS if "tabs" in words else None
    if fields is None:
        return plain
    return msgspec.structs.replace(
        plain, is_correction=True, durable=2, scope="repo", quote=words, **fields
    )


@contextmanager
def make_workshop(home: Path, sessions: int = 4) -> Iterator[Workshop]:
    """Give a workshop at a fixed place, with sessions that correct two things each."""
    shutil.rmtree(home, ignore_errors=True)
    log = open_log(home / "log", map_size=1 << 20)
    workshop = Workshop(home, log)
    workshop.clock = SetClock(NOW)
    for number in range(sessions):
        correct_twice(workshop, number)
    workshop.capture()
    try:
        yield workshop
    finally:
        log.close()


def correct_twice(workshop: Workshop, number: int) -> None:
    """Write a session that corrects two things."""
    session = workshop.correct(number)
    call = session.call("Edit", file_path=f"{workshop.project}/a.py")
    session.reject(call, "spaces please, never tabs")
    session.prompt("thanks, now commit it and write the changelog")
    session.reply("Done.")


def describe(workshop: Workshop) -> dict[str, Any]:
    """Return all that was learned; a skill's id is that of the lesson it was first made of."""
    with workshop.log.read() as txn:
        corrections, lessons = CORRECTIONS.rows(txn), LESSONS.rows(txn)
    folder = workshop.project / ".claude" / "skills"
    return {
        "corrections": corrections,
        "lessons": [msgspec.structs.replace(lesson, skill="") for lesson in lessons],
        "skills": {
            path.parent.name: re.sub(r"<!-- hivemindd:.* -->", "", path.read_text())
            for path in folder.glob("*/SKILL.md")
        },
    }
