"""Settings: a TOML file that need not exist, over defaults that need no change."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from hivemindd.errors import ConfigError

# The names of `assistants/registry.py`, which lies above this; a test holds them together.
ASSISTANTS = ("claude-code", "codex", "cursor")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_COUNT = re.compile(r"[1-9][0-9]{0,8}")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str) -> float:
    """Return the seconds in a text such as "30s", "5m" or "2h".

    Raises:
        ValueError: the text is none of these.

    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is no duration: write for example "30s", "5m" or "2h"')
    return float(match[1]) * _UNITS[match[2]]


class JudgeConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who decides whether a correction holds a lesson.

    `kind = "auto"` takes the API where there is a key or a `base_url` and the local judge
    elsewhere. "claude-cli" runs the command `program`, and is never taken unasked. An
    empty `model` is the usual one of the kind. `plain_http` lets words go unencrypted.
    Without `small_model` the local judge goes by wordings alone.
    """

    kind: Literal["auto", "api", "claude-cli", "local"] = "auto"
    model: str = ""
    base_url: str = ""
    plain_http: bool = False
    program: str = "claude"
    timeout: str = "60s"
    daily_budget: float = 0.25
    small_model: bool = True

    def __post_init__(self) -> None:
        """Reject what would only fail later."""
        if not duration(self.timeout):
            raise ValueError("timeout must be longer than nothing")
        if not self.daily_budget >= 0:
            raise ValueError("daily_budget must be an amount of USD")

    @property
    def api_model(self) -> str:
        """The model that is asked over the API."""
        return self.model or "claude-haiku-5-5"

    @property
    def cli_model(self) -> str:
        """The model that the command line client is told to take."""
        return self.model or "haiku"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings. Durations are text such as "30s", "5m" or "2h".

    What is said to an assistant that `learn_from` leaves out is captured and teaches nothing.
    Skills are written to where those of `publish_to` look for them. With `review` nothing is
    written into a project before a person has approved it.
    """

    idle_after: str = "5m"
    end_after: str = "30m"
    rescan_every: str = "30s"
    skillify_every_n_turns: int = 20
    publish: bool = True
    review: bool = False
    learn_from: tuple[str, ...] = ASSISTANTS
    publish_to: tuple[str, ...] = ASSISTANTS
    judge: JudgeConfig = JudgeConfig()

    def __post_init__(self) -> None:
        """Reject what would only fail later."""
        for name in ("idle_after", "end_after", "rescan_every"):
            if not duration(getattr(self, name)):
                raise ValueError(f"{name} must be longer than nothing")
        if self.skillify_every_n_turns < 1:
            raise ValueError("skillify_every_n_turns must be at least 1")
        for name in ("learn_from", "publish_to"):
            for unknown in sorted(set(getattr(self, name)).difference(ASSISTANTS)):
                known = ", ".join(ASSISTANTS)
                raise ValueError(f"{name} has {unknown!r}, which is none of {known}")


def load_config(file: Path, env: Mapping[str, str], *, required: bool = False) -> Config:
    """Read the settings file, then let the environment speak.

    Args:
        file: the TOML file; when it is absent the defaults hold.
        env: `HIVEMIND_SKILLIFY_EVERY_N_TURNS` wins over the file.
        required: treat an absent file as an error, for a path that the user typed.

    Raises:
        ConfigError: the file cannot be read or says something that we do not know.

    """
    settings: dict[str, object] = {}
    try:
        settings = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        if required:
            raise ConfigError(f"{file} does not exist: create it or leave --config out") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from error
    turns = env.get("HIVEMIND_SKILLIFY_EVERY_N_TURNS")
    if turns:
        if not _COUNT.fullmatch(turns):
            raise ConfigError(
                f"HIVEMIND_SKILLIFY_EVERY_N_TURNS is {turns!r}: set a whole number from 1 on"
            )
        settings["skillify_every_n_turns"] = int(turns)
    try:
        return msgspec.convert(settings, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}") from error
