"""The settings: their names, types, defaults, and what each means.

This is the one place that says so. The file that `hivemindctl config --init` writes, the
checks of a file, and docs/configuration.md are made from it.
"""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from hivemindd.ignored import check_pattern

# The names of `assistants/registry.py`, which lies above this; a test holds them together.
Assistant = Literal["claude-code", "codex", "cursor"]
ASSISTANTS: tuple[Assistant, ...] = ("claude-code", "codex", "cursor")

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
Duration = Annotated[
    str, Meta(pattern=rf"^(?=.*[1-9]){_DURATION.pattern}\Z", extra={"kind": "duration"})
]
"""A text such as "30s", "5m" or "2h", longer than nothing."""

CENTURY = 100 * 365 * 86_400.0
_SHOWN = 40
_SPAN = re.compile(r"([1-9][0-9]{0,4}) ?(d|day|week|month|year)s?")
_DAYS = {"d": 1, "day": 1, "week": 7, "month": 30, "year": 365}
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]+)?) ?(MB|GB|TB)")
_BYTES = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
DISK_MIN = 10**7
Span = Annotated[str, Meta(extra={"kind": "span"})]
"""A text for `span`: "90 days", "1 year", or empty."""
Size = Annotated[str, Meta(extra={"kind": "size"})]
"""A text for `size`: "500 MB", "2 GB", or empty."""


def duration(text: str) -> float:
    """Return the seconds in a text such as "30s", "5m" or "2h".

    Raises:
        ValueError: the text is none of these, or more than any clock can wait for.

    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} is no duration: write for example "30s", "5m" or "2h"')
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds > CENTURY:
        raise ValueError(f"{text[:_SHOWN]} is longer than a hundred years")
    return seconds


def span(text: str) -> int:
    """Return the ms in a text such as "90 days", "6 months" or "1 year", 0 for none.

    A month has 30 days, a year 365.

    Raises:
        ValueError: the text is none of these.

    """
    match = _SPAN.fullmatch(text)
    if match is None and text:
        raise ValueError(f'{text!r} is no length of time: write for example "90 days" or "1 year"')
    return int(match[1]) * _DAYS[match[2]] * 86_400_000 if match else 0


def size(text: str) -> int:
    """Return the bytes in a text such as "500 MB" or "2 GB", 0 for none.

    Raises:
        ValueError: the text is none of these, or too little for any log.

    """
    match = _SIZE.fullmatch(text)
    if match is None and text:
        raise ValueError(f'{text!r} is no size: write for example "500 MB" or "2 GB"')
    found = int(float(match[1]) * _BYTES[match[2]]) if match else 0
    if match and found < DISK_MIN:
        raise ValueError(f"{text!r} is too little: a log needs 10 MB at least")
    return found


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

    def __post_init__(self) -> None:
        """Reject what would only fail later."""
        duration(self.timeout)

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
        Meta(
            description="How often the folders are looked through, besides watching them; "
            "a quarter as often while nothing happens."
        ),
    ] = "30s"
    skillify_every_n_turns: Annotated[
        int,
        Meta(
            ge=1,
            le=999_999_999,
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
    ignore: Annotated[
        tuple[str, ...],
        Meta(
            description="Folders that are left alone with all below them, such as "
            '`["~/clients/**", "**/secret-*"]`.'
        ),
    ] = ()
    keep: Annotated[
        Span,
        Meta(
            description='Sessions that ended longer ago are forgotten, such as `"90 days"` or '
            '`"1 year"`, but for what a skill stands on. Empty keeps all.'
        ),
    ] = ""
    max_disk: Annotated[
        Size,
        Meta(
            description="The oldest sessions are forgotten where the log takes more, such as "
            '`"2 GB"`, but for what a skill stands on. Empty is no bound.'
        ),
    ] = ""
    judge: Annotated[
        JudgeConfig, Meta(description="Who decides whether a correction holds a lesson.")
    ] = JudgeConfig()

    def __post_init__(self) -> None:
        """Reject what would only fail later."""
        for pattern in self.ignore:
            check_pattern(pattern)
        for text in (self.idle_after, self.end_after, self.rescan_every):
            duration(text)
        span(self.keep)
        size(self.max_disk)
