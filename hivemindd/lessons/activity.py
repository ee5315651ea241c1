"""What somebody is about to do when a rule applies: skills are grouped by it."""

from collections.abc import Collection
from typing import NamedTuple

from hivemindd.lessons.terms import words_of
from hivemindd.records import LessonType


class Activity(NamedTuple):
    """A slug for the skill, a trigger for its description, and the usual type of its rules."""

    slug: str
    trigger: str
    type: LessonType


_KNOWN: tuple[tuple[Activity, str], ...] = (
    (
        Activity("package-commands", "install, add or run packages, or touch a lockfile", "tool"),
        "npm npx yarn pnpm bun pip pipenv poetry uv conda lockfile dependency dependencies install",
    ),
    (
        Activity("version-control", "commit, push, branch or open a pull request", "process"),
        "git commit commits committing push pushing branch rebase merge amend squash stash pr prs",
    ),
    (
        Activity("generated-files", "edit a file that is generated or vendored", "file"),
        "generated codegen vendor vendored proto readonly",
    ),
    (
        Activity("database-changes", "write a query, a schema or a migration", "approach"),
        "sql join joins select index orm alembic migration migrations revision schema query",
    ),
    (
        Activity("writing-tests", "write or change tests", "process"),
        "test tests testing snapshot snapshots mock mocks mocking fixture pytest unittest assert",
    ),
    (
        Activity("logging", "log or print something", "approach"),
        "print prints logger logging log slog printf println console loguru",
    ),
    (
        Activity("error-handling", "raise, return or handle an error", "approach"),
        "raise raises error errors exception exceptions panic panics throw catch",
    ),
    (
        Activity("infrastructure", "plan, apply or deploy infrastructure", "process"),
        "terraform tofu apply deploy kubectl helm docker podman",
    ),
    (
        Activity("formatting", "format or lint code", "style"),
        "indent tabs spaces format formatter lint ruff black isort prettier eslint biome",
    ),
    (
        Activity("imports-and-exports", "import or export something", "style"),
        "import imports export exports exporting",
    ),
    (
        Activity("naming", "name or rename something", "style"),
        "rename renames name names naming prefix suffix camelcase snake",
    ),
    (
        Activity("types", "write a signature or a type", "style"),
        "any typed typing typeddict annotation annotations hints cast float decimal",
    ),
    (
        Activity("styling", "style a component", "style"),
        "css tailwind color colors colour hex px token tokens classname inline",
    ),
    (
        Activity("api-design", "add or call an endpoint", "approach"),
        "route routes endpoint api server action actions request requests httpx axios fetch",
    ),
    (
        Activity("comments-and-docs", "write comments or documentation", "style"),
        "comment comments docstring docs readme changelog",
    ),
    (
        Activity("answers", "answer or summarise what was done", "style"),
        "summary summaries recap emoji emojis headers long short answer answers explain",
    ),
)
_OTHER: dict[LessonType, Activity] = {
    "style": Activity("code-style", "write code", "style"),
    "tool": Activity("tools", "choose a tool or run a command", "tool"),
    "file": Activity("file-changes", "change files", "file"),
    "approach": Activity("code-choices", "write code", "approach"),
    "scope": Activity("task-scope", "go beyond what was asked", "scope"),
    "fact": Activity("project-facts", "rely on how this project works", "fact"),
    "process": Activity("working-process", "work on a task", "process"),
}
KNOWN_WORDS = " ".join(f"{known.slug} {known.trigger} {names}" for known, names in _KNOWN)
"""All words by which activities are known, and those that tell of them."""

_BY_WORD = {
    word: {known.slug for known, names in _KNOWN if word in names.split()}
    for word in " ".join(names for _, names in _KNOWN).split()
}
SLUGS = frozenset(known.slug for known in (*(known for known, _ in _KNOWN), *_OTHER.values()))
ANSWERING = frozenset({"answers"})
WRITING = frozenset(_OTHER[kind].slug for kind in ("style", "file", "approach"))
RUNNING = frozenset({_OTHER["tool"].slug})
WORKING = frozenset(_OTHER[kind].slug for kind in ("scope", "fact", "process"))


def activity_of(rule: str, doing: str = "") -> Activity:
    """Return the activity that a rule belongs to; `doing` is what the agent did."""
    for text in (rule, doing):
        words = set(words_of(text))
        counted = [(len(words & set(names.split())), known) for known, names in _KNOWN]
        most = max(count for count, _ in counted)
        if most:
            return next(known for count, known in counted if count == most)
    return _OTHER["approach"]


def trigger_of(activity: Activity, wrong: str) -> str:
    """Return when the rule applies, in words that complete "when you are about to"."""
    return f"{activity.trigger}; use {wrong}" if wrong else activity.trigger


def slug_for(activity: str, rule: str, kind: LessonType) -> str:
    """Return the slug of the activity that a rule bears on, of those that a session can show.

    A judge may call an activity what it likes; one that is not known is told by its words.
    """
    if activity in SLUGS:
        return activity
    found = activity_of(rule, activity)
    named = {*words_of(rule), *words_of(activity)} & _BY_WORD.keys()
    return found.slug if named else _OTHER[kind].slug


def slugs_in(words: Collection[str]) -> set[str]:
    """Return the slugs of the activities that some words belong to."""
    return set[str]().union(*(_BY_WORD[word] for word in _BY_WORD.keys() & set(words)))
