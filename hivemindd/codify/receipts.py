"""Receipts: what lay in the place of a skill before we wrote or removed it.

One is stored before the file is touched and done in the transaction that stores the row, so
that a crash in between loses neither what was there nor that it is gone.
"""

from collections.abc import Mapping

from hivemindd.deeds import Receipt
from hivemindd.log.keys import skill_key, workspace_key
from hivemindd.log.tables import RECEIPTS, Txn
from hivemindd.records import Skill
from hivemindd.redaction.redactor import shared
from hivemindd.skills.contents import LINEAGE, SKILL, digest

KEPT_RECEIPTS = 8
KEPT_BYTES = 1 << 14
_NUMBER = 4  # bytes at the end of a key


def describe(skill: Skill, found: Mapping[str, bytes], after: str) -> Receipt:
    """Return the receipt of a change to a skill from what was found on the disk.

    A person's text is kept as it is, or not at all: a secret has no place in the log.
    """
    text, lineage = found.get(SKILL), found.get(LINEAGE, b"")
    before = digest(text)
    lost, files = "", {}
    if text is not None:
        files[SKILL] = text
        if skill.stale:
            lost = "it held words that are forgotten"
        elif len(text) > KEPT_BYTES:
            lost = "it was too large"
        elif before not in {skill.sha256, *skill.hashes} and _holds_secret(text):
            lost = "it held what looks like a secret"
    # A lineage that is a person's is never written over, so there is nothing to put back.
    if files and digest(lineage) in skill.hashes and len(lineage) <= KEPT_BYTES:
        files[LINEAGE] = lineage
    return Receipt(
        before=before,
        after=after,
        name=skill.name,
        files={} if lost else files,
        lost=lost,
        lessons=skill.lessons,
    )


def begin(txn: Txn, skill: Skill, receipt: Receipt) -> None:
    """Store what is about to happen, and keep the newest; what did not happen is gone by then."""
    keys = _keys(txn, skill)
    number = int.from_bytes(keys[-1][-_NUMBER:], "big") + 1 if keys else 0
    RECEIPTS.put(txn, _prefix(skill) + number.to_bytes(_NUMBER, "big"), receipt)
    kept = KEPT_RECEIPTS + receipt.undoes  # it does not stay
    for key in keys[: max(0, len(keys) + 1 - kept)]:
        RECEIPTS.delete(txn, key)


def finish(
    txn: Txn, skill: Skill, there: str | None, retired: list[str] | None = None
) -> Receipt | None:
    """Return the receipt of a change that has happened, None where none was under way.

    `there` is the hash of what lies on the disk now: another than the receipt's says that it
    did not happen, as None does, and the receipt goes.
    """
    keys = _keys(txn, skill)
    receipt = RECEIPTS.get(txn, keys[-1]) if keys else None
    if receipt is None or receipt.done:
        return None
    if receipt.after != there:
        RECEIPTS.delete(txn, keys[-1])
        return None
    receipt.done, receipt.retired = True, retired or []
    RECEIPTS.put(txn, keys[-1], receipt)
    return receipt


def under_way(txn: Txn, workspace: str) -> list[tuple[bytes, Receipt]]:
    """Return what was about to happen and is not noted, each with the key of its skill's row."""
    rows = RECEIPTS.scan(txn, workspace_key(workspace))
    return [(key[:-_NUMBER], row) for key, row in rows if not row.done]


def undone(txn: Txn, skill: Skill) -> Receipt | None:
    """Return the receipt that was being carried out backwards when we died."""
    return next((row for row in reversed(RECEIPTS.rows(txn, _prefix(skill))) if row.done), None)


def last(txn: Txn, skill: Skill, there: str) -> Receipt | None:
    """Return the receipt of our last change, by the hash of what lies on the disk now."""
    rows = RECEIPTS.rows(txn, _prefix(skill))
    return next((row for row in reversed(rows) if row.done or row.after == there), None)


def drop(txn: Txn, skill: Skill, there: str) -> None:
    """Drop the receipt that `last` returns: it was carried out backwards."""
    for key, row in reversed([*RECEIPTS.scan(txn, _prefix(skill))]):
        RECEIPTS.delete(txn, key)
        if row.done or row.after == there:
            return


def _holds_secret(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    return shared().text(text) != text


def is_removal(txn: Txn, skill: Skill) -> bool:
    """Tell whether the removal of a skill is under way, or was when we died."""
    rows = RECEIPTS.rows(txn, _prefix(skill))
    return bool(rows) and not rows[-1].done and not rows[-1].after


def _keys(txn: Txn, skill: Skill) -> list[bytes]:
    return [key for key, _ in txn.scan(RECEIPTS.name, _prefix(skill))]


def _prefix(skill: Skill) -> bytes:
    return skill_key(skill.workspace, skill.id, skill.root)
