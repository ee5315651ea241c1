"""What holds of the skills of a library, whatever has happened to its log."""

import json

from hivemindd.skills.contents import digest
from tests.codify.library import Library


def is_sound(library: Library) -> None:
    """Check that each skill has one row, is ours, and is what the row says."""
    found = sorted(file.parent.name for file in library.root.glob(".claude/skills/*/SKILL.md"))
    assert found == sorted(library.skills)
    for name, skill in library.skills.items():
        data = library.file(name).read_bytes()
        lineage = json.loads(library.file(name).with_name("lineage.json").read_bytes())
        assert (skill.state, skill.sha256) == ("active", digest(data))
        assert data.decode().rstrip().endswith(f"skill_id={skill.id} v{skill.version} -->")
        assert lineage["version"] == skill.version
    assert not list(library.root.rglob(".hivemindd-*"))
