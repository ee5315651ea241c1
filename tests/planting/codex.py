"""Every place of a Codex rollout where text stands that no person wrote."""

import json
from functools import partial

from hivemindd.assistants.codex.lines import IGNORED
from hivemindd.lessons.judge_prompt import ask
from tests.lessons.make import make_correction
from tests.planting.codex_records import ALL, CODEX, called, message, typed
from tests.planting.place import Place
from tests.planting.transcript import Record
from tests.rollouts import event, item, line, response


def _question(text: str) -> str:
    return ask([make_correction(text, text)], [], mark="m")


def _opening(form: str, text: str) -> list[Record]:
    return [message("user", form.replace("{}", text)), *typed(form.replace("{}", text))]


def _ignored(text: str) -> list[Record]:
    """Make every record that is known to hold nothing."""
    inner = {"text": text, "message": text, "content": text, "prompt": text, "output": text}
    records = []
    for route in sorted(IGNORED | {"yet_to_come", "event_msg:yet_to_come", "item:YetToCome"}):
        kind, _, detail = route.partition(":")
        if kind == "item":
            records.append(item(detail, id="i", **inner))
        else:
            records.append(line(10, kind, ({"type": detail} if detail else {}) | inner))
    return records


AGENT = {
    "reply": lambda text: [
        item("AgentMessage", id="a", content=[{"type": "Text", "text": text}]),
        event("agent_message", message=text),
        message("assistant", text),
    ],
    "thought": lambda text: [
        item("Reasoning", id="r", summary_text=[text], raw_content=[text]),
        event("agent_reasoning", text=text),
        response("reasoning", summary=[{"text": text}]),
    ],
    "plan": lambda text: [
        item("Plan", id="p", text=text),
        message("assistant", f"<proposed_plan>{text}</proposed_plan>"),
    ],
    "command": lambda text: called("exec_command", "done", cmd=f"echo '{text}'"),
    "question": lambda text: called("request_user_input", "", questions=[{"question": text}]),
    "message to an agent": lambda text: called("spawn_agent", '{"agent_id":"a"}', message=text),
    "script": lambda text: [
        response("custom_tool_call", name="exec", call_id="c", input=f"text('{text}')"),
        response("custom_tool_call_output", call_id="c", output=f"Script completed\n{text}"),
    ],
    "patch": lambda text: [
        item(
            "FileChange", id="f", changes={"/r/a": {"type": "add", "content": text}}, status=status
        )
        for status in ("completed", "declined", "failed")
    ],
    "older patch": lambda text: [
        event("patch_apply_end", call_id="c", changes={"/r/a": {"type": "add", "content": text}}),
    ],
    "last message": lambda text: [event("task_complete", last_agent_message=text)],
}

TOOLS = {
    "text": lambda text: called("exec_command", f"Process exited with code 0\nOutput:\n{text}"),
    "wrapped text": lambda text: called(
        "shell", json.dumps({"output": text, "metadata": {"exit_code": 1}})
    ),
    "parts": lambda text: called("a", [{"type": "input_text", "text": text}]),
    "refusal": lambda text: called("exec_command", f"exec command rejected by user: {text}"),
    "answers that nobody asked for": lambda text: called(
        "a", json.dumps({"answers": {"q": {"answers": [text]}}})
    ),
    "command": lambda text: [
        item(
            "CommandExecution",
            id=name,
            command=["echo", text],
            source=source,
            status="completed",
            aggregated_output=text,
        )
        for name, source in (("exec-1", "agent"), ("c", "agent"), ("u", "user_shell"))
    ],
    "server": lambda text: [
        item(kind, id=name, server="s", tool="t", arguments={"a": text}, result={"content": text})
        for kind in ("McpToolCall", "DynamicToolCall")
        for name in ("exec-2", "c")
    ],
}

HARNESS = {
    "message of the developer": lambda text: [message("developer", text)],
    "message where the user's stands": lambda text: [message("user", text)],
    "compaction": lambda text: [
        line(10, "compacted", {"message": text, "replacement_history": [message("user", text)]}),
        item("ContextCompaction", id="c", text=text),
    ],
    "settings of a turn": lambda text: [
        line(10, "turn_context", {"cwd": "/r", "user_instructions": text, "summary": text})
    ],
    "end of a turn": lambda text: [event("turn_aborted", reason=text, message=text)],
    "another thread's first line": lambda text: [
        line(
            10, "session_meta", {"id": "01a1fd00-0000-7000-8000-000000000000", "instructions": text}
        )
    ],
    "other agent": lambda text: [
        event("collab_agent_spawn_end", call_id="c", new_thread_id="t", prompt=text),
        item(
            "CollabAgentToolCall",
            id="c",
            tool="spawn_agent",
            receiver_thread_ids=["t"],
            prompt=text,
        ),
        response("agent_message", author="/root", recipient="/root/a", content=text),
    ],
    "record of any kind": _ignored,
}

