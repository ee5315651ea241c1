"""Did a skill work? How often its rules had to be said again, before it was there and since.

A trial is a session that a rule bears on: of an assistant that loads the skill, in which the
agent was at the rule's activity, or in which the rule was said. It counts as a hit when a
correction in it supports the rule, however often: repeats in one session are no news. All
such sessions count after the skill was written, whether or not it was listed or opened in
them, since what is asked is what writing it has changed; `diagnosis` looks into the why.

A rule is written when things were bad: after the third time, say. Then they get better by
themselves (regression to the mean), and a rate that begins with the first correction and
ends with the last would praise any skill. So the rate before takes in the whole history,
also what came before the first correction, and leaves out the session that tipped the
scale: of sessions that are counted until the k-th hit, (k - 1) of (n - 1) is the estimate
that is right in the mean (Haldane 1945, "On a method of estimating frequencies", Biometrika
33: 222-225). Where the counting went on, as in a history that was there before us, it stays
in. What the naive rate would have been is told beside it, as `learning`.

Several rules are first compared one by one, and then averaged with their sessions since as
weights on both sides: rules that came late do not shift the comparison.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from hivemindd.lessons.activity import slug_for
from hivemindd.lessons.diagnosis import Diagnosis, Exposure, Idle, diagnose, find_idle
from hivemindd.lessons.intervals import Interval, Rate, difference, mean, rate
from hivemindd.lessons.standing import tipping
from hivemindd.records import Lesson, Session, Skill, Trace

NEEDED = 5
TIPPING = 3  # sessions: codifying lags that far behind, where several run at a time

Outcome = Literal["too early", "worked", "unclear", "worse"]
_MEASURED = frozenset({"active", "absent", "user-owned", "pinned"})


class Visit(msgspec.Struct, frozen=True):
    """A session in which a person spoke, and what its events tell."""

    session: Session
    trace: Trace

    def sees(self, name: str) -> bool:
        """Tell whether a skill was surely within reach."""
        return name in self.trace.listed or name in self.trace.opened


class RuleProof(msgspec.Struct, frozen=True, kw_only=True):
    """How often one rule had to be said; `since` (ms) is when it came into the file.

    `prior` is before it was first said, `learning` from then until it was written, and
    `before` both without the session that tipped the scale.
    """

    lesson: str
    rule: str
    since: int
    prior: Rate
    learning: Rate
    before: Rate
    after: Rate


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a skill has changed.

    Of `exposed` sessions `listing` tell which skills they saw, `listed` name this one,
    `opened` read it, and `recurred` needed a correction that it should have spared. Below
    `needed` of them it is too early to judge. `change` is the rate since minus that before.
    """

    outcome: Outcome
    needed: int
    exposed: int
    listing: int
    listed: int
    opened: int
    recurred: int
    prior: Rate
    learning: Rate
    before: Rate
    after: Rate
    change: Interval
    rules: list[RuleProof]
    diagnosis: Diagnosis | None
    idle: Idle | None


class _Rule(msgspec.Struct):
    """A rule of the skill with what was said for it: times by session."""

    lesson: Lesson
    since: int
    slug: str
    said: dict[str, list[int]]

    def bears_on(self, visit: Visit) -> bool:
        return self.slug in visit.trace.activities

    def was_said(self, visit: Visit) -> bool:
        return any(ts <= self.since for ts in self.said.get(visit.session.id, ()))

    def recurred(self, visit: Visit) -> bool:
        return any(ts > self.since for ts in self.said.get(visit.session.id, ()))


