"""Builders of what the tests of publishing speak about."""

from hashlib import sha256
from pathlib import Path

from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.publish import Project
from hivemindd.skills.render import SkillText, render

NAME = "package-commands"
ID = "0a1b2c3d"


def skill(rule: str = "Use pnpm", version: int = 1, name: str = NAME, skill_id: str = ID) -> bytes:
    """Return a SKILL.md of ours."""
    return render(SkillText(name=name, rules=[rule]), skill_id, version)


NOTHING = b"{}\n"  # the lineage beside it, for which nobody asks here
ONE, TWO, THREE = skill(), skill("Use pnpm, not npm", 2), skill("Use bun", 3)


def digest(data: bytes) -> str:
    """Return what the log keeps of a file."""
    return sha256(data).hexdigest()


def tree(folder: Path) -> dict[str, bytes | str]:
    """Return all that lies below a folder: the content of files, the targets of links."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = str(path.readlink())
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def write(project: Project, data: bytes, was: bytes = b"", older: tuple[bytes, ...] = ()) -> str:
    """Write a skill the way that the daemon does."""
    return project.write(
        NAME,
        {SKILL: data, LINEAGE: NOTHING},
        expected=digest(was) if was else "",
        skill_id=ID,
        older=[digest(each) for each in (*older, NOTHING)],
    )


def remove(project: Project, data: bytes) -> str:
    """Remove a skill the way that the daemon does."""
    return project.remove(NAME, expected=digest(data), older=[digest(NOTHING)])
