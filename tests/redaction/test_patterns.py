"""The table of patterns: what each row costs on text that almost matches."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hivemindd.redaction import announced, patterns, pem
from hivemindd.redaction.pattern import Pattern
from hivemindd.redaction.redactor import Redactor
from tests.redaction.backtracking import Program

LENGTH = 1_000  # past every bound of a repetition
GROWTH = 4
"""The longer text is so many times as long, and may cost so many times as much, and a half."""

REGEXES = [
    *((row.kind, row.regex, row.samples[0]) for row in patterns.TABLE),
    *((f"{row.kind}, gate", row.gate, row.samples[0]) for row in patterns.TABLE if row.gate),
    ("private-key", patterns.PEM_MARK, "-----BEGIN RSA " + "PRIVATE KEY-----"),
    ("pair", announced.PAIR, "api_key\u00b0k7Qw2ZpX9vRb4TnM"),
]
NEAR: dict[str, Callable[[str, int], str]] = {
    "sample without its end": lambda sample, size: (sample[:-1] + "\x01") * (size // len(sample)),
    "beginning": lambda sample, size: sample[:4] * (size // 4),
    "first half": lambda sample, size: sample[: len(sample) // 2] * (2 * size // len(sample)),
    "sample that never ends": lambda sample, size: sample + sample[-1] * size + "\x01",
    "middle that never ends": lambda sample, size: (
        sample[: len(sample) // 2] + sample[len(sample) // 2] * size + "\x01"
    ),
    "samples without a gap": lambda sample, size: sample * (size // len(sample)),
}


def grown(near: str, sample: str, size: int) -> bytes:
    """Return text of about a size, at least a few times the sample."""
    return NEAR[near](sample, max(size, 4 * len(sample) * size // LENGTH)).encode()


class TestSteps:
    """Where RE2 is not installed the standard library backtracks: nothing may run away."""

    @pytest.mark.parametrize(("kind", "regex", "sample"), REGEXES, ids=str)
    def test_the_matcher_that_counts_finds_what_the_library_does(
        self, kind: str, regex: bytes, sample: str
    ) -> None:
        """So that its steps are worth something."""
        del kind
        for near in NEAR:
            data = b"one " + grown(near, sample, LENGTH) + sample.encode()

            assert Program(regex).spans(data) == [
                found.span() for found in re.finditer(regex, data)
            ]

    @pytest.mark.parametrize("near", NEAR)
    @pytest.mark.parametrize(("kind", "regex", "sample"), REGEXES, ids=str)
    def test_steps_grow_with_the_text_and_no_faster(
        self, kind: str, regex: bytes, sample: str, near: str
    ) -> None:
        """Text that almost matches, again and again, costs the same for each byte."""
        del kind
        costs = []
        for size in (LENGTH, GROWTH * LENGTH):
            program = Program(regex)
            data = grown(near, sample, size)
            program.spans(data)
            costs.append(program.steps / len(data))

        assert costs[1] < 1.5 * costs[0]

    def test_a_regex_that_runs_away_is_told(self) -> None:
        """What looks for an end from every place costs a long text more by the byte."""
        costs = []
        for size in (LENGTH, GROWTH * LENGTH):
            program = Program(rb"[a-z]+=")
            program.spans(b"a" * (size // 4))
            costs.append(program.steps / size)

        assert costs[1] > 3 * costs[0]


class _Meter:
    """A compiled regex that counts the bytes that it is given to look through."""

    def __init__(self, regex: Any, work: list[int]) -> None:
        self._regex = regex
        self._work = work
        self.groups = regex.groups

    def match(self, data: bytes, place: int = 0) -> pem.Match | None:
        found: pem.Match | None = self._regex.match(data, place)
        self._work.append(found.span()[1] - place if found else 1)
        return found

    def search(self, data: bytes) -> pem.Match | None:
        self._work.append(len(data))
        found: pem.Match | None = self._regex.search(data)
        return found

    def finditer(self, data: bytes) -> Iterator[pem.Match]:
        self._work.append(len(data))
        found: Iterator[pem.Match] = self._regex.finditer(data)
        return found


def metered() -> tuple[Redactor, list[int]]:
    """Return a redactor, and the list to which each of its searches adds its length."""
    redactor = Redactor()
    work: list[int] = []
    for rule in (rule for each in redactor._rounds for rule in each._rules):
        for name in ("_regex", "_shortest", "_whole"):
            setattr(rule, name, _Meter(getattr(rule, name), work))
    return redactor, work


def _rows() -> list[tuple[str, Pattern]]:
    return [(f"{number} {row.kind}", row) for number, row in enumerate(patterns.TABLE)]


class TestWork:
    """What the redactor as a whole looks through."""

    @pytest.mark.parametrize("fold", ["", "\n", "\\n", "\\u0041"])
    @pytest.mark.parametrize("near", NEAR)
    def test_work_grows_with_the_text_and_no_faster(self, near: str, fold: str) -> None:
        """Neither rounds nor cuts make a long text dearer by the byte than a short one."""
        redactor, work = metered()
        for name, row in _rows():
            sample = row.samples[0]
            cut = sample[: len(sample) // 2] + fold + sample[len(sample) // 2 :]
            costs = []
            for size in (LENGTH, GROWTH * LENGTH):
                work.clear()
                data = grown(near, cut, size)
                redactor.text(data.decode())
                costs.append(sum(work) / len(data))

            assert costs[1] < 1.5 * costs[0] + 10, name
