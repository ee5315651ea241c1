"""Choose the judge, by the settings and by whether there is a key, and wire the codifier."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from hivemindd.clock import Clock
from hivemindd.codify.ledger import BudgetedJudge, Ledger
from hivemindd.codify.session import Codifier
from hivemindd.codify.shelf import Shelf
from hivemindd.config import Config
from hivemindd.errors import ConfigError
from hivemindd.lessons.judge import Judge
from hivemindd.lessons.judge_api import ApiJudge
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.store import Log
from hivemindd.paths import Paths
from hivemindd.redact import Redactor


def make_codifier(
    log: Log, paths: Paths, config: Config, env: Mapping[str, str], clock: Clock
) -> Codifier:
    """Return the codifier with the judge that the settings ask for.

    Raises:
        ConfigError: the API was asked for and there is no usable key.
    """
    judge = make_judge(log, paths, config, env, clock)
    return Codifier(log, judge, Shelf(log, clock, home=paths.home, publish=config.publish), clock)


def make_judge(
    log: Log, paths: Paths, config: Config, env: Mapping[str, str], clock: Clock
) -> Judge:
    """Return the API judge where there is a key, unless the settings say otherwise.

    Raises:
        ConfigError: the API was asked for and there is no usable key.
    """
    if config.judge.kind == "local":
        return LocalJudge()
    key = find_key(paths.key_file, env)
    if not key:
        if config.judge.kind == "api":
            raise ConfigError(
                f'judge.kind is "api" but there is no key: set ANTHROPIC_API_KEY or write it to '
                f"{paths.key_file}"
            )
        return LocalJudge()
    ledger = Ledger(log, clock)
    judge = ApiJudge(
        api_key=key,
        base_url=config.judge.base_url or env.get("ANTHROPIC_BASE_URL", ""),
        model=config.judge.model,
        spend=lambda usage: ledger.add(usage.usd),
        redact=Redactor().text,
    )
    return BudgetedJudge(judge, ledger, config.judge.daily_budget)


def find_key(file: Path, env: Mapping[str, str]) -> str:
    """Return the API key from the environment or from its file, empty when there is none.

    Raises:
        ConfigError: the file can be read by others, or not by us.
    """
    key = env.get("ANTHROPIC_API_KEY", "").strip()
    if key:
        return key
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    with os.fdopen(descriptor, encoding="utf-8") as text:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
            raise ConfigError(f"{file} can be read by others: run `chmod 600 {file}`")
        return text.read().strip()
