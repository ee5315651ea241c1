"""The tools of a Codex rollout: calls, what they answered, the files they changed."""

from collections.abc import Callable
from typing import Any

import msgspec

from hivemindd.assistants.base import SideFiles
from hivemindd.assistants.codex import records
from hivemindd.assistants.codex.events import Emitter, read_arguments, shell_text, text_of, texts_of
from hivemindd.assistants.codex.lines import UNDECODABLE
from hivemindd.assistants.codex.patch import FileDiff, from_changes, from_text, in_command
from hivemindd.assistants.codex.state import Place, State
from hivemindd.assistants.codex.text import Outcome, read_answers, read_outcome
from hivemindd.assistants.salvage import decode_loosely
from hivemindd.events import EditState

_SHELLS = frozenset(("exec_command", "shell", "shell_command", "local_shell", "container.exec"))
_AWAITED = _SHELLS | {"apply_patch", "spawn_agent", "request_user_input"}
_NESTED = "exec-"
_KEPT = 64


class ToolRecords:
    """Turns records of tools into events.

    A patch, a question and the start of an agent come out with their output only. Until
    then the state holds the place of the call, from where it is read again after a
    restart. In code mode the agent writes a script; what the script does stands in items
    of its own, whose ids begin with `exec-`.
    """

    def __init__(self, state: State, side: SideFiles) -> None:
        """Share the parser's state; `side` reads an earlier line of the same file again."""
        self._state = state
        self._side = side
        self._known: dict[str, tuple[Place, records.Call]] = {}

    def handlers(self) -> dict[str, Callable[[Any, Emitter, Place], None]]:
        """Return what takes the payloads of each route that concerns tools."""
        return {
            "event_msg:patch_apply_end": self._patch_apply_end,
            "event_msg:collab_agent_spawn_end": self._spawned,
            "event_msg:sub_agent_activity": self._activity,
            "item:CommandExecution": self._command_item,
            "item:FileChange": self._file_change,
            "item:McpToolCall": self._tool_item,
            "item:DynamicToolCall": self._tool_item,
            "item:CollabAgentToolCall": self._collab_item,
            "item:SubAgentActivity": self._activity_item,
            "response_item:function_call": self._call,
            "response_item:custom_tool_call": self._call,
            "response_item:local_shell_call": self._shell_call,
            "response_item:web_search_call": self._search_call,
            "response_item:function_call_output": self._output,
            "response_item:custom_tool_call_output": self._output,
        }

    def _call(self, payload: records.Call, emitter: Emitter, place: Place) -> None:
        arguments = read_arguments(
            payload.arguments if payload.arguments is not None else payload.input
        )
        space = payload.namespace or ""
        name = f"{space}__{payload.name}" if space.startswith("mcp__") else payload.name
        emitter.call(payload.call_id, name, arguments)
        if payload.name in _SHELLS:
            command = arguments.get("cmd") or arguments.get("command")
            emitter.skills_opened(shell_text(command), payload.call_id)
        self._state.nested_denial = False
        if payload.name in _AWAITED:
            self._state.await_output(payload.call_id, place)
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[payload.call_id] = (place, payload)

    def _shell_call(self, payload: records.ShellCall, emitter: Emitter, _: Place) -> None:
        action = payload.action if isinstance(payload.action, dict) else {}
        call = payload.call_id or ""
        command = shell_text(action.get("command"))
        emitter.call(call, "local_shell", {"command": command})
        emitter.skills_opened(command, call)

    def _search_call(self, payload: records.SearchCall, emitter: Emitter, _: Place) -> None:
        action = payload.action if isinstance(payload.action, dict) else {}
        emitter.call(payload.id or "", "web_search", action)

    def _output(self, payload: records.Output, emitter: Emitter, _: Place) -> None:
        call, outcome = payload.call_id, read_outcome(payload.output)
        emitter.result(call, outcome)
        asked = self._recall(call)
        if asked is not None:
            self._settle(asked, outcome, emitter)
        self._refused(call, outcome, emitter)

    def _settle(self, asked: records.Call, outcome: Outcome, emitter: Emitter) -> None:
        """Emit what an output says about the call that waited for it."""
        call = asked.call_id
        arguments = read_arguments(asked.arguments)
        if asked.name == "request_user_input":
            if (answer := read_answers(outcome.text)) != "":
                emitter.answer(call, answer)
        elif asked.name == "spawn_agent":
            started = read_arguments(outcome.text)
            agent = started.get("agent_id") or started.get("task_name")
            if isinstance(agent, str):
                emitter.subagent(call, agent, text_of(arguments.get("message")))
        elif files := self._files_of(asked):
            standing: EditState = "failed" if outcome.failed else "applied"
            emitter.edits(call, files, "declined" if outcome.refusal else standing)

    def _refused(self, call: str, outcome: Outcome, emitter: Emitter) -> None:
        """Emit a denial; choosing "no" in the terminal aborts the turn, with all its calls."""
        state = self._state
        if outcome.refusal == "aborted":
            if state.asks_person() and not state.sidechain and not state.aborted:
                state.aborted = True
                emitter.denial(call)
        elif outcome.refusal == "rejected" and not state.nested_denial:
            emitter.denial(call)

    def _patch_apply_end(self, payload: records.PatchApplyEnd, emitter: Emitter, _: Place) -> None:
        status = payload.status or ("completed" if payload.success else "failed")
        self._patched(payload.call_id, payload.changes, status, emitter)

    def _file_change(
        self, payload: records.ItemEvent[records.FileChangeItem], emitter: Emitter, _: Place
    ) -> None:
        item = payload.item
        self._patched(item.id, item.changes, item.status or "completed", emitter)

    def _patched(
        self, call: str, changes: dict[str, records.Change], status: str, emitter: Emitter
    ) -> None:
        standings: dict[str, EditState] = {"completed": "applied", "declined": "declined"}
        self._state.calls.pop(call, None)
        emitter.edits(call, from_changes(changes), standings.get(status, "failed"))
        if status == "declined":
            self._nested_denial(call, emitter)

    def _nested_denial(self, call: str, emitter: Emitter) -> None:
        self._state.nested_denial = call.startswith(_NESTED)
        emitter.denial(call)

    def _command_item(
        self, payload: records.ItemEvent[records.CommandItem], emitter: Emitter, _: Place
    ) -> None:
        """Take the commands of a script (code mode): no call of their own records them."""
        item = payload.item
        if not item.id.startswith(_NESTED) or item.source == "user_shell":
            return
        command = shell_text(item.command)
        emitter.call(item.id, "exec_command", {"cmd": command})
        emitter.skills_opened(command, item.id)
        failed = item.status in ("failed", "declined") or item.exit_code not in (None, 0)
        emitter.result(item.id, Outcome(item.aggregated_output or "", item.exit_code, failed))
        if item.status == "declined":
            self._nested_denial(item.id, emitter)

    def _tool_item(
        self, payload: records.ItemEvent[records.ToolItem], emitter: Emitter, _: Place
    ) -> None:
        """Take the other tools of a script."""
        item = payload.item
        if not item.id.startswith(_NESTED):
            return
        name = f"mcp__{item.server}__{item.tool}" if item.server else item.tool
        emitter.call(item.id, name, read_arguments(item.arguments))
        answer = item.result if item.result is not None else item.content_items
        text = read_outcome(item.error if answer is None else answer).text
        emitter.result(item.id, Outcome(text, failed=item.status == "failed"))

    def _spawned(self, payload: records.Spawned, emitter: Emitter, _: Place) -> None:
        self._subagent(payload.call_id, payload.new_thread_id, payload.prompt, emitter)

    def _collab_item(
        self, payload: records.ItemEvent[records.CollabItem], emitter: Emitter, _: Place
    ) -> None:
        item = payload.item
        if item.tool in ("spawn_agent", "spawnAgent") and item.receiver_thread_ids:
            self._subagent(item.id, item.receiver_thread_ids[0], item.prompt, emitter)

    def _activity(self, payload: records.Activity, emitter: Emitter, _: Place) -> None:
        if payload.kind == "started":
            self._subagent(payload.event_id, payload.agent_thread_id, "", emitter)

    def _activity_item(
        self, payload: records.ItemEvent[records.ActivityItem], emitter: Emitter, _: Place
    ) -> None:
        if payload.item.kind == "started":
            self._subagent(payload.item.id, payload.item.agent_thread_id, "", emitter)

    def _subagent(self, call: str, agent: str | None, text: str | None, emitter: Emitter) -> None:
        asked = self._recall(call)
        if agent:
            message = read_arguments(asked.arguments).get("message") if asked is not None else ""
            emitter.subagent(call, agent, text or text_of(message))

    def _recall(self, call: str) -> records.Call | None:
        """Return a call that was waiting, from memory or from the file again."""
        place = self._state.calls.pop(call, None)
        if place is None:
            return None
        known = self._known.pop(call, None)
        if known is not None and known[0] == place:
            return known[1]
        line = self._side.read_at(place.offset, place.length)
        for value in decode_loosely(line)[0]:
            try:
                asked = msgspec.convert(value.get("payload"), records.Call)
            except UNDECODABLE:
                continue
            if asked.call_id == call:
                return asked
        return None

    def _files_of(self, asked: records.Call) -> list[FileDiff]:
        """Return the files of the patch that a call gives, none when it gives none."""
        arguments = read_arguments(asked.arguments if asked.arguments is not None else asked.input)
        folder = arguments.get("workdir")
        folder = folder if isinstance(folder, str) and folder else self._state.cwd
        if asked.name == "apply_patch":
            return list(from_text(text_of(arguments.get("input")), folder))
        given = arguments.get("cmd") or arguments.get("command")
        command = given if isinstance(given, str) else texts_of(given)
        text, folder = in_command(command, folder)
        return list(from_text(text, folder)) if text else []