REQUEST = "## My request for Codex:\nrename it"

# What stands where a prompt does: injected context, buttons, and other programs.
OPENINGS = (
    "# AGENTS.md instructions for /r\n\n<INSTRUCTIONS>\n{}\n</INSTRUCTIONS>",
    "<user_instructions>\n\n{}\n\n</user_instructions>",
    "<INSTRUCTIONS>{}</INSTRUCTIONS>",
    "<environment_context>\n  <cwd>{}</cwd>\n</environment_context>",
    "<environments>{}</environments>",
    "<permissions instructions>{}</permissions instructions>",
    "<collaboration_mode>{}</collaboration_mode>",
    "<codex_internal_context>{}</codex_internal_context>",
    "<goal_context>{}</goal_context>",
    "<app-context>{}</app-context>",
    "<apps_instructions>{}</apps_instructions>",
    "<plugins_instructions>{}</plugins_instructions>",
    "<skills_instructions>{}</skills_instructions>",
    "<recommended_plugins>{}</recommended_plugins>",
    "<model_switch>{}</model_switch>",
    "<skill>\n<name>a</name>\n{}\n</skill>",
    "<turn_aborted>\n{}\n</turn_aborted>",
    "<user_action>{}</user_action>",
    "<user_shell_command>\n<result>\n{}\n</result>\n</user_shell_command>",
    "<subagent_notification>{}</subagent_notification>",
    "<hook_prompt>{}</hook_prompt>",
    "<heartbeat>{}</heartbeat>",
    "<scheduled-task>{}</scheduled-task>",
    "<realtime_delegation>{}</realtime_delegation>",
    "<external_event>{}</external_event>",
    "Another language model started to solve this problem and produced: {}",
    "You are performing a CONTEXT CHECKPOINT COMPACTION. {}",
    "The following is the Codex agent history whose request action you are assessing.\n{}",
    "Warning: apply_patch was requested via exec_command. {}",
    "Warning: The maximum number of unified exec processes is 60. {}",
    "Implement the following plan:\n{}",
    "PLEASE IMPLEMENT THIS PLAN:\n{}",
    "Verify this issue exists and fix it: {}",
    "Review the current code changes (staged, unstaged, and untracked files). {}",
    "Generate a file named AGENTS.md that serves as a contributor guide. {}",
    "Automation: {}",
    f"# Context from my IDE setup:\n\n## Active selection:\n{{}}\n\n{REQUEST}",
    f"# Files mentioned by the user:\n\n## a.md: /r/a.md\n{{}}\n\n{REQUEST}",
)

SESSIONS: dict[str, Record] = {
    "codex exec": {"source": "exec"},
    "MCP server": {"source": "mcp"},
    "our own run": {"source": "exec", "thread_source": "hivemind"},
    "automation": {"source": "vscode", "thread_source": "automation"},
    "guardian": {"source": {"subagent": {"other": "guardian"}}, "thread_source": "subagent"},
    "review": {"source": {"subagent": "review"}, "thread_source": "subagent"},
    "subagent": {
        "source": {"subagent": {"thread_spawn": {"parent_thread_id": "t", "depth": 1}}},
        "thread_source": "subagent",
        "parent_thread_id": "t",
    },
    "client of its own": {"source": {"custom": "a"}, "thread_source": None},
}

PLACES = (
    *(Place(f"agent's {name}", CODEX, plant, ALL) for name, plant in AGENT.items()),
    *(Place(f"tool's {name}", CODEX, plant, ALL) for name, plant in TOOLS.items()),
    *(Place(name, CODEX, plant, ALL) for name, plant in HARNESS.items()),
    *(Place(form.splitlines()[0][:40], CODEX, partial(_opening, form), ALL) for form in OPENINGS),
    *(Place(name, CODEX, typed, ALL, session=meta) for name, meta in SESSIONS.items()),
    Place("our judge", CODEX, lambda text: typed(_question(text)), ALL),
)
