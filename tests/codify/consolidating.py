"""The local judge in a newer version, and what an older one has left behind to be read again."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from hivemindd.codify.consolidate import Consolidation
from hivemindd.codify.shelf import Shelf
from hivemindd.lessons.judge import Judge, nothing_learned
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.tables import CORRECTIONS, LESSONS, Txn
from hivemindd.records import Correction, Lesson, Verdict
from tests.codify.workshop import Workshop
from tests.lessons.make import make_verdict

Edit = Callable[[Correction], Correction]


class Reader:
    """A newer local judge, which takes every word for the rule about pnpm."""

    name = "local/8"

    def __init__(self, fault: Exception | None = None) -> None:
        """Read everything, or fail."""
        self.fault = fault
        self.asked: list[tuple[set[str], set[str]]] = []
        self.was_asked = threading.Event()

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return the verdicts, and remember beside what they were given."""
        told = {entry.correction for lesson in lessons for entry in lesson.evidence}
        self.asked.append(({each.id for each in candidates}, told))
        self.was_asked.set()
        if self.fault is not None:
            raise self.fault
        return [make_verdict(each.id, quote=each.quote) for each in candidates]


def consolidation(workshop: Workshop, judge: Judge | None = None) -> Consolidation:
    """Return the consolidation of a workshop."""
    shelf = Shelf(workshop.log, workshop.clock, home=workshop.home, publish=True)
    return Consolidation(workshop.log, shelf, judge or LocalJudge(), workshop.clock)


def rows(workshop: Workshop) -> list[Correction]:
    """Return all corrections."""
    with workshop.log.read() as txn:
        return CORRECTIONS.rows(txn)


def lessons(workshop: Workshop) -> list[Lesson]:
    """Return all lessons."""
    with workshop.log.read() as txn:
        return LESSONS.rows(txn)


def workspace_of(workshop: Workshop) -> str:
    """Return the id of the only workspace."""
    return rows(workshop)[0].workspace


def edit(workshop: Workshop, change: Edit) -> None:
    """Change the rows of all corrections behind everybody's back."""

    def put(txn: Txn) -> None:
        for key, row in list(CORRECTIONS.scan(txn)):
            CORRECTIONS.put(txn, key, change(row))

    workshop.log.transact(put)


def misread(row: Correction, **fields: Any) -> Correction:
    """Return a correction in which an older judge saw none."""
    old = {"state": "dismissed", "why": "no correction", "lesson": "", "judge": "local"}
    return msgspec.structs.replace(row, **({"verdict": nothing_learned(row.id)} | old | fields))
