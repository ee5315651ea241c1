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

from hivemindd.lessons.draft import (
    absorb,
    alike,
    entry_of,
    homes_of,
    preference,
    reword,
    support_of,
    voices,
    waits,
    weight_of,
)
from hivemindd.lessons.gather import gather, is_by_model, is_local
from hivemindd.lessons.grounds import Grounds, Shown, own_rule, quoted_rule
from hivemindd.lessons.relate import ALTERNATIVES, alternatives, relate
from hivemindd.lessons.standing import state_of, united
from hivemindd.lessons.subjects import FLOOR, SAME, Subjects
from hivemindd.lessons.taught import Taught, lesson_id, read
from hivemindd.records import Correction, Lesson

DOUBTED = 0.1  # likely to be a limit: enough not to count where others suffice


def derive(judged: Iterable[Correction], before: Sequence[Lesson] = ()) -> list[Lesson]:
    """Return the lessons that the corrections of one workspace teach, the oldest first.

    `before` are those that were derived last: what was decided about them is carried over
    to the lessons that have their support now. One that a person retired is kept for as
    long as any of its corrections is there, even if they teach nothing any more. One that a
    person allowed counts for as long as its rule is the very one that they read.
    """
    judged = list(judged)
    taught = read(judged)
    subjects = Subjects(judged, taught)
    lessons = gather(taught, subjects)
    _doubt(taught, lessons)
    _limit(taught, lessons, subjects)
    _oppose(taught, lessons)
    shown = Shown(judged)
    settled = [_settle(lesson, taught, shown) for lesson in lessons]
    return sorted(_decided(settled, before, {each.id for each in judged}), key=_age)


def inherit(
    before: Sequence[Lesson], lessons: Sequence[Lesson]
) -> Iterator[tuple[Lesson, list[Lesson]]]:
    """Yield the lessons of before, the oldest first, each with those that have its support."""
    holders = {name: lesson for lesson in lessons for name in support_of(lesson)}
    for old in sorted(before, key=_age):
        heirs = {holders[name].id: holders[name] for name in support_of(old) if name in holders}
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


def _doubt(taught: Mapping[str, Taught], lessons: Sequence[Lesson]) -> None:
    """Let nothing support a lesson that may only limit it, where enough others surely do.

    Who says where a rule ends speaks of the same things as who repeats it.
    """
    for lesson in lessons:
        doubted = [
            entry
            for entry in lesson.evidence
            if entry.weight > 0 and taught[entry.correction].verdict.limit > DOUBTED
        ]
        sure = [entry for entry in lesson.evidence if entry not in doubted]
        if doubted and state_of(sure) == "promoted":
            left_out = [msgspec.structs.replace(entry, weight=0.0) for entry in doubted]
            lesson.evidence = [*sure, *left_out]
            reword(lesson, [taught[name] for name in support_of(lesson)])


def _limit(taught: Mapping[str, Taught], lessons: Sequence[Lesson], subjects: Subjects) -> None:
    """Add to each lesson what says where it does not apply, whichever of them came first."""
    homes = homes_of(lessons)
    by_id = {lesson.id: lesson for lesson in lessons}
    for each in taught.values():
        if each.limits:
            reach = alike(each, lessons)
            found = [by_id[relation.lesson] for relation in relate(each.verdict, reach)]
            home = homes.get(each.named) or next(iter(found), None)
            if home := home or _nearest(each, reach, subjects):
                absorb(home, each, 0.0)


def _nearest(each: Taught, lessons: Sequence[Lesson], subjects: Subjects) -> Lesson | None:
    """Return the lesson that a limit without a name is about, None where it is not sure."""
    if not is_local(each):
        return None
    name = each.correction.id
    scored = [(subjects.mean([name], support_of(lesson)), lesson) for lesson in lessons]
    score, lesson = max(scored, key=lambda pair: (pair[0], pair[1].id), default=(FLOOR, None))
    return lesson if score >= SAME else None


def _oppose(taught: Mapping[str, Taught], lessons: Sequence[Lesson]) -> None:
    """Add to each lesson what contradicts it, by the word of the judge or by wording."""
    homes = homes_of(lessons)
    by_id = {lesson.id: lesson for lesson in lessons}
    begins = {lesson.id: taught[support_of(lesson)[0]].at for lesson in lessons}
    for name, each in taught.items():
        if each.limits:
            continue
        # A rule that waits for a person weakens no other.
        reach = [lesson for lesson in lessons if waits(lesson) or not each.waits]
        against = {
            relation.lesson
            for relation in relate(each.verdict, reach, by_model=is_by_model(each))
            if relation.kind == "contradicts" and begins[relation.lesson] < each.at
        }
        if each.against in homes:
            against.add(homes[each.against].id)
        if name in homes:
            against.discard(homes[name].id)
        for lesson in against:
            by_id[lesson].evidence.append(entry_of(each, -weight_of(each)))


def _settle(lesson: Lesson, taught: Mapping[str, Taught], shown: Shown) -> Lesson:
    """Return the lesson as its evidence makes it, in words for which a person can stand."""
    evidence = united(lesson.evidence)
    support = [taught[name] for name in support_of(lesson)]
    said = [taught[entry.correction].correction for entry in evidence if entry.weight >= 0]
    grounds = Grounds(said, shown)
    first = support[0].correction
    heard = _heard(support)
    if heard != support:
        reword(lesson, heard)
    rule = _ruled(lesson, heard, grounds)
    state = state_of(evidence, review=waits(lesson))
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


def _heard(support: Sequence[Taught]) -> Sequence[Taught]:
    """Return those in whose words a lesson stands; a model that was asked has seen all of them."""
    alone = all(map(is_local, support)) and not quoted_rule(support)
    return voices(support) if alone else support


def _ruled(lesson: Lesson, support: Sequence[Taught], grounds: Grounds) -> str:
    """Return the rule in the best wording that a person can stand for, empty where none is."""
    if quoted := quoted_rule(support):
        return quoted
    others = sorted((each.verdict for each in support), key=preference)
    rules = [lesson.rule, *(verdict.rule for verdict in others)]
    found = next((rule for rule in rules if rule and grounds.bear(rule)), "")
    return found or (lesson.rule if waits(lesson) else own_rule(support))


def _borne(phrases: str, grounds: Grounds) -> str:
    return ALTERNATIVES.join(each for each in alternatives(phrases) if grounds.bear(each))


def _age(lesson: Lesson) -> tuple[int, str]:
    return lesson.created, lesson.id
