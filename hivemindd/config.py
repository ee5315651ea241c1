"""The settings: their names, types, defaults, and what each means.

This is the one place that says so. The file that `hivemindctl config --init` writes, the
checks of a file, and docs/configuration.md are made from it.
"""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

# The names of `assistants/registry.py`, which lies above this; a test holds them together.
Assistant = Literal["claude-code", "codex", "cursor"]
ASSISTANTS: tuple[Assistant, ...] = ("claude-code", "codex", "cursor")

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
Duration = Annotated[
    str, Meta(pattern=rf"^(?=.*[1-9]){_DURATION.pattern}\Z", extra={"kind": "duration"})
]
"""A text such as "30s", "5m" or "2h", longer than nothing."""


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
    """Who decides whether a correction holds a lesson."""

    kind: Annotated[
        Literal["auto", "api", "claude-cli", "local"],
        Meta(
            description="Who judges. `auto` asks the API where there is a key or a `base_url`, and "
            "else the local judge, which asks nobody. `claude-cli` runs Claude Code's own client "
            "with its login, and is never taken unasked."
        ),
    ] = "auto"
    model: Annotated[
        str,
        Meta(
            description="The model that is asked. Empty: `claude-haiku-5-5`, for `claude-cli` "
            "`haiku`."
        ),
    ] = ""
    base_url: Annotated[
        str,
        Meta(
            description="Any server that speaks the Anthropic API, such as Ollama, llama.cpp or "
            "vLLM. Named here it needs no key."
        ),
    ] = ""
    plain_http: Annotated[
        bool, Meta(description="Let words go unencrypted to a server on another machine.")
    ] = False
    program: Annotated[
        str,
        Meta(
            description="What `claude-cli` runs. A service may need the whole path, since its "
            "PATH is not that of your shell."
        ),
    ] = "claude"
    timeout: Annotated[
        Duration,
        Meta(description="How long an answer may take. More for a slow machine of your own."),
    ] = "60s"
    daily_budget: Annotated[
        float,
        Meta(
            ge=0,
            description="What the API may cost in USD, from midnight to midnight. What is over "
            "it waits for the next day.",
        ),
    ] = 0.25
    small_model: Annotated[
        bool,
        Meta(
            description="Let the local judge use the small language model that comes with the "
            "package. Without it only wordings are looked for."
        ),
    ] = True

    @property
    def api_model(self) -> str:
        """The model that is asked over the API."""
        return self.model or "claude-haiku-5-5"

    @property
    def cli_model(self) -> str:
        """The model that the command line client is told to take."""
        return self.model or "haiku"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings."""

    idle_after: Annotated[
        Duration,
        Meta(description="Quiet after which a session counts as idle, and is learned from."),
    ] = "5m"
    end_after: Annotated[
        Duration, Meta(description="Quiet after which a session counts as ended.")
    ] = "30m"
    rescan_every: Annotated[
        Duration,
        Meta(description="How often the folders are looked through, besides watching them."),
    ] = "30s"
    skillify_every_n_turns: Annotated[
        int,
        Meta(
            ge=1,
            description="A long session is learned from after so many of its agent's turns, "
            "before it rests.",
            extra={"env": "HIVEMIND_SKILLIFY_EVERY_N_TURNS"},
        ),
    ] = 20
    publish: Annotated[
        bool, Meta(description="Write skills into your projects. `false`: learn, but write none.")
    ] = True
    review: Annotated[
        bool,
        Meta(
            description="Write nothing into a project before you approve it with "
            "`hivemindctl skills approve`."
        ),
    ] = False
    learn_from: Annotated[
        tuple[Assistant, ...],
        Meta(
            description="Whose corrections teach. An assistant that is not named is captured all "
            "the same."
        ),
    ] = ASSISTANTS
    publish_to: Annotated[
        tuple[Assistant, ...], Meta(description="For whom skills are written.")
    ] = ASSISTANTS
    judge: Annotated[
        JudgeConfig, Meta(description="Who decides whether a correction holds a lesson.")
    ] = JudgeConfig()
