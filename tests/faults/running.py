"""What the processes of the fault tests do; `tests.faults.forked` calls it by name.

The daemon is the real one, from its `main` on. Faults are put around functions of it from
here: the product knows nothing of them.
"""

import json
import os
import resource
import signal
import sys
import threading
from collections import defaultdict
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

from hivemindctl.__main__ import cli
from hivemindd.__main__ import main
from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.parser import ClaudeCodeParser
from hivemindd.clock import SystemClock
from hivemindd.codify import pool
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.setup import make_pool, make_shelf
from hivemindd.codify.upkeep import Upkeep
from hivemindd.config import Config
from hivemindd.errors import HivemindError
from hivemindd.events import Prompt
from hivemindd.ingest import commit, loop, poll, setup
from hivemindd.ingest.clean import Cleaner
from hivemindd.log import store
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.compact import compact
from hivemindd.log.history import blocks, read
from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.log.store import Log
from hivemindd.log.tables import CHECKPOINTS, DUE, SEEN, SESSIONS, SETTINGS, Txn
from hivemindd.log.tombstones import Tombstones
from hivemindd.mounts import find_network
from hivemindd.paths import find_paths
from tests.process import await_true

STEPS: dict[str, tuple[Any, str]] = {
    "read": (poll, "read_lines"),
    "parse": (ClaudeCodeParser, "feed"),
    "redact": (Cleaner, "_redact"),
    "encode": (BlockCodec, "encode_event"),
    "pack": (BlockCodec, "pack"),
    "put": (Txn, "put"),
    "checkpoint": (commit, "put_checkpoint"),
    "change": (loop, "commit"),
    "transaction": (Log, "transact"),
}
NOBODY = 65_534
ACKNOWLEDGED = "acknowledged"
_GROUP = 2_000  # bytes: many transactions where there would be one


def daemon(*arguments: str) -> None:
    """Be `hivemindd`."""
    sys.argv = ["hivemindd", *arguments]
    main()


def once() -> None:
    """Capture all there is, and codify it."""
    daemon("--once")


def command(*arguments: str) -> None:
    """Be `hivemindctl`."""
    cli(list(arguments), prog_name="hivemindctl")


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


def in_a_small_map(most: str = "") -> None:
    """Capture and codify in a log that has to grow, to so many bytes at most."""
    if most:
        store.MAX_MAP = int(most)
    vars(setup).update(open_log=partial(open_log, map_size=1 << 18))
    once()


def with_few_addresses() -> None:
    """Do so while the process may map nothing more whenever the log has to grow."""
    grow, none = Log._grow, resource.getrlimit(resource.RLIMIT_AS)

    def limited(log: Log, full: int) -> None:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize(), none[1]))
        try:
            grow(log, full)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, none)

    Log._grow = limited  # type: ignore[method-assign, assignment]
    in_a_small_map()


def codifying_on_a_full_disk() -> None:
    """Have work due and no room to note anything; say how that goes, and how it ends."""
    paths, config = find_paths(os.environ), Config()
    log, clock = open_log(paths.log), SystemClock()
    places = Places(paths.home, os.environ)
    ingest, keeper, _ = setup.make_ingest(log, config, places, clock)
    ingest.scan()
    ingest.drain(threading.Event(), final=True)
    keeper.tick(end_all=True)
    pool.RETRY = 0.1
    workers = make_pool(
        log, paths, config, os.environ, clock, shelf=make_shelf(log, paths, config, {}, clock)
    )
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, unlimited[1]))
    workers.start()
    printed = Path("/proc/self/fd/1").readlink()
    await_true(lambda: "nothing is codified" in printed.read_text(), "it is said")
    assert workers.is_alive()
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)

    def left() -> int:
        with log.read() as txn:
            return txn.count(DUE.name)

    await_true(lambda: not left(), "all is codified")
    assert workers.is_alive()
    workers.stop()
    log.close()


def abroad(mounts: str, *arguments: str) -> None:
    """Be the daemon on a machine whose mounts are others."""
    vars(setup).update(find_network=partial(find_network, mounts=Path(mounts)))
    daemon(*arguments)


def of_nobody(*arguments: str) -> None:
    """Be the daemon of another user."""
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    daemon(*arguments)


def rewriting(rounds: str) -> None:
    """Write the same row over and over; say how much the log takes on the disk then."""
    log = open_log(find_paths(os.environ).log)
    for number in range(int(rounds)):
        log.transact(lambda txn: SETTINGS.put(txn, b"x", f"{number}" * 20_000))  # noqa: B023
    sys.stdout.write(f"{log.disk_bytes()}")
    log.close()


def tending(most: str) -> None:
    """Keep the log within some bytes; say how much it takes then."""
    paths, config, clock = find_paths(os.environ), Config(), SystemClock()
    log = open_log(paths.log)
    shelf = make_shelf(log, paths, config, {}, clock)
    work = Upkeep(log, Forgetting(log, shelf, Tombstones(paths.state)), clock, config)
    work._most = int(most)
    work.tend()
    sys.stdout.write(f"{log.disk_bytes()}")
    log.close()


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
