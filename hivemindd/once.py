"""One run over all there is, without serving anybody: `hivemindd --once`."""

import threading
from collections.abc import Mapping

import msgspec
import structlog

from hivemindd.assistants.base import Places
from hivemindd.clock import SystemClock
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.setup import make_pool, make_shelf
from hivemindd.codify.upkeep import Upkeep
from hivemindd.config import Config
from hivemindd.ingest.pausing import Pausing
from hivemindd.ingest.setup import make_ingest, make_state, open_own_log
from hivemindd.log.lock import InstanceLock
from hivemindd.log.store import DamagedLogError
from hivemindd.log.tombstones import Tombstones
from hivemindd.paths import Paths


class Summary(msgspec.Struct, frozen=True):
    """What a run did; `parked` sessions wait for the judge."""

    events: int
    sessions: int
    corrections: int
    skills: list[str]
    parked: int


def run_once(paths: Paths, config: Config, env: Mapping[str, str]) -> Summary:
    """Capture all there is, treat every session as ended, codify, and say what came of it.

    Raises:
        ConfigError: the state folder, the log or the lock cannot be had.
        LogError: the log cannot be written.
    """
    make_state(paths)
    with InstanceLock(paths.lock_file):
        try:
            return _run_through(paths, config, env)
        except DamagedLogError as error:
            structlog.get_logger().warning("beginning anew", cause=str(error))
            return _run_through(paths, config, env)


def _run_through(paths: Paths, config: Config, env: Mapping[str, str]) -> Summary:
    clock, log = SystemClock(), open_own_log(paths.log)
    try:
        shelf = make_shelf(log, paths, config, env, clock)
        forgetting = Forgetting(log, shelf, Tombstones(paths.state))
        forgetting.recover()
        ingest, keeper, _ = make_ingest(log, config, Places(paths.home, env), clock)
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
