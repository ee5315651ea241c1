"""What the events of a session tell of skills: what its agent was at, what it saw and opened.

Only what the agent did says what a session was about. A person's words do not: "pnpm, not
npm" would put a session among those that a rule bears on just because the rule was broken,
and then every one of them would hold a correction.
"""

import re
from collections.abc import Iterable, Iterator

from hivemindd.events import AnyEvent, Edit, Reply, SkillListed, SkillUsed, ToolCall
from hivemindd.lessons.activity import ANSWERING, RUNNING, WORKING, WRITING, slugs_in
from hivemindd.lessons.terms import words_of
from hivemindd.records import Session, Trace

VERSION = 1
TEXT_CHARS = 20_000
SESSION_CHARS = 1_000_000

_FILE = re.compile(r"([\w.-]{1,80})[\\/]SKILL\.md(?![\w.-])")
_READING = re.compile(r"(?:^|[\s;&|(])(?:cat|bat|sed|head|tail|less|more|nl|awk)\s")
_READS_FILES = frozenset({"Read", "ReadFile", "read_file", "View"})
_RUNS_COMMANDS = frozenset({"Bash", "Shell", "Terminal", "run_terminal_cmd"})


def trace(session: Session, events: Iterable[AnyEvent]) -> Trace:
    """Return what the events of a session tell, those of its subagents among them."""
    listed: set[str] = set()
    opened: set[str] = set()
    slugs: set[str] = set()
    words: set[str] = set()
    lists, room = False, SESSION_CHARS
    for event in events:
        match event:
            case SkillListed():
                lists = True
                listed.update(event.names)
            case SkillUsed():
                opened.add(event.name)
            case Reply():
                slugs |= ANSWERING | WORKING
            case ToolCall():
                opened.update(_opened(event))
                slugs |= RUNNING | WORKING
            case Edit():
                slugs |= WRITING | WORKING
        for text in _doing(event):
            words.update(words_of(text[:room]))
            room -= min(len(text), room)
    return Trace(
        session=session.id,
        assistant=session.assistant,
        version=VERSION,
        activities=sorted(slugs | (slugs_in(words) - ANSWERING)),
        lists=lists,
        listed=sorted(listed),
        opened=sorted(opened),
    )


def _doing(event: AnyEvent) -> Iterator[str]:
    """Yield the texts of what the agent did: commands, paths, and the lines that it wrote."""
    if isinstance(event, ToolCall):
        yield event.target[:TEXT_CHARS]
    elif isinstance(event, Edit):
        yield event.path
        lines = event.diff[:TEXT_CHARS].splitlines()
        yield "\n".join(line for line in lines if line.startswith("+"))


def _opened(call: ToolCall) -> Iterator[str]:
    """Yield the names of the skills whose SKILL.md a call reads: not every client says so."""
    if "SKILL.md" not in call.target:
        return
    reads = call.name in _READS_FILES
    if reads or (call.name in _RUNS_COMMANDS and _READING.search(call.target)):
        for found in _FILE.finditer(call.target):
            yield found[1]
