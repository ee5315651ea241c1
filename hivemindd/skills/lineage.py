"""Where a skill comes from: for the file beside it."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b, sha256

import msgspec

from hivemindd.records import Lesson


class _Entry(msgspec.Struct, frozen=True):
    lesson: str
    rule_sha256: str
    corrections: list[str]
    sessions: list[str]


class _Lineage(msgspec.Struct, frozen=True):
    format: int
    skill_id: str
    version: int
    lessons: list[_Entry]


def describe_lineage(skill_id: str, version: int, lessons: Sequence[Lesson]) -> bytes:
    """Return the bytes of `lineage.json` for the lessons that a skill is made of.

    The folder gets committed, so there are ids and hashes only: no quote, no path, no name
    of a person. Sessions are hashed: how many there were can be counted, not which.
    """
    entries = [
        _Entry(
            lesson=_opaque(lesson.id),
            rule_sha256=sha256(lesson.rule.encode("utf-8", "surrogatepass")).hexdigest(),
            corrections=sorted({_opaque(entry.correction) for entry in lesson.evidence}),
            sessions=sorted({_hash(entry.session) for entry in lesson.evidence}),
        )
        for lesson in lessons
    ]
    lineage = _Lineage(format=1, skill_id=skill_id, version=version, lessons=entries)
    return _encode(lineage)


def read_lineage(data: bytes, lessons: Sequence[Lesson]) -> list[Lesson]:
    """Return those lessons that a `lineage.json` names, in its order; none where it is not ours.

    A lesson may have another id since, but has corrections of those that it had.
    """
    found: dict[str, Lesson] = {}
    for entry in _entries(data):
        behind = {entry.lesson, *entry.corrections}
        for lesson in lessons:
            names = (lesson.id, *(each.correction for each in lesson.evidence if each.weight > 0))
            if not behind.isdisjoint(map(_opaque, names)):
                found.setdefault(lesson.id, lesson)
    return list(found.values())


def is_known(data: bytes, lessons: Sequence[Lesson]) -> bool:
    """Tell whether lessons still have all corrections that a `lineage.json` names."""
    known = {_opaque(each.correction) for lesson in lessons for each in lesson.evidence}
    named = {name for entry in _entries(data) for name in entry.corrections}
    return bool(named) and named <= known


def is_behind(data: bytes, corrections: Mapping[str, str], pending: Collection[str]) -> bool:
    """Tell whether a `lineage.json` names sessions that are pending, and no correction of them.

    `corrections` are those that are known, with their sessions.
    """
    known = {_opaque(name): _hash(session) for name, session in corrections.items()}
    awaited = set(map(_hash, pending))
    for entry in _entries(data):
        learned = {known.get(name, "") for name in entry.corrections}
        if not awaited.isdisjoint(set(entry.sessions) - learned):
            return True
    return False


def is_lineage(data: bytes, skill_id: str) -> bool:
    """Tell whether a file is a lineage of a skill, to the byte as we write them."""
    lineage = _decode(data)
    return lineage is not None and lineage.skill_id == skill_id and _encode(lineage) == data


def _entries(data: bytes) -> list[_Entry]:
    lineage = _decode(data)
    return lineage.lessons if lineage else []


def _encode(lineage: _Lineage) -> bytes:
    return msgspec.json.format(msgspec.json.encode(lineage), indent=1) + b"\n"


def _decode(data: bytes) -> _Lineage | None:
    try:
        return msgspec.json.decode(data, type=_Lineage)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _opaque(name: str) -> str:
    """Return an id that tells nothing: itself when it is a hash or a UUID, else its hash."""
    return name if name and set(name) <= set("0123456789abcdef-") else _hash(name)


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
