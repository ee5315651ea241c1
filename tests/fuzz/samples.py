"""What is damaged: a few lines of each transcript of the fixtures, sound files of all kinds."""

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from tests.fuzz import texts
from tests.fuzz.transcripts import PATHS

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"
REPLIES = Path(__file__).parents[1] / "lessons/replies"
LINES = 8
BYTES = 32_768

CONFIG = b"""\
idle_after = "5m"
skillify_every_n_turns = 20
learn_from = [
  "codex",  # and no other
  'cursor',
]
ignore = ["~/clients/**", "**/secret-*"]
keep = "90 days"
max_disk = \"\"\"2 GB\"\"\"
[judge]
kind = "local"
timeout = "60s"
daily_budget = 0.25
"""
PROJECT = (
    b'\x00{"workspaceId":"shop","collect":true}',
    b'\x02{"collect":"no"}',
    b"\x04export HIVEMIND_WORKSPACE_ID='shop'\nexport HIVEMIND_CAPTURE=false # why\n",
    b"\x06gitdir: ../main/.git/worktrees/shop\n",
    b"\x08[core]\n\tbare = false\n\tworktree = ../shop\n",
    b"\x05[core]\n\tbare = true\n\tworktree = /srv/shop\n",
    b"\x01gitdir: x\n",
    b"\x03../..\n",
)
SKILL = b"""\
---
name: "package-commands"
description: "Use pnpm. Use this skill whenever you are about to install."
---

# Package commands

## Rules

- Use `pnpm` instead of `npm`.

<!-- hivemindd:skill_id=0198f000-aaaa v3 -->
\0\0{"format":1,"skill_id":"0198f000-aaaa","version":3,"lessons":[{"lesson":"ab"}]}
"""
TOMBSTONES = (
    b'{"session":"AAECAwQFBgc=","until":1795246800000,"events":"AAECAwQFBgcICQoLDA0ODw=="}\n'
    b'{"session":"AQIDBAUGBwg=","until":1,"aged":true}\n'
    b'{"type":"omission","session":"AQIDBAUGBwg=","mark":"LQ==","why_not":"no"}\n'
    b'{"type":"paused","until":{"w":0},"since":{"w":1795246800000}}\n'
)
SIDE = (
    b'{"pid":1,"sessionId":"x","status":"idle","procStart":"4"}',
    b'{"workspacePath":"/home/dev/shop","cwd":"a"}',
    b"0.147.0-alpha.1",
    zstandard.compress(b'{"timestamp":"t"}\n' * 40),
)
REQUESTS = (
    {"op": "status"},
    {"op": "pause", "args": {"workspace": "/home/dev/shop", "until_ms": 1795246800000}},
    {"op": "resume", "args": {"workspace": "", "catch_up": True}, "version": 1},
    {"op": "skillify", "args": {"workspace": "team-notes"}},
    {"op": "forget", "args": {"sessions": ["x"], "workspace": "w", "before": 1}},
    {"op": "approve", "args": {"workspace": "w", "skill": "s", "root": "", "proposal": "p"}},
    {"op": "reject", "args": {"workspace": "w", "lesson": "l"}},
    {"op": "show", "args": {"workspace": "w", "skill": "s", "root": "/"}},
    *({"op": op, "args": {"workspace": "w", "skill": "s"}} for op in ("retire", "pin", "undo")),
)
ANSWERS: tuple[dict[str, Any], ...] = (
    {"data": {"pid": 7, "version": "0.1", "prefix": "/usr", "started_ms": 1, "backlog": 2}},
    {"data": {"pid": 7, "live": True, "progress": {"waiting": 1}, "judge": "api:model/p1"}},
    {"data": {"queued": 3}, "version": 1},
    {"data": {"caught_up": 3}},
    {"data": {"state": "active", "written": ["/home/dev/shop/SKILL.md"]}},
    {
        "data": {
            "sessions": 1,
            "events": 2,
            "corrections": 3,
            "freed": 4_096,
            "unfinished": ["x"],
            "lost": ["r"],
            "skills": [{"name": "n", "path": "/p", "state": None, "rewritten": True, "rules": 1}],
        }
    },
    {"error": "it cannot be", "exit_code": 2},
    {"data": None, "version": 2},
)
STATES = (
    msgspec.msgpack.encode({"session": "s", "thread": "t", "calls": {"c": [1, 2]}, "ts": 3}),
    msgspec.msgpack.encode({"messages": 3, "ends": 1, "ts": 3, "paths": ["/home/dev/shop"]}),
    msgspec.msgpack.encode({"conversation": {"messages": 3}, "role": "user", "start": 1}),
    msgspec.msgpack.encode(
        {"session": "s", "bases": {"/a": [1, 2, "", 3, 4]}, "queue": [[1, 2, 3]]}
    ),
)


ROWS = (
    msgspec.msgpack.encode({"path": "/x", "assistant": "codex", "device": 1, "inode": 2}),
    msgspec.msgpack.encode({"id": "s", "assistant": "codex", "workspace": "w", "state": "idle"}),
    msgspec.msgpack.encode({"id": "w", "name": "w", "root": "/home/dev/shop"}),
    *(b"", b"-", b"f", b"?", b"x" * 16, b"\xa12", b"\xc1", b"\xff" * 8),
)


@cache
def samples(target: str) -> tuple[bytes, ...]:
    """Return sound bytes for a target."""
    return tuple(_windows(target) if target in PATHS else _MADE[target]())


def _windows(target: str) -> Iterator[bytes]:
    """Yield a few neighbouring lines at a time of the fixtures of an assistant."""
    pattern = "*.txt" if target == "cursor-txt" else "*.jsonl"
    homes = sorted((TRANSCRIPTS / target.removesuffix("-txt")).glob("*/home"))
    for file in (file for home in homes for file in sorted(home.rglob(pattern))):
        lines = [line for line in file.read_bytes().split(b"\n") if line]
        for start in range(0, len(lines), LINES):
            window = b"\n".join([*lines[start : start + LINES], b""])
            if len(window) <= BYTES:
                yield window


def _replies() -> Iterator[bytes]:
    """Yield what servers have said to the judge, as bodies."""
    for file in sorted(REPLIES.glob("*.json")):
        body = json.loads(file.read_bytes()).get("body")
        yield body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _kinds() -> Iterator[bytes]:
    """Yield transcripts of all kinds, with the number of the kind before them."""
    for at, kind in enumerate(PATHS):
        yield from (bytes([at]) + each for each in samples(kind)[::7])


_MADE: dict[str, Callable[[], Iterable[bytes]]] = {
    "ingest": _kinds,
    "state": lambda: STATES,
    "rows": lambda: (bytes([at]) + row for at in range(9) for row in (*ROWS, *STATES)),
    "config": lambda: [CONFIG],
    "project": lambda: PROJECT,
    "side": lambda: SIDE,
    "skill": lambda: [SKILL],
    "reply": lambda: [texts.example_reply(), *_replies()],
    "tombstones": lambda: [TOMBSTONES],
    "request": lambda: (_line(each) for each in REQUESTS),
    "answer": lambda: (bytes([at]) + _line(each) for at in range(9) for each in ANSWERS),
}


def _line(value: object) -> bytes:
    return json.dumps(value).encode() + b"\n"
