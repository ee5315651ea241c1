"""Whether the judge can be reached, found out without a question that costs anything."""

import http.client
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from hivemindd.codify.choice import choose, find_key, require
from hivemindd.config import Config
from hivemindd.lessons.judge_api import HOST
from hivemindd.paths import Paths

PATIENCE = 5.0
_MODELS = "/v1/models?limit=1"  # a list that is free, and that a wrong key does not get


class Reach(msgspec.Struct, frozen=True):
    """What was found, and whether the judge could be asked now."""

    found: str
    state: Literal["there", "away", "refused"] = "there"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: the key is for the address that was named, and for no other."""

    def redirect_request(self, *_args: Any) -> None:
        """Decline."""


def check_judge(paths: Paths, config: Config, env: Mapping[str, str]) -> None:
    """Make sure that a daemon could judge as the settings ask for it.

    Raises:
        ConfigError: it would not start: there is no usable key, or the address is unsafe.
    """
    require(paths, config, env)


def reach_judge(paths: Paths, config: Config, env: Mapping[str, str]) -> Reach:
    """Return what came of knocking at the judge's door.

    Raises:
        ConfigError: the key cannot be read.
    """
    choice = choose(paths, config, env)
    if choice.kind == "local":
        return Reach("which asks nobody")
    if choice.kind == "claude-cli":
        return _run(config.judge.program, env)
    key = find_key(paths.key_file, env)
    address = (choice.base_url or HOST).rstrip("/")
    return _knock(address, key, env)


def _knock(address: str, key: str, env: Mapping[str, str]) -> Reach:
    """Ask an address for its list of models; any answer of its own shows that it is there."""
    host = urlsplit(address).hostname or ""
    request = urllib.request.Request(  # noqa: S310  `choose` has checked the scheme
        address + _MODELS, headers={"x-api-key": key, "anthropic-version": "2023-06-01"}
    )
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler(_proxies(host, env)), _NoRedirect
    )
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return Reach(f"{host} answers ({answer.status})")
    except urllib.error.HTTPError as error:
        with error:
            return _read(host, error.code)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        return Reach(f"{host} cannot be reached: {_say(reason)}", "away")


def _read(host: str, status: int) -> Reach:
    if status in {401, 403}:
        return Reach(f"the key was refused by {host} ({status})", "refused")
    if status >= 500 or status in {408, 429}:
        return Reach(f"{host} answers, but not for now ({status})")
    return Reach(f"{host} answers ({status})")


def _say(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return f"no answer within {PATIENCE:g} s"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason) or type(reason).__name__


def _proxies(host: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return the proxies that an environment names for a host."""
    named = {name.lower(): value for name, value in env.items() if value}
    apart = {"no": named.get("no_proxy", "")}
    if urllib.request.proxy_bypass_environment(host, apart):  # type: ignore[attr-defined]
        return {}
    return {
        scheme: named[f"{scheme}_proxy"]
        for scheme in ("http", "https")
        if f"{scheme}_proxy" in named
    }


def _run(program: str, env: Mapping[str, str]) -> Reach:
    """Let the command line client say its version, which asks nobody."""
    try:
        done = subprocess.run(  # noqa: S603  the program that the settings name
            [program, "--version"],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=4 * PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Reach(f"{program} does not even say its version", "away")
    except OSError as error:
        return Reach(f"{program} cannot be run: {error.strerror}", "away")
    if done.returncode:
        return Reach(f"{program} --version fails with {done.returncode}", "away")
    return Reach(f"{program} is there ({done.stdout.strip()[:40]})")
