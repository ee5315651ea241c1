"""Where a skill comes from: for the file beside it, and for `hivemindctl why`."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b, sha256

import msgspec

from hivemindd.records import Correction, Lesson, LessonState, Skill, SkillState


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


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One correction behind a rule, in the user's own words; what was forgotten is empty."""

    correction: str
    session: str
    ts: int
    weight: float
    quote: str
    assistant: str = ""
    channel: str = ""
    transcript: str = ""
    seq: int = 0


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a skill and what it stands on, oldest first."""

    lesson: str
    rule: str
    state: LessonState
    sources: list[Source]


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """A skill, traced to the words that taught it."""

    name: str
    path: str
    state: SkillState
    version: int
    reasons: list[Reason]


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
    return msgspec.json.format(msgspec.json.encode(lineage), indent=1) + b"\n"


def explain(
    skill: Skill, lessons: Mapping[str, Lesson], corrections: Mapping[str, Correction]
) -> Why:
    """Join a skill with its lessons and their corrections, both by id."""
    return Why(
        name=skill.name,
        path=skill.path,
        state=skill.state,
        version=skill.version,
        reasons=[
            _reason(lessons[lesson], corrections) for lesson in skill.lessons if lesson in lessons
        ],
    )


def _reason(lesson: Lesson, corrections: Mapping[str, Correction]) -> Reason:
    sources = []
    for entry in sorted(lesson.evidence, key=lambda entry: (entry.ts, entry.correction)):
        known = corrections.get(entry.correction)
        source = Source(
            correction=entry.correction,
            session=entry.session,
            ts=entry.ts,
            weight=entry.weight,
            quote=entry.quote,
        )
        if known:
            source = msgspec.structs.replace(
                source,
                assistant=known.assistant,
                channel=known.channel,
                transcript=known.transcript,
                seq=known.seq,
            )
        sources.append(source)
    return Reason(lesson=lesson.id, rule=lesson.rule, state=lesson.state, sources=sources)


def _opaque(name: str) -> str:
    """Return an id that tells nothing: itself when it is a hash or a UUID, else its hash."""
    return name if name and set(name) <= set("0123456789abcdef-") else _hash(name)


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
