"""How answers look in a terminal: plain text, short times, tables that fit 80 columns.

What comes from a transcript is not ours: everything that could move a cursor, hide text or
change its direction is taken out before it reaches a terminal.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import click
import msgspec

from hivemindd.runtime.colours import may_colour

WIDTH = 80
Colour = Literal["red", "green", "yellow", "cyan"]

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, DCS, PM, APC, SOS: titles, links, data
    r"|[ -/]*[0-~])"  # two-byte escapes
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs"})
_C1 = re.compile(rb"\x7f|\xc2[\x80-\x9f]")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_LAST = 253_370_764_800_000  # the year 9999: what a transcript claims may be beyond it
_NARROWEST = 8
_LABELS = {"claude-code": "Claude Code", "codex": "Codex", "cursor": "Cursor"}


class Terminal:
    """Where answers go: knows whether to colour, and what time and home it is."""

    def __init__(self, env: Mapping[str, str], now: int) -> None:
        """Look at standard output; `now` in ms since 1970 UTC."""
        self.home = env.get("HOME", "")
        self.now = now
        self.is_tty = sys.stdout.isatty()
        self._coloured = may_colour(sys.stdout, env)

    def paint(
        self, text: str, colour: Colour | None = None, *, bold: bool = False, dim: bool = False
    ) -> str:
        """Return the text in a colour where colours are wanted."""
        if not self._coloured:
            return text
        return click.style(text, fg=colour, bold=bold or None, dim=dim or None)

    def path(self, path: str) -> str:
        """Return a path with the home folder as `~`."""
        shown = one_line(path, 4096)
        if self.home and Path(shown).is_relative_to(self.home):
            return str(Path("~", Path(shown).relative_to(self.home)))
        return shown

    def time(self, ms: int | None) -> str:
        """Return a moment as people say it: `today 09:12`, `3 d ago`, `in 5 min`."""
        return describe_time(ms, self.now)


def clean(text: str) -> str:
    """Return text without escape sequences, control, format and unassigned characters.

    Newlines stay, a tab becomes four spaces.
    """
    text = _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\t", "    "))
    return "".join(
        char for char in text if char == "\n" or unicodedata.category(char) not in _HIDDEN
    )


def one_line(text: str, width: int) -> str:
    """Return clean text on one line of at most `width` columns, cut with an ellipsis."""
    line = " ".join(clean(text).split())
    if columns(line) <= width:
        return line
    kept, used = [], 1
    for char in line:
        used += columns(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def crop(line: str, width: int) -> str:
    """Return a line of ours, colours and all, cut to a width with an ellipsis."""
    if columns(_ESCAPES.sub("", line)) <= width:
        return line
    kept, used, start = "", 1, 0
    for escape in [*_ESCAPES.finditer(line), None]:
        for char in line[start : escape.start() if escape else None]:
            used += columns(char)
            kept += char if used <= width else ""
        if escape:
            kept, start = kept + escape[0], escape.end()
    return kept.rstrip() + "…"


def fold(text: str, *, first: str = "", indent: str = "  ") -> str:
    """Return a sentence on lines of at most 80 columns, which begin with `first` or `indent`.

    It breaks at blanks only. A word that has room on no line stays where it is: whoever
    copies a long path wants it whole.
    """
    words = text.split(" ")
    lines = [first + words[0]]
    for word in words[1:]:
        if columns(f"{lines[-1]} {word}") > WIDTH >= columns(indent + word):
            lines.append(indent + word)
        else:
            lines[-1] += f" {word}"
    return "\n".join(lines)


def columns(text: str) -> int:
    """Return how many columns a line of text takes."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, grow: int = 0) -> list[str]:
    """Return the lines of a table that is at most 80 columns wide.

    A heading that ends in `>` names a column of numbers. Where the table is too wide the
    column number `grow` is cut, and then the widest.
    """
    right = [heading.endswith(">") for heading in headings]
    cells = [[heading.rstrip(">") for heading in headings]]
    cells += [[one_line(cell, WIDTH) for cell in row] for row in rows]
    widths = [max(columns(row[index]) for row in cells) for index in range(len(headings))]
    over = sum(widths) + 2 * (len(widths) - 1) - WIDTH
    for index in (grow, widths.index(max(widths))):
        cut = min(max(over, 0), max(widths[index] - _NARROWEST, 0))
        widths[index] -= cut
        over -= cut
    lines = []
    for row in cells:
        parts = []
        for cell, width, is_right in zip(row, widths, right, strict=True):
            text = one_line(cell, width)
            gap = " " * (width - columns(text))
            parts.append(gap + text if is_right else text + gap)
        lines.append("  ".join(parts).rstrip())
    return lines


def describe_time(ms: int | None, now: int) -> str:
    """Return a moment (ms) as seen from another, in local time."""
    if not ms:
        return "never"
    moment, today = (
        datetime.fromtimestamp(min(each, _LAST) / 1000).astimezone() for each in (ms, now)
    )
    days = (today.date() - moment.date()).days
    clock = moment.strftime("%H:%M")
    if ms > now:
        return f"in {describe_span((ms - now) / 1000)}" if ms - now < 86_400_000 else _date(moment)
    if days == 0:
        return f"today {clock}"
    if days == 1:
        return f"yesterday {clock}"
    return f"{days} d ago" if days < 30 else _date(moment)


def describe_span(seconds: float) -> str:
    """Return a length of time with its largest unit, and the next where it tells something."""
    whole = int(seconds)
    for index, (size, unit) in enumerate(_UNITS):
        if whole >= size:
            text = f"{whole // size} {unit}"
            rest = whole % size
            if whole < 10 * size and index + 1 < len(_UNITS) and rest >= _UNITS[index + 1][0]:
                smaller, name = _UNITS[index + 1]
                text += f" {rest // smaller} {name}"
            return text
    return f"{whole} s"


def describe_bytes(count: int) -> str:
    """Return a size such as `12.3 MB`."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def prefix(name: str) -> str:
    """Return how an id begins, which is enough to type; a transcript may call itself anything."""
    return one_line(name[:8], 8)


def label(assistant: str) -> str:
    """Return the name of an assistant as people know it."""
    return _LABELS.get(assistant, assistant)


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: `1 session`, `2 sessions`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def to_json(value: object) -> str:
    """Return one line of JSON, with every control character escaped."""
    encoded = msgspec.json.encode(value)
    return _C1.sub(_escape, encoded).decode()


def print_json(values: Iterable[object]) -> None:
    """Print one line of JSON for each value."""
    for value in values:
        click.echo(to_json(value))


def _escape(match: re.Match[bytes]) -> bytes:
    return f"\\u{ord(match[0].decode()):04x}".encode()


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")
