"""Which judge the settings, the environment and the key file come to, and why."""

import ipaddress
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from hivemindd.config import Config
from hivemindd.errors import ConfigError
from hivemindd.paths import Paths

Kind = Literal["api", "claude-cli", "local"]


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A judge; `fault` is the sentence that says why it cannot be used, empty when it can."""

    kind: Kind
    why: str
    base_url: str = ""
    fault: str = ""


def choose(paths: Paths, config: Config, env: Mapping[str, str]) -> Choice:
    """Return the judge for these settings in this environment.

    The API is taken where there is a key or the settings name an address; the command
    line client only where the settings ask for it.
    """
    wanted = config.judge
    asked = "the configuration asks for it"
    if wanted.kind in {"local", "claude-cli"}:
        return Choice(kind=wanted.kind, why=asked)
    base_url = wanted.base_url or env.get("ANTHROPIC_BASE_URL", "").strip()
    if env.get("ANTHROPIC_API_KEY", "").strip():
        why = "ANTHROPIC_API_KEY is set"
    elif paths.key_file.is_file() and paths.key_file.stat().st_size:
        why = f"key in {paths.key_file}"
    elif wanted.base_url:
        why = f"the configuration names {_clean(wanted.base_url)}"
    elif wanted.kind == "api" and base_url:
        why = asked
    elif wanted.kind == "api":
        fault = (
            'judge.kind is "api" but there is no API key: set ANTHROPIC_API_KEY or write it to '
            f"{paths.key_file}"
        )
        return Choice(kind="api", why=asked, fault=fault)
    else:
        return Choice(kind="local", why="no API key: the local judge is used")
    fault = check_address(base_url, plain_http=wanted.plain_http) if base_url else ""
    return Choice(kind="api", why=why, base_url=base_url, fault=fault)


def require(paths: Paths, config: Config, env: Mapping[str, str]) -> tuple[Choice, str]:
    """Return the judge that `choose` comes to, with its key where it is the API.

    Raises:
        ConfigError: it cannot be used: there is no usable key, or its address is unsafe.
    """
    choice = choose(paths, config, env)
    if choice.fault:
        raise ConfigError(choice.fault)
    return choice, find_key(paths.key_file, env) if choice.kind == "api" else ""


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


def _clean(text: str) -> str:
    from hivemindd.redaction.redactor import shared  # noqa: PLC0415  for those who name an address

    return shared().text(text)


def check_address(url: str, *, plain_http: bool) -> str:
    """Return why an address must not be used, empty when it may.

    What is sent holds a person's words and perhaps a key, so it goes over plain HTTP to
    this machine alone, unless `plain_http` says that this is wanted.
    """
    shown = _clean(url)
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in {"http", "https"}:
        return f"{shown!r} is no address of a judge: write for example https://llm.example.org"
    if parts.scheme == "http" and not plain_http and not _is_loopback(host):
        return (
            f"{shown} would send your words unencrypted: use https, or set judge.plain_http = true"
        )
    return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
