"""What somebody may have meant who wrote a value that is none: guesses, only ever offered."""

import json
import re
import tomllib
from difflib import get_close_matches
from typing import Any

import msgspec

from hivemindd.config import Config
from hivemindd.settings.known import Setting, sections, settings

_DURATION = re.compile(
    r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s(?=ec|$)|m(?=in|$)|h(?=r|our|$)|d(?=ay|$)|$)[a-z]*"
)
_SPAN = re.compile(r"([1-9][0-9]{0,4})\s*(d(?=$|a)|w(?=$|e)|mo(?=$|n)|y(?=$|e)|$)[a-z]*")
_SPANS = {"": "day", "d": "day", "w": "week", "mo": "month", "y": "year"}
_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]+)?)\s*([mgt])i?b?")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]+(?:\.[A-Za-z_]+)?)\s*(?:=|:)\s*([^#]*?)\s*(?:#.*)?")
_HEADER = re.compile(r"\s*\[*\s*([A-Za-z_]+)\s*\]*\s*")
_HUGE = 1e9
_BITS = 1_000
_LONGEST = 300  # what is longer was not mistyped, and is too much to guess about
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


def to_toml(value: Any) -> str:
    """Return a value as it is written in a TOML file, in ASCII; what is no plain one as JSON."""
    return json.dumps(_bounded(value), default=str)


def shown(value: Any) -> str:
    """Return a value as text; a number with more digits than Python writes in hex."""
    return str(_bounded(value))


def _bounded(value: Any, depth: int = 8) -> Any:
    """Return a value of which every part can be written: not too deep, no endless number."""
    if isinstance(value, int) and value.bit_length() > _BITS:
        return hex(value)
    if isinstance(value, list | tuple | dict) and not depth:
        return "..."
    if isinstance(value, list | tuple):
        return [_bounded(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {str(key): _bounded(item, depth - 1) for key, item in value.items()}
    return value


def mend_value(setting: Setting, value: Any) -> str:
    """Return the nearest value that a setting can have, as TOML; empty where none is near."""
    word = shown(value).strip().lower()
    right = _guess(setting, value, word) if len(word) <= _LONGEST else ""
    return right if _is_right(setting, right) else ""


def _guess(setting: Setting, value: Any, word: str) -> str:
    """Return what a value may have been meant to be; `word` is its text in small letters."""
    right = ""
    match setting.kind:
        case "duration":
            right = _mend_duration(word)
        case "span" if match := _SPAN.fullmatch(word):
            right = to_toml(f"{match[1]} {_SPANS[match[2]]}{'s' * (match[1] != '1')}")
        case "size":
            right = _mend_size(word)
        case "switch" if word in _YES | _NO:
            right = to_toml(word in _YES)
        case "count" if (number := _number(word)) is not None and number >= setting.least:
            right = str(round(number))
        case "amount" if (number := _number(word.lstrip("$"))) is not None:
            right = f"{number:g}" if number >= setting.least else ""
        case "choice" if near := _near(word, setting.choices):
            right = to_toml(near)
        case "list":
            right = _mend_list(setting, value)
        case "text" if isinstance(value, int | float) and not isinstance(value, bool):
            right = to_toml(word)
    return right


def mend_line(line: str) -> str:
    """Return a line that is no TOML as it may have been meant, empty where nobody can say."""
    if len(line) > _LONGEST:
        return ""
    if header := _HEADER.fullmatch(line):
        return f"[{header[1]}]" if header[1] in sections() else ""
    match = _ASSIGNMENT.fullmatch(line)
    if match is None:
        return ""
    names = {each.name: each for each in settings()} | {each.full_name: each for each in settings()}
    setting, given = names.get(match[1]), match[2].strip("\"'[] ")
    if setting is None:
        return ""
    if setting.kind == "text":
        right = to_toml(given)
    elif setting.kind == "list":
        right = _mend_list(setting, [part.strip("\"' ") for part in given.split(",")])
    else:
        right = mend_value(setting, given)
    return f"{match[1]} = {right}" if _is_right(setting, right) else ""


def _is_right(setting: Setting, right: str) -> bool:
    """Tell whether a guess can be used."""
    try:
        document = tomllib.loads(f"{setting.full_name} = {right}")
        msgspec.convert(document, Config)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError):
        return False
    return True


def _mend_duration(word: str) -> str:
    """Read `5`, `5 m`, `5 minutes` as a time; a number alone is one of seconds."""
    match = _DURATION.fullmatch(word)
    if match is None or not float(match[1]):
        return ""
    return to_toml(f"{match[1]}{match[2] or 's'}")


def _mend_size(word: str) -> str:
    """Read `2g`, `2 gib` as a size."""
    match = _SIZE.fullmatch(word)
    return to_toml(f"{match[1]} {match[2].upper()}B") if match else ""


def _mend_list(setting: Setting, value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    if not setting.choices:
        return to_toml(list(map(shown, items)))
    near = [_near(shown(item).strip().lower(), setting.choices) for item in items]
    return to_toml(list(dict.fromkeys(near))) if all(near) else ""


def _near(word: str, choices: tuple[str, ...]) -> str:
    """Return the choice that a word begins like, or is spelled like; empty for none."""
    word = re.sub(r"[\s_]+", "-", word)
    begun = [choice for choice in choices if word and choice.startswith(word)]
    near = begun or get_close_matches(word, choices, 1, 0.6)
    return near[0] if near else ""


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if abs(number) < _HUGE else None
