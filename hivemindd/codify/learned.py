"""What a workspace has learned, in the log: verdicts, lessons, and what follows from them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from hivemindd.lessons.check import check, widens
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.promote import derive, inherit
from hivemindd.lessons.standing import DIRECTIVE
from hivemindd.log.homes import put_session
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SESSIONS, SKILLS, Txn
from hivemindd.records import Correction, Evidence, Lesson, RelationKind, Session, Skill, Verdict

FEW = 60  # corrections: to begin a transaction anew takes longer than to derive from them


def decide(correction: Correction, verdict: Verdict, judge: str) -> Correction:
    """Return a correction as a verdict leaves it; where it teaches nothing, it says why."""
    row = msgspec.structs.replace(correction, verdict=verdict, judge=judge)
    by_hand = row.channel == "user-edit" and bool(row.user_diff)
    row.state, row.why = "dismissed", "no correction"
    if verdict.is_correction or verdict.teaches or by_hand:
        # What a person changed by hand is a correction, whether or not it holds a rule.
        row.state, row.why = "accepted", _refusal(verdict, row)
    return row


def renew(txn: Txn, workspace: str) -> None:
    """Derive the lessons of a workspace anew from all that was judged in it.

    Corrections and skills follow the lessons that they belong to. Only rows that change are
    written.
    """
    home = workspace_key(workspace)
    before = LESSONS.rows(txn, home)
    stored = list(CORRECTIONS.scan(txn, home))
    forks = {row.id: row.parent for row in SESSIONS.rows(txn, home) if row.parent}
    judged = list(with_verdicts([_placed(row, forks) for _, row in stored], before))
    lessons = derived(txn, judged, before)
    _replace(txn, home, before, lessons)
    holders = {
        entry.correction: lesson.id
        for lesson in lessons
        for entry in lesson.evidence
        if entry.weight >= 0
    }
    for (key, old), row in zip(stored, judged, strict=True):
        lesson = holders.get(row.id, "")
        if row is not old or row.lesson != lesson:
            CORRECTIONS.put(txn, key, msgspec.structs.replace(row, lesson=lesson))
    heirs = {old.id: found for old, found in inherit(before, lessons)}
    held: dict[str, set[str]] = {}
    for key, skill in list(SKILLS.scan(txn, home)):
        followed = _followed(skill, heirs, held.setdefault(skill.root, set()))
        if followed != skill:
            SKILLS.put(txn, key, followed)


def derived(txn: Txn, judged: Sequence[Correction], before: Sequence[Lesson]) -> list[Lesson]:
    """Return the lessons of corrections; of many, which takes seconds, while others may write."""
    if len(judged) < FEW:
        return derive(judged, before)
    return txn.work_out(derive, judged, before)


def lessons_for(log: Log, workspace: str, candidates: Iterable[Correction]) -> list[Lesson]:
    """Return the lessons that a judge of some corrections is told of.

    Left out are those that wait for a person, and what the very corrections have taught:
    else a correction that is judged again would be found to repeat itself.
    """
    home = workspace_key(workspace)
    names = {each.id for each in candidates}
    with log.read() as txn:
        lessons = LESSONS.rows(txn, home)
    if any(entry.correction in names for lesson in lessons for entry in lesson.evidence):
        with log.read() as txn:
            rows = CORRECTIONS.rows(txn, home)
        others = (row for row in with_verdicts(rows, lessons) if row.id not in names)
        lessons = derive(others, lessons)
    return [lesson for lesson in lessons if lesson.state != "review"]


def count(txn: Txn, session: Session) -> None:
    """Store a session with the number of its accepted corrections."""
    prefix = workspace_key(session.workspace) + session_key(session.assistant, session.id)
    session.corrections = sum(row.state == "accepted" for row in CORRECTIONS.rows(txn, prefix))
    put_session(txn, session)


def _placed(row: Correction, forks: Mapping[str, str]) -> Correction:
    """Return a correction with its conversation; most are as they were, and no copy is made."""
    origin = _origin(forks, row.session)
    same = row.conversation == origin
    return row if same else msgspec.structs.replace(row, conversation=origin)


def _origin(forks: Mapping[str, str], session: str) -> str:
    """Return the session that a fork goes back to, over others, empty for one that is none."""
    seen = [session]
    while (parent := forks.get(seen[-1], "")) and parent not in seen:
        seen.append(parent)
    return seen[-1] if len(seen) > 1 else ""


def _refusal(verdict: Verdict, correction: Correction) -> str:
    """Return why nothing comes of a verdict, empty where something does."""
    if not verdict.teaches:
        return "holds no rule worth keeping"
    if refusal := check(verdict, correction):
        return refusal
    if widens(verdict) and not verdict.rule:
        return "would widen what an assistant may do: that is for you to write"
    return ""


def with_verdicts(
    corrections: Sequence[Correction], lessons: Sequence[Lesson]
) -> Iterator[Correction]:
    """Yield the corrections; for one of a log that kept no verdicts its lesson tells of it."""
    against = {
        entry.correction: lesson.id
        for lesson in lessons
        for entry in lesson.evidence
        if entry.weight < 0
    }
    held = {
        entry.correction: (lesson, entry)
        for lesson in lessons
        for entry in lesson.evidence
        if entry.weight >= 0
    }
    for row in corrections:
        if row.verdict is None and row.state == "accepted" and row.id in held:
            verdict = _verdict_behind(*held[row.id], against.get(row.id, ""))
            yield msgspec.structs.replace(row, verdict=verdict)
        else:
            yield row


def _verdict_behind(lesson: Lesson, entry: Evidence, against: str) -> Verdict:
    limits = not entry.weight
    relation: RelationKind = "contradicts" if against else "refines" if limits else "same"
    return msgspec.structs.replace(
        nothing_learned(entry.correction, is_correction=True),
        type=lesson.type,
        durable=2,
        scope="repo",
        trigger=lesson.trigger,
        rule="" if limits else lesson.rule,
        wrong="" if limits else lesson.wrong,
        right="" if limits else lesson.right,
        not_when=lesson.not_when if limits else [],
        quote=entry.quote,
        directive="always" if entry.weight >= DIRECTIVE else "none",
        activity=lesson.activity,
        relates_to=against or lesson.id,
        relation=relation,
    )


def _replace(txn: Txn, home: bytes, before: Sequence[Lesson], lessons: Sequence[Lesson]) -> None:
    old = {lesson.id: lesson for lesson in before}
    for lesson in lessons:
        if old.pop(lesson.id, None) != lesson:
            LESSONS.put(txn, home + text_key(lesson.id), lesson)
    for name in old:
        LESSONS.delete(txn, home + text_key(name))


def _followed(skill: Skill, heirs: Mapping[str, Sequence[Lesson]], held: set[str]) -> Skill:
    """Return a skill with its lessons as they are called now, and add them to `held`.

    One that is in an older skill too is left to that; a lesson knows its skill in the first
    project, in others it is left to the skill that comes first. One that is gone is still
    named: it may come back, and a person may have deleted the skill because of it.
    """
    names: list[str] = []
    since: dict[str, int] = {}
    for name in skill.lessons:
        found = heirs.get(name)
        mine = [
            heir.id
            for heir in found or ()
            if (heir.id not in held if skill.root else heir.skill == skill.id)
        ]
        if not found:
            mine = [name]
        names += mine
        if (at := skill.since.get(name)) is not None:
            since |= {each: min(at, since.get(each, at)) for each in mine}
    held.update(names)
    return msgspec.structs.replace(skill, lessons=list(dict.fromkeys(names)), since=since)
