"""What people paste into a prompt without having written it."""

import json
from collections.abc import Callable

import msgspec

from tests.planting.forms import (
    BLOCKS,
    DIFFS,
    FENCES,
    FRAMED,
    LOGS,
    PAGES,
    QUOTES,
    REVIEWS,
    RUNNING_ON,
    TAGS,
    TRACES,
)
from tests.planting.marker import Foreign

Wrap = Callable[[Foreign], str]


class Paste(msgspec.Struct, frozen=True):
    """A kind of pasted text, in one form or several.

    `spares` says that own words stay own in paragraphs beside it.
    """

    name: str
    forms: tuple[Wrap, ...]
    spares: bool = True


def _whole(form: str) -> Wrap:
    """Put all of a text where `{}` stands."""
    return lambda foreign: form.replace("\n", foreign.ending).replace("{}", foreign.text)


def _paragraph(form: str) -> Wrap:
    """Put the lines, blank ones left out, where `{}` stands in a text."""

    def wrap(foreign: Foreign) -> str:
        lines = [line for line in foreign.lines if line.strip()]
        return form.replace("{}", "\n".join(lines)).replace("\n", foreign.ending)

    return wrap


def _rows(form: str) -> Wrap:
    """Repeat the line in which `{}` stands for each line of a text, blank ones left out."""
    rows = form.split("\n")

    def wrap(foreign: Foreign) -> str:
        lines = [line.strip() for text in foreign.lines for line in text.splitlines()]
        return foreign.ending.join(
            row.replace("{}", line)
            for row in rows
            for line in (filter(None, lines) if "{}" in row else [""])
        )

    return wrap


def _json_log(foreign: Foreign) -> str:
    return foreign.ending.join(
        json.dumps({"level": "info", "ts": 1, "msg": line}) for line in foreign.lines
    )


def _json(foreign: Foreign) -> str:
    value = {"role": "user", "content": foreign.text, "tags": ["a"]}
    return json.dumps(value, indent=2).replace("\n", foreign.ending)


def _paste(name: str, wrap: Wrap, *, spares: bool = True) -> Paste:
    return Paste(name, (wrap,), spares)


PASTES = (
    *(_paste(f"fence {name}", _whole(form)) for name, form in FENCES.items()),
    _paste("fence that never ends", lambda foreign: f"```\n{foreign.text}", spares=False),
    *(_paste(f"quote {name}", _rows(form)) for name, form in QUOTES.items()),
    *(_paste(f"log: {name}", _rows(form)) for name, form in LOGS.items()),
    _paste("log: JSON", _json_log),
    *(_paste(f"trace: {name}", _paragraph(form)) for name, form in TRACES.items()),
    *(_paste(f"diff: {name}", _rows(form)) for name, form in DIFFS.items()),
    *(_paste(f"review: {name}", _whole(form), spares=False) for name, form in REVIEWS.items()),
    *(_paste(f"page: {name}", _whole(form)) for name, form in PAGES.items()),
    *(_paste(name, _rows(form)) for name, form in FRAMED.items()),
    _paste("JSON", _json),
    *(
        Paste(f"block <{tag}>", tuple(_whole(form.replace("TAG", tag)) for form in BLOCKS))
        for tag in TAGS
    ),
    Paste("block that never ends", tuple(_whole(f"<{tag}>\n{{}}") for tag in TAGS), spares=False),
    *(_paste(f"program: {form[:40]}", _whole(form), spares=False) for form in RUNNING_ON),
)
