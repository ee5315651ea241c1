"""What the daemon prints: one line an event on stderr, for people or for machines."""

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

from hivemindd.colours import may_colour

_SECRET = ("key", "token", "authorization", "password", "secret")


def configure(level: str, form: Literal["console", "json"]) -> None:
    """Set up structlog once, at the start of the process."""
    renderers: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=may_colour(sys.stderr, os.environ),
                pad_event_to=0,
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=form == "json"),
            _drop_secrets,
            *renderers,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _drop_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Never print the value of anything that is named like a secret."""
    for name in event:
        if name.endswith(_SECRET):
            event[name] = "redacted"
    return event
