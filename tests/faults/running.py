"""What the processes of the fault tests do; `tests.faults.forked` calls it by name.

The daemon is the real one, from its `main` on. Faults are put around functions of it from
here: the product knows nothing of them.
"""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path

from hivemindd.__main__ import main
from hivemindd.errors import HivemindError
from hivemindd.events import Prompt
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.store import open_log_readonly
from hivemindd.log.tables import CHECKPOINTS, SESSIONS
from hivemindd.paths import find_paths


def daemon(*arguments: str) -> None:
    """Be `hivemindd`."""
    sys.argv = ["hivemindd", *arguments]
    main()


def once() -> None:
    """Capture all there is, and codify it."""
    daemon("--once")


def tell() -> None:
    """Print what the log holds, as a reader beside the daemon sees it, or why it cannot."""
    try:
        told = _read(find_paths(os.environ).log)
    except HivemindError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    sys.stdout.write(json.dumps(told))


def _read(folder: Path) -> dict[str, dict[str, object]]:
    """Return the prompts of each session, and how far each transcript was read."""
    log = open_log_readonly(folder)
    prompts = defaultdict[str, list[str]](list)
    with log.read() as txn:
        packed = [(row.id, blocks(txn, row)) for row in SESSIONS.rows(txn)]
        offsets = {row.path: row.offset for row in CHECKPOINTS.rows(txn)}
    for session, some in packed:
        events = (event for _, event in read(some, BlockCodec()))
        prompts[session] += [event.text for event in events if isinstance(event, Prompt)]
    return {"prompts": dict(prompts), "offsets": dict(offsets)}
