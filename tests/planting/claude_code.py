"""Every place of a Claude Code transcript where text stands that no person wrote."""

from functools import partial

from hivemindd.assistants.claude_code import kinds
from hivemindd.lessons.judge_prompt import ask
from tests.lessons.make import make_correction
from tests.planting.claude_code_records import (
    ALL,
    CLAUDE_CODE,
    LABELLED,
    REFUSED,
    UNLABELLED,
    answered,
    assistant,
    attached,
    called,
    edited,
    said,
    user,
)
from tests.planting.place import Place
from tests.planting.transcript import Record

_SUBAGENT = "{folder}/{stem}/subagents"


def _notice(text: str) -> str:
    return f"<task-notification>\n<result>{text}</result>\n</task-notification>"


def _question(text: str) -> str:
    return ask([make_correction(text, text)], [], mark="m")


def _opening(form: str, text: str) -> list[Record]:
    return [user(form.replace("{}", text))]


AGENT = {
    "reply": lambda text: [assistant(said(text))],
    "thinking": lambda text: [assistant({"type": "thinking", "thinking": text})],
    "command": lambda text: [called("Bash", command=f"echo '{text}'", description=text)],
    "task for a subagent": lambda text: [called("Task", subagent_type="a", prompt=text)],
    "question": lambda text: [called("AskUserQuestion", questions=[{"question": text}])],
    "plan": lambda text: [called("ExitPlanMode", plan=text)],
    "record in a tool's input": lambda text: [
        called("Send", body=user(text, promptSource="typed"))
    ],
    "edit": edited,
    "API error": lambda text: [
        assistant(said(f"API Error: {text}"), isApiErrorMessage=True),
    ],
}

TOOLS = {
    "text": lambda text: [answered(text, toolUseResult={"stdout": text, "stderr": text})],
    "parts": lambda text: [answered([said("ok"), said(text)], toolUseResult=text)],
    "failure": lambda text: [
        answered(f"Exit code 1\n{text}", failed=True, toolUseResult=f"Error: {text}")
    ],
    "error of the harness": lambda text: [
        answered(f"<tool_use_error>{text}</tool_use_error>", failed=True)
    ],
    "file that was read": lambda text: [
        answered(f"1\t{text}", toolUseResult={"type": "text", "file": {"content": text}})
    ],
    "answer of a subagent": lambda text: [
        answered(text, toolUseResult={"status": "completed", "prompt": text, "content": text})
    ],
    "refusal that somebody quotes": lambda text: [answered(f"1\n{REFUSED}{text}", failed=True)],
    "refusal that succeeds": lambda text: [answered(REFUSED + text)],
    "refusal by a rule": lambda text: [
        answered(REFUSED + text, failed=True, toolDenialKind="permission-rule")
    ],
    "refusal by a classifier": lambda text: [
        answered(REFUSED + text, failed=True, toolDenialKind="automode-blocked")
    ],
    "reminder beside an answer": lambda text: [
        answered("ok", said(f"<system-reminder>\n{text}\n</system-reminder>"))
    ],
}

HARNESS = {
    "meta": lambda text: [user(text, isMeta=True)],
    "compaction": lambda text: [user(text, isCompactSummary=True)],
    "shown in the transcript only": lambda text: [user(text, isVisibleInTranscriptOnly=True)],
    "plan that was accepted": lambda text: [user(text, planContent=text)],
    "body of a skill": lambda text: [user(text, sourceToolUseID="toolu_planted")],
    "prompt of the system": lambda text: [user(text, promptSource="system")],
    "notice in the queue": lambda text: [
        {"type": "queue-operation", "operation": operation, "content": _notice(text)}
        for operation in ("enqueue", "remove", "enqueue", "dequeue")
    ],
    "notice that waited": lambda text: [
        attached("queued_command", text, commandMode="task-notification")
    ],
    "words of a peer that waited": lambda text: [
        attached("queued_command", text, commandMode="prompt", origin={"kind": "peer"})
    ],
    "attachment of any kind": lambda text: [
        attached(kind, text) for kind in sorted(kinds.ATTACHMENTS | {"yet to come"})
    ],
    "system record of any kind": lambda text: [
        {"type": "system", "subtype": kind, "content": text, "hookErrors": [text]}
        for kind in sorted(kinds.SYSTEM | {"compact_boundary", "turn_duration", "yet to come"})
    ],
    "record of any kind": lambda text: [
        user(text, type=kind, summary=text, lastPrompt=text, customTitle=text, data=user(text))
        for kind in sorted(kinds.RECORDS | {"yet to come"})
    ],
}

OTHERS = {
    kind: partial(lambda kind, text: [user(text, origin={"kind": kind})], kind)
    for kind in (
        "task-notification",
        "peer",
        "channel",
        "coordinator",
        "auto-continuation",
        "unclassified",
        "yet to come",
    )
}

