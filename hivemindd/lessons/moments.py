"""What the small model is given of a correction: the words, and what was done before them."""

import re

from hivemindd.records import Correction

BY_WORDS = frozenset({"follow-up", "queued-prompt", "comment"})
WORDS_CHARS = 1_200
ACTIONS = 3
ACTION_CHARS = 60
SAID_CHARS = 280
DEED_CHARS = 120

_CALL = re.compile(r"[A-Za-z_][\w.:-]{0,40}\((.*)\)?")
_HUNK = re.compile(r"^@@ -[\d,]+ \+[\d,]+ @@ ?\n?", re.MULTILINE)
_AWAY = re.compile(r"(?<![\w./:-])~?/(?:[\w.@+-]+/)+(?=[\w.@+-]+/[\w.@+-])")


def moment(correction: Correction) -> tuple[str, str]:
    """Return a person's words, and how they came with what the agent did and said before."""
    calls, said = _parts(correction.agent_output)
    channel = "" if correction.channel == "follow-up" else f"{correction.channel}:"
    actions = " ".join(call[:ACTION_CHARS] for call in calls[-ACTIONS:])
    before = f"{channel} {actions} {said[-SAID_CHARS:]}"
    return correction.reason[:WORDS_CHARS], before.strip()


def deed(agent_output: str) -> str:
    """Return in a line what an agent last did: a command, a change, or what it said."""
    calls, said = _parts(agent_output)
    called = _CALL.fullmatch(calls[-1]) if calls else None
    inner = called[1].removesuffix(")") if called else ""
    return " ".join(f"{inner} {said}".split())[:DEED_CHARS].strip()


def _parts(agent_output: str) -> tuple[list[str], str]:
    """Return the calls, a line each, and the rest: diffs and the last reply.

    Of an absolute path the last two names are left: where a project lies says nothing, and
    would take the room of what does. So does where in its file a change stands.
    """
    lines = _AWAY.sub("", _HUNK.sub("", agent_output)).splitlines()
    calls = [line for line in lines if _CALL.fullmatch(line)]
    return calls, "\n".join(line for line in lines if not _CALL.fullmatch(line))
