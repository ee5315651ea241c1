"""What the processes of the fault tests do; `tests.faults.forked` calls it by name.

The daemon is the real one, from its `main` on. Faults are put around functions of it from
here: the product knows nothing of them.
"""

import json
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from hivemindd.__main__ import main
from hivemindd.assistants.claude_code.parser import ClaudeCodeParser
from hivemindd.errors import HivemindError
from hivemindd.events import Prompt
from hivemindd.ingest import commit, loop, poll
from hivemindd.ingest.batch import Batch
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.compact import compact
from hivemindd.log.history import blocks, read
from hivemindd.log.store import Log, open_log, open_log_readonly
from hivemindd.log.tables import CHECKPOINTS, SEEN, SESSIONS, Txn
from hivemindd.paths import find_paths

STEPS: dict[str, tuple[Any, str]] = {
    "read": (poll, "read_lines"),
    "parse": (ClaudeCodeParser, "feed"),
    "redact": (Batch, "_redact"),
    "encode": (BlockCodec, "encode_event"),
    "pack": (BlockCodec, "pack"),
    "put": (Txn, "put"),
    "checkpoint": (commit, "put_checkpoint"),
    "change": (loop, "commit"),
    "transaction": (Log, "transact"),
}
ACKNOWLEDGED = "acknowledged"
_GROUP = 2_000  # bytes: many transactions where there would be one


def daemon(*arguments: str) -> None:
    """Be `hivemindd`."""
    sys.argv = ["hivemindd", *arguments]
    main()


def once() -> None:
    """Capture all there is, and codify it."""
    daemon("--once")


def dying(step: str, when: str, number: str) -> None:
    """Be the daemon until a step is taken for the n-th time, and be killed before or after it."""
    place, name = STEPS[step]
    original, left = getattr(place, name), [int(number)]

    @wraps(original)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if not left[0] and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **named)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, name, wrapped)
    loop.GROUP_BYTES = _GROUP
    once()


def in_small_groups() -> None:
    """Capture and codify, in many small transactions."""
    loop.GROUP_BYTES = _GROUP
    once()


def acknowledging() -> None:
    """Do so, and write down after each transaction how many events are known to be stored."""
    Log.transact = _acknowledged(Log.transact)  # type: ignore[method-assign]
    in_small_groups()


def compacting() -> None:
    """Have the log written anew."""
    log = open_log(find_paths(os.environ).log)
    compact(log)
    log.close()


def _acknowledged(transact: Callable[..., Any]) -> Callable[..., Any]:
    def then(log: Log, change: Callable[[Txn], Any]) -> Any:
        result = transact(log, change)
        with log.read() as txn:
            known = txn.count(SEEN)
        file = os.open(log.folder.parent / ACKNOWLEDGED, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(file, b"%d\n" % known)
        os.close(file)
        return result

    return then


def tell() -> None:
    """Print what the log holds, as a reader beside the daemon sees it, or why it cannot."""
    try:
        told = _read(find_paths(os.environ).log)
    except HivemindError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    sys.stdout.write(json.dumps(told))


def _read(folder: Path) -> dict[str, Any]:
    """Return the prompts of each session, and how far each transcript was read."""
    log = open_log_readonly(folder)
    prompts = defaultdict[str, list[str]](list)
    with log.read() as txn:
        packed = [(row.id, blocks(txn, row)) for row in SESSIONS.rows(txn)]
        offsets = {row.path: row.offset for row in CHECKPOINTS.rows(txn)}
        known = txn.count(SEEN)
    for session, some in packed:
        events = (event for _, event in read(some, BlockCodec()))
        prompts[session] += [event.text for event in events if isinstance(event, Prompt)]
    return {"prompts": dict(prompts), "offsets": offsets, "known": known}
