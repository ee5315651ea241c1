"""What stands inside the texts of a Codex rollout: whose words, which skills, how a tool ended."""

import re
from typing import Any, Literal

import msgspec

from hivemindd.assistants.base import Whole

Refusal = Literal["", "rejected", "aborted"]


class Words(msgspec.Struct, frozen=True):
    """A prompt without what an editor put around it.

    `canned` says that no person wrote it, `answer` that it answers the question that the
    call `call` asked (empty where the card does not name it).
    """

    text: str
    canned: bool = False
    answer: bool = False
    call: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """How a tool call ended; `refusal` says that a person did not let it run."""

    text: str
    exit_code: int | None = None
    failed: bool = False
    refusal: Refusal = ""


class _Reply(msgspec.Struct, frozen=True, rename="camel"):
    question_item_id: str = ""
    answer: str = ""


class _Answer(msgspec.Struct, frozen=True):
    answers: list[str]


class _Answers(msgspec.Struct, frozen=True):
    answers: dict[str, _Answer]


class _Metadata(msgspec.Struct, frozen=True):
    exit_code: Whole | None = None


class _Wrapped(msgspec.Struct, frozen=True):
    output: str
    metadata: _Metadata = _Metadata()


# Buttons and menus of the terminal and of the editors; a prompt is exactly this ...
_BUTTONS = frozenset(
    (
        "Continue from where you left off",
        "Continue from where you left off.",
        "Implement the plan.",
        "Implement this plan.",
        "Yes, implement this plan",
    )
)
# ... or opens with this. Context that is injected beside the prompts is listed as well:
# the events that are read do not hold it, but other clients may write them differently.
_OPENINGS = (
    "# AGENTS.md instructions",
    "<INSTRUCTIONS>",
    "<app-context>",
    "<apps_instructions>",
    "<codex_internal_context",
    "<collaboration_mode",
    "<environment_context>",
    "<environments",
    "<external_",
    "<goal_context>",
    "<heartbeat",
    "<hook_prompt",
    "<model_switch",
    "<permissions",
    "<plugins_instructions>",
    "<realtime_delegation>",
    "<recommended_plugins>",
    "<scheduled-task",
    "<skill>",
    "<skills_instructions>",
    "<subagent_notification>",
    "<turn_aborted>",
    "<user_action>",
    "<user_instructions>",
    "<user_shell_command>",
    "Another language model started to solve this problem",
    "Automation:",
    "Execute the following plan",
    "Generate a file named AGENTS.md that serves as a contributor guide",
    "Implement the following plan",
    "Judge the candidates in this data.",
    "PLEASE IMPLEMENT THIS PLAN",
    "Review the code changes against the base branch",
    "Review the code changes introduced by commit",
    "Review the current code changes (staged, unstaged, and untracked files)",
    "The following is the Codex agent history",
    "Verify this issue exists and fix it",
    "Warning: The maximum number of unified exec processes",
    "Warning: apply_patch was requested via",
    "You are performing a CONTEXT CHECKPOINT",
)
_REQUEST = re.compile(r"^## My request(?: for Codex)?:[ \t]*$", re.MULTILINE)
_REPLY = re.compile(
    r"<send_user_message_question_reply>(.*)</send_user_message_question_reply>", re.DOTALL
)
_NOTE = "user_note: "

_SKILL_LIST = "### Available skills"
_LISTED = re.compile(r"^- ([\w.:-]{1,80}): ", re.MULTILINE)
_CHOSEN = re.compile(r"\s*<skill>\s*<name>([^<]{1,80})</name>")
_SKILL_FILE = re.compile(r"[\\/]SKILL\.md\b")
_SKILL_NAME = re.compile(r"[\w.-]{1,80}$")
_WRITTEN = re.compile(r">\s*[\"']?[^\s\"'|;&<>]*$")
_PATH_LIMIT = 300
_READS = re.compile(r"(?:^|[\s;&|(])(?:cat|sed|head|tail|less|more|bat|nl|awk|Get-Content)\s")

