"""What was learned, scored by evidence: a rule belongs to the group that its corrections are of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from groups import Correction as Row
from groups import Negative, folder_of
from scores import share
from scratch import project_of
from transcripts import Transcript

from hivemindd.events import Prompt
from hivemindd.lessons.check import folded
from hivemindd.lessons.standing import weigh
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SESSIONS, SKILLS
from hivemindd.records import Correction, Lesson, Session, Skill

NEAR_MS = 30_000
FOREIGN = "foreign"


class Learned(msgspec.Struct, frozen=True):
    """What the log and the disk hold; `traced` gives the row of each correction."""

    sessions: list[Session]
    corrections: list[Correction]
    lessons: list[Lesson]
    skills: list[Skill]
    files: dict[str, list[Path]]
    captured: set[str]
    traced: dict[str, str]

    @property
    def promoted(self) -> list[Lesson]:
        """The lessons that stand."""
        return [lesson for lesson in self.lessons if lesson.state == "promoted"]


class Support(msgspec.Struct, frozen=True):
    """A piece of evidence, and the group of its row: empty for a distractor."""

    row: str
    group: str
    weight: float
    quote: str


class Rule(msgspec.Struct, frozen=True):
    """A promoted lesson with what supports it; `group` is that of most of its evidence."""

    workspace: str
    rule: str
    group: str
    pure: bool
    published: bool
    support: list[Support]


class Said(msgspec.Struct, frozen=True):
    """What became of one correction; `lesson` is the state of the lesson that it went to."""

    row: str
    words: str
    state: str
    why: str
    rule: str
    lesson: str
    weight: float


class Missed(msgspec.Struct, frozen=True):
    """A group without a rule of its own."""

    group: str
    corrections: list[Said]


class Unmet(msgspec.Struct, frozen=True):
    """A negative that did not end as expected; `leaked` says that it left what it must not."""

    kind: str
    expect: str
    leaked: bool
    rules: list[str]
    skills: int


class Result(msgspec.Struct, frozen=True):
    """The figures, and what stands behind those that are not perfect."""

    promoted: int
    pure: int
    precision: float | None
    groups: int
    found: int
    recall: float | None
    duplicates: int
    distractors: int
    leaked: int
    distractor_leakage: float | None
    negatives: int
    negatives_leaked: int
    negatives_unmet: int
    skills: int
    published: int
    sessions: int
    turns: int
    turns_captured: int
    misplaced: list[str]
    by_workspace: dict[str, tuple[int, int]]
    missed: list[Missed]
    impure: list[Rule]
    duplicated: list[Rule]
    unmet: list[Unmet]


def read_learned(log: Log, home: Path, transcripts: Sequence[Transcript]) -> Learned:
    """Read the log, and the skills in the workspaces of some transcripts."""
    with log.read() as txn:
        sessions = SESSIONS.rows(txn)
        corrections = CORRECTIONS.rows(txn)
        lessons = LESSONS.rows(txn)
        skills = SKILLS.rows(txn)
        packed = {row.id: blocks(txn, row) for row in sessions}
    codec = BlockCodec()
    prompts = {
        session: [event for _, event in read(data, codec) if isinstance(event, Prompt)]
        for session, data in packed.items()
    }
    captured = {
        row
        for transcript in transcripts
        for row, moment in transcript.said.items()
        if any(
            event.author == "human" and abs(event.ts - moment) < NEAR_MS
            for event in prompts.get(transcript.session, [])
        )
    }
    workspaces = {transcript.script.workspace for transcript in transcripts}
    files = {
        name: sorted(project_of(home, name).glob(".claude/skills/*/SKILL.md"))
        for name in workspaces
    }
    by_session = {transcript.session: transcript for transcript in transcripts}
    traced = {each.id: _row(each, by_session.get(each.session)) for each in corrections}
    return Learned(sessions, corrections, lessons, skills, files, captured, traced)


def assess(
    learned: Learned,
    transcripts: Sequence[Transcript],
    rows: Sequence[Row],
    negatives: Sequence[Negative],
) -> Result:
    """Score what was learned against the rows that it was learned from."""
    by_id = {row.id: row for row in rows}
    ours = {row.workspace for row in rows}
    rules = [
        _rule(lesson, learned, by_id) for lesson in learned.promoted if lesson.workspace in ours
    ]
    pure = [rule for rule in rules if rule.pure]
    groups = {row.group: row.workspace for row in rows if row.group}
    found = {rule.group for rule in pure}
    owners = Counter(rule.group for rule in rules if rule.group in groups)
    misses = {row.id for row in rows if not row.group}
    leaked = {each.row for rule in rules for each in rule.support} & misses
    unmet = [
        fault
        for number, negative in enumerate(negatives)
        if (fault := _unmet(negative, folder_of(negative, number), learned)) is not None
    ]
    said = {row for transcript in transcripts for row in transcript.said}
    return Result(
        promoted=len(rules),
        pure=len(pure),
        precision=share(len(pure), len(rules)),
        groups=len(groups),
        found=len(found),
        recall=share(len(found), len(groups)),
        duplicates=sum(count - 1 for count in owners.values()),
        distractors=len(misses),
        leaked=len(leaked),
        distractor_leakage=share(len(leaked), len(misses)),
        negatives=len(negatives),
        negatives_leaked=sum(fault.leaked for fault in unmet),
        negatives_unmet=len(unmet),
        skills=sum(len(learned.files.get(name, ())) for name in ours),
        published=sum(rule.published for rule in rules),
        sessions=len(learned.sessions),
        turns=len(said),
        turns_captured=len(learned.captured),
        misplaced=_misplaced(learned, transcripts),
        by_workspace={
            name: (
                sum(groups[group] == name for group in found),
                sum(place == name for place in groups.values()),
            )
            for name in sorted(ours)
        },
        missed=[
            Missed(group, [_said(row, learned) for row in rows if row.group == group])
            for group in groups
            if group not in found
        ],
        impure=[rule for rule in rules if not rule.pure],
        duplicated=[rule for rule in rules if owners[rule.group] > 1],
        unmet=unmet,
    )


def _row(correction: Correction, transcript: Transcript | None) -> str:
    """Return the row that a correction is from, by its time, else by its words; "" for none."""
    if transcript is None:
        return ""
    near = [row for row, ts in transcript.said.items() if abs(ts - correction.ts) < NEAR_MS]
    if near:
        return near[0]
    texts = {step.row: folded(step.text) for step in transcript.script.steps}
    quote = folded(correction.quote)
    return next((row for row in transcript.said if quote and quote in texts[row]), "")


def _rule(lesson: Lesson, learned: Learned, rows: Mapping[str, Row]) -> Rule:
    support = []
    for entry in lesson.evidence:
        row = rows.get(learned.traced.get(entry.correction, ""))
        if entry.weight > 0:
            name, group = (row.id, row.group) if row else (FOREIGN, FOREIGN)
            support.append(Support(name, group, entry.weight, entry.quote))
    counted = Counter(each.group for each in support)
    group = max(sorted(counted), key=lambda name: counted[name], default="")
    holders = [skill for skill in learned.skills if lesson.id in skill.lessons]
    return Rule(
        workspace=lesson.workspace,
        rule=lesson.rule,
        group=group,
        pure=len(counted) == 1 and group not in {"", FOREIGN},
        published=any(Path(skill.path).is_file() for skill in holders),
        support=support,
    )


def _said(row: Row, learned: Learned) -> Said:
    """Return what became of the correction of a row."""
    found = next((each for each in learned.corrections if learned.traced[each.id] == row.id), None)
    if found is None:
        state = "dropped" if row.id in learned.captured else "not captured"
        why = "by the prefilter" if state == "dropped" else "no prompt in the log"
        return Said(row.id, row.user, state, why, "", "", 0.0)
    lesson = next((each for each in learned.lessons if each.id == found.lesson), None)
    return Said(
        row=row.id,
        words=row.user,
        state=found.state,
        why=found.why,
        rule=lesson.rule if lesson else "",
        lesson=lesson.state if lesson else "",
        weight=weigh(lesson) if lesson else 0.0,
    )


def _unmet(negative: Negative, workspace: str, learned: Learned) -> Unmet | None:
    """Return how a negative ended when it was not as expected."""
    promoted = [lesson for lesson in learned.promoted if lesson.workspace == workspace]
    skills = len(learned.files.get(workspace, ()))
    wrong = [lesson for lesson in promoted if not _names(lesson, negative.skill)]
    if negative.skill:
        leaked = bool(wrong) or len(promoted) > 1 or skills > 1
        met = not leaked and len(promoted) == skills == 1
    else:
        leaked = bool(promoted) or skills > 0
        met = not leaked
    if met:
        return None
    rules = [lesson.rule for lesson in promoted]
    return Unmet(negative.kind, negative.expect, leaked, rules, skills)


def _names(lesson: Lesson, thing: str) -> bool:
    """Tell whether a lesson asks for a thing and does not refuse it."""
    name = thing.casefold()
    asks = (lesson.right or lesson.rule).casefold()
    return bool(name) and name in asks and name not in lesson.wrong.casefold()


def _misplaced(learned: Learned, transcripts: Sequence[Transcript]) -> list[str]:
    """Return the sessions that the log does not hold where they ran."""
    held = {session.id: session.workspace for session in learned.sessions}
    return [
        f"{transcript.script.assistant} {transcript.script.name}: "
        f"{held.get(transcript.session, 'not in the log')}"
        for transcript in transcripts
        if held.get(transcript.session) != transcript.script.workspace
    ]
