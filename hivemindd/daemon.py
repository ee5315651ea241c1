"""The daemon: what it is made of, in the order in which it comes to life."""

import os
import threading
from collections.abc import Mapping

import msgspec
import structlog

from hivemindd import __version__
from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.clock import Clock, SystemClock
from hivemindd.codify.decisions import Decisions
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.pool import CodifyPool
from hivemindd.codify.setup import make_pool, make_shelf
from hivemindd.codify.upkeep import Upkeep
from hivemindd.config import Config, duration
from hivemindd.control.operations import (
    decision_operations,
    forget_operations,
    make_operations,
)
from hivemindd.control.server import Server
from hivemindd.ingest.loop import Ingest
from hivemindd.ingest.pausing import Pausing
from hivemindd.ingest.service import IngestService
from hivemindd.log.lock import InstanceLock
from hivemindd.log.store import Log, open_log
from hivemindd.log.tombstones import Tombstones
from hivemindd.notify import Notifier
from hivemindd.paths import Paths, make_private
from hivemindd.sessions.keeper import Keeper
from hivemindd.sessions.liveness import Registry
from hivemindd.signals import StopSignal

CHECK_EVERY = 30.0


class Summary(msgspec.Struct, frozen=True):
    """What a run with `--once` did."""

    events: int
    sessions: int
    corrections: int
    skills: list[str]
    parked: int


def make_ingest(log: Log, config: Config, places: Places, clock: Clock) -> tuple[Ingest, Keeper]:
    """Wire the capture side over an open log."""
    registry = Registry(places)
    keeper = Keeper(
        log,
        clock,
        registry,
        idle_after=duration(config.idle_after),
        end_after=duration(config.end_after),
    )

    def environment(assistant: str, session: str) -> Mapping[str, str]:
        registry.refresh()
        return registry.wishes(assistant, session)

    ingest = Ingest(
        log,
        ASSISTANTS,
        places,
        clock,
        every_n_turns=config.skillify_every_n_turns,
        environment=environment,
        on_commit=keeper.notice,
    )
    return ingest, keeper


def run(paths: Paths, config: Config, env: Mapping[str, str]) -> int:
    """Run until SIGTERM or SIGINT; return the exit code.

    Raises:
        ConfigError: the state folder, the log or the lock cannot be had.
    """
    stop = StopSignal()
    make_private(paths.state)
    make_private(paths.log)
    clock, notifier = SystemClock(), Notifier(env)
    with InstanceLock(paths.lock_file):
        log = _open(paths)
        try:
            return _boot(paths, config, env, log, clock, notifier, stop)
        finally:
            log.close()


def _open(paths: Paths) -> Log:
    log = open_log(paths.log)
    if log.replaced:
        structlog.get_logger().warning("the log was damaged", what=log.replaced)
    if log.upgraded:
        structlog.get_logger().warning(log.upgraded)
    return log


def _boot(  # noqa: PLR0917  the one place where everything meets
    paths: Paths,
    config: Config,
    env: Mapping[str, str],
    log: Log,
    clock: Clock,
    notifier: Notifier,
    stop: StopSignal,
) -> int:
    """Start every part, serve until told to stop, and stop them in reverse."""
    shelf, stones = make_shelf(log, paths, config, env, clock), Tombstones(paths.state)
    Forgetting(log, shelf, stones).recover()
    ingest, keeper = make_ingest(log, config, Places(paths.home, env), clock)
    capture = IngestService(log, ingest, keeper, clock, rescan_every=duration(config.rescan_every))
    forgetting = Forgetting(log, shelf, stones, capture.in_order)
    upkeep = Upkeep(log, forgetting, clock, config)
    codify = make_pool(log, paths, config, env, clock, shelf=shelf)
    operations = {
        **make_operations(capture, codify, clock=clock, pid=os.getpid(), stop=stop.set),
        **decision_operations(Decisions(log, shelf)),
        **forget_operations(forgetting),
    }
    server = Server(paths.socket, operations)
    capture.start()
    codify.start()
    upkeep.start()
    server.start()
    structlog.get_logger().info("running", version=__version__, log=str(paths.log))
    notifier.send("READY=1")
    code = _serve(log, (capture, codify, upkeep, server), notifier, stop)
    notifier.send("STOPPING=1")
    server.stop()
    upkeep.stop()
    codify.stop()
    capture.stop()
    structlog.get_logger().info("stopped")
    return code


def _serve(
    log: Log,
    parts: tuple[IngestService, CodifyPool, Upkeep, Server],
    notifier: Notifier,
    stop: StopSignal,
) -> int:
    """Wait for the end; leave with an error when a part has died or the log was taken away."""
    while not stop.wait(notifier.watchdog_interval or CHECK_EVERY):
        if not log.is_in_place():
            structlog.get_logger().error("the log is gone or damaged: a restart fills a new one")
            return 1
        if not all(part.is_alive() for part in parts):
            structlog.get_logger().error("a thread has died; restarting")
            return 1
        notifier.send("WATCHDOG=1")
    return 0


def run_once(paths: Paths, config: Config, env: Mapping[str, str]) -> Summary:
    """Capture all there is, treat every session as ended, codify, and say what came of it.

    Raises:
        ConfigError: the state folder, the log or the lock cannot be had.
        LogError: the log cannot be written.
    """
    make_private(paths.state)
    make_private(paths.log)
    clock = SystemClock()
    with InstanceLock(paths.lock_file):
        log = _open(paths)
        try:
            shelf = make_shelf(log, paths, config, env, clock)
            forgetting = Forgetting(log, shelf, Tombstones(paths.state))
            forgetting.recover()
            ingest, keeper = make_ingest(log, config, Places(paths.home, env), clock)
            never = threading.Event()
            Pausing(log, ingest, clock, never).expire()
            ingest.scan()
            ingest.drain(never, final=True)
            sessions = keeper.tick(end_all=True)
            Upkeep(log, forgetting, clock, config).try_to_tend()
            pool = make_pool(log, paths, config, env, clock, shelf=shelf)
            try:
                done = pool.run_all()
            finally:
                pool.stop()
        finally:
            log.close()
    return Summary(
        events=ingest.events,
        sessions=sessions,
        corrections=done.corrections,
        skills=done.skills,
        parked=done.parked,
    )
