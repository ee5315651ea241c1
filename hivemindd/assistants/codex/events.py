"""Codex's records as events: the same for every dialect."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, TypedDict

import msgspec

from hivemindd.assistants.base import OUTPUT_LIMIT, TEXT_LIMIT, beginning, cut, cut_values
from hivemindd.assistants.codex.patch import FileDiff
from hivemindd.assistants.codex.state import State
from hivemindd.assistants.codex.text import (
    Outcome,
    chosen_skill,
    listed_skills,
    opened_skills,
    read_prompt,
)
from hivemindd.events import (
    Author,
    Compaction,
    Denial,
    Edit,
    EditState,
    Event,
    Interrupt,
    Prompt,
    PromptOrigin,
    Reply,
    Rewind,
    SkillListed,
    SkillUsed,
    SubagentStarted,
    Thought,
    ToolCall,
    ToolResult,
    TurnEnded,
)

_TARGETS = ("cmd", "command", "path", "file_path", "query", "url", "message", "task_name", "chars")
_TARGET_LIMIT = 2_000


class Common(TypedDict):
    """The fields that every event has."""

    id: str
    ts: int
    seq: int
    session: str
    assistant: str
    author: Author
    sidechain: bool
    full_chars: int


class Emitter:
    """Makes the events of one record; `state` says whose record it is.

    An id is made of what a record keeps when Codex rewrites its file in the newer
    dialect: thread, time, kind and text or call id. Item ids are not kept.
    """

    def __init__(self, state: State, events: list[Event], *, seq: int, ts: int) -> None:
        """Append to `events`; `seq` and `ts` are those of the record."""
        self._state = state
        self._events = events
        self._seq = seq
        self._ts = ts

    def prompt(self, text: str, images: Iterable[str]) -> None:
        """Emit what was typed, or what a program or another agent sent as a prompt."""
        state, words = self._state, read_prompt(text)
        shown = "\n".join([*([words.text] if words.text else []), *images])
        if not shown:
            return
        origin: PromptOrigin = "typed"
        author: Author = "human"
        if not state.typed_by_person():
            origin, author = "headless", "agent" if state.sidechain else "harness"
        elif words.answer:
            origin = "answer"
        elif state.in_turn and state.prompted:
            origin = "queued"
        if words.canned and author == "human":
            author = "harness"
        cut_text, full = cut(shown, TEXT_LIMIT)
        common = self._common("prompt", text, author=author, full=full)
        if not state.in_turn:
            state.aborted = False
        if not state.in_turn or not state.prompted:
            state.remember_turn(common["id"])
        state.prompted = state.busy = True
        self._events.append(Prompt(**common, text=cut_text, origin=origin, call=words.call))

    def answer(self, call: str, text: str) -> None:
        """Emit what a person answered to a question that a tool asked."""
        author: Author = "human" if self._state.typed_by_person() else "harness"
        answer, full = cut(text, TEXT_LIMIT)
        common = self._common("answer", call, author=author, full=full)
        self._events.append(Prompt(**common, text=answer, origin="answer", call=call))

    def reply(self, text: str) -> None:
        """Emit what the agent showed."""
        if text.strip():
            self._state.busy = True
            shown, full = cut(text, TEXT_LIMIT)
            self._events.append(
                Reply(**self._common("reply", text, author="agent", full=full), text=shown)
            )

    def thought(self, text: str) -> None:
        """Emit a part of the agent's reasoning."""
        if text.strip():
            kept, full = cut(text, TEXT_LIMIT)
            self._events.append(
                Thought(**self._common("thought", text, author="agent", full=full), text=kept)
            )

    def call(self, call: str, name: str, arguments: dict[str, Any]) -> None:
        """Emit a tool call."""
        self._state.busy = True
        target = find_target(arguments)
        values = cut_values(arguments, OUTPUT_LIMIT)
        self._events.append(
            ToolCall(
                **self._common("call", call or target, author="agent"),
                call=call,
                name=name,
                target=beginning(target, _TARGET_LIMIT),
                input=values if isinstance(values, dict) else {},
            )
        )

    def result(self, call: str, outcome: Outcome) -> None:
        """Emit what a tool answered."""
        output, full = cut(outcome.text, OUTPUT_LIMIT)
        self._events.append(
            ToolResult(
                **self._common("result", call, author="tool", full=full),
                call=call,
                output=output,
                failed=outcome.failed,
                exit_code=outcome.exit_code,
            )
        )

    def edits(self, call: str, files: Iterable[FileDiff], standing: EditState) -> None:
        """Emit one edit for each file of a patch."""
        self._state.busy = True
        for file in files:
            diff, full = cut(file.diff, TEXT_LIMIT)
            self._events.append(
                Edit(
                    **self._common("edit", f"{call}:{file.path}", author="agent", full=full),
                    path=file.now,
                    diff=diff,
                    call=call,
                    state=standing,
                )
            )

    def denial(self, call: str) -> None:
        """Emit that a person refused a call, once for each call."""
        if self._state.asks_person() and self._state.deny(call):
            self._events.append(Denial(**self._common("denial", call, author="human"), call=call))

    def interrupt(self) -> None:
        """Emit that a turn was stopped from outside."""
        author: Author = "human" if self._state.typed_by_person() else "harness"
        self._events.append(Interrupt(**self._common("interrupt", "", author=author)))

    def turn_ended(self, status: str) -> None:
        """Emit the end of a turn."""
        self._events.append(TurnEnded(**self._common("turn", "", author="harness"), status=status))

    def rewind(self, mark: str, *, turns: int = 0, prompt: str = "") -> None:
        """Emit that turns were taken back."""
        author: Author = "human" if self._state.person else "harness"
        common = self._common("rewind", mark, author=author)
        self._events.append(Rewind(**common, prompt=prompt, turns=turns))

    def compaction(self) -> None:
        """Emit that the context was summarised."""
        self._events.append(Compaction(**self._common("compaction", "", author="harness")))

    def subagent(self, call: str, agent: str, text: str) -> None:
        """Emit that another agent was started."""
        task, full = cut(text, TEXT_LIMIT)
        self._events.append(
            SubagentStarted(
                **self._common("subagent", f"{call}:{agent}", author="agent", full=full),
                call=call,
                agent=agent,
                text=task,
            )
        )

    def skills_in(self, text: str) -> None:
        """Emit the skills that a message lists, when they changed, or the one that it loads."""
        if (name := chosen_skill(text)) != "":
            author: Author = "human" if self._state.typed_by_person() else "agent"
            self._events.append(SkillUsed(**self._common("skill", name, author=author), name=name))
        elif names := listed_skills(text):
            digest = _digest("\n".join(names))
            if digest != self._state.skills:
                self._state.skills = digest
                self._events.append(
                    SkillListed(**self._common("skills", digest, author="harness"), names=names)
                )

    def skills_opened(self, command: str, call: str) -> None:
        """Emit the skills that a command reads."""
        for name in opened_skills(command):
            self._events.append(
                SkillUsed(**self._common("skill", f"{call}:{name}", author="agent"), name=name)
            )

    def _common(self, kind: str, mark: str, *, author: Author, full: int = 0) -> Common:
        state = self._state
        return {
            "id": f"{state.thread}:{self._ts}:{kind}:{_digest(mark)}",
            "ts": self._ts,
            "seq": self._seq,
            "session": state.session,
            "assistant": "codex",
            "author": author,
            "sidechain": state.sidechain,
            "full_chars": full,
        }


def find_target(arguments: dict[str, Any]) -> str:
    """Return the argument that says what a call is about: its command, path or query."""
    for key in _TARGETS:
        value = arguments.get(key)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list) and value:
            return shell_text(value)
    return ""


def shell_text(command: Any) -> str:
    """Return a command as a person would type it, without the shell that ran it."""
    if isinstance(command, str):
        return command
    words = texts_of(command)
    if len(words) == 3 and words[1] in ("-lc", "-c", "-Command"):
        return words[2]
    return " ".join(words)


def texts_of(value: Any) -> list[str]:
    """Return the texts in a list, none of anything else."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """Return a text as it is, an empty one for anything else."""
    return value if isinstance(value, str) else ""


def read_arguments(value: Any) -> dict[str, Any]:
    """Decode the arguments of a call; what is no JSON object stays as text."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return {}
    try:
        decoded = msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        decoded = None
    return decoded if isinstance(decoded, dict) else {"input": value}


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest() if text else ""
