"""Compare what the log holds of a corpus with an independent count of its plain JSON.

    python benchmarks/compare.py --corpus DIR [--json]

The count below knows nothing of the parsers: it reads each line with the standard
library, takes every record id once, and applies the rules of the format notes in the
plainest way. Exits 1 when a figure differs, when a second run adds an event, or when
reading failed anywhere. Queued prompts are shown and not held to be equal: which of them
the agent took up, older clients do not say, and the two counts guess differently.
"""

import argparse
import json
import re
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus import fill_home, report

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import SystemClock
from hivemindd.events import Denial, Interrupt, Prompt, ToolCall, ToolResult
from hivemindd.ingest.loop import Ingest
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import SESSIONS, TALLIES

REJECTED = "The user doesn't want to proceed with this tool use"
INTERRUPTED = "[Request interrupted by user"
FOR_TOOL_USE = " for tool use]"
INJECTED = re.compile(
    r"<(command-|local-command|bash-|task-notification|system-reminder|teammate-message)|Caveat: |"
    r"\[Request interrupted|This session is being continued|Base directory for this skill|"
    r"Your response above was cut off|API Error|Unknown slash command|\[Image: source|"
    r"Stop hook feedback|Continue from where you left off|Implement the following plan|"
    r"\[SUGGESTION MODE|Warmup|Operation stopped by hook"
)
ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)
NO_WORDS = re.compile(
    r"<system-reminder>.*?</system-reminder>|<ide_[a-z_]+>.*?</ide_[a-z_]+>", re.DOTALL
)


class Plain:
    """Counts prompts, calls, results, rejections and interrupts in transcripts."""

    def __init__(self) -> None:
        """Start at zero."""
        self.counts: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._refused = False

    def count(self, home: Path) -> Counter[str]:
        """Count everything below a home, each record id once."""
        for file in sorted((home / ".claude").rglob("*.jsonl")):
            self._queue = _Queue()
            for record in _records(file):
                if record["type"] == "queue-operation":
                    self._queue.follow(record)
                    continue
                identity = record.get("uuid")
                if identity and identity not in self._seen:
                    self._seen.add(identity)
                    self._count(record)
            self.counts["queued prompts"] += self._queue.taken_up()
        return self.counts

    def _count(self, record: dict[str, Any]) -> None:
        content = record.get("message", {}).get("content")
        if record["type"] == "assistant":
            calls = [block for block in _list(content) if block.get("type") == "tool_use"]
            self.counts["tool calls"] += len(calls)
            self._refused = False
        elif record["type"] == "user":
            self._count_user(record, content)
        elif record["type"] == "attachment":
            attachment = record.get("attachment", {})
            if attachment.get("type") == "queued_command":
                self.counts["queued prompts"] += _is_spoken(attachment)

    def _count_user(self, record: dict[str, Any], content: object) -> None:
        results = [block for block in _list(content) if block.get("type") == "tool_result"]
        self.counts["tool results"] += len(results)
        headless = str(record.get("entrypoint", "")).startswith("sdk")
        if headless or record.get("isSidechain"):
            return
        if any(_text(block.get("content")).startswith(REJECTED) for block in results):
            self.counts["rejections"] += 1
            self._refused = True
        text = NO_WORDS.sub("", _text(content)).strip()
        stopped = text.startswith(INTERRUPTED) and not record.get("interruptedByShutdown")
        if stopped and not results:
            refusal = FOR_TOOL_USE in text and self._refused
            self.counts["interrupts"] += not refusal
        hidden = ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly", "agentId")
        others = ("toolUseResult", "sourceToolUseID")
        if results or any(record.get(name) for name in (*hidden, *others)):
            return
        if record.get("origin", {"kind": "human"}).get("kind") != "human":
            return
        if arguments := ARGUMENTS.search(text):
            self.counts["prompts"] += bool(arguments[1].strip())
        elif text and not INJECTED.match(text):
            self.counts["prompts"] += 1
            self._queue.prompted(text)


class _Queue:
    """Prompts typed while the agent was busy: older clients tell of them only here.

    What left the queue without becoming a prompt of its own was taken up in mid turn.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._removed = 0

    def follow(self, record: dict[str, Any]) -> None:
        text = _text(record.get("content")).strip()
        match record.get("operation"):
            case "enqueue" if text and not text.startswith("/") and not INJECTED.match(text):
                self._waiting.append(text)
            case "remove":
                self._removed += 1
            case "popAll":
                self._waiting.clear()

    def prompted(self, text: str) -> None:
        if text in self._waiting:
            self._waiting.remove(text)

    def taken_up(self) -> int:
        return min(len(self._waiting), self._removed)


def _records(file: Path) -> Iterator[dict[str, Any]]:
    with file.open("rb") as lines:
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and isinstance(record.get("type"), str):
                yield record


def _list(content: object) -> list[dict[str, Any]]:
    return (
        [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", "")) for block in _list(content) if "text" in block)


def _is_spoken(attachment: dict[str, Any]) -> bool:
    kind = attachment.get("origin", {"kind": "human"}).get("kind")
    return bool(kind == "human" and attachment.get("commandMode", "prompt") == "prompt")


def count_log(log: Log) -> Counter[str]:
    """Count the same in the events of the log."""
    counts: Counter[str] = Counter()
    codec = BlockCodec()
    with log.read() as txn:
        sessions = SESSIONS.rows(txn)
    for session in sessions:
        with log.read() as txn:
            packed = blocks(txn, session)
        for _, event in read(packed, codec):
            counts["tool calls"] += isinstance(event, ToolCall)
            counts["tool results"] += isinstance(event, ToolResult)
            counts["rejections"] += isinstance(event, Denial)
            counts["interrupts"] += isinstance(event, Interrupt)
            if isinstance(event, Prompt) and event.author == "human":
                counts["prompts"] += event.origin == "typed"
                counts["queued prompts"] += event.origin == "queued"
    return counts


def main() -> None:
    """Ingest, count, compare, ingest again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="a folder of transcripts")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hivemind-bench-") as folder:
        home = Path(folder)
        transcripts = fill_home(options.corpus, home)
        state = home / "state"
        state.mkdir(mode=0o700)
        log = open_log(state)
        first = _ingest(log, home)
        second = _ingest(log, home)
        plain, stored = Plain().count(home), count_log(log)
        with log.read() as txn:
            unknown = {f"{row.version} {row.what}": row.count for row in TALLIES.rows(txn)}
        log.close()
    report(
        {
            "transcripts": transcripts,
            "events": first.events,
            "exceptions": first.failures + second.failures,
            "added_by_a_second_run": second.events,
            "unknown_records": unknown,
            **{name: {"plain": plain[name], "log": stored[name]} for name in sorted(plain)},
        },
        as_json=options.json,
    )
    differs = any(plain[name] != stored[name] for name in plain if name != "queued prompts")
    sys.exit(1 if differs or second.events or first.failures or second.failures else 0)


def _ingest(log: Log, home: Path) -> Ingest:
    ingest = Ingest(log, ASSISTANTS, Places(home), SystemClock(), every_n_turns=20)
    ingest.scan()
    ingest.drain(threading.Event(), final=True)
    return ingest


if __name__ == "__main__":
    main()
