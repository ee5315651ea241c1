"""What an agent did between two words of a person: told briefly, and what came of it."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from hivemindd.events import AnyEvent, Denial, Edit, Event, Reply, ToolCall, ToolResult, UserEdit
from hivemindd.lessons.terms import closeness, likeness, terms

OUTPUT_CHARS = 2_000
REPLY_CHARS = 600
DIFF_CHARS = 700
TARGET_CHARS = 200
CALLS = 12
LATER = 50
EDITS = 3
LIKE_COMMAND = 0.3
GUESS = "a guess: "
SAME_FILE = 0.9
SAME_COMMAND = 0.8
GUESSED = 0.4
UNFINISHED = 0.7  # of the confidence, as long as nobody has spoken since

_PLAN = re.compile(r"exit_?plan_?mode|update_plan|^plan$", re.IGNORECASE)


class Outcome(msgspec.Struct, frozen=True):
    """What stood at the end of an exchange, the event it comes from, and how sure it is.

    `note` is what is doubtful about it, or why there is nothing.
    """

    text: str
    note: str = ""
    event: str = ""
    source: str = ""
    confidence: float = 0.0


def is_plan(call: ToolCall | None) -> bool:
    """Tell whether a call asked a person to accept a plan."""
    return call is not None and bool(_PLAN.search(call.name))


def told(events: Iterable[AnyEvent]) -> str:
    """Return in at most 2,000 characters what an agent called, changed and said."""
    done = list(events)
    edits = [event for event in done if isinstance(event, Edit)]
    by_edit = {edit.call for edit in edits if edit.call}
    calls = [e for e in done if isinstance(e, ToolCall) and e.call not in by_edit]
    replies = [event.text.strip() for event in done if isinstance(event, Reply)]
    parts = [tell_call(call) for call in calls[-CALLS:]]
    parts += [tell_edit(edit) for edit in edits[-EDITS:]]
    parts += [_end(replies[-1], REPLY_CHARS)] if replies else []
    while len("\n".join(parts)) > OUTPUT_CHARS and len(parts) > 1:
        parts.pop(0)
    return "\n".join(parts)[:OUTPUT_CHARS]


def tell_call(call: ToolCall) -> str:
    """Return a tool call as `Name(target)`; a plan in full, since its text is the point."""
    if is_plan(call):
        plan = call.input.get("plan")
        shown = f"Plan: {plan}" if isinstance(plan, str) else call.target or call.name
        return _start(shown, OUTPUT_CHARS)
    return f"{call.name}({_start(call.target, TARGET_CHARS)})"


def tell_edit(edit: Edit) -> str:
    """Return an edit with its path and the beginning of its diff."""
    return f"Edit({edit.path})\n{_start(edit.diff, DIFF_CHARS)}".strip()


def outcome(before: Sequence[AnyEvent], after: Sequence[AnyEvent], *, over: bool) -> Outcome:
    """Return what the agent did in place of what was refused, and nobody refused again.

    `before` is what was refused, `after` the exchange that followed, `over` tells that a
    person spoke after it. The same file or a like command is sure; anything else is a guess.
    """
    refused = {event.call for event in after if isinstance(event, Denial)}
    failed = {e.call for e in after if isinstance(e, ToolResult) and (e.failed or e.exit_code)}
    edits = [e for e in after if isinstance(e, Edit) and e.state == "applied"]
    edits = [edit for edit in edits if edit.call not in refused]
    tried = refused | failed | {event.call for event in after if isinstance(event, Edit)}
    calls = [e for e in after if isinstance(e, ToolCall) and e.call not in tried]
    replies = [event for event in after if isinstance(event, Reply) and event.text.strip()]
    ending = "" if over else f"{GUESS}nobody has spoken since"
    sure = 1.0 if over else UNFINISHED
    if same := _same_file(before, edits, after):
        source = "the next change of the same file"
        return Outcome(same[1], ending, same[0].id, source, SAME_FILE * sure)
    if like := _like_command(before, calls):
        source = "the next command like it"
        return Outcome(tell_call(like), ending, like.id, source, SAME_COMMAND * sure)
    guess = _last(edits, [call for call in calls if not is_plan(call)], replies)
    if guess or not refused:
        return guess or Outcome("", "nothing followed" if over else "the exchange has not ended")
    return Outcome("", "what followed was refused again")


def _last(edits: list[Edit], calls: list[ToolCall], replies: list[Reply]) -> Outcome | None:
    """Return the last thing that an agent did, as the best guess at what was accepted."""
    if edits:
        return _guess(tell_edit(edits[-1]), "the last edit that followed", edits[-1])
    if replies:
        text = _end(replies[-1].text.strip(), DIFF_CHARS)
        return _guess(text, "the reply that followed", replies[-1])
    if calls:
        return _guess(tell_call(calls[-1]), "the last call that followed", calls[-1])
    return None


def _guess(text: str, source: str, event: Event) -> Outcome:
    return Outcome(text, f"{GUESS}{source}", event.id, source, GUESSED)


def _same_file(
    before: Sequence[AnyEvent], edits: Sequence[Edit], after: Sequence[AnyEvent]
) -> tuple[Event, str] | None:
    paths = {event.path for event in before if isinstance(event, Edit | UserEdit)}
    own = [event for event in after if isinstance(event, UserEdit) and event.path in paths]
    if own:
        return own[-1], _start(own[-1].diff, DIFF_CHARS)
    same = [edit for edit in edits if edit.path in paths]
    return (same[-1], tell_edit(same[-1])) if same else None


def _like_command(before: Sequence[AnyEvent], calls: Sequence[ToolCall]) -> ToolCall | None:
    """Return the later call most like a refused one; the very same again does not count.

    Of the refused the last twelve that can be compared count, of the later the first fifty.
    """
    calls = calls[:LATER]
    tools = {call.name for call in calls}
    old_calls = [event for event in before if isinstance(event, ToolCall) and event.target]
    refused = [call for call in old_calls if call.name in tools][-CALLS:]
    named = {call.target: frozenset(terms(call.target)) for call in [*refused, *calls]}
    scored = [
        (
            max(likeness(named[old.target], named[new.target]), closeness(old.target, new.target)),
            -at,
        )
        for at, new in enumerate(calls)
        for old in refused
        if old.name == new.name and old.target != new.target
    ]
    best = max(scored, default=(0.0, 0))
    return calls[-best[1]] if best[0] >= LIKE_COMMAND else None


def _start(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _end(text: str, most: int) -> str:
    return text if len(text) <= most else f"…{text[1 - most :]}"