# What stands where a prompt does, in versions that do not say whose it is.
OPENINGS = (
    "<system-reminder>\n{}\n</system-reminder>",
    "<system-reminder>a</system-reminder>\n<system-reminder>{}</system-reminder>",
    "<system-reminder>see <system-reminder>x</system-reminder>\n{}\n</system-reminder>",
    "<ide_selection>{}</ide_selection>",
    "<ide_opened_file>{}</ide_opened_file>",
    "<local-command-stdout>{}</local-command-stdout>",
    "<local-command-stderr>{}</local-command-stderr>",
    "<local-command-caveat>{}</local-command-caveat>",
    "<command-name>/model</command-name>\n<command-args>{}</command-args>",
    "<command-message>{}</command-message>\n<command-name>/x</command-name>",
    "<ide_x>y</ide_x>\n<command-name>/model</command-name>\n<command-args>{}</command-args>",
    "<bash-input>echo {}</bash-input>",
    "<bash-stdout>{}</bash-stdout><bash-stderr>{}</bash-stderr>",
    "<task-notification>\n{}\n</task-notification>",
    "<agent-notification>\n{}\n</agent-notification>",
    "<subagent_notification>{}</subagent_notification>",
    "<teammate-message from='a'>{}</teammate-message>",
    "<agent-message>{}</agent-message>",
    "<channel name='a'>{}</channel>",
    "<scheduled-task>{}</scheduled-task>",
    "<heartbeat>{}</heartbeat>",
    "<tick>{}</tick>",
    "<hook_context>{}</hook_context>",
    "<user-prompt-submit-hook>{}</user-prompt-submit-hook>",
    "<session-start-hook>{}</session-start-hook>",
    "Caveat: The messages below were generated by the user while running local commands.\n{}",
    "This session is being continued from a previous conversation that ran out.\n\n{}",
    "Your task is to create a detailed summary of the conversation.\n\n{}",
    "## Context from previous session\n\n{}",
    "Another Claude session sent a message:\n{}",
    "Base directory for this skill: /x\n\n{}",
    "Stop hook feedback:\n{}",
    "SubagentStop hook feedback:\n- [check]: {}",
    "PreToolUse:Bash hook feedback:\n{}",
    "Operation stopped by hook: {}",
    "[Request interrupted by user]\n{}",
    "Your response above was cut off mid-stream. {}",
    "API Error: 529 {}",
    "Implement the following plan:\n\n{}",
    "Execute the following plan:\n\n{}",
    "[SUGGESTION MODE: {}]",
    "[Image: source: /a.png] {}",
    "Unknown slash command: {}",
    "Your tool call was malformed. {}",
    "Generate a short title for: {}",
    "A session-scoped timer fired: {}",
    "<<autonomous-loop>> {}",
    "You are a senior review agent. {}",
    "▣ DCP | {}",
    "[SYSTEM DIRECTIVE: {}]",
    "[BACKGROUND TASK COMPLETED] {}",
)

SESSIONS = (
    Place(
        "headless",
        CLAUDE_CODE,
        lambda text: [user(text)],
        ALL,
        session={"entrypoint": "sdk-cli", "promptSource": "sdk", "origin": None},
    ),
    Place(
        "SDK",
        CLAUDE_CODE,
        lambda text: [user(text), answered(REFUSED + text, failed=True)],
        ALL,
        session={"entrypoint": "sdk-py", "origin": None},
    ),
    Place("our judge", CLAUDE_CODE, lambda text: [user(_question(text))], ALL),
    Place(
        "our judge, headless",
        CLAUDE_CODE,
        lambda text: [user(_question(text), promptSource="sdk")],
        ALL,
        session={"entrypoint": "sdk-cli", "origin": None},
    ),
    Place(
        "subagent", CLAUDE_CODE, lambda text: [user(text)], ALL, path=f"{_SUBAGENT}/agent-1.jsonl"
    ),
    Place(
        "agent of a workflow",
        CLAUDE_CODE,
        lambda text: [user(text)],
        ALL,
        path=f"{_SUBAGENT}/workflows/wf_1/agent-2.jsonl",
    ),
    Place(
        "older subagent",
        CLAUDE_CODE,
        lambda text: [user(text)],
        UNLABELLED,
        path="{folder}/agent-1.jsonl",
    ),
    Place("sidechain", CLAUDE_CODE, lambda text: [user(text, isSidechain=True)], ALL),
    Place("agent beside", CLAUDE_CODE, lambda text: [user(text, agentId="a1")], ALL),
)

PLACES = (
    *(Place(f"agent's {name}", CLAUDE_CODE, plant, ALL) for name, plant in AGENT.items()),
    *(Place(f"tool's {name}", CLAUDE_CODE, plant, ALL) for name, plant in TOOLS.items()),
    # Newer versions say of every refusal who refused, so that none can be imitated.
    Place(
        "tool's refusal, word for word",
        CLAUDE_CODE,
        lambda text: [answered(REFUSED + text, failed=True, toolUseResult=f"Error: {text}")],
        LABELLED,
    ),
    *(Place(name, CLAUDE_CODE, plant, ALL) for name, plant in HARNESS.items()),
    *(Place(f"origin {name}", CLAUDE_CODE, plant, LABELLED) for name, plant in OTHERS.items()),
    *(
        Place(form.splitlines()[0][:40], CLAUDE_CODE, partial(_opening, form), ALL)
        for form in OPENINGS
    ),
    *SESSIONS,
)
