"""What a person wrote inside a user record of Cursor, and when.

Around the words stand context blocks, and some records hold no person's words at all:
Cursor itself went on after a subagent, or a button was pressed.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hivemindd.assistants.context import without_blocks
from hivemindd.events import Author

QUERY, QUERY_END = "<user_query>", "</user_query>"

# All but the last line are what Cursor's own writer removes today; older files have it.
CONTEXT_TAGS = (
    "user_info|project_layout|rules|always_applied_workspace_rules|user_rules"
    "|agent_requestable_workspace_rules|agent_skills|available_skills|cloud_instructions"
    "|cloud_task_instructions|open_and_recently_viewed_files|system_reminder|system-reminder"
    "|instructions_update|mcp_instructions|mcp_file_system|mcp_file_system_servers|git_status"
    "|agent_transcripts|cursor_rules_context|attached_files|system_notification"
    "|task_notification|agent_notification"
    "|image_files|uploaded_documents|manually_attached_skills|cursor_commands"
)
NOTIFICATIONS = ("<system_notification>", "<task_notification>", "<agent_notification>")

CONTINUATIONS = (
    "The above subagent result is already visible",
    "The beginning of the above subagent result is already visible",
    "Perform any necessary follow-up actions in response to the subagent completion",
    "Briefly inform the user about the task result",
)
LIKE_CONTINUATIONS = (
    "The above subagent",
    "The beginning of the above",
    "Perform any necessary follow-up",
    "Briefly inform the user",
)
# A prompt of a button is exactly this, with or without a full stop: people go on after it ...
BUTTONS = frozenset(
    (
        "Implement the plan",
        "Implement the plan as specified",
        "Continue from where you left off",
        "@agent Continue",
    )
)
# ... or opens with this.
OPENINGS = (
    "Implement the plan as specified, it is attached",
    "Implement the plan as specified. Do NOT edit",
    "Implement the plan as specified. To-do",
    "Implement the following plan",
    "Execute the following plan",
    "PLEASE IMPLEMENT THIS PLAN",
    "Verify this issue exists and fix it",
    "Add file to the chat?",
    "Run shell command?",
    "@agent Continue:",
)

_CONTEXT = re.compile(rf"<(/?)({CONTEXT_TAGS})(?:\s[^<>]{{0,200}})?>")
_STAMP = re.compile(r"<timestamp>([^<]{1,100})</timestamp>")
_STAMPED = re.compile(r"<(/?)(timestamp)>")
# The space before AM and PM may be U+202F, which \s takes too.
_TIME = re.compile(
    r"([A-Z][a-z]{2})[a-z]*\s([0-9]{1,2}),\s([0-9]{4}),\s"
    r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?\s?([AP])M\s"
    r"\(UTC(?:([-+\u2212])([0-9]{1,2})(?::([0-9]{2}))?)?\)"
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


class UserText(NamedTuple):
    """What a user record says; `ts` is in ms since 1970 UTC, 0 where it has no time."""

    text: str
    author: Author
    ts: int


def read(record: str) -> UserText:
    """Take a user record apart; no text where Cursor went on by itself.

    A text that still holds the marks of a query cannot be told from a file that imitates
    them, so it is not a person's.
    """
    context, marked, query = without_blocks(record, _CONTEXT).partition(QUERY)
    found = _STAMP.search(context)
    ts = parse_time(found[1]) if found else 0
    lead = without_blocks(context, _STAMPED).strip()
    text = (query.rpartition(QUERY_END)[0] or query) if marked else lead
    one_line = bool(marked) and not text.startswith(("\n", "\r\n"))
    notified = any(mark in record.partition(QUERY)[0] for mark in NOTIFICATIONS)
    text = text.strip()
    # A person's query starts on a line of its own, but some older builds put it on one.
    doubtful = one_line and (notified or text.startswith(LIKE_CONTINUATIONS))
    if doubtful or text.startswith(CONTINUATIONS) or lead.startswith(CONTINUATIONS):
        return UserText("", "harness", ts)
    ours = _is_pressed(text) or QUERY in text or QUERY_END in text
    # What Cursor says itself may hold the marks of a query that somebody quotes.
    ours = ours or _is_pressed(lead)
    return UserText(text, "harness" if ours else "human", ts)


def _is_pressed(text: str) -> bool:
    """Tell whether a button, not a person, has written a text."""
    return text.removesuffix(".") in BUTTONS or text.startswith(OPENINGS)


def words(record: str) -> str:
    """Return what a user record says without what stands around it, whoever says it."""
    context, marked, query = without_blocks(record, _CONTEXT).partition(QUERY)
    if marked:
        return query.rpartition(QUERY_END)[0] or query
    return without_blocks(context, _STAMPED)


def parse_time(text: str) -> int:
    """Parse `Friday, May 8, 2026, 6:05 AM (UTC+5:30)` into ms since 1970 UTC, else 0."""
    found = _TIME.search(text)
    if not found:
        return 0
    month, day, year, hour, minute, half, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    clock = timedelta(hours=int(hour) % 12 + (12 if half == "P" else 0), minutes=int(minute))
    try:
        date = datetime(int(year), _MONTHS.index(month) // 3 + 1, int(day), tzinfo=UTC)
        local = date + clock
        moment = local + offset if sign in {"-", "\u2212"} else local - offset
    except (ValueError, OverflowError):
        return 0
    return max(0, int(moment.timestamp() * 1000))
