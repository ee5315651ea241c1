"""What the daemon prints: one line an event, for people, for machines or for the journal."""

import io
import logging
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, Literal, Protocol

import structlog

from hivemindd.redaction.redactor import shared
from hivemindd.runtime.colours import may_colour

Form = Literal["console", "json", "journal"]

_STDERR = 2
_SECRET = ("key", "token", "authorization", "password", "secret")
_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # sd-daemon(3)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Stream(Protocol):
    """Where lines go; it never raises, since what is printed must end no thread."""

    def write(self, text: str, /) -> int:
        """Take whole lines."""

    def flush(self) -> None:
        """Hold nothing back."""


class Stderr:
    """Standard error, which may be full or gone."""

    def write(self, text: str) -> int:
        """Print whole lines, if that can be."""
        data = text.encode("utf-8", "backslashreplace")
        with suppress(OSError):
            while data:
                data = data[os.write(_STDERR, data) :]
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""


def is_journal(env: Mapping[str, str]) -> bool:
    """Tell whether standard error ends in the journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        status = os.fstat(_STDERR)
    except OSError:
        return False
    return env.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def complain(sentence: str, env: Mapping[str, str]) -> None:
    """Print why the daemon cannot run; the journal knows by itself who says so."""
    start = f"<{_PRIORITIES['error']}>" if is_journal(env) else "hivemindd: "
    Stderr().write(f"{start}{shared().text(sentence)}\n")


def configure(level: str, form: Form, stream: Stream | None = None) -> None:
    """Set up structlog once, at the start of the process; without a stream for standard error."""
    lines: Any = stream or Stderr()  # all that structlog asks of a file
    colours = stream is None and may_colour(sys.stderr, os.environ)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            *([] if form == "journal" else [_stamp(form)]),
            _drop_secrets,
            *(_for_machines() if form == "json" else [_tame, _for_people(form, colours=colours)]),
            _redact,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(lines),
        cache_logger_on_first_use=True,
    )


def _stamp(form: Form) -> structlog.typing.Processor:
    return structlog.processors.TimeStamper(fmt="iso", utc=form == "json")


def _for_machines() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]


def _for_people(form: Form, *, colours: bool) -> structlog.typing.Processor:
    render = structlog.dev.ConsoleRenderer(
        colors=form == "console" and colours,
        pad_event_to=0,
        exception_formatter=_traceback,
    )
    return render if form == "console" else _Journal(render)


class _Journal:
    """Puts the priority, which the journal keeps, before each line; it knows the time itself."""

    def __init__(self, render: structlog.dev.ConsoleRenderer) -> None:
        self._render = render

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        priority = _PRIORITIES[event.pop("level")]
        lines = str(self._render(logger, method, event)).splitlines()
        return "\n".join(f"<{priority}>{line}" for line in lines)


def _traceback(stream: Any, trace: Any) -> None:
    """Write a traceback in which the error's own text can do no more than be read."""
    text = io.StringIO()
    structlog.dev.plain_traceback(text, trace)
    stream.write("\n".join(map(_visible, text.getvalue().split("\n"))))


def _tame(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Let nothing that we quote begin a line of its own or move a cursor."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _visible(value)
    return event


def _visible(text: str) -> str:
    return _UNSEEN.sub(lambda match: ascii(match[0])[1:-1], text)


def _redact(_logger: Any, _method: str, line: Any) -> str:
    """Never print a secret within a text: a cause may quote what somebody else sent."""
    return shared().text(str(line))


def _drop_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Never print the value of anything that is named like a secret."""
    for name in event:
        if name.endswith(_SECRET):
            event[name] = "redacted"
    return event