def prove(
    skill: Skill,
    lessons: Mapping[str, Lesson],
    visits: Iterable[Visit],
    *,
    loaders: Collection[str],
    on_disk: bool,
) -> Proof | None:
    """Return what a skill has changed, None for one that is no more or has no known rule.

    Args:
        skill: the skill.
        lessons: the lessons of its workspace by id.
        visits: the sessions of its workspace.
        loaders: the assistants that load a skill from where it lies.
        on_disk: whether its file is there now.
    """
    rules = list(_rules(skill, lessons))
    if skill.state not in _MEASURED or not rules:
        return None
    seen = [visit for visit in visits if visit.session.assistant in loaders]
    proofs, exposures = [], dict[str, Exposure]()
    for rule in rules:
        later = [visit for visit in seen if _is_exposed(visit, rule, skill.name)]
        _expose(exposures, skill, rule, later)
        after = rate(sum(map(rule.recurred, later)), len(later))
        proofs.append(_before(rule, seen, after))
    exposed = sorted(exposures.values(), key=lambda each: each.started)
    weights = [each.after.trials for each in proofs]
    before = mean([each.before for each in proofs], weights)
    after = mean([each.after for each in proofs], weights)
    change = difference(after, before)
    return Proof(
        outcome=_outcome(len(exposed), change),
        needed=NEEDED,
        exposed=len(exposed),
        listing=sum(each.lists for each in exposed),
        listed=sum(each.listed for each in exposed),
        opened=sum(each.opened for each in exposed),
        recurred=sum(bool(each.recurred) for each in exposed),
        prior=mean([each.prior for each in proofs], weights),
        learning=mean([each.learning for each in proofs], weights),
        before=before,
        after=after,
        change=change,
        rules=proofs,
        diagnosis=diagnose(exposed, on_disk=on_disk),
        idle=find_idle(exposed, _last_use(skill, rules, seen)),
    )


def _rules(skill: Skill, lessons: Mapping[str, Lesson]) -> Iterable[_Rule]:
    for name in skill.lessons:
        since = skill.since.get(name)
        lesson = lessons.get(name)
        if lesson is None or not since:
            continue
        said: dict[str, list[int]] = {}
        for entry in lesson.evidence:
            if entry.weight > 0:
                said.setdefault(entry.session, []).append(entry.ts)
        slug = slug_for(lesson.activity, lesson.rule, lesson.type)
        yield _Rule(lesson=lesson, since=since, slug=slug, said=said)


def _is_exposed(visit: Visit, rule: _Rule, name: str) -> bool:
    """Tell whether a rule bore on a session that had the skill.

    One that was under way when it was written has it if it says so: not all assistants
    load what comes later.
    """
    begun_since = visit.session.started >= rule.since
    has = begun_since or (visit.session.last_event > rule.since and visit.sees(name))
    return has and (rule.bears_on(visit) or rule.recurred(visit))


def _before(rule: _Rule, visits: Iterable[Visit], after: Rate) -> RuleProof:
    earlier = [
        visit
        for visit in visits
        if visit.session.started < rule.since and (rule.bears_on(visit) or rule.was_said(visit))
    ]
    first = min((min(times) for times in rule.said.values()), default=rule.since)
    tip = tipping(rule.lesson.evidence)
    hits = [visit.session.id for visit in earlier if rule.was_said(visit)]
    prior = sum(visit.session.started < first and not rule.was_said(visit) for visit in earlier)
    newest = sorted(earlier, key=lambda visit: visit.session.started)[-TIPPING:]
    tipped = tip is not None and any(visit.session.id == tip.session for visit in newest)
    return RuleProof(
        lesson=rule.lesson.id,
        rule=rule.lesson.rule,
        since=rule.since,
        prior=rate(0, prior),
        learning=rate(len(hits), len(earlier) - prior),
        before=rate(len(hits) - tipped, len(earlier) - tipped),
        after=after,
    )


def _expose(
    exposures: dict[str, Exposure], skill: Skill, rule: _Rule, visits: Iterable[Visit]
) -> None:
    """Note what became of the skill in sessions that one of its rules bore on."""
    for visit in visits:
        session, seen = visit.session, visit.trace
        exposure = exposures.setdefault(
            session.id,
            Exposure(
                session=session.id,
                assistant=session.assistant,
                started=session.started,
                lists=seen.lists,
                listed=visit.sees(skill.name),
                opened=skill.name in seen.opened,
                recurred=[],
            ),
        )
        # What stands in the file has passed the guard; another wording of it may not.
        if rule.recurred(visit):
            text = rule.lesson.rule if rule.lesson.rule in skill.rules else ""
            exposure.recurred.append(text)


def _outcome(exposed: int, change: Interval) -> Outcome:
    if exposed < NEEDED:
        return "too early"
    if change.high < 0:
        return "worked"
    return "worse" if change.low > 0 else "unclear"


def _last_use(skill: Skill, rules: Sequence[_Rule], visits: Iterable[Visit]) -> int:
    """Return when a skill was last opened, or when its newest rule came, if that is later."""
    opened = [visit.session.last_event for visit in visits if skill.name in visit.trace.opened]
    return max([*opened, *(rule.since for rule in rules)])
