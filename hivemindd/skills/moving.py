"""Moves a skill from one skills folder of a project to the other, when the settings change."""

from hivemindd.errors import PublishError
from hivemindd.records import Skill
from hivemindd.skills.contents import SKILL, digest
from hivemindd.skills.publish import Project, Removal


def move(before: Project, after: Project, skill: Skill) -> Removal:
    """Write a skill into the other folder and remove it from where it was.

    It may run again after a crash: what lies in the new place already has been moved.
    Returns `removed` from the old place, else whose decision keeps it from being moved.

    Raises:
        PublishError: it cannot be moved, or its name is taken where it is to go.
    """
    if before.is_one():
        return "removed"
    # As we wrote them, whatever line ends git gave them.
    files = {name: data.replace(b"\r\n", b"\n") for name, data in before.read(skill.name).items()}
    if SKILL not in files:
        after.unlink(skill.name)
        return "removed" if after.look(skill.name) == skill.sha256 else "deleted"
    if before.look(skill.name) != skill.sha256:
        return "user-owned"
    after.unlink(skill.name)
    outcome = after.write(skill.name, files, expected="", skill_id=skill.id)
    if outcome not in {"written", "unchanged"}:
        raise PublishError(f"{after.path(skill.name)} is not ours: rename it, or remove it")
    # Whoever has written the lineage, it goes where it lies in the new place as well.
    copied = [digest(data) for data in after.read(skill.name).values()]
    return before.remove(skill.name, expected=skill.sha256, older=copied)
