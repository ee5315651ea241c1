"""Who changed a file that the agent had written: a person, a tool, or nobody can tell.

Formatters, fixers, git and hooks leave the same trace as a person's hand. A person is only
named where nothing else can have done it.
"""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from hivemindd.events import (
    AnyEvent,
    Denial,
    Edit,
    Prompt,
    Rewind,
    SubagentStarted,
    ToolCall,
    ToolResult,
)
from hivemindd.lessons.commands import Effect, effect
from hivemindd.lessons.hunks import changed_lines, parse
from hivemindd.lessons.layout import only_imports, only_layout

Author = Literal["human", "tool", "unsure"]

BY_HAND_MS = 3_000
WHILE_AGENT_WORKS_MS = 10_000
LARGE_LINES = 300
SMALL_FILE = 40
MOST_OF_IT = 0.6
SHOWN = 60
SHORT_LINE = 3

_SHELL = re.compile(r"bash|shell|exec|terminal|command|powershell|cmd", re.IGNORECASE)
_WRITER = re.compile(
    r"write|edit|replace|patch|rename|refactor|format|execute|\brun|stdin|apply|insert|create.*file"
    r"|^(?:Agent|Task)$",
    re.IGNORECASE,
)
_HARMLESS = frozenset({"TodoWrite", "todo_write", "update_plan", "ExitPlanMode", "EnterPlanMode"})
_CONFLICT = re.compile(r"(?:<{7}|>{7}) \S|={7}$")
_GENERATED = re.compile(
    r"(?:^|/)(?:package-lock\.json|go\.sum|[^/]*\.lock|pnpm-lock\.yaml|__snapshots__/.*"
    r"|[^/]*\.(?:snap|pb\.go|g\.dart|min\.js|min\.css|map)|[^/]*_pb2(?:_grpc)?\.pyi?)$"
)
_HOOKED = re.compile(
    r"hook|lint|format|prettier|husky|lefthook|pre-commit|passed|failed|modified by|fixed|✔|\u2713",
    re.IGNORECASE,
)
_COMMITTED = re.compile(r"^\[[^\]\n]+ [0-9a-f]{7,40}\]", re.MULTILINE)
_MOVED_TREE = re.compile(
    r"\b(?:rebas|merg|pull(?:ed|ing)?\b|check(?:ed|ing)? ?out\b|switch|stash|cherry.?pick)",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[^\W\d]\w*(?:[.-]\w+)*")
_CODE_LIKE = re.compile(r"\w[_.]\w|[a-z][A-Z]|\d")
_OWN_ACT = re.compile(
    r"\b(?:i|we)(?:'ve| have| had|'d)?(?: just| already| now)?"
    r" (?:\w+ed|made|wrote|rewrote|put|took|undid|swapped|cut)\b"
    r"|\bmy (?:change|edit|fix|version)",
    re.IGNORECASE,
)


class Trace(msgspec.Struct, frozen=True):
    """A change from outside and what surrounds it.

    `since` is what happened between the agent's last writing and the moment at which the
    change was seen; both moments in ms. `before` and `after` are the whole texts where
    they are known. `doubt` is any other reason for which a person cannot be named.
    """

    path: str
    diff: str
    since: Sequence[AnyEvent] = ()
    wrote: int = 0
    seen: int = 0
    before: str | None = None
    after: str | None = None
    lines: frozenset[str] = frozenset()
    doubt: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """Who made a change, and what that rests on."""

    author: Author
    reason: str


def judge(trace: Trace) -> Verdict:
    """Return who made a change; where two reasons speak, the one against a person wins."""
    removed, added = changed_lines(trace.diff)
    if not removed and not added:
        return Verdict("unsure", "the change itself is not known")
    worst, by = _between(trace)
    if reason := _tool(trace, worst, by, [*removed, *added]):
        return Verdict("tool", reason)
    doubt = trace.doubt or _doubt(trace, worst, by, removed, added)
    return Verdict("unsure", doubt) if doubt else Verdict("human", "nothing else can have done it")


def names(words: str, path: str, diff: str) -> bool:
    """Tell whether a person's words speak of a file or of a change to it."""
    said = words.lower()
    name = path.rpartition("/")[2].lower()
    stem = name.partition(".")[0]
    if name and re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", said):
        return True
    removed, added = changed_lines(diff)
    old, new = (set(_IDENTIFIER.findall("\n".join(lines))) for lines in (removed, added))
    spoken = set(_IDENTIFIER.findall(words))
    both = {word for word in (old ^ new) & spoken if len(word) > 2}
    if any(_CODE_LIKE.search(word) for word in both):
        return True
    own_act = bool(_OWN_ACT.search(words))
    about = bool(both) or (len(stem) > 2 and stem in _IDENTIFIER.findall(said))
    return own_act and about


def is_shell(call: ToolCall) -> bool:
    """Tell whether a call ran a command."""
    return bool(_SHELL.search(call.name))


def _tool(trace: Trace, worst: Effect, by: str, changed: Sequence[str]) -> str:
    """Return why a tool has surely done it, empty when that cannot be said."""
    reasons = {
        "only the layout changed": _is_layout(trace),
        "a merge left its marks": any(map(_CONFLICT.match, changed)),
        "such files are written by tools": bool(_GENERATED.search(trace.path)),
        f"a command that may write it ran in between: {by}": worst == "writes",
        "it changed at once, as a hook does it": bool(trace.wrote)
        and 0 <= trace.seen - trace.wrote < BY_HAND_MS,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _is_layout(trace: Trace) -> bool:
    if trace.before is not None and trace.after is not None:
        return only_layout(trace.before, trace.after, trace.path)
    hunks = parse(trace.diff)
    if not any(hunk.old for hunk in hunks):
        return False
    old = "\n".join(line for hunk in hunks for line in hunk.old)
    new = "\n".join(line for hunk in hunks for line in hunk.new)
    return only_layout(old, new, trace.path) or all(
        only_layout("\n".join(h.old), "\n".join(h.new), trace.path) for h in hunks
    )


def _between(trace: Trace) -> tuple[Effect, str]:
    """Return the worst that the agent's calls may have done to the file, and the call."""
    refused = {event.call for event in trace.since if isinstance(event, Denial)}
    edits = {event.call for event in trace.since if isinstance(event, Edit)}
    results = {e.call: e.output for e in trace.since if isinstance(e, ToolResult)}
    worst: Effect = "none"
    by = ""
    rank: dict[Effect, int] = {"none": 0, "layout": 1, "hooks": 2, "unknown": 3, "writes": 4}
    for event in trace.since:
        did: Effect = "none"
        if isinstance(event, SubagentStarted):
            did, what = "unknown", "another agent was at work"
        elif isinstance(event, Edit) and event.path == trace.path and event.state == "applied":
            did, what = "writes", "another agent's edit"
        elif isinstance(event, ToolCall) and event.call not in refused | edits:
            what = " ".join(event.target.split())[:SHOWN] or event.name
            if is_shell(event):
                did = effect(event.target, trace.path)
                if did == "hooks" and _is_quiet(results.get(event.call, "")):
                    did = "none"
            elif _WRITER.search(event.name) and event.name not in _HARMLESS:
                elsewhere = event.target.startswith("/") and event.target != trace.path
                did = "none" if elsewhere else "unknown"
        if rank[did] > rank[worst]:
            worst, by = did, what
    return worst, by


def _is_quiet(output: str) -> bool:
    """Tell whether a commit reports itself and nothing of a hook."""
    rest = "\n".join(line for line in output.splitlines() if not _COMMITTED.match(line))
    return bool(_COMMITTED.search(output)) and not _HOOKED.search(rest)


def _doubt(
    trace: Trace, worst: Effect, by: str, removed: Sequence[str], added: Sequence[str]
) -> str:
    """Return why a person cannot be named for sure, empty when one can."""
    spoken = [e.text for e in trace.since if isinstance(e, Prompt) and e.author == "human"]
    count = max(len(removed), len(added))
    lines = len(trace.before.splitlines()) if trace.before is not None else 0
    at_once = 0 <= trace.seen - trace.wrote < WHILE_AGENT_WORKS_MS
    generated = any("DO NOT EDIT" in x or "@generated" in x for x in (*removed, *added))
    reasons = {
        f"nobody can tell what this wrote: {by}": worst == "unknown",
        f"a commit in between may have run hooks: {by}": worst == "hooks",
        f"a formatter ran in between: {by}": worst == "layout",
        "the person went back, which can restore files": any(
            isinstance(event, Rewind) for event in trace.since
        ),
        "it changed within seconds, while the agent was at work": bool(trace.wrote)
        and at_once
        and not spoken,
        "the person speaks of moving the work tree": any(map(_MOVED_TREE.search, spoken)),
        "only imports changed, which editors and fixers also do": only_imports(removed, added),
        "the file calls itself generated": generated,
        "most of the file changed at once": count > LARGE_LINES
        or (lines >= SMALL_FILE and count > lines * MOST_OF_IT),
        "it touches nothing that the agent wrote": not _touches(trace),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _touches(trace: Trace) -> bool:
    """Tell whether a change lies at lines of the agent's, as far as those are known."""
    beside = {line.strip() for hunk in parse(trace.diff) for line in hunk.old}
    told = {line for line in beside if len(line) > SHORT_LINE}
    return not told or not trace.lines or not told.isdisjoint(trace.lines)
