"""Which skills a workspace should have: promoted lessons by activity, within bounds."""

from collections.abc import Collection, Iterator, Sequence
from hashlib import blake2b, sha256
from itertools import count

import msgspec

from hivemindd.errors import PublishError
from hivemindd.records import GONE, UNWRITTEN, Lesson, Skill
from hivemindd.redaction.redactor import Redactor, shared
from hivemindd.skills import guard
from hivemindd.skills.lineage import describe_lineage
from hivemindd.skills.render import Example, SkillText, plain, render, sentence, show, subject

MOST_SKILLS = 12
FALLBACK = "project-conventions"
ALTERNATIVES = " | "
OCCASIONS = "; "
_EXAMPLE_LIMIT = 80


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A skill as it should be; `skill_id` stays the same over all its versions.

    `expected` is the SHA-256 of what we last wrote, empty for a new skill; `changed` tells
    whether `files` differ from that. `lessons` are those whose rules are in it.
    """

    skill_id: str
    version: int
    text: SkillText
    lessons: list[Lesson]
    files: dict[str, bytes]
    sha256: str
    expected: str
    changed: bool


class Composition(msgspec.Struct, frozen=True, kw_only=True):
    """The skills of a workspace.

    `proposals` belong to skills that a person has made their own or pinned: not to write.
    `blocked` gives by lesson why it is in no skill, `notes` what was left out of one that
    is; `emptied` are skills that nothing supports any more.
    """

    drafts: list[Draft]
    proposals: list[Draft]
    blocked: dict[str, str]
    notes: dict[str, str]
    emptied: list[Skill]


class _Shelf(msgspec.Struct):
    """A skill while it is being put together."""

    name: str
    activity: str
    members: list[Lesson]
    skill: Skill | None = None
    skill_id: str = ""


def compose(
    lessons: Sequence[Lesson],
    skills: Sequence[Skill],
    taken: Collection[str],
    redactor: Redactor | None = None,
    *,
    follow: bool = False,
) -> Composition:
    """Group the promoted lessons of a workspace into skills; the same input gives the same bytes.

    Args:
        lessons: all lessons of the workspace; those that are not promoted are left out.
        skills: its skills in any state; a lesson stays in the skill that it is in.
        taken: names of skills that are not ours, in the project or in the user's own folder;
            a skill of ours that was never written gives way to them.
        redactor: what must find no secret in them, by default one of its own.
        follow: give a new skill the id by which its first lesson knows one already, for a
            further project of the workspace.
    """
    redactor = redactor or shared()
    blocked: dict[str, str] = {}
    notes: dict[str, str] = {}
    gone = {lesson: skill for skill in skills if not _stands(skill) for lesson in skill.lessons}
    sound: dict[str, Lesson] = {}
    for lesson in sorted(lessons, key=lambda lesson: (lesson.created, lesson.id)):
        if lesson.state != "promoted":
            continue
        if reason := _refuse(lesson, redactor):
            blocked[lesson.id] = reason
        else:
            sound[lesson.id], dropped = _trim(lesson, redactor)
            if dropped:
                notes[lesson.id] = dropped
    shelves = [_shelf(skill, sound) for skill in sorted(skills, key=_by_name) if _stands(skill)]
    placed = {lesson.id for shelf in shelves for lesson in shelf.members}
    reserved = {*taken, *(skill.name for skill in skills)}
    _make_way(shelves, taken, reserved)
    for lesson in sound.values():
        if lesson.id in placed:
            continue
        if lesson.id in gone:
            blocked[lesson.id] = f"the skill {gone[lesson.id].name} that it was in is gone"
        elif not _place(lesson, shelves, reserved):
            blocked[lesson.id] = f"the workspace has {MOST_SKILLS} full skills already"
    ids = {skill.id for skill in skills}
    if follow:
        _follow(shelves, set(ids))
    return _draft_all(shelves, ids, blocked, notes)


def _draft_all(
    shelves: Sequence[_Shelf], ids: Collection[str], blocked: dict[str, str], notes: dict[str, str]
) -> Composition:
    composition = Composition(drafts=[], proposals=[], blocked=blocked, notes=notes, emptied=[])
    for shelf in sorted(shelves, key=lambda shelf: shelf.name):
        owned = shelf.skill is not None and shelf.skill.state in {"user-owned", "pinned"}
        skill_id = shelf.skill.id if shelf.skill else shelf.skill_id or _new_id(shelf, ids)
        draft, reason = _draft(shelf, skill_id)
        if draft is None and shelf.skill and not shelf.members and not owned:
            composition.emptied.append(shelf.skill)
        if draft:
            (composition.proposals if owned else composition.drafts).append(draft)
        kept = {lesson.id for lesson in draft.lessons} if draft else set()
        for lesson in shelf.members:
            if lesson.id not in kept:
                blocked[lesson.id] = reason
    return composition


def _stands(skill: Skill) -> bool:
    return skill.state not in GONE


def _by_name(skill: Skill) -> str:
    return skill.name


def _refuse(lesson: Lesson, redactor: Redactor) -> str | None:
    if redactor.text(lesson.rule) != lesson.rule:
        return "it holds a secret"
    return guard.check(lesson.rule)


def _trim(lesson: Lesson, redactor: Redactor) -> tuple[Lesson, str]:
    """Return a lesson without those of its parts that may not be written, and why they may not."""
    dropped = []

    def sound(part: str, text: str, limit: int = guard.RULE_LIMIT) -> bool:
        reason = "it holds a secret" if redactor.text(text) != text else guard.check(text, limit)
        if reason:
            dropped.append(f"{part} left out: {reason}")
        return not reason

    # In the description it stands without marks of code.
    bare = plain(guard.written(lesson.trigger))
    if lesson.trigger and not (sound("trigger", lesson.trigger) and sound("trigger", bare)):
        lesson = msgspec.structs.replace(lesson, trigger="")
    exceptions = [text for text in lesson.not_when if sound("exception", text)]
    lesson = msgspec.structs.replace(lesson, not_when=exceptions)
    for part in ("wrong", "right"):
        text = getattr(lesson, part)
        if text and (redactor.text(text) != text or guard.check(text, _EXAMPLE_LIMIT)):
            # An example is a courtesy: a rule is complete without it.
            lesson = msgspec.structs.replace(lesson, wrong="", right="")
    return lesson, "; ".join(dict.fromkeys(dropped))


def _shelf(skill: Skill, sound: dict[str, Lesson]) -> _Shelf:
    members = [sound[lesson] for lesson in dict.fromkeys(skill.lessons) if lesson in sound]
    activity = members[0].activity if members else subject(skill.name).replace(" ", "-")
    return _Shelf(name=skill.name, activity=activity, members=members, skill=skill)


def _make_way(shelves: Sequence[_Shelf], taken: Collection[str], reserved: set[str]) -> None:
    """Give another name to what was never written, where somebody has taken its own."""
    for shelf in shelves:
        if shelf.skill and shelf.skill.state in UNWRITTEN and shelf.name in taken:
            shelf.name = _free_name(shelf.activity, reserved)
            reserved.add(shelf.name)


def _place(lesson: Lesson, shelves: list[_Shelf], reserved: set[str]) -> bool:
    """Put a lesson where its like is, else on a new shelf, else wherever there is room."""
    room = [
        shelf
        for shelf in shelves
        # Under a name that a person made up there can be no proposal, either.
        if len(shelf.members) < guard.RULES_LIMIT and not guard.check_name(shelf.name)
    ]
    room.sort(key=lambda shelf: (shelf.activity != lesson.activity, len(shelf.members), shelf.name))
    if room and (room[0].activity == lesson.activity or len(shelves) >= MOST_SKILLS):
        room[0].members.append(lesson)
    elif len(shelves) < MOST_SKILLS:
        name = _free_name(lesson.activity, reserved)
        reserved.add(name)
        shelves.append(_Shelf(name=name, activity=lesson.activity, members=[lesson]))
    else:
        return False
    return True


def _follow(shelves: Sequence[_Shelf], ids: set[str]) -> None:
    """Give new shelves the ids that their first lessons tell of; `ids` are those in use."""
    for shelf in shelves:
        if shelf.skill is None and shelf.members[0].skill not in ids:
            shelf.skill_id = shelf.members[0].skill
            ids.add(shelf.skill_id)


def _free_name(activity: str, reserved: Collection[str]) -> str:
    base = activity if guard.check_name(activity) is None else FALLBACK
    names = (base if number == 1 else f"{base[:58].rstrip('-')}-{number}" for number in count(1))
    return next(name for name in names if name not in reserved)


def _new_id(shelf: _Shelf, ids: Collection[str]) -> str:
    """Return the id of a new skill; what is gone keeps its own, also where a rule returns."""
    first = shelf.members[0].id
    wanted = blake2b(first.encode(), digest_size=6).hexdigest()
    named = f"{first}\0{shelf.name}".encode()
    return blake2b(named, digest_size=6).hexdigest() if wanted in ids else wanted


def _draft(shelf: _Shelf, skill_id: str) -> tuple[Draft | None, str]:
    """Return the largest draft that may be written, and why what is not in it is not."""
    old = shelf.skill
    reason = "its skill has no room left"
    for text, members in _attempts(shelf):
        version = max(old.version, 1) if old else 1
        try:
            data = render(text, skill_id, version)
            changed = old is None or sha256(data).hexdigest() != old.sha256
            if changed and old and old.sha256:
                version += 1
                data = render(text, skill_id, version)
        except PublishError as error:
            reason = str(error)
            continue
        lineage = describe_lineage(skill_id, version, members)
        draft = Draft(
            skill_id=skill_id,
            version=version,
            text=text,
            lessons=members,
            files={"SKILL.md": data, "lineage.json": lineage},
            sha256=sha256(data).hexdigest(),
            expected=old.sha256 if old else "",
            changed=changed,
        )
        return draft, reason
    return None, reason


def _attempts(shelf: _Shelf) -> Iterator[tuple[SkillText, list[Lesson]]]:
    """Yield the skill with all that it could say, then with less and less."""
    for size in range(min(len(shelf.members), guard.RULES_LIMIT), 0, -1):
        members = shelf.members[:size]
        rules = {sentence(lesson.rule).casefold(): lesson.rule for lesson in reversed(members)}
        exceptions = list(dict.fromkeys(text for lesson in members for text in lesson.not_when))
        full = SkillText(
            name=shelf.name,
            rules=list(reversed(rules.values())),
            triggers=[
                occasion
                for lesson in members
                for occasion in lesson.trigger.split(OCCASIONS)
                if occasion
            ],
            exceptions=exceptions[: guard.RULES_LIMIT],
            examples=list(_examples(members))[: guard.EXAMPLES_LIMIT],
        )
        yield full, members
        if full.examples:
            yield msgspec.structs.replace(full, examples=()), members


def _examples(lessons: Sequence[Lesson]) -> Iterator[Example]:
    """Yield the examples that show more than the names that their rule holds already."""
    for lesson in lessons:
        # What a person called by several names is shown by the first.
        wrong, right = (text.split(ALTERNATIVES)[0] for text in (lesson.wrong, lesson.right))
        example = Example(wrong=wrong, right=right)
        both = wrong and right and wrong != right
        if both and " " in wrong + right and not guard.check(show(example)):
            yield example
