"""Tells new corrections from those that are known already, by whatever trace they came."""

from collections.abc import Iterable, Mapping

import msgspec

from hivemindd.records import Correction

_OPEN = frozenset({"pending", "parked"})
_FLEETING = frozenset({"disk", "commit"})


def news(
    mined: Iterable[Correction], known: Mapping[str, Correction], *, granted: bool = False
) -> list[Correction]:
    """Return what is still to be judged, under the ids that it is known by.

    A change of a file that was found on the disk may turn up again in the transcript or in
    a commit: it stays one correction, and is judged again only for what it did not say before,
    the person's words or a longer diff. So is a prompt beside which a change is found only later,
    or not any more, and with `granted` what was dismissed before the agent granted it. What was
    seen on the disk and never judged is taken from what is known, since it may not be there any
    more.
    """
    left: list[Correction] = []
    for each in mined:
        rows = known.values()
        before = known.get(each.id) or _same_change(each, rows) or _same_words(each, rows)
        if before is None:
            left.append(each)
            continue
        if before.id != each.id and any(row.id == before.id for row in left):
            continue
        if before.user_diff and not each.user_diff:
            left += [before] if before.state in _OPEN else []
        elif (
            before.state in _OPEN
            or _says_more(each, before)
            or (granted and _is_granted(each, before))
        ):
            changes = dict.fromkeys([*before.changes, *each.changes])
            left.append(msgspec.structs.replace(each, id=before.id, changes=list(changes)))
    names = {each.id for each in left}
    left += [row for row in known.values() if _is_fleeting(row) and row.id not in names]
    return left


def _is_fleeting(row: Correction) -> bool:
    """Tell whether a correction was never judged and cannot be mined again for sure."""
    origin = row.origins.get("user_diff")
    return row.state in _OPEN and origin is not None and origin.source in _FLEETING


def _same_change(found: Correction, known: Iterable[Correction]) -> Correction | None:
    names = set(found.changes)
    return next((row for row in known if not names.isdisjoint(row.changes)), None)


def _same_words(found: Correction, known: Iterable[Correction]) -> Correction | None:
    """Return what is known of the same words: where there are any, their event is the first."""
    first = found.events[:1]
    if not first or not found.reason:
        return None
    return next((row for row in known if row.reason and row.events[:1] == first), None)


def _says_more(found: Correction, before: Correction) -> bool:
    """Tell whether a change that is known is told better now."""
    if found.channel != "user-edit" or not found.changes:
        return False
    if (found.reason and not before.reason) or not before.user_diff:
        return True
    grown = found.user_diff != before.user_diff and set(found.paths) == set(before.paths)
    return grown and bool(found.reason) >= bool(before.reason)


def _is_granted(found: Correction, before: Correction) -> bool:
    """Tell whether the agent has granted what was dismissed before."""
    return found.admitted and not before.admitted and before.state == "dismissed"
