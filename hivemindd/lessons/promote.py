"""The lessons of a workspace, as a pure function of what was judged in it.

Neither the order in which corrections arrived nor how often they did can change what comes
out: the same corrections with the same verdicts give the same lessons. Only what a person
or the shelf decided about a lesson is taken over from the lessons that were there before.

First it is settled which corrections belong to one lesson, then what is said against it,
then where it stands (`standing`): so what came too late to be seen by the judge counts as
if it had been there in time.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from hivemindd.lessons.clauses import plainness
from hivemindd.lessons.grounds import Grounds, Shown, own_rule, quoted_rule
from hivemindd.lessons.moments import deed
from hivemindd.lessons.relate import ALTERNATIVES, alternatives, compare, relate, touches
from hivemindd.lessons.standing import DIRECTIVE, state_of, united
from hivemindd.lessons.taught import Taught, lesson_id, read
from hivemindd.records import Correction, Evidence, Lesson, Verdict

ALTERNATIVES_KEPT = 6
EXCEPTIONS_KEPT = 8
PHRASE_CHARS = 120


def derive(judged: Iterable[Correction], before: Sequence[Lesson] = ()) -> list[Lesson]:
    """Return the lessons that the corrections of one workspace teach, the oldest first.

    `before` are those that were derived last: what was decided about them is carried over
    to the lessons that have their support now. One that a person retired is kept for as
    long as any of its corrections is there, even if they teach nothing any more. One that a
    person allowed counts for as long as its rule is the very one that they read.
    """
    judged = list(judged)
    taught = read(judged)
    foes = _foes(taught)
    lessons = _without_duplicates(_gather(taught, foes), foes)
    lessons = [lesson for lesson in lessons if _support(lesson)]
    _limit(taught, lessons)
    _oppose(taught, lessons)
    shown = Shown(judged)
    settled = [_settle(lesson, taught, shown) for lesson in lessons]
    return sorted(_decided(settled, before, {each.id for each in judged}), key=_age)


def inherit(
    before: Sequence[Lesson], lessons: Sequence[Lesson]
) -> Iterator[tuple[Lesson, list[Lesson]]]:
    """Yield the lessons of before, the oldest first, each with those that have its support."""
    holders = {name: lesson for lesson in lessons for name in _support(lesson)}
    for old in sorted(before, key=_age):
        heirs = {holders[name].id: holders[name] for name in _support(old) if name in holders}
        yield old, sorted(heirs.values(), key=_age)


def _decided(
    lessons: Sequence[Lesson], before: Sequence[Lesson], there: Collection[str]
) -> Iterator[Lesson]:
    """Yield the lessons with what was decided about them; `there` are all corrections."""
    for old, heirs in inherit(before, lessons):
        for heir in heirs:
            heir.skill = heir.skill or old.skill
            heir.allowed = heir.allowed or old.allowed
            if heir.state == "review" and heir.rule == heir.allowed:
                heir.state = state_of(heir.evidence)
            if old.state == "retired":
                heir.state = "retired"
        evidence = [entry for entry in old.evidence if entry.correction in there]
        if old.state == "retired" and evidence and not heirs:
            yield msgspec.structs.replace(old, evidence=evidence)
    yield from lessons


def _foes(taught: Mapping[str, Taught]) -> dict[str, set[str]]:
    """Return by correction those that contradict it by the word of the judge, or it them.

    However alike they sound, they are never of one lesson because of it.
    """
    foes: dict[str, set[str]] = {}
    for name, each in taught.items():
        if each.against:
            foes.setdefault(name, set()).add(each.against)
            foes.setdefault(each.against, set()).add(name)
    return foes


def _gather(taught: Mapping[str, Taught], foes: Mapping[str, set[str]]) -> list[Lesson]:
    """Return the lessons with what supports them.

    A judge that named a lesson has the last word; else wordings decide.
    """
    lessons: dict[str, Lesson] = {}
    homes: dict[str, Lesson] = {}
    for name in _in_turn(taught):
        each = taught[name]
        if each.limits:
            continue
        home, weight = homes.get(each.named), _weight(each)
        if home is None:
            enemies = foes.get(name, set())
            reach = [
                lesson for lesson in _alike(each, lessons.values()) if not _holds(lesson, enemies)
            ]
            found = relate(each.verdict, reach)
            if found and found[0].kind != "contradicts":
                home = lessons[found[0].lesson]
                weight = weight if found[0].kind == "same" else 0.0
        if home is None:
            home = _begin(each)
            lessons[home.id] = home
        if weight:
            homes[name] = home
        _absorb(home, each, weight)
    return list(lessons.values())


def _in_turn(taught: Mapping[str, Taught]) -> Iterator[str]:
    """Yield in the order of time, but what a lesson began with before what names it."""
    done: set[str] = set()
    for first in taught:
        chain, name = [], first
        while name and name not in done:
            done.add(name)
            chain.append(name)
            name = taught[name].named
        yield from reversed(chain)


def _without_duplicates(lessons: list[Lesson], foes: Mapping[str, set[str]]) -> list[Lesson]:
    """Return the lessons with those merged that have turned out the same."""
    kept: list[Lesson] = []
    for lesson in lessons:
        enemies = {foe for entry in lesson.evidence for foe in foes.get(entry.correction, ())}
        twins = [
            (-score, place)
            for place, other in enumerate(kept)
            if (score := _likeness(lesson, other)) and not _holds(other, enemies)
        ]
        if twins:
            _merge(kept[min(twins)[1]], lesson)
        else:
            kept.append(lesson)
    return kept if len(kept) == len(lessons) else _without_duplicates(kept, foes)


def _likeness(one: Lesson, other: Lesson) -> float:
    """Return how surely two lessons are the same, 0 when they are not, from either side."""
    if _waits(one) != _waits(other) or not touches(one, other):
        return 0.0
    found = compare(one, other), compare(other, one)
    if any(kind == "contradicts" for kind, _ in found):
        return 0.0
    return max((score for kind, score in found if kind == "same"), default=0.0)


def _holds(lesson: Lesson, corrections: set[str]) -> bool:
    return bool(corrections) and any(entry.correction in corrections for entry in lesson.evidence)


def _merge(lesson: Lesson, twin: Lesson) -> None:
    lesson.evidence.extend(twin.evidence)
    lesson.not_when = _shortest([*lesson.not_when, *twin.not_when], EXCEPTIONS_KEPT)
    _word(lesson, twin)


def _limit(taught: Mapping[str, Taught], lessons: Sequence[Lesson]) -> None:
    """Add to each lesson what says where it does not apply, whichever of them came first."""
    homes = _homes(lessons)
    by_id = {lesson.id: lesson for lesson in lessons}
    for each in taught.values():
        if each.limits:
            home = homes.get(each.named)
            found = [] if home else relate(each.verdict, _alike(each, lessons))
            if home or found:
                _absorb(home or by_id[found[0].lesson], each, 0.0)


def _oppose(taught: Mapping[str, Taught], lessons: Sequence[Lesson]) -> None:
    """Add to each lesson what contradicts it, by the word of the judge or by wording."""
    homes = _homes(lessons)
    by_id = {lesson.id: lesson for lesson in lessons}
    begins = {lesson.id: taught[_support(lesson)[0]].at for lesson in lessons}
    for name, each in taught.items():
        if each.limits:
            continue
        # A rule that waits for a person weakens no other.
        reach = [lesson for lesson in lessons if _waits(lesson) or not each.waits]
        against = {
            relation.lesson
            for relation in relate(each.verdict, reach)
            if relation.kind == "contradicts" and begins[relation.lesson] < each.at
        }
        if each.against in homes:
            against.add(homes[each.against].id)
        if name in homes:
            against.discard(homes[name].id)
        for lesson in against:
            by_id[lesson].evidence.append(_entry(each, -_weight(each)))


def _settle(lesson: Lesson, taught: Mapping[str, Taught], shown: Shown) -> Lesson:
    """Return the lesson as its evidence makes it, in words for which a person can stand."""
    evidence = united(lesson.evidence)
    support = [taught[name] for name in _support(lesson)]
    said = [taught[entry.correction].correction for entry in evidence if entry.weight >= 0]
    grounds = Grounds(said, shown)
    rule = _ruled(lesson, support, grounds)
    first = support[0].correction
    state = state_of(evidence, review=_waits(lesson))
    return msgspec.structs.replace(
        lesson,
        id=lesson_id(first),
        # What nobody said waits for a person, as the judge understood it.
        rule=rule or lesson.rule,
        trigger=lesson.trigger if grounds.bear(lesson.trigger) else "",
        activity=lesson.activity if grounds.bear(lesson.activity) else "",
        right=_borne(lesson.right, grounds),
        wrong=_borne(lesson.wrong, grounds),
        not_when=[text for text in lesson.not_when if grounds.bear(text)],
        judge=first.judge,
        evidence=evidence,
        created=first.ts,
        updated=max(entry.ts for entry in evidence),
        state="review" if state == "promoted" and not rule else state,
    )


def _ruled(lesson: Lesson, support: Sequence[Taught], grounds: Grounds) -> str:
    """Return the rule in the best wording that a person can stand for, empty where none is."""
    if quoted := quoted_rule(support):
        return quoted
    others = sorted((each.verdict for each in support), key=_preference)
    rules = [lesson.rule, *(verdict.rule for verdict in others)]
    found = next((rule for rule in rules if rule and grounds.bear(rule)), "")
    return found or (lesson.rule if _waits(lesson) else own_rule(support))


def _borne(phrases: str, grounds: Grounds) -> str:
    return ALTERNATIVES.join(each for each in alternatives(phrases) if grounds.bear(each))


def _begin(each: Taught) -> Lesson:
    return Lesson(
        id=lesson_id(each.correction),
        workspace=each.correction.workspace,
        rule=each.verdict.rule,
        trigger=each.verdict.trigger,
        type=each.verdict.type,
        activity=each.verdict.activity,
        state="review" if each.waits else "open",
    )


def _absorb(lesson: Lesson, each: Taught, weight: float) -> None:
    """Add what supports a lesson, or limits it where the weight is 0."""
    lesson.evidence.append(_entry(each, weight))
    lesson.not_when = _shortest([*lesson.not_when, *each.verdict.not_when], EXCEPTIONS_KEPT)
    if weight:
        _word(lesson, each.verdict)


def _entry(each: Taught, weight: float) -> Evidence:
    return Evidence(
        correction=each.correction.id,
        session=each.correction.session,
        ts=each.correction.ts,
        weight=weight,
        quote=each.verdict.quote or each.correction.quote,
        did=deed(each.correction.agent_output),
    )


def _weight(each: Taught) -> float:
    return DIRECTIVE if each.verdict.directive != "none" else each.correction.weight


def _homes(lessons: Iterable[Lesson]) -> dict[str, Lesson]:
    """Return by correction the lesson that it supports."""
    return {
        entry.correction: lesson
        for lesson in lessons
        for entry in lesson.evidence
        if entry.weight > 0
    }


def _alike(each: Taught, lessons: Iterable[Lesson]) -> list[Lesson]:
    """Return the lessons that wait for a person if this does, else those that do not."""
    return [lesson for lesson in lessons if _waits(lesson) == each.waits]


def _waits(lesson: Lesson) -> bool:
    return lesson.state == "review"


def _support(lesson: Lesson) -> list[str]:
    """Return the corrections that support a lesson, in the order of time."""
    return [entry.correction for entry in united(lesson.evidence) if entry.weight > 0]


def _age(lesson: Lesson) -> tuple[int, str]:
    return lesson.created, lesson.id


def _word(lesson: Lesson, wording: Verdict | Lesson) -> None:
    """Give the lesson the better wording of the two, and all that it names so far."""
    lesson.right = _joined(lesson.right, wording.right)
    lesson.wrong = _joined(lesson.wrong, wording.wrong)
    if _preference(wording) < _preference(lesson):
        lesson.rule, lesson.trigger = wording.rule, wording.trigger
        lesson.type, lesson.activity = wording.type, wording.activity


def _preference(wording: Verdict | Lesson) -> tuple[int, tuple[int, int, str], str, str, str]:
    """Order wordings: what names both sides first, then the plainest; never by arrival."""
    signs = (" instead of ", "; ")
    pair = next((at for at, sign in enumerate(signs) if sign in wording.rule), len(signs))
    return pair, plainness(wording.rule), wording.trigger, wording.type, wording.activity


def _joined(phrases: str, phrase: str) -> str:
    added = [" ".join(each.split())[:PHRASE_CHARS] for each in alternatives(phrase)]
    return ALTERNATIVES.join(_shortest([*alternatives(phrases), *added], ALTERNATIVES_KEPT))


def _shortest(texts: Iterable[str], most: int) -> list[str]:
    """Return the shortest different texts: a choice that no order of arrival can change."""
    return sorted({text for text in texts if text}, key=lambda text: (len(text), text))[:most]
