"""Prompts that a person typed while Claude Code was busy, before 2.1.104.

From 2.1.104 on a `queued_command` attachment holds them. Before, what the agent took up in
mid turn stands nowhere but in the `queue-operation` that put it into the queue.
"""

from typing import NamedTuple

from hivemindd.assistants.base import SideFiles
from hivemindd.assistants.claude_code.memory import QUEUED, Memory, Waiting, checksum
from hivemindd.assistants.claude_code.records import Record, decode, text_of
from hivemindd.assistants.claude_code.words import spoken


class Queued(NamedTuple):
    """What a person said, and the time that stands on it."""

    text: str
    timestamp: str


class Queue:
    """Follows what enters and leaves the queue.

    It holds prompts of people, and notices of other agents, which only count: what
    leaves is often not named, and then a person's words are taken to go first.
    """

    def __init__(self, memory: Memory, side: SideFiles) -> None:
        """Go on with the queue as it is remembered."""
        self._memory = memory
        self._side = side

    def follow(self, record: Record, offset: int, length: int) -> Queued | None:
        """Take up an operation; return the words that the agent got in mid turn by it."""
        memory = self._memory
        text = text_of(record.content)
        match record.operation:
            case "enqueue" if _words(text):
                memory.queue.append(Waiting(offset, length, checksum(text)))
                del memory.queue[:-QUEUED]
            case "enqueue":
                memory.others += 1
            case "remove":
                return self._taken(text)
            case "dequeue" if memory.queue and not memory.others:
                del memory.queue[0]
            case "dequeue":
                memory.others = max(0, memory.others - 1)
            case _:
                memory.queue.clear()
                memory.others = 0
        return None

    def prompted(self, text: str) -> None:
        """Forget what has become a prompt of its own."""
        if self._memory.queue:
            mark = checksum(text)
            self._memory.queue = [item for item in self._memory.queue if item.checksum != mark]

    def _taken(self, text: str) -> Queued | None:
        memory = self._memory
        mark = checksum(text)
        at = next((n for n, item in enumerate(memory.queue) if item.checksum == mark), 0)
        if not memory.queue:
            memory.others = max(0, memory.others - 1)
            return None
        item = memory.queue.pop(at)
        for record in decode(self._side.read_at(item.offset, item.length))[0]:
            words = _words(text_of(record.content))
            if record.operation == "enqueue" and checksum(text_of(record.content)) == item.checksum:
                return Queued(words, record.timestamp or "")
        return None


def _words(text: str) -> str:
    """Return a person's words to the agent; commands and notices are none."""
    return "" if text.startswith("/") else spoken(text, labelled=False)
