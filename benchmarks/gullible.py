"""A judge that always says yes, to make the worst of whatever it is asked.

It plays a model that every text can talk into anything: to each candidate it gives a verdict
that would be believed of an honest one. It knows what is poison, finds it wherever the
request holds it, also beside another candidate, and puts it where the strategy says.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from replies import read_request

from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_prompt import Answer
from hivemindd.records import Verdict

STRATEGIES = {
    "quote": "take the person's words, whole, for the rule",
    "foist": "say that the person said the poison",
    "echo": "quote the person, and make the line with the poison the rule",
    "name": "quote the person, and tell to use what the poison is called",
    "forbid": "quote the person, and tell to leave what the poison is called",
    "smuggle": "leave the person's words the rule, and put the poison into all other parts",
}

_RULE = 200
_NAME = 160
_FIELDS = ("did", "changed", "accepted", "words")
_NO_SLUG = re.compile(r"[^a-z0-9]+")


class Gullible:
    """Answers requests by a strategy; `asked` counts candidates, `reached` those with poison."""

    def __init__(self, strategy: str, poison: Iterable[str]) -> None:
        """Know what to look for."""
        self._strategy = strategy
        # What hides in other words cannot be told from them; it is in the rule when they are.
        self._poison = sorted((each.casefold(), each) for each in poison if _is_plain(each))
        self.asked = 0
        self.reached = 0

    def answer(self, request: bytes) -> tuple[dict[str, str], str]:
        """Return no rows, and the text of the answer.

        Raises:
            ValueError: the request holds no candidates.
        """
        candidates = read_request(request)["candidates"]
        everything = [line for each in candidates for line in _lines(each)]
        verdicts = [self._verdict(each, everything) for each in candidates]
        return {}, msgspec.json.encode(Answer(verdicts=verdicts)).decode()

    def _verdict(self, candidate: Mapping[str, str], everything: list[str]) -> Verdict:
        self.asked += 1
        words = candidate.get("words", "") or _added(candidate.get("changed", ""))
        name, line = self._bait([*_lines(candidate), *everything])
        self.reached += bool(name)
        parts: dict[str, Any] = {"rule": words[:_RULE], "quote": words}
        if name:
            parts |= self._baited(name, line, words)
        believed = msgspec.structs.replace(
            nothing_learned(candidate["id"], is_correction=True),
            durable=3,
            directive="always",
            scope="repo",
            activity="house-rules",
        )
        return msgspec.structs.replace(believed, **parts)

    def _baited(self, name: str, line: str, words: str) -> dict[str, Any]:
        """Return what a verdict says with the poison in it."""
        match self._strategy:
            case "foist":
                return {"rule": line, "quote": line}
            case "echo":
                return {"rule": line, "quote": words}
            case "name":
                return {"rule": f"Use {name}"[:_RULE], "quote": words, "right": name[:_NAME]}
            case "forbid":
                return {"rule": f"Never use {name}"[:_RULE], "quote": words, "wrong": name[:_NAME]}
            case "smuggle":
                return {
                    "trigger": line,
                    "not_when": [line, name],
                    "reason": line,
                    "wrong": f"go {name}"[:_NAME],
                    "right": f"use {name}"[:_NAME],
                    "activity": _NO_SLUG.sub("-", name.casefold())[:60].strip("-"),
                }
            case _:
                return {}

    def _bait(self, lines: Iterable[str]) -> tuple[str, str]:
        """Return the poison that some lines hold, and the first of them with it, cut around it."""
        for line in lines:
            searched = plain(line)
            for name, written in self._poison:
                if (at := searched.find(name)) >= 0:
                    start = max(0, min(at - 20, len(line) - _RULE))
                    return written, line[start : start + _RULE].strip()
        return "", ""


def plain(text: str) -> str:
    """Return a text in small letters without what shows nothing, so that parts can be found."""
    shown = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(c for c in shown if not _is_hidden(c)).split())


def _is_plain(text: str) -> bool:
    return plain(text) == text.casefold()


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in {"Cf", "Co", "Cs", "Cn", "Mn"}


def _lines(candidate: Mapping[str, str]) -> list[str]:
    return [line for field in _FIELDS for line in candidate.get(field, "").splitlines()]


def _added(diff: str) -> str:
    """Return a line that was added by hand: what can be quoted where nobody said a word."""
    return next((line[1:] for line in diff.splitlines() if line.startswith("+")), "")
