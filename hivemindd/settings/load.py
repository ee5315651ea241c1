"""Reads the settings: the file, then the environment, over the defaults."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from hivemindd.config import Config
from hivemindd.errors import ConfigError

TURNS = "HIVEMIND_SKILLIFY_EVERY_N_TURNS"
_COUNT = re.compile(r"[1-9][0-9]{0,8}")


def load_config(file: Path, env: Mapping[str, str], *, required: bool = False) -> Config:
    """Read the settings file, then let the environment speak.

    Args:
        file: the TOML file; when it is absent the defaults hold.
        env: `HIVEMIND_SKILLIFY_EVERY_N_TURNS` wins over the file.
        required: treat an absent file as an error, for a path that the user typed.

    Raises:
        ConfigError: the file cannot be read, or holds a mistake, of which it names the line.

    """
    text = read_text(file, required=required)
    config = Config()
    if text.strip():
        # Parsing takes longer than all else here, and most people have no such file.
        import tomllib  # noqa: PLC0415

        try:
            config = msgspec.convert(tomllib.loads(text), Config)
        except (ValueError, OverflowError, RecursionError) as error:
            raise _explain(file, text) from error
    turns = _turns_from(env)
    return (
        config if turns is None else msgspec.structs.replace(config, skillify_every_n_turns=turns)
    )


def read_text(file: Path, *, required: bool = False) -> str:
    """Return the text of a settings file, empty where there is none.

    Raises:
        ConfigError: it cannot be read, or is `required` and absent.

    """
    try:
        return file.read_text("utf-8-sig")
    except FileNotFoundError as error:
        if required:
            raise ConfigError(f"{file} does not exist: create it or leave it out") from error
        return ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"cannot read {file}: it is no text in UTF-8") from error
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error


def _turns_from(env: Mapping[str, str]) -> int | None:
    """Return what the environment says about `skillify_every_n_turns`, None for nothing.

    Raises:
        ConfigError: it is no whole number.

    """
    turns = env.get(TURNS)
    if not turns:
        return None
    if not _COUNT.fullmatch(turns):
        raise ConfigError(f"{TURNS} is {turns!r}: set a whole number from 1 on")
    return int(turns)


def _explain(file: Path, text: str) -> ConfigError:
    """Return the first mistake of a file as a sentence, and how to see the others."""
    from hivemindd.settings.faults import find_faults  # noqa: PLC0415  most files have none

    faults: list[Any] = find_faults(text)
    first, more = faults[0], len(faults) - 1
    place = f"{file}:{first.line}" if first.line else str(file)
    rest = f" ({more} more: `hivemindctl config check`)" if more else ""
    return ConfigError(f"{place}: {first.sentence}{rest}")
