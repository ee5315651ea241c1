"""What is wrong in a settings file: one sentence a mistake, with its line and what is right."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from hivemindd.config import Config
from hivemindd.redaction.redactor import shared
from hivemindd.settings.known import Setting, sections, settings
from hivemindd.settings.lines import Key, find_lines
from hivemindd.settings.mend import mend_line, mend_value, to_toml

_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", re.DOTALL)
_TWICE = re.compile(
    r"Cannot overwrite a value|Cannot declare .* twice|Duplicate inline table key .*"
)
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 60
_DIGITS = 4_000
_WANTED = {
    "duration": 'no time: write a number and a unit in quotes, such as "30s", "5m" or "2h"',
    "span": 'no length of time: write for example "90 days" or "1 year"',
    "size": 'no size from 10 MB on: write for example "500 MB" or "2 GB"',
    "switch": "neither true nor false",
    "text": "no text in quotes",
}
"""What a value of a kind is not, where that is the same for all settings."""


class Fault(msgspec.Struct, frozen=True):
    """A mistake: the line that it stands in, 0 where none is known, and what to do."""

    line: int
    sentence: str


def find_faults(text: str) -> list[Fault]:
    """Return all mistakes of a settings file, in the order of its lines."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return [_syntax(text, str(error))]
    except ValueError:  # Python converts no number of so many digits
        numbered = enumerate(text.split("\n"), start=1)
        line = next((number for number, each in numbered if len(each) > _DIGITS), 0)
        return [Fault(line, "this is no TOML (a number has too many digits)")]
    lines = find_lines(text)
    found = [
        Fault(lines.get(path, lines.get(path[:1], 0)), sentence)
        for path, sentence in _wrong(document)
    ]
    if not found:
        found = [Fault(0, str(error)) for error in _refused(document)]
    return sorted(found, key=lambda each: each.line)


def _wrong(document: Mapping[str, Any]) -> Iterator[tuple[Key, str]]:
    known = {setting.path: setting for setting in settings()}
    for path, value in _leaves(document):
        setting = known.get(path)
        if setting is not None:
            for error in _refused(_only(path, value)):
                yield path, _say_value(setting, value, error)
        elif path[0] in sections() and len(path) == 1:
            yield path, f"{path[0]} is a section: write [{path[0]}], and its settings below it"
        else:
            yield path, _say_name(path, is_section=isinstance(value, dict))


def _leaves(document: Mapping[str, Any]) -> Iterator[tuple[Key, Any]]:
    """Yield every key with its value; those of a section one by one."""
    for name, value in document.items():
        if name in sections() and isinstance(value, dict):
            yield from (((name, inner), each) for inner, each in value.items())
        else:
            yield (name,), value


def _only(path: Key, value: Any) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    return dict(value)


def _refused(document: Mapping[str, Any]) -> Iterator[msgspec.ValidationError]:
    try:
        msgspec.convert(document, Config)
    except msgspec.ValidationError as error:
        yield error


def _say_value(setting: Setting, value: Any, error: Exception) -> str:
    """Return what is wrong with a value, and the nearest right one."""
    name = setting.full_name
    right = mend_value(setting, value)
    offer = f"; did you mean {setting.name} = {right}?" if right else ""
    given = shared().text(to_toml(value))
    if len(given) > _SHOWN:
        given = f"{given[:_SHOWN]}…"
    if setting.kind == "text" and isinstance(value, str):
        return f"{name}: {error}"
    if setting.kind == "list" and not setting.choices and _is_texts(value):
        return str(error)
    return f"{name} = {given} is {_wanted(setting)}{offer}"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _wanted(setting: Setting) -> str:
    """Return what a value is not."""
    texts = ", ".join(map(to_toml, setting.choices))
    match setting.kind:
        case "choice":
            return f"none of {texts}"
        case "list":
            return f"no list of {texts}" if texts else 'no list of texts, such as ["a", "b"]'
        case "count" | "amount" as kind:
            return f"no {'whole ' * (kind == 'count')}number from {setting.least:g} on"
        case kind:
            return _WANTED[kind]


def _say_name(path: Key, *, is_section: bool) -> str:
    """Return what is wrong with a name: where it belongs, or what is called much like it."""
    name = ".".join(part if _PLAIN.fullmatch(part) else to_toml(part) for part in path)
    for setting in settings():
        if setting.name == path[-1]:
            where = f"below [{setting.section}]" if setting.section else "above every [section]"
            return f"{name} is no setting, {setting.name} stands {where}: move the line there"
    if is_section:
        near = [f"[{each}]" for each in get_close_matches(path[-1], sections(), 1)]
    else:
        near = _alike(path[-1], path[0] if len(path) > 1 else "")
    if near:
        return f"{name} is no setting: did you mean {near[0]}?"
    return f"{name} is no setting: `hivemindctl config show` lists all there are"


def _alike(word: str, section: str) -> list[str]:
    """Return the settings that are called much like a word, those of its section first."""
    ours = sorted(settings(), key=lambda each: each.section != section)
    names = {each.name if each.section == section else each.full_name: each.name for each in ours}
    holding = [full for full, name in names.items() if len(word) > 3 and word in name]
    spelled = [full for full, name in names.items() if get_close_matches(word, [name], 1, 0.75)]
    return spelled or holding


def _syntax(text: str, error: str) -> Fault:
    """Return what `tomllib` could not read, in its words, and how the line may be mended."""
    lines = text.replace("\r\n", "\n").split("\n")
    match = _PLACE.fullmatch(error)
    reason = (match[1] if match else error).rstrip(".")
    number = int(match[2]) if match and match[2] else len(text.rstrip().splitlines())
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    if _TWICE.fullmatch(reason):
        return Fault(number, "this stands here a second time: keep one of the two")
    mended = mend_line(line)
    offer = f"; did you mean {mended}?" if mended else ""
    return Fault(number, f"this is no TOML ({reason[:1].lower()}{reason[1:]}){offer}")
