"""Secrets that a line end or an escape cuts in two are found all the same."""

import re

import pytest

from hivemindd.redaction import patterns
from hivemindd.redaction.pattern import Pattern
from hivemindd.redaction.redactor import Redactor
from hivemindd.redaction.rules import placeholder
from tests.planting.secrets import secret_of
from tests.redaction.engines import AUTO

ALL = [(row, sample) for row in patterns.TABLE for sample in row.samples]
TOKENS = [(row, sample) for row, sample in ALL if row.check is None]
ANNOUNCED = [(row, sample) for row, sample in ALL if row.check and "\n" not in sample]
# What stands between two halves: of a terminal, a shell, a diff, a mail, a listing, JSON.
FOLDS = ["\n", "\r\n", "\\\n", "\n+", "\n> ", "\n    ", "\n   12\u2192", "\\n", "\\\\n", "\\r\\n"]
LEFT = 8
"""So many characters of a secret in a row say too much."""


def _name(value: Pattern | str) -> str:
    """Name a case by what is the same in every process."""
    return value.kind if isinstance(value, Pattern) else value


def leaked(secret: str, clean: str) -> list[str]:
    """Return the parts of a secret that a text still holds."""
    clean = re.sub("«redacted:[a-z0-9-]+»", "", clean)
    parts = {secret[at : at + LEFT] for at in range(len(secret) - LEFT + 1)}
    return sorted(part for part in parts if part in clean)


class TestTokens:
    """Tokens that are known by their form, cut at any place."""

    @pytest.mark.parametrize("fold", FOLDS)
    @pytest.mark.parametrize(("row", "sample"), TOKENS, ids=_name)
    def test_each_is_found_over_a_line_end(self, row: Pattern, sample: str, fold: str) -> None:
        """Wherever it is cut, hardly anything of it remains, and what is around it does."""
        start, end = secret_of(row, sample)
        third = (end - start) // 3
        for at in (start + 1, start + third, end - third, end - 1):
            if fold.endswith(("\u2192", "> ", " ")) and sample[at] in "+ ":
                continue
            text = f"one {sample[:at]}{fold}{sample[at:]} two"

            clean = AUTO.text(text)

            assert not leaked(sample[start:end], clean.replace(fold, "")), (at, clean)
            assert placeholder(row.kind) in clean
            assert clean.startswith("one ")
            assert clean.endswith(" two")
            assert AUTO.text(clean) == clean

    def test_the_rest_of_a_long_one_goes_with_it(self, redactor: Redactor) -> None:
        """A first line that is a token by itself does not give away those after it."""
        body = "Zk4vQ9" * 25
        whole = f"export KEY=sk-ant-api03-{body}"
        lines = [whole[at : at + 40] for at in range(0, len(whole), 40)]

        clean = redactor.text("\n".join([*lines, "", "run the tests"]))

        assert clean == "export KEY=«redacted:anthropic-key»\n\nrun the tests"

    @pytest.mark.parametrize(
        "after",
        [
            "S3_BUCKET=media4all",
            "utf8 is fine",
            "3f2a1b4 Fix the build",
            'key2: "v"',
            "and the rest",
            "sha256 of it",
        ],
    )
    def test_what_follows_in_the_next_line_stays(self, redactor: Redactor, after: str) -> None:
        """A token that ends with its line does not take the next one along."""
        token = "ghp_" + "a1B2" * 9

        assert redactor.text(f"GITHUB_TOKEN={token}\n{after}") == (
            f"GITHUB_TOKEN=«redacted:github-token»\n{after}"
        )

    def test_tokens_in_a_list_stay_apart(self, redactor: Redactor) -> None:
        """Each line of its own has a placeholder of its own."""
        lines = [f"sk-ant-api03-{letter * 3}9Zk4vQ9Zk4vQ9" for letter in "abc"]

        assert redactor.text("\n".join(lines)) == "\n".join(["«redacted:anthropic-key»"] * 3)


class TestAnnounced:
    """Secrets that only a name announces, cut where a screen wraps a long line."""

    @pytest.mark.parametrize(("row", "sample"), ANNOUNCED, ids=_name)
    def test_a_wrapped_value_is_found(self, redactor: Redactor, row: Pattern, sample: str) -> None:
        """Cut in its middle, nothing of it is left."""
        start, end = secret_of(row, sample)
        at = start + (end - start) // 2
        before = "x" * (60 - start)

        clean = redactor.text(f"{before} {sample[:at]}\n{sample[at:]} two")

        left = re.sub("«redacted:[a-z0-9-]+»", "", clean).replace("\n", "")
        assert not {sample[start:at], sample[at:end]} & set(re.split(r"[^\w-]", left))
        assert f"«redacted:{row.kind}»" in clean

    @pytest.mark.parametrize(
        "text",
        [
            f"    return connect({'a' * 30}, password=\n        settings.db_password1)",
            "the service listens on all interfaces, at http://localhost:8080\nuser2@example.com",
            f"{'a' * 50} PASSWORD=\nDB_HOST=db1.example.com",
            f"{'a' * 50} token:\nabc123def456ghi789",
        ],
    )
    def test_the_next_line_of_code_is_none(self, redactor: Redactor, text: str) -> None:
        """Nothing has begun before the line ends, or it has ended there."""
        assert redactor.text(text) == text


class TestEscapes:
    """JSON within a string keeps the escapes of its own strings."""

    @pytest.mark.parametrize("slashes", ["\\", "\\\\", "\\\\\\\\"])
    @pytest.mark.parametrize(("row", "sample"), ALL, ids=_name)
    def test_escaped_characters_are_read(
        self, redactor: Redactor, row: Pattern, sample: str, slashes: str
    ) -> None:
        """Every third character of a secret may be spelled out."""
        start, end = secret_of(row, sample)
        spelled = "".join(
            f"{slashes}u00{ord(char):02x}" if start <= at < end and at % 3 == 0 else char
            for at, char in enumerate(sample)
        )

        clean = redactor.text(f"one {spelled} two")

        assert placeholder(row.kind) in clean
        assert f"{slashes}u00" not in clean
        assert clean.startswith("one ")
        assert clean.endswith(" two")


class TestInnocent:
    """Text that has line ends and no secret."""

    @pytest.mark.parametrize(
        "text",
        [
            "task-\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnop1",
            "-----BEGIN CERTIFICATE-----\n"
            + "\n".join(["MIIDazCCAlOgAwIBAgIUSKa9eyJhbGciOiJAKIAQ7XZ2KPLM4NRghp0xoxb1hf"] * 9),
            "Subject: risk-\n   4f3a2b1c4f3a2b1c4f3a2b1c4f3a2b1c4f3a2b1c",
            "+sk-\n+  retry: 3\n+  name2: abcdefghijklmnopqrstuvwxyz123456",
            "ASDA\nASIA\nASSOCIATES\nAT\nATHLETA\nATTORNEY\nAU",
            "npm_\n\nconfig_registry_1_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "C:\\new\\u0041bc\\risk\\nested\\token",
        ],
    )
    def test_it_stays_as_it_is(self, redactor: Redactor, text: str) -> None:
        """Lines that only together look like a token."""
        assert redactor.text(text) == text
