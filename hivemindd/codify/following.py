"""What has yet to follow a forgetting, in projects, receipts and the audit, should we die over it.

It is noted in the transaction that erases, without a word of what is erased, and struck out in
the one that takes the last words out.
"""

from collections.abc import Iterable

import msgspec

from hivemindd.codify.fate import Fate
from hivemindd.deeds import Who
from hivemindd.log.tables import SETTINGS, Txn
from hivemindd.records import Skill

_KEY = b"following"


class Following(msgspec.Struct, frozen=True):
    """What becomes of a workspace, and who has wanted that."""

    fate: Fate
    who: Who


_decoder = msgspec.json.Decoder(list[Following])


def outstanding(txn: Txn) -> list[Following]:
    """Return what has yet to follow."""
    return _decoder.decode(SETTINGS.get(txn, _KEY) or "[]")


def note(txn: Txn, fates: Iterable[Fate], who: Who) -> None:
    """Note what is to follow."""
    _put(txn, [*outstanding(txn), *(Following(_bare(fate), who) for fate in fates)])


def strike(txn: Txn, fate: Fate) -> None:
    """Strike out what has followed."""
    done = _bare(fate)
    _put(txn, [each for each in outstanding(txn) if each.fate != done])


def _put(txn: Txn, rows: list[Following]) -> None:
    if rows:
        SETTINGS.put(txn, _KEY, msgspec.json.encode(rows).decode())
    else:
        SETTINGS.delete(txn, _KEY)


def _bare(fate: Fate) -> Fate:
    """Return a fate with ids and hashes only; a rule that a skill loses is empty."""
    replace = msgspec.structs.replace
    skills = [replace(each, skill=_key(each.skill), rules=[""]) for each in fate.skills]
    return replace(fate, gone=[], amended={}, lost=[], skills=skills)


def _key(skill: Skill) -> Skill:
    return Skill(
        id=skill.id,
        workspace=skill.workspace,
        root=skill.root,
        name="",
        path="",
        state=skill.state,
        sha256=skill.sha256,
    )
