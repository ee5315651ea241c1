"""Groups of corrections that belong together, near misses, and what must not become a skill.

A row of the groups is one correction: what the agent did, what the person said, the
`cluster` that it belongs to (none for a distractor), its workspace, session and assistant.
A row of the negatives is some events and what to expect of them.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import click
import msgspec
from actions import Action, read_action, usual_suffix
from rows import read_rows

ASSISTANTS = ("claude-code", "codex", "cursor")
NOTHING = "no_new_skill"

_SPOKEN = re.compile(r"(?:([a-z][\w -]{0,30}):\s*)?\"(.*)\"", re.DOTALL)
_NAMED = re.compile(r"([a-z][\w -]{0,30}):\s*(.*)", re.DOTALL)
_ONE_SESSION = re.compile(r"single session|same session|one session", re.IGNORECASE)
_SINGLE = re.compile(r"single skill:\s*(.+)")
_AGENTS = frozenset({"agent", "assistant", "reply"})
_PEOPLE = frozenset({"", "human", "person", "user"})
_OTHERS = frozenset(
    [
        *("command_output", "file", "hook", "output", "page", "result", "stdout", "subagent"),
        *("system", "tool", "tool output", "tool result", "tool_output", "tool_result", "web"),
    ]
)

Speaker = Literal["person", "agent", "tool"]


class Correction(msgspec.Struct, kw_only=True):
    """A row of the groups."""

    user: str
    id: str = ""
    workspace: str = "workspace"
    cluster: str | None = None
    role: str | None = None
    session: str | None = None
    assistant: str | None = None
    agent_action: str | None = None

    @property
    def group(self) -> str:
        """The cluster with its workspace, empty for a distractor."""
        in_one = self.cluster and self.role in {None, "correction"}
        return f"{self.workspace}/{self.cluster}" if in_one else ""


class Negative(msgspec.Struct, kw_only=True):
    """A row of the negatives; an event without a speaker before it is a person's words."""

    events: list[str]
    kind: str = "negative"
    workspace: str = "workspace"
    why: str = ""
    expect: str = NOTHING
    assistant: str | None = None

    @property
    def skill(self) -> str:
        """What the single skill that is expected must name, empty where none is."""
        single = _SINGLE.fullmatch(self.expect.strip())
        return single[1] if single else ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A task, what the agent did about it, and what came then; `row` names where it is from."""

    row: str
    task: str
    action: Action
    speaker: Speaker
    text: str


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What happens in one session; `workspace` is the folder it runs in, below all code."""

    name: str
    workspace: str
    assistant: str
    steps: list[Step]


def read_corrections(file: Path) -> list[Correction]:
    """Read the rows of the groups; a row without an id is named by its place.

    Raises:
        click.ClickException: the file cannot be used.
    """
    rows = read_rows(file, Correction)
    for number, row in enumerate(rows, 1):
        row.id = row.id or f"row {number}"
    if len({row.id for row in rows}) != len(rows):
        raise click.ClickException(f"{file} has two rows with the same id")
    return rows


def read_negatives(file: Path) -> list[Negative]:
    """Read the rows of the negatives.

    Raises:
        click.ClickException: the file cannot be used.
    """
    return read_rows(file, Negative)


def folder_of(negative: Negative, number: int) -> str:
    """Return the workspace of a negative: one of its own, so that what it does can be told."""
    return f"negative-{number}/{negative.workspace}"


