"""Answers to why: from a skill to the words behind it, and from those to the skills."""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

import msgspec

from hivemindd.control.queries import SessionView, list_sessions
from hivemindd.control.queries_lessons import SkillView, list_corrections, list_skills
from hivemindd.errors import HivemindError
from hivemindd.lessons.versions import Version, versions
from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS
from hivemindd.records import Channel, Correction, Lesson, LessonState, LessonType, SkillState

Named = TypeVar("Named", SessionView, Correction)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A correction behind a lesson: who said what, when, where it is written, who judged it.

    `user_diff` is what a person changed, `accepted` what was accepted in the end.
    """

    correction: str
    weight: float
    quote: str
    ts: int
    session: str
    assistant: str
    channel: Channel | Literal[""]
    agent_output: str
    user_diff: str
    accepted: str
    paths: list[str]
    transcript: str
    seq: int
    judge: str


class LessonView(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson with its versions and its sources, the oldest first; `weight` sums theirs."""

    id: str
    rule: str
    trigger: str
    right: str
    wrong: str
    type: LessonType
    not_when: list[str]
    state: LessonState
    judge: str
    weight: float
    versions: list[Version]
    sources: list[Source]


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """A skill and the lessons in it."""

    skill: SkillView
    lessons: list[LessonView]


class HeldSkill(msgspec.Struct, frozen=True, kw_only=True):
    """A skill that a lesson is in."""

    name: str
    path: str
    state: SkillState
    version: int


class Taught(msgspec.Struct, frozen=True, kw_only=True):
    """A lesson that stands on a correction, and the skills that it is in.

    `weight` is what the correction counts for it: 0 where it limits the lesson, less where
    it speaks against it.
    """

    id: str
    rule: str
    state: LessonState
    weight: float
    skills: list[HeldSkill]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """What was corrected in a session, the oldest first, and what stands on it.

    `lessons` has those of each correction by its id. Asked for one correction, it is the
    only one. `session` is None where only the correction is still known.
    """

    session: SessionView | None
    corrections: list[Correction]
    lessons: dict[str, list[Taught]]


def explain(log: Log, name: str, workspace: str = "") -> list[Lineage]:
    """Return where the rules of a skill come from, for each workspace that has it."""
    found = [view for view in list_skills(log, workspace) if name in {view.name, view.id}]
    return [Lineage(skill=skill, lessons=_lessons(log, skill)) for skill in found]


def trace(log: Log, wanted: str, workspace: str = "") -> Trace:
    """Return what came of a session or a correction, named by its id or how it begins.

    Raises:
        HivemindError: nothing has that name, or more than one thing.
    """
    sessions = list_sessions(log, workspace)
    rows = list_corrections(log, workspace, dismissed=True)
    # A session that was resumed or forked holds the same correction again.
    once = {(row.workspace, row.id): row for row in rows}
    one = _only((_named(sessions, wanted), _named(once.values(), wanted)), wanted)
    if isinstance(one, Correction):
        homes = [each for each in sessions if _is_of(one, each)]
        return _trace(log, one.workspace, homes[0] if homes else None, [one])
    inside = [row for row in rows if _is_of(row, one) and row.state != "dismissed"]
    return _trace(log, one.workspace, one, inside)


def _named(rows: Iterable[Named], wanted: str) -> list[Named]:
    return [row for row in rows if wanted and row.id.startswith(wanted)]


def _only(
    found: tuple[list[SessionView], list[Correction]], wanted: str
) -> SessionView | Correction:
    """Return the one that was meant: the only one, or the only one with just this id."""
    sessions, corrections = found
    both: list[SessionView | Correction] = [*sessions, *corrections]
    exact = [each for each in both if each.id == wanted]
    if len(exact) == 1 or len(both) == 1:
        return (exact or both)[0]
    if not both:
        raise HivemindError(
            f"there is no skill, session or correction {wanted!r}: `hivemindctl skills`, "
            "`hivemindctl sessions` and `hivemindctl corrections` list them"
        )
    kinds = " and ".join(
        kind for kind, some in (("sessions", sessions), ("corrections", corrections)) if some
    )
    raise HivemindError(f"{len(both)} {kinds} begin with {wanted!r}: give more of the id")


def _is_of(row: Correction, session: SessionView) -> bool:
    return (row.workspace, row.assistant, row.session) == (
        session.workspace,
        session.assistant,
        session.id,
    )


def _trace(
    log: Log, workspace: str, session: SessionView | None, corrections: list[Correction]
) -> Trace:
    with log.read() as txn:
        lessons = LESSONS.rows(txn, workspace_key(workspace))
    skills = list_skills(log, workspace)
    return Trace(
        session=session,
        corrections=sorted(corrections, key=lambda row: (row.ts, row.seq, row.id)),
        lessons={row.id: _taught(row.id, lessons, skills) for row in corrections},
    )


def _taught(correction: str, lessons: Iterable[Lesson], skills: list[SkillView]) -> list[Taught]:
    return [
        Taught(
            id=lesson.id,
            rule=lesson.rule,
            state=lesson.state,
            weight=entry.weight,
            skills=[
                HeldSkill(name=row.name, path=row.path, state=row.state, version=row.version)
                for row in skills
                if lesson.id in row.lessons
            ],
        )
        for lesson in lessons
        for entry in lesson.evidence
        if entry.correction == correction
    ]


def _lessons(log: Log, skill: SkillView) -> list[LessonView]:
    prefix = workspace_key(skill.workspace)
    with log.read() as txn:
        lessons = {row.id: row for row in LESSONS.rows(txn, prefix)}
        corrections = {row.id: row for row in CORRECTIONS.rows(txn, prefix)}
    return [_lesson_view(lessons[name], corrections) for name in skill.lessons if name in lessons]


def _lesson_view(row: Lesson, corrections: Mapping[str, Correction]) -> LessonView:
    """Join a lesson with its corrections; evidence outlives a correction that was forgotten."""
    sources = []
    for item in sorted(row.evidence, key=lambda item: item.ts):
        found = corrections.get(item.correction)
        sources.append(
            Source(
                correction=item.correction,
                weight=item.weight,
                quote=item.quote,
                ts=item.ts,
                session=item.session,
                assistant=found.assistant if found else "",
                channel=found.channel if found else "",
                agent_output=found.agent_output if found else "",
                user_diff=found.user_diff if found else "",
                accepted=found.accepted if found else "",
                paths=found.paths if found else [],
                transcript=found.transcript if found else "",
                seq=found.seq if found else 0,
                judge=found.judge if found else "",
            )
        )
    return LessonView(
        id=row.id,
        rule=row.rule,
        trigger=row.trigger,
        right=row.right,
        wrong=row.wrong,
        type=row.type,
        not_when=row.not_when,
        state=row.state,
        judge=row.judge,
        weight=sum(item.weight for item in row.evidence),
        versions=versions(row, corrections),
        sources=sources,
    )
