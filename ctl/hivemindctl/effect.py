"""What a skill has changed, in words: in a few for the list, in lines for one skill."""

from collections.abc import Iterator, Sequence

from hivemindctl.render import Terminal, label, one_line, plural
from hivemindd.control.queries_proof import Diagnosis, Proof, Rate

PER = 10
LINE = 400
_RULE_CHARS = 60


def at_a_glance(effect: Proof | None) -> str:
    """Return the effect in a few words, a dash for a skill that is no more."""
    if effect is None:
        return "-"
    if effect.outcome == "too early":
        return f"too early ({effect.exposed} of {effect.needed})"
    return f"{effect.outcome}: {_change(effect)}"


def in_detail(effect: Proof | None, name: str, terminal: Terminal) -> Iterator[str]:
    """Yield the lines that tell what the skill `name` has changed, why not, and what to do."""
    if effect is None:
        return
    yield ""
    yield terminal.paint(_headline(effect), bold=True)
    if effect.exposed:
        yield from _comparison(effect, terminal)
    if effect.diagnosis is not None and _is_news(effect, effect.diagnosis):
        yield from _advice(effect.diagnosis)
    if effect.idle is not None:
        yield (
            f"  Not opened, nor missed, for {effect.idle.days} days and "
            f"{plural(effect.idle.sessions, 'session')}: if it has served its"
        )
        yield f"  time, take it back with `hivemindctl skills retire {name}`."


def _comparison(effect: Proof, terminal: Terminal) -> Iterator[str]:
    """Yield the rates with their intervals, and in how many sessions the skill was at hand."""
    yield f"  before  {_told(effect.before)}"
    yield f"  since   {_told(effect.after)}"
    if effect.before.trials:
        low, high = (f"{PER * bound:+.1f}" for bound in (effect.change.low, effect.change.high))
        yield f"  change  {PER * effect.change.value:+.1f} ({low} to {high})"
    if effect.learning.value > effect.before.value:
        naive = f"{PER * effect.learning.value:.1f}"
        for line in (
            f"From the first correction on it was {naive}: rules are written when things are bad,",
            "so all sessions before count here, without the one that tipped the scale.",
        ):
            yield terminal.paint(f"  {line}", dim=True)
    if len(effect.rules) > 1:
        yield "  for each rule:"
        for rule in effect.rules:
            rates = f"{_number(rule.before)} -> {_number(rule.after)}"
            yield f"    {rates:12}  {one_line(rule.rule, _RULE_CHARS)}"
    seen = f"listed in {effect.listed} of the {effect.listing} that tell, " * bool(effect.listing)
    yield f"  In {plural(effect.exposed, 'session')}: {seen}opened in {effect.opened}."


def _headline(effect: Proof) -> str:
    match effect.outcome:
        case "too early":
            return (
                f"Too early to say whether it works: {effect.exposed} of {effect.needed} sessions "
                "that it bears on"
            )
        case "worked":
            return f"It works: {_change(effect)} corrections per {PER} sessions that it bears on"
        case "worse":
            return f"It got worse: {_change(effect)} corrections per {PER} sessions"
        case "unclear":
            return f"No clear effect yet: {_change(effect)} corrections per {PER} sessions"


def _change(effect: Proof) -> str:
    return f"{_number(effect.before)} -> {_number(effect.after)}"


def _number(rate: Rate) -> str:
    return f"{PER * rate.value:.1f}" if rate.trials else "?"


def _told(rate: Rate) -> str:
    if not rate.trials:
        return "no session to compare"
    bounds = f"{PER * rate.low:.1f} to {PER * rate.high:.1f}"
    return f"{PER * rate.value:4.1f} ({bounds}, 95 %): {rate.hits} in {rate.trials}"


def _is_news(effect: Proof, found: Diagnosis) -> bool:
    """Tell whether something is to be mended: a lapse of a skill that works is not."""
    return effect.outcome != "worked" or found.rung in {"missing", "unlisted"}


def _advice(found: Diagnosis) -> Iterator[str]:
    """Yield what is wrong by the rung of the ladder, and how to mend it."""
    count = plural(len(found.sessions), "session")
    who = _joined([label(name) for name in found.assistants])
    match found.rung:
        case "missing":
            yield "  Its file is not on the disk. If you did not remove it, put it back."
        case "unlisted":
            yield f"  {who} did not list it in {count}: mend the path. It has to lie at the"
            yield "  root of the project, and no personal skill may have its name."
        case "unopened":
            yield f"  Its rules were broken in {count} in which {who} did not open it: reword"
            yield "  its description, so that it names what the agent is about to do then."
        case "unheeded":
            yield f"  {who} opened it and broke its rules all the same in {count}: reword"
            yield "  the rule, shorter and with what to do instead."
        case "persistent":
            yield f"  It still recurs: {who} opened it and broke its rules in {count}."
            if found.rules:
                yield f"  A line in {_joined(found.files)}, which is always read, may help:"
                yield from (f"    - {one_line(rule, LINE)}" for rule in found.rules)


def _joined(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