def plan(corrections: Sequence[Correction], negatives: Sequence[Negative]) -> list[Script]:
    """Return the sessions in the order in which they began.

    Those of a workspace began in the order of their names. Rows of one session share a script,
    in their order. Other assistants than the three that are known write as Claude Code does.
    """
    tasks = _tasks()
    numbers = itertools.count()
    suffixes = {
        workspace: usual_suffix(
            row.agent_action or "" for row in corrections if row.workspace == workspace
        )
        for workspace in {row.workspace for row in corrections}
    }
    scripts: dict[tuple[str, str, str], Script] = {}
    for row in sorted(corrections, key=lambda row: (row.workspace, row.session or row.id)):
        name, assistant = row.session or row.id, _known(row.assistant)
        action = read_action(row.agent_action or "", next(numbers), suffixes[row.workspace])
        step = Step(row=row.id, task=next(tasks), action=action, speaker="person", text=row.user)
        key = row.workspace, name, assistant
        script = Script(name=name, workspace=row.workspace, assistant=assistant, steps=[])
        scripts.setdefault(key, script).steps.append(step)
    turns = itertools.cycle(ASSISTANTS)
    for number, negative in enumerate(negatives):
        folder = folder_of(negative, number)
        for name, steps in _sessions(negative, number, tasks, numbers):
            assistant = _known(negative.assistant) if negative.assistant else next(turns)
            if assistant == "cursor" and any(step.speaker == "tool" for step in steps):
                assistant = "claude-code"  # Cursor records no results of tools
            script = Script(name=name, workspace=folder, assistant=assistant, steps=steps)
            scripts[folder, name, assistant] = script
    return list(scripts.values())


def _known(assistant: str | None) -> str:
    return assistant if assistant in ASSISTANTS else ASSISTANTS[0]


def _sessions(
    negative: Negative, number: int, tasks: Iterator[str], numbers: Iterator[int]
) -> Iterator[tuple[str, list[Step]]]:
    """Yield the sessions of a negative: each event has one, unless all are said to share it."""
    steps = [
        _step(event, f"n{number}.{place}", next(tasks), next(numbers))
        for place, event in enumerate(negative.events)
    ]
    name = f"{negative.kind}-{number}"
    if negative.kind == "one-off" or _ONE_SESSION.search(negative.why):
        yield name, steps
    else:
        yield from ((f"{name}-{place}", [step]) for place, step in enumerate(steps))


def _step(event: str, row: str, task: str, number: int) -> Step:
    who, text = _spoken(event.strip())
    speaker: Speaker = "tool"
    if who in _PEOPLE:
        speaker = "person"
    elif who in _AGENTS:
        speaker = "agent"
    action = Action(kind="edit", path=f"src/part{number}.ts")
    if speaker == "tool":
        action = Action(kind="command", text=f"cat notes/{number}.txt")
    return Step(row=row, task=task, action=action, speaker=speaker, text=text)


def _spoken(event: str) -> tuple[str, str]:
    """Return who speaks in an event, nobody for a person, and the words."""
    if said := _SPOKEN.fullmatch(event):
        return said[1] or "", said[2]
    named = _NAMED.fullmatch(event)
    if named and named[1] in _PEOPLE | _AGENTS | _OTHERS:
        return named[1], named[2]
    return "", event


def _tasks() -> Iterator[str]:
    """Yield tasks that are all different and have to do with no correction."""
    for lap in itertools.count():
        for place, thing in enumerate(_THINGS):
            other = _THINGS[(place + 7 + lap) % len(_THINGS)]
            yield f"{_OPENINGS[(place + lap) % len(_OPENINGS)]} {thing} beside the {other}"


def words_of(scripts: Iterable[Script]) -> dict[str, Step]:
    """Return the steps of all sessions by their rows."""
    return {step.row: step for script in scripts for step in script.steps}


_OPENINGS = ("build the", "here begins work on the", "next is the", "a day for the", "start the")
_THINGS = (
    *("ferry timetable", "greenhouse sensor panel", "choir calendar", "tide chart", "seed shelf"),
    *("beehive scale graph", "museum audio guide", "parking permit desk", "lighthouse diary"),
    *("recycling map", "orchard planner", "snow report", "bakery queue display", "kite festival"),
    *("planetarium booking", "canal lock schedule", "violin rental", "mushroom atlas"),
    *("ski lift monitor", "stamp album", "glacier camera", "observatory roster", "harbour radio"),
    *("puppet theatre seats", "vineyard weather", "cheese cellar", "marathon start grid"),
    *("aquarium feeding board", "tram depot", "chess club ladder", "windmill counter"),
)
