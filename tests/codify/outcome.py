"""What comes of all sessions of a workshop under some settings, and which assistants find it."""

from collections.abc import Sequence
from pathlib import Path

from hivemindd.codify.pool import Done
from hivemindd.codify.setup import make_pool, make_shelf
from hivemindd.config import ASSISTANTS, Assistant, Config, JudgeConfig
from hivemindd.log.tables import SKILLS
from hivemindd.paths import find_paths
from hivemindd.records import Skill
from tests.codify.workshop import Workshop

NAME = "package-commands"
READS = {
    "claude-code": [".claude/skills"],
    "codex": [".agents/skills"],
    "cursor": [".claude/skills", ".agents/skills"],
}


def run(
    workshop: Workshop,
    *,
    learn_from: Sequence[Assistant] = ASSISTANTS,
    publish_to: Sequence[Assistant] = ASSISTANTS,
    review: bool = False,
) -> Done:
    """Work through all that is due as the daemon would under some settings."""
    config = Config(
        judge=JudgeConfig(kind="local"),
        learn_from=tuple(learn_from),
        publish_to=tuple(publish_to),
        review=review,
    )
    paths = find_paths({"HOME": str(workshop.home)})
    shelf = make_shelf(workshop.log, paths, config, {}, workshop.clock)
    pool = make_pool(workshop.log, paths, config, {}, workshop.clock, shelf=shelf)
    done = pool.run_all()
    pool.stop()
    return done


def seen(project: Path) -> set[str]:
    """Return the assistants that find the skill in a project, by where they look."""
    return {
        assistant
        for assistant, folders in READS.items()
        if any((project / folder / NAME / "SKILL.md").is_file() for folder in folders)
    }


def skills(workshop: Workshop) -> dict[str, Skill]:
    """Return the rows of all skills by the folder that their project is named by."""
    with workshop.log.read() as txn:
        return {Path(row.path).parents[3].name: row for row in SKILLS.rows(txn)}


def text(project: Path, name: str = NAME) -> str:
    """Return the skill of a project as Claude Code finds it, empty when it does not."""
    file = project / ".claude" / "skills" / name / "SKILL.md"
    return file.read_text() if file.exists() else ""
