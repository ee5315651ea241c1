"""Choose the judge, by the settings and by whether there is a key, and wire what codifies."""

import threading
from collections.abc import Callable, Mapping
from functools import partial

from hivemindd.clock import Clock
from hivemindd.codify.choice import require
from hivemindd.codify.consolidate import Consolidation
from hivemindd.codify.ledger import Budget, Ledger, total
from hivemindd.codify.outside import Outside
from hivemindd.codify.pool import AT_WORK, CodifyPool
from hivemindd.codify.session import Codifier
from hivemindd.codify.shelf import Shelf
from hivemindd.config import Config, duration
from hivemindd.encoder.process import Encoder
from hivemindd.lessons.judge import Judge
from hivemindd.lessons.judge_api import ApiJudge
from hivemindd.lessons.judge_cli import CliModel
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.lessons.judge_model import ModelJudge
from hivemindd.lessons.prefilter import Prefilter
from hivemindd.lessons.small_model import SmallModel
from hivemindd.log.store import Log
from hivemindd.paths import Paths
from hivemindd.redaction.redactor import shared
from hivemindd.runtime.pulse import Pulse


def make_shelf(
    log: Log, paths: Paths, config: Config, env: Mapping[str, str], clock: Clock
) -> Shelf:
    """Return what writes skills, as far as the settings let it."""
    return Shelf(
        log,
        clock,
        home=paths.home,
        publish=config.publish,
        publish_to=config.publish_to,
        review=config.review,
        search=env.get("PATH", ""),
        ignore=config.ignore,
    )


def make_pool(
    log: Log,
    paths: Paths,
    config: Config,
    env: Mapping[str, str],
    clock: Clock,
    *,
    shelf: Shelf,
    pulse: Pulse | None = None,
    ready: threading.Event | None = None,
) -> CodifyPool:
    """Return the pool, with the judge that the settings ask for; it waits until `ready` is set.

    Raises:
        ConfigError: the API was asked for and there is no usable key.
    """
    encoder = Encoder() if config.judge.small_model else None
    small = SmallModel(encoder) if encoder else None
    pulse = pulse or Pulse()
    beat = partial(pulse.beat, AT_WORK)
    judge = make_judge(log, paths, config, env, clock, small=small, beat=beat)
    outside = Outside(log, home=paths.home, search=env.get("PATH", ""), ignore=config.ignore)
    prefilter = Prefilter(small)
    codifier = Codifier(
        log,
        judge,
        shelf,
        clock,
        outside=outside,
        prefilter=prefilter,
        learn_from=config.learn_from,
    )
    consolidation = Consolidation(
        log, shelf, LocalJudge(small), clock, learn_from=config.learn_from
    )
    at_end = encoder.close if encoder else None
    pool = CodifyPool(log, codifier, clock, consolidation, at_end=at_end, pulse=pulse, ready=ready)
    spent = total(Ledger(log, clock).today())
    pool.try_again(affordable=isinstance(judge, LocalJudge) or spent < config.judge.daily_budget)
    return pool


def make_judge(
    log: Log,
    paths: Paths,
    config: Config,
    env: Mapping[str, str],
    clock: Clock,
    *,
    small: SmallModel | None = None,
    beat: Callable[[], object] = lambda: None,
) -> Judge:
    """Return the judge that `choose` comes to.

    Raises:
        ConfigError: it cannot be used: there is no usable key, or its address is unsafe.
    """
    (choice, key), wanted = require(paths, config, env), config.judge
    if choice.kind == "local":
        return LocalJudge(small)
    budget = Budget(Ledger(log, clock), wanted.daily_budget, beat)
    redact = shared().text
    if choice.kind == "claude-cli":
        model = CliModel(
            program=wanted.program,
            model=wanted.cli_model,
            folder=paths.judge_folder,
            env=env,
            timeout=duration(wanted.timeout),
        )
        return ModelJudge(model, budget, redact=redact)
    return ApiJudge(
        meter=budget,
        redact=redact,
        api_key=key,
        base_url=choice.base_url,
        model=wanted.api_model,
        timeout=duration(wanted.timeout),
    )
