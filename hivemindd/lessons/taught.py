"""What corrections teach: those with a verdict that counts, each once, in the order of time."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

import msgspec

from hivemindd.lessons.check import widens
from hivemindd.records import Correction, Verdict


class Taught(msgspec.Struct, frozen=True, kw_only=True):
    """A correction that teaches.

    `waits` says that a person has to allow its rule first. The judge may have named a
    lesson: `named` is the correction that it began with where this one repeats or limits
    it, `against` where this one goes against it; else they are empty.
    """

    correction: Correction
    verdict: Verdict
    waits: bool = False
    named: str = ""
    against: str = ""

    @property
    def at(self) -> tuple[int, str]:
        """Where it stands in the order of time."""
        return self.correction.ts, self.correction.id

    @property
    def limits(self) -> bool:
        """Whether it only says where another rule ends, and supports none."""
        alone = self.waits and self.verdict.rule and not self.named
        return self.verdict.relation == "refines" and not alone


def read(judged: Iterable[Correction]) -> dict[str, Taught]:
    """Return what teaches by its correction, in the order of (time, correction).

    A lesson is named by an id that is made from the correction with which it began: by
    that correction it is found again, whatever the lesson is called now.
    """
    told = {each.correction.id: each for each in sorted(_once(judged), key=_time)}
    begun = {lesson_id(each.correction): each for each in told.values()}
    return {name: _related(each, begun.get(each.verdict.relates_to)) for name, each in told.items()}


def lesson_id(correction: Correction) -> str:
    """Return the id of the lesson that a correction begins: its earliest support."""
    name = f"{correction.workspace}\0{correction.id}".encode()
    return blake2b(name, digest_size=8).hexdigest()


def _time(each: Taught) -> tuple[int, str]:
    return each.at


def _related(one: Taught, other: Taught | None) -> Taught:
    """Return what was taught with the correction that its verdict names, as far as it counts.

    A rule that waits for a person is neither supported nor limited by others, and neither
    limits nor contradicts them; but words against it reach it.
    """
    relation = one.verdict.relation
    if other is None or other.correction.id == one.correction.id:
        return one
    name = other.correction.id
    if relation == "contradicts" and (other.waits or not one.waits):
        return msgspec.structs.replace(one, against=name)
    if relation in {"same", "refines"} and one.waits == other.waits:
        return msgspec.structs.replace(one, named=name)
    return one


def _once(judged: Iterable[Correction]) -> Iterator[Taught]:
    """Yield each correction and each change of a file once, as it was told best.

    A session and its forks are one conversation, and so are those that hold one and the same
    correction.
    """
    kept: dict[str, Taught] = {}
    changes: set[str] = set()
    sessions: dict[str, str] = {}
    for each in sorted(judged, key=_telling):
        verdict = each.verdict
        if verdict is None or not verdict.teaches or each.why:
            continue
        _unite(sessions, each.session, each.conversation or each.session)
        if each.id in kept:
            _unite(sessions, kept[each.id].correction.session, each.session)
        elif changes.isdisjoint(each.changes):
            kept[each.id] = Taught(correction=each, verdict=verdict, waits=widens(verdict))
        changes.update(each.changes)
    for taught in kept.values():
        root = _root(sessions, taught.correction.session)
        part_of = root if root != taught.correction.session else ""
        correction = msgspec.structs.replace(taught.correction, conversation=part_of)
        yield msgspec.structs.replace(taught, correction=correction)


def _telling(correction: Correction) -> tuple[float, int, str, str, str]:
    """Order corrections so that of one change the one with a person's words comes first."""
    return (
        -correction.weight,
        correction.ts,
        correction.id,
        correction.session,
        correction.assistant,
    )


def _unite(sessions: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_root(sessions, one), _root(sessions, other)))
    if first != second:
        sessions[second] = first


def _root(sessions: dict[str, str], session: str) -> str:
    while session in sessions:
        session = sessions[session]
    return session
