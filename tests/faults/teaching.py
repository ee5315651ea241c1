"""Three sessions in which a person says the same, which makes a skill; and quick settings."""

from pathlib import Path

from hivemindd.paths import Paths, find_paths
from tests.process import clean_environment
from tests.records import SESSION, ClaudeSession

ORDER = "use pnpm instead of npm in this repo"
SESSIONS = [f"{SESSION[:-1]}{number}" for number in range(3)]


def settle(home: Path, *lines: str) -> Paths:
    """Write settings, with which the local judge goes by wordings alone; return the paths."""
    paths = find_paths(clean_environment(home))
    paths.config.mkdir(parents=True, exist_ok=True)
    text = [*lines, "[judge]", 'kind = "local"', "small_model = false", ""]
    paths.config_file.write_text("\n".join(text))
    return paths


def teach(home: Path) -> Path:
    """Write the sessions; return the project that they ran in."""
    project = home / "project"
    (project / ".git").mkdir(parents=True)
    for session in SESSIONS:
        claude = ClaudeSession(home, project, session)
        claude.reject(claude.call("Bash", command="npm install date-fns"), ORDER)
        claude.result(claude.call("Bash", command="pnpm add date-fns"), "done")
    return project


def skills(project: Path) -> list[Path]:
    """Return everything that lies where skills lie, but what a SKILL.md comes with."""
    found = sorted((project / ".claude" / "skills").rglob("*"))
    return [path for path in found if path.is_file() and path.name != "lineage.json"]
