"""The reader of one Codex rollout: lines in, events out, and what it must remember."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from hivemindd.assistants.base import Parsed, SideFiles
from hivemindd.assistants.codex import records
from hivemindd.assistants.codex.events import Emitter
from hivemindd.assistants.codex.lines import (
    IGNORED,
    Head,
    glance,
    is_glued,
    is_noise,
    read_head,
    read_payload,
)
from hivemindd.assistants.codex.state import LONGEST_ID, Place, State
from hivemindd.assistants.codex.tools import ToolRecords
from hivemindd.assistants.salvage import decode_loosely

_NAME = re.compile(r"rollout-[\dT-]{19}-([0-9a-f-]{36})")
_KIND = 120
_INJECTED = {"developer": ("",), "user": ("# AGENTS.md", "<skill>")}
_BARE_NOTE = (
    "This rollout is in the format of Codex 0.25 and older, which holds neither times nor "
    "folders; it is skipped."
)


class CodexParser:
    """Turns the lines of one rollout into events; satisfies `Parser`."""

    def __init__(self, path: Path, state: bytes, side: SideFiles) -> None:
        """Go on from `state`; `side` reads an earlier line of the same file again."""
        self._state = msgspec.msgpack.decode(state, type=State) if state else State()
        named = _NAME.match(path.name)
        self._named = named[1] if named is not None else path.name.partition(".")[0]
        self._parsed = Parsed()
        self._handlers: dict[str, Callable[[Any, Emitter, Place], None]] = {
            "turn_context": self._turn_context,
            "compacted": self._compacted,
            "event_msg:task_started": self._task_started,
            "event_msg:task_complete": self._task_complete,
            "event_msg:turn_aborted": self._turn_aborted,
            "event_msg:thread_rolled_back": self._rolled_back,
            "event_msg:user_message": self._user_message,
            "event_msg:agent_message": self._agent_message,
            "event_msg:agent_reasoning": self._agent_reasoning,
            "event_msg:agent_reasoning_raw_content": self._agent_reasoning,
            "item:UserMessage": self._user_item,
            "item:AgentMessage": self._agent_item,
            "item:Reasoning": self._reasoning_item,
            "item:Plan": self._plan_item,
            "response_item:message": self._message,
            **ToolRecords(self._state, side).handlers(),
        }

    def feed(self, records: Iterable[tuple[int, bytes]], *, final: bool) -> Parsed:  # noqa: ARG002 nothing waits for the end of a rollout
        """Parse (byte offset, line) pairs; see `Parser`."""
        self._parsed = Parsed()
        for offset, line in records:
            if not self._state.bare:
                self._line(Place(offset, len(line)), line)
        if self._state.session:
            self._parsed.facts[self._state.session] = msgspec.structs.replace(self._state.facts)
        return self._parsed

    def state(self) -> bytes:
        """Return what the next parser of this file needs to know."""
        return msgspec.msgpack.encode(self._state)

    # Lines

    def _line(self, place: Place, line: bytes) -> None:
        head = glance(line)
        if head is not None:
            if is_noise(head.route, line):
                return
            if (payload := read_payload(head.route, line)) is not None:
                self._record(place, line, head, payload)
                return
            if head.route not in records.LINES and not is_glued(line):
                self._unknown(head.route)
                return
        self._any_line(place, line)

    def _any_line(self, place: Place, line: bytes) -> None:
        """Take a line that is damaged, or written in an unusual way."""
        found, damaged = decode_loosely(line)
        self._parsed.malformed += damaged
        for value in found:
            try:
                text = json.dumps(value, separators=(",", ":")).encode()
            except RecursionError:
                self._parsed.malformed += 1
                continue
            head = read_head(text)
            if head is None:
                self._shapeless(value)
            elif head.route not in IGNORED:
                payload = read_payload(head.route, text)
                if payload is not None:
                    self._record(place, text, head, payload)
                else:
                    known = head.route in records.LINES
                    self._unknown(f"{head.route} (shape)" if known else head.route)

    def _shapeless(self, value: dict[str, Any]) -> None:
        first = "type" not in value and {"id", "timestamp"} <= value.keys()
        if not self._state.thread and (first or "record_type" in value):
            self._state.bare = True
            self._parsed.notes.append(_BARE_NOTE)
        else:
            kind = value.get("type")
            self._unknown(f"{kind[:80] if isinstance(kind, str) else '?'} (shape)")

    def _record(self, place: Place, line: bytes, head: Head, payload: Any) -> None:
        state = self._state
        ts = _read_time(head.timestamp) or state.ts
        if isinstance(payload, records.SessionMeta):
            self._session_meta(payload, place, ts)
            return
        if not state.thread:
            state.identify_by_name(self._named)
        if state.is_copied(head, ts, line):
            return
        state.ts, state.started = ts, True
        emitter = Emitter(state, self._parsed.events, seq=place.offset, ts=ts)
        self._handlers[head.route](payload, emitter, place)

    def _session_meta(self, meta: records.SessionMeta, place: Place, ts: int) -> None:
        """Take the first line; a later one is of the thread that this one was copied from."""
        state = self._state
        misplaced = place.offset and meta.id != self._named
        if not state.thread and (misplaced or len(meta.id) > LONGEST_ID):
            state.identify_by_name(self._named)
        if state.thread:
            if meta.id != state.thread and not state.started and not state.inherited:
                state.begin_copy(state.copy_start or ts)
            return
        state.identify(meta)
        base = meta.history_base
        if base is not None and base.thread_id == meta.id:
            emitter = Emitter(state, self._parsed.events, seq=place.offset, ts=ts)
            emitter.rewind(str(base.end_ordinal_exclusive))
        state.copy_start = state.ts = ts

    def _unknown(self, kind: str) -> None:
        key = (self._state.version, kind[:_KIND])
        self._parsed.unknown[key] = self._parsed.unknown.get(key, 0) + 1

    # Turns

    def _turn_context(self, payload: records.TurnContext, _: Emitter, __: Place) -> None:
        state, policy = self._state, payload.approval_policy
        state.reviewed = payload.approvals_reviewer not in (None, "", "user", "none")
        state.take_settings(payload.cwd, policy if isinstance(policy, str) else "granular")

    def _compacted(self, _: records.Nothing, emitter: Emitter, __: Place) -> None:
        emitter.compaction()

    def _task_started(self, payload: records.TaskStarted, _: Emitter, __: Place) -> None:
        by = payload.turn_attribution
        self._state.begin_turn((by.turn_trigger if by is not None else None) or "")

    def _task_complete(self, payload: records.TaskComplete, emitter: Emitter, _: Place) -> None:
        if self._state.end_turn():
            emitter.turn_ended("error" if payload.error else "completed")

    def _turn_aborted(self, payload: records.TurnAborted, emitter: Emitter, _: Place) -> None:
        state = self._state
        stopped = payload.reason == "interrupted" and not state.sidechain
        if stopped and not state.aborted:
            emitter.interrupt()
        if state.end_turn() or stopped:
            emitter.turn_ended(payload.reason or "aborted")

    def _rolled_back(self, payload: records.RolledBack, emitter: Emitter, _: Place) -> None:
        turns = payload.num_turns
        emitter.rewind("", turns=turns, prompt=self._state.take_back(turns))

    # Words

    def _user_message(self, payload: records.UserMessage, emitter: Emitter, _: Place) -> None:
        images = ["[image]" for _ in payload.images or []]
        images += [f"[image: {path}]" for path in payload.local_images or []]
        emitter.prompt(payload.message, images)

    def _user_item(
        self, payload: records.ItemEvent[records.TextItem], emitter: Emitter, _: Place
    ) -> None:
        parts = payload.item.content
        images = ["[image]" for part in parts if part.type == "image"]
        images += [f"[image: {part.path}]" for part in parts if part.type == "local_image"]
        emitter.prompt("".join(part.text or "" for part in parts if part.type == "text"), images)

    def _agent_message(self, payload: records.AgentMessage, emitter: Emitter, _: Place) -> None:
        emitter.reply(payload.message)

    def _agent_item(
        self, payload: records.ItemEvent[records.TextItem], emitter: Emitter, _: Place
    ) -> None:
        emitter.reply("".join(part.text or "" for part in payload.item.content))

    def _agent_reasoning(self, payload: records.AgentReasoning, emitter: Emitter, _: Place) -> None:
        emitter.thought(payload.text)

    def _reasoning_item(
        self, payload: records.ItemEvent[records.ReasoningItem], emitter: Emitter, _: Place
    ) -> None:
        for text in (*payload.item.summary_text, *payload.item.raw_content):
            emitter.thought(text)

    def _plan_item(
        self, payload: records.ItemEvent[records.PlanItem], emitter: Emitter, _: Place
    ) -> None:
        emitter.reply(payload.item.text)

    def _message(self, payload: records.Message, emitter: Emitter, _: Place) -> None:
        """Read what was injected; a person may paste a list of skills, or an agent show one."""
        openings = _INJECTED.get(payload.role)
        for part in payload.content:
            if openings is not None and part.text is not None and part.text.startswith(openings):
                emitter.skills_in(part.text)


def _read_time(stamp: str) -> int:
    """Return ms since 1970 UTC, 0 for what is no time."""
    try:
        return max(0, round(datetime.fromisoformat(stamp).timestamp() * 1000))
    except (ValueError, OverflowError):
        return 0
