"""The daemon: what it is made of, in the order in which it comes to life."""

import faulthandler
import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import structlog

from hivemindd import __version__
from hivemindd.assistants.base import Places
from hivemindd.clock import Clock, SystemClock
from hivemindd.codify.decisions import Decisions
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.pool import CodifyPool
from hivemindd.codify.rulings import Rulings
from hivemindd.codify.setup import make_pool, make_shelf
from hivemindd.codify.upkeep import Upkeep
from hivemindd.config import Config, duration
from hivemindd.control.operations import (
    decision_operations,
    forget_operations,
    make_operations,
)
from hivemindd.control.server import Server
from hivemindd.errors import ConfigError, HivemindError
from hivemindd.ingest.service import IngestService
from hivemindd.ingest.setup import make_ingest, make_state, open_own_log
from hivemindd.log.lock import InstanceLock
from hivemindd.log.store import DamagedLogError, Log
from hivemindd.log.tombstones import Tombstones
from hivemindd.paths import Paths
from hivemindd.redaction.redactor import shared
from hivemindd.runtime.complaints import Complaints
from hivemindd.runtime.manners import give_way
from hivemindd.runtime.memory import share_heap
from hivemindd.runtime.notify import Notifier
from hivemindd.runtime.pulse import PATIENCE, Pulse
from hivemindd.runtime.renewal import Release, renew
from hivemindd.runtime.signals import StopSignal

CHECK_EVERY = 30.0
_STDERR = 2


class End(Enum):
    """Why the daemon stops."""

    TOLD = "told"
    FAILED = "failed"
    UPGRADED = "upgraded"


_FAREWELL = {End.TOLD: "STOPPING=1", End.FAILED: "STOPPING=1", End.UPGRADED: "RELOADING=1"}


def run(
    paths: Paths, config: Config, env: Mapping[str, str], *, settings: Path, started: int
) -> int:
    """Run until SIGTERM or SIGINT; return the exit code.

    `settings` is the file that the configuration was read from, and `started` (ms) is before
    that: whoever compares the two misses no change.

    After an upgrade the process starts anew, and after a failure too where no service manager
    would start another.

    Raises:
        ConfigError: the state folder, the log or the lock cannot be had.
    """
    stop = StopSignal()
    give_way()
    share_heap()
    make_state(paths)
    clock, notifier = SystemClock(), Notifier(env)
    Complaints(paths.complaint_file, clock.now, over=stop.is_set).listen()
    with InstanceLock(paths.lock_file) as lock:
        try:
            log = open_own_log(paths.log)
            try:
                end = _boot(paths, config, env, log, clock, notifier, stop, settings, started)
            except DamagedLogError as error:
                structlog.get_logger().error("a restart fills a new log", cause=str(error))
                end = End.FAILED
            finally:
                log.close()
        except Exception as error:
            known = isinstance(error, HivemindError)
            lock.last_words = shared().text(str(error)) if known else type(error).__name__
            raise
    if end is End.UPGRADED or (end is End.FAILED and not notifier.is_there):
        renew()
    return 0 if end is End.TOLD else 1


def _boot(  # noqa: PLR0917  the one place where everything meets
    paths: Paths,
    config: Config,
    env: Mapping[str, str],
    log: Log,
    clock: Clock,
    notifier: Notifier,
    stop: StopSignal,
    settings: Path,
    started: int,
) -> End:
    """Start every part, serve until told to stop, and stop them in reverse."""
    shelf, stones = make_shelf(log, paths, config, env, clock), Tombstones(paths.state)
    Forgetting(log, shelf, stones).recover()
    pulse = Pulse(notifier.watchdog or PATIENCE)
    places, every = Places(paths.home, env), duration(config.rescan_every)
    ingest, keeper, wishes = make_ingest(log, config, places, clock, pulse.beat)
    capture = IngestService(log, ingest, keeper, wishes, clock, rescan_every=every, pulse=pulse)
    forgetting = Forgetting(log, shelf, stones, capture.in_order)
    upkeep = Upkeep(log, forgetting, clock, config, pulse)
    ready = capture.live
    codify = make_pool(log, paths, config, env, clock, shelf=shelf, pulse=pulse, ready=ready)
    operations = {
        **make_operations(capture, codify, settings=settings, started=started, stop=stop.set),
        **decision_operations(Decisions(log, shelf), Rulings(log, shelf)),
        **forget_operations(forgetting, pulse),
    }
    server = Server(paths.socket, operations, pulse)
    server.start()  # the one that may fail: nothing else runs by then
    capture.start()
    codify.start()
    upkeep.start()
    structlog.get_logger().info("running", version=__version__, log=str(paths.log))
    notifier.send("READY=1")
    notifier.send("WATCHDOG=1")  # after an upgrade its time goes on from the last one
    end = _serve(log, (capture, codify, upkeep, server), pulse, notifier, stop)
    notifier.send(_FAREWELL[end])
    server.stop()
    upkeep.stop()
    codify.stop()
    capture.stop()
    alive = {
        "ingest": capture.is_alive(),
        "upkeep": upkeep.is_alive(),
        "control": server.is_alive(),
    }
    if stuck := [name for name in alive if alive[name]]:
        # In the middle of a commit, or of forgetting, which the next start does again.
        say = structlog.get_logger()
        say.error("stopped without threads that are stuck", threads=" ".join(stuck))
        os._exit(end is not End.TOLD)
    structlog.get_logger().info("stopped")
    return end


def _serve(
    log: Log,
    parts: tuple[IngestService, CodifyPool, Upkeep, Server],
    pulse: Pulse,
    notifier: Notifier,
    stop: StopSignal,
) -> End:
    """Wait for the end, and tell the watchdog that all is well for as long as it is.

    Of a thread that is stuck the watchdog learns by our silence. Where there is none we start
    anew, once the thread was stuck at two looks: after a stop of the whole process it may only
    not have had its turn yet.
    """
    say = structlog.get_logger()
    release, stuck = Release(), list[str]()
    while not stop.wait(notifier.watchdog / 2 if notifier.watchdog else CHECK_EVERY):
        if not log.is_in_place():
            say.error("the log is gone or damaged: a restart fills a new one")
            return End.FAILED
        if not all(part.is_alive() for part in parts):
            say.error("a thread has died; restarting")
            return End.FAILED
        _keep_reachable(parts[3])
        before, stuck = stuck, pulse.silent()
        if stuck and stuck != before:
            say.error("no sign of life", threads=" ".join(stuck))
        elif stuck and not notifier.watchdog:
            faulthandler.dump_traceback(_STDERR)
            renew()
        if not stuck:
            notifier.send("WATCHDOG=1")
        if version := release.replaced():
            notifier.send("WATCHDOG=1")
            say.info("upgraded; starting anew", version=version)
            return End.UPGRADED
    return End.TOLD


def _keep_reachable(server: Server) -> None:
    """Bind the control socket anew where its file was taken away, such as by a cleaner of /tmp."""
    if not server.is_in_place():
        try:
            server.rebind()
        except ConfigError as error:
            structlog.get_logger().error("the control socket has gone", cause=str(error))
        else:
            structlog.get_logger().warning("the control socket had gone; it is there again")
