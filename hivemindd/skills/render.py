"""SKILL.md from fields: no line of it is ever copied from a transcript.

The format is that of agentskills.io: front matter with exactly `name` and `description`,
each one double-quoted line, which every assistant reads alike.
"""

import re
from collections.abc import Sequence

import msgspec

from hivemindd.errors import PublishError
from hivemindd.skills import guard
from hivemindd.skills.spelling import LEGENDS

# Lists of skills are cut: by Claude Code at 1 % of its context over all of them.
DESCRIPTION_AIM = 350
_MARK = re.compile(rb"<!-- hivemindd:skill_id=([A-Za-z0-9-]{1,64}) v([1-9][0-9]{0,8}) -->")
_LEAD_IN = re.compile(
    r"(?:use (?:this skill )?)?(?:when(?:ever)?|before|while|if)\s+"
    r"(?:(?:you(?:'re| are)?|the agent is|one is)\s+)?(?:about to\s+|going to\s+)?",
    re.IGNORECASE,
)
_GERUND = re.compile(r"(?!(?:bring|ping|string|sing|ring|swing)\b)[a-z]+ing\b")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, and what should have been."""

    wrong: str
    right: str


class SkillText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a skill says.

    `triggers` complete "whenever you are about to ..."; `exceptions` are what its rules
    do not cover.
    """

    name: str
    rules: Sequence[str]
    triggers: Sequence[str] = ()
    exceptions: Sequence[str] = ()
    examples: Sequence[Example] = ()


def render(text: SkillText, skill_id: str, version: int) -> bytes:
    """Return the bytes of SKILL.md; the same fields give the same bytes.

    The comment at the end makes the skill known again when its folder is renamed.

    Raises:
        PublishError: the guard found something that must not stand in a skill.
    """
    lines = [
        "---",
        f"name: {_quoted(text.name)}",
        f"description: {_quoted(describe(text))}",
        "---",
        "",
        f"# {subject(text.name).capitalize()}",
        "",
        "## Rules",
        "",
        *(f"- {sentence(rule)}" for rule in text.rules),
        "",
    ]
    if text.exceptions:
        lines += ["## Does not apply", "", *(f"- {sentence(each)}" for each in text.exceptions), ""]
    if text.examples:
        lines += ["## Example", "", *(f"- {show(each)}" for each in text.examples), ""]
    body = "".join(lines[4:])
    for sign, legend in LEGENDS.items():
        lines += [legend, ""] if sign in body else []
    lines += [f"<!-- hivemindd:skill_id={skill_id} v{version} -->", ""]
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    if reason := guard.check_file(data):
        raise PublishError(f"The skill {text.name} cannot be written: {reason}.")
    return data


def describe(text: SkillText) -> str:
    """Return the description, the only thing that makes an assistant open the skill.

    It is imperative and names every occasion, since assistants rather open too few skills;
    the essence comes first, since what is too long is cut at its end.
    """
    plainly = [plain(sentence(rule)) for rule in text.rules]
    # What only code marks as harmless ("instead of `rm -rf x`") stands in its rule alone.
    essence = [line for line in plainly if guard.check_description(line) is None]
    occasions = list(dict.fromkeys(map(_occasion, text.triggers)))
    occasions = [each for each in occasions if each] or [f"work on {subject(text.name)}"]
    # One rule is stated if any can be, one occasion named, and of the rest what there is room for.
    rules, named = min(1, len(essence)), 1
    while named < len(occasions) and _length(essence, occasions[: named + 1], rules) <= _aim(text):
        named += 1
    while rules < len(essence) and _length(essence, occasions[:named], rules + 1) <= _aim(text):
        rules += 1
    return _describe(essence[:rules], occasions[:named], text.name)


def show(example: Example) -> str:
    """Return the line that sets what is right beside what is wrong."""
    return guard.written(f"Not `{_bare(example.wrong)}`, but `{_bare(example.right)}`.")


def sentence(text: str) -> str:
    """Return a text as one sentence with its full stop."""
    line = guard.written(text).rstrip(" .;,:")
    return line if line.endswith(("!", "?")) else f"{line}."


def subject(name: str) -> str:
    """Return what a skill is about, in words."""
    words = name.split("-")
    return " ".join(words[:-1] if len(words) > 1 and words[-1].isdigit() else words)


def plain(text: str) -> str:
    """Return a text without what only Markdown, or no description, may hold."""
    return re.sub(r"[`<>]", "", text)


def read_mark(data: bytes) -> tuple[str, int] | None:
    """Return the id and the version of a skill of ours, None for any other file."""
    found = _MARK.search(data[-200:])
    return (found[1].decode(), int(found[2])) if found else None


def unmarked(text: str) -> str:
    """Return a SKILL.md without the mark at its end, which changes with every version."""
    return _MARK.sub(b"", text.encode()).decode()


def _describe(essence: Sequence[str], occasions: Sequence[str], name: str) -> str:
    occasion = f"Use this skill whenever you are about to {', or '.join(occasions)},"
    return " ".join([*essence, occasion, f"even if {subject(name)} is not named in the task."])


def _length(essence: Sequence[str], occasions: Sequence[str], rules: int) -> int:
    return len(_describe(essence[:rules], occasions, ""))


def _aim(text: SkillText) -> int:
    return DESCRIPTION_AIM - len(subject(text.name))


def _occasion(trigger: str) -> str:
    """Return a trigger as words that can follow "you are about to"."""
    line = _LEAD_IN.sub("", plain(guard.written(trigger)), count=1).rstrip(" .;,:")
    if line[1:2].islower():
        line = line[0].lower() + line[1:]
    return f"start {line}" if _GERUND.match(line) else line


def _bare(text: str) -> str:
    return guard.normalise(text).replace("`", "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
