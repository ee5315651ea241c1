"""What settings there are, read off the types of `config.py`."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import inspect

from hivemindd.config import Config

Kind = Literal["duration", "span", "size", "text", "choice", "switch", "count", "amount", "list"]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: `section` is the table that it stands in, empty at the top of the file.

    `choices` are the only texts that it, or an item of it, may be, unless empty. `least` is
    the smallest number allowed, `env` the variable that wins over the file.
    """

    name: str
    section: str
    kind: Kind
    default: Any
    about: str
    choices: tuple[str, ...] = ()
    least: float = 0
    env: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        """The keys that lead to it."""
        return (self.section, self.name) if self.section else (self.name,)

    @property
    def full_name(self) -> str:
        """Its name with the section: `judge.timeout`."""
        return ".".join(self.path)


@cache
def settings() -> tuple[Setting, ...]:
    """Return all settings in the order of the file: those of no section first."""
    return tuple(sorted(_read(Config, ""), key=lambda each: each.section))


@cache
def sections() -> dict[str, str]:
    """Return what each section is about."""
    found = {}
    for field in inspect.type_info(Config).fields:  # type: ignore[attr-defined]
        bare, about, _ = _bare(field.type)
        if isinstance(bare, inspect.StructType):
            found[field.encode_name] = about
    return found


def _read(struct: type[msgspec.Struct], section: str) -> Iterator[Setting]:
    """Yield the settings of a struct; one that is a struct itself is a section."""
    for field in inspect.type_info(struct).fields:  # type: ignore[attr-defined]
        bare, about, extra = _bare(field.type)
        if isinstance(bare, inspect.StructType):
            yield from _read(bare.cls, field.encode_name)
            continue
        kind, choices = _kind(bare)
        yield Setting(
            name=field.encode_name,
            section=section,
            kind=extra.get("kind", kind),
            default=field.default,
            about=about,
            choices=choices,
            least=getattr(bare, "ge", None) or 0,
            env=extra.get("env", ""),
        )


def _bare(given: inspect.Type) -> tuple[inspect.Type, str, dict[str, Any]]:
    """Return a type without what is said about it, and that: the description, the rest."""
    if not isinstance(given, inspect.Metadata):
        return given, "", {}
    return given.type, (given.extra_json_schema or {}).get("description", ""), given.extra or {}


def _kind(bare: inspect.Type) -> tuple[Kind, tuple[str, ...]]:
    match bare:
        case inspect.LiteralType():
            return "choice", tuple(map(str, bare.values))
        case inspect.VarTupleType():
            return "list", _kind(_bare(bare.item_type)[0])[1]
        case inspect.BoolType():
            return "switch", ()
        case inspect.IntType():
            return "count", ()
        case inspect.FloatType():
            return "amount", ()
        case _:
            return "text", ()
