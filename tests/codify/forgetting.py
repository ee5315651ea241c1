"""A workshop, or a library, whose sessions can be forgotten."""

import threading
from collections.abc import Callable
from pathlib import Path

from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.selection import Selection
from hivemindd.codify.shelf import Shelf
from hivemindd.ingest.loop import Ingest
from hivemindd.log.tables import (
    CORRECTIONS,
    DUE,
    LESSONS,
    RECEIPTS,
    SESSIONS,
    SKILLS,
    TRACES,
    WORKSPACES,
)
from hivemindd.log.tombstones import Tombstones
from hivemindd.records import Skill
from tests.codify.library import Library
from tests.codify.repositories import PATH
from tests.codify.workshop import Workshop


def forgetting(
    workshop: Workshop | Library,
    *,
    review: bool = False,
    publish: bool = True,
    in_order: Callable[[Callable[[], None]], None] = lambda act: act(),
) -> Forgetting:
    """Return what forgets, after a look at all transcripts, as a daemon would."""
    shelf = Shelf(
        workshop.log,
        workshop.clock,
        home=workshop.home,
        publish=publish,
        review=review,
        search=PATH,
    )
    return Forgetting(workshop.log, shelf, Tombstones(state(workshop)), in_order)


def forget(workshop: Workshop | Library, *names: str, review: bool = False) -> list[str]:
    """Forget sessions; return what could not be finished."""
    return forgetting(workshop, review=review).forget(Selection(sessions=names)).unfinished


def state(workshop: Workshop | Library) -> Path:
    """Return the folder beside the log."""
    return workshop.log.folder.parent


def capture_again(workshop: Workshop, *, anew: bool = False) -> int:
    """Look at all transcripts, as after a restart; return how many events were new.

    `anew` forgets how far each was read, as a migration may.
    """
    ingest = Ingest(workshop.log, ASSISTANTS, workshop.places, workshop.clock, every_n_turns=20)
    if anew:
        ingest.forget_signatures()
    ingest.scan()
    ingest.drain(threading.Event(), final=True)
    return ingest.events


def skill_rows(workshop: Workshop) -> list[Skill]:
    """Return the rows of all skills."""
    with workshop.log.read() as txn:
        return SKILLS.rows(txn)


def rows(workshop: Workshop) -> dict[str, int]:
    """Return how many rows some tables have."""
    tables = (SESSIONS, CORRECTIONS, LESSONS, DUE, TRACES, RECEIPTS, WORKSPACES)
    with workshop.log.read() as txn:
        return {table.name: txn.count(table.name) for table in tables}
