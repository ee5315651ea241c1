"""Whether skills worked: rows of the log, read once, and a look at where the files lie.

No events are read: what they tell of skills was noted when their session was codified.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hivemindd.lessons.diagnosis import Diagnosis
from hivemindd.lessons.intervals import Rate
from hivemindd.lessons.proof import Proof, Visit, prove
from hivemindd.log.tables import SESSIONS, TRACES, WORKSPACES, Txn
from hivemindd.records import Lesson, Skill

__all__ = ["Diagnosis", "Proof", "Rate", "proofs", "visits"]

SKILL = "SKILL.md"
# Who looks for skills in which folder of a project.
_READERS = {
    ".claude": frozenset({"claude-code", "cursor"}),
    ".agents": frozenset({"codex", "cursor"}),
}

Seen = Mapping[tuple[str, str], Sequence[Visit]]


def visits(txn: Txn, prefix: bytes) -> Seen:
    """Return the sessions in which a person spoke and that have been codified.

    They are told apart by (workspace, root) as the rows of skills are: a session knows the
    skills of the project that it is in.
    """
    traces = dict(TRACES.scan(txn, prefix))
    places = {row.id: row for row in WORKSPACES.rows(txn, prefix)}
    found: dict[tuple[str, str], list[Visit]] = {}
    for key, session in SESSIONS.scan(txn, prefix):
        if key in traces and session.prompts and not session.headless:
            place = places.get(session.workspace)
            root = place.root_of(session.cwd) if place else ""
            further = root if place and root != place.root else ""
            visit = Visit(session, traces[key])
            found.setdefault((session.workspace, further), []).append(visit)
    return found


def proofs(
    skills: Iterable[Skill], lessons: Mapping[tuple[str, str], Lesson], seen: Seen
) -> list[Proof | None]:
    """Return what each of some skills has changed, as far as that can be told."""
    found = []
    for skill in skills:
        held = {
            name: lessons[skill.workspace, name]
            for name in skill.lessons
            if (skill.workspace, name) in lessons
        }
        proof = prove(
            skill,
            held,
            seen.get((skill.workspace, skill.root), ()),
            loaders=_loaders(skill),
            on_disk=_is_there(_file(skill)),
        )
        found.append(proof)
    return found


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False


def _file(skill: Skill) -> Path:
    path = Path(skill.path)
    return path if path.name == SKILL else path / SKILL


def _loaders(skill: Skill) -> frozenset[str]:
    """Return the assistants that find a skill where it lies, or by a link to it."""
    folder = _file(skill).parent
    # <root>/.claude/skills/<name>
    home, root = folder.parent.parent, folder.parent.parent.parent
    return frozenset().union(
        *(
            readers
            for name, readers in _READERS.items()
            if name == home.name or _is_there(root / name / "skills" / folder.name / SKILL)
        )
    )
