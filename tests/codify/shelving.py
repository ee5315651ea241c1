"""What is said to a workshop that has learned, and what its shelf makes of it."""

from typing import Any

import msgspec

from hivemindd.codify.learned import renew
from hivemindd.codify.shelf import Shelf
from hivemindd.log.keys import text_key
from hivemindd.log.tables import CORRECTIONS, SKILLS, Txn
from hivemindd.records import Skill
from tests.codify.repositories import PATH
from tests.codify.workshop import Workshop


def skills(workshop: Workshop) -> list[Skill]:
    """Return the rows of all skills."""
    with workshop.log.read() as txn:
        return SKILLS.rows(txn)


def say(workshop: Workshop, name: str, later: int, **fields: Any) -> None:
    """Add a judged correction like those that are there, in a session of its own and later."""

    def change(txn: Txn) -> None:
        key, like = next(CORRECTIONS.scan(txn))
        assert like.verdict is not None
        verdict = msgspec.structs.replace(like.verdict, correction=name, **fields)
        row = msgspec.structs.replace(
            like, id=name, session=name, ts=like.ts + later, verdict=verdict
        )
        CORRECTIONS.put(txn, key[:8] + text_key(name)[:8] + text_key(name), row)
        renew(txn, like.workspace)

    workshop.log.transact(change)


def shelf(workshop: Workshop, *, search: str = PATH) -> Shelf:
    """Return the shelf of a workshop."""
    return Shelf(workshop.log, workshop.clock, home=workshop.home, publish=True, search=search)