_EXIT = re.compile(r"^(?:Exit code: |Process exited with code )(-?\d{1,10})$", re.MULTILINE)
_ABORTED = re.compile(r"(?:Wall time: [\d.]+ seconds\n)?aborted by user(?: after [\d.]+s)?\s*")
_REJECTED = re.compile(
    r"(?:exec command rejected by user|patch rejected by user|rejected by user"
    r"|user (?:rejected|cancelled) MCP tool call"
    r"|exec_command failed[^\n]{0,4000}Rejected\(\\?\"rejected by user)"
)
_FAILED = (
    "Failed to ",
    "Script failed",
    "Script terminated",
    "apply_patch verification failed",
    "err: ",
    "error: ",
    "exec_command failed",
    "execution error",
    "failed to ",
    "unsupported call",
    "user cancelled MCP",
    "user rejected MCP",
)
_HEADER = 400


def read_prompt(text: str) -> Words:
    """Find the words of a person in a prompt.

    Editors and the desktop program put open files and attachments before them and wrap
    the answers to their own question cards. Where the mark between them and the words stands
    more than once, a file or a paste imitates it, and nobody's words can be told.
    """
    text = text.strip()
    marks: list[re.Match[str]] = []
    if text.startswith("# ") and not text.startswith(_OPENINGS):
        marks = list(_REQUEST.finditer(text))
    if marks:
        text = text[marks[-1].end() :].strip()
    if (reply := _REPLY.fullmatch(text)) is not None:
        return _question_reply(reply[1])
    canned = len(marks) > 1 or text in _BUTTONS or text.startswith(_OPENINGS)
    return Words(text, canned=canned)


def read_answers(output: str) -> str:
    """Return what a person answered to `request_user_input`, empty when nothing."""
    try:
        answers = msgspec.json.decode(output, type=_Answers).answers.values()
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""
    return "\n".join(word.removeprefix(_NOTE) for row in answers for word in row.answers)


def listed_skills(text: str) -> list[str]:
    """Return the names in a list of skills, empty when the text holds none."""
    _, found, rest = text.partition(_SKILL_LIST)
    return _LISTED.findall(rest.partition("\n###")[0]) if found else []


def chosen_skill(text: str) -> str:
    """Return the name of the skill whose body was put into the context, or nothing."""
    found = _CHOSEN.match(text)
    return found[1].strip() if found is not None else ""


def opened_skills(command: str) -> list[str]:
    """Return the names of the skills whose SKILL.md a command reads."""
    if "SKILL.md" not in command or not _READS.search(command):
        return []
    names: dict[str, None] = {}
    for found in _SKILL_FILE.finditer(command):
        before = command[max(0, found.start() - _PATH_LIMIT) : found.start()]
        name = _SKILL_NAME.search(before)
        if name is not None and not _WRITTEN.search(before):
            names[name[0]] = None
    return list(names)


def read_outcome(output: Any) -> Outcome:
    """Read what a tool answered: text, wrapped JSON (up to 0.130) or a list of parts."""
    text, code = _flatten(output), None
    if text.startswith('{"output":'):
        text, code = _unwrap(text)
    elif (found := _EXIT.search(text[:_HEADER].partition("\nOutput:")[0])) is not None:
        code = int(found[1])
    refusal: Refusal = ""
    if _ABORTED.fullmatch(text):
        refusal = "aborted"
    elif _REJECTED.match(text):
        refusal = "rejected"
    failed = text.startswith(_FAILED) if code is None else code != 0
    failed = failed or bool(refusal)
    return Outcome(text, code, failed, refusal)


def _flatten(output: Any, depth: int = 8) -> str:
    if isinstance(output, str):
        return output
    if isinstance(output, dict) and depth:
        content = output.get("content", output.get("text"))
        if content is None and "image_url" in output:
            return "[image]"
        return _flatten(content, depth - 1)
    if isinstance(output, list) and depth:
        texts = [_flatten(part, depth - 1) for part in output]
        return "\n".join(text.removesuffix("\n") for text in texts if text)
    return ""


def _unwrap(text: str) -> tuple[str, int | None]:
    try:
        wrapped = msgspec.json.decode(text, type=_Wrapped)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return text, None
    return wrapped.output, wrapped.metadata.exit_code


def _question_reply(envelope: str) -> Words:
    """Read `[{"questionItemId", "question", "answer"}]`, one row or more."""
    try:
        rows = msgspec.json.decode(envelope, type=list[_Reply])
        item = msgspec.json.decode(rows[0].question_item_id or "[]") if rows else []
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Words(envelope.strip(), canned=True)
    call = item[1] if isinstance(item, list) and len(item) > 1 else ""
    answers = [row.answer.strip() for row in rows if row.answer.strip()]
    return Words(
        "\n".join(answers),
        canned=not answers,
        answer=True,
        call=call if isinstance(call, str) else "",
    )
