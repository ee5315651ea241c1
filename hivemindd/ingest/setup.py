"""Have a state folder, open the log as the one who writes it, and wire what fills it."""

from collections.abc import Callable
from pathlib import Path

import structlog

from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import Clock
from hivemindd.config import Config, duration
from hivemindd.errors import ConfigError
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.omitted import recover
from hivemindd.log.omissions import Omissions
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.mounts import find_network
from hivemindd.paths import Paths, make_private
from hivemindd.sessions.keeper import Keeper
from hivemindd.sessions.liveness import Registry
from hivemindd.sessions.wishes import Wishes


def make_state(paths: Paths) -> None:
    """Make the state folder and that of the log, for their owner alone.

    Raises:
        ConfigError: they cannot be had, or lie on somebody else's machine.
    """
    make_private(paths.state)
    if kind := find_network(paths.state):
        raise ConfigError(
            f"{paths.state} lies on {kind}, where a log breaks: set XDG_STATE_HOME to a local disk"
        )
    make_private(paths.log)


def open_own_log(folder: Path) -> Log:
    """Open the log to write it; say what became of one that was damaged or older.

    Raises:
        ConfigError: a newer version has written it.
        LogError: the disk is full or fails.
    """
    log = open_log(folder)
    if log.replaced:
        structlog.get_logger().warning("the log was damaged", what=log.replaced)
    if log.upgraded:
        structlog.get_logger().warning(log.upgraded)
    return log


def make_ingest(
    log: Log,
    config: Config,
    places: Places,
    clock: Clock,
    beat: Callable[[], object] = lambda: None,
) -> tuple[Ingest, Keeper, Wishes]:
    """Wire the capture side over an open log; `beat` is called as it gets on.

    Raises:
        LogError: the log cannot be written, or what was left out of another not be read.
    """
    recover(log, Omissions(log.folder.parent))
    registry = Registry(places)
    wishes = Wishes(registry, ASSISTANTS, clock)
    keeper = Keeper(
        log,
        clock,
        registry,
        idle_after=duration(config.idle_after),
        end_after=duration(config.end_after),
    )
    ingest = Ingest(
        log,
        ASSISTANTS,
        places,
        clock,
        every_n_turns=config.skillify_every_n_turns,
        ignore=config.ignore,
        asker=wishes,
        on_commit=keeper.notice,
        beat=beat,
    )
    return ingest, keeper, wishes
