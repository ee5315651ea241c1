"""RE2 and the standard library: they find the same, and the gate of each misses none of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.redaction.engines import AUTO, PLAIN, SAMPLES


def test_it_works_where_re2_is_not_installed() -> None:
    """The standard library takes over by itself."""
    program = (
        "import sys; sys.modules['re2'] = None\n"
        "from hivemindd.redaction.redactor import Redactor\n"
        "print(ascii(Redactor().text(sys.argv[1])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "PASSWORD=Tr0ub4dor&3"],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.stdout.strip() == ascii("PASSWORD=«redacted:password»")


words = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *("password", "token", "=", ": ", '"', "sk-", "«redacted:jwt»", "eyJ", "://"),
            *("\\n", "\n", "\n  ", "\n+", "\r\n", "\\u0041", "ghp_" + "a1B2" * 5, "c3D4" * 4),
        ]
    ),
    st.sampled_from([sample for _, sample in SAMPLES]),
    st.from_regex(r"[A-Za-z0-9_=:-]{1,24}", fullmatch=True),
)
texts = st.lists(words, max_size=8).map("".join)
keys = st.text(max_size=12) | st.sampled_from(["name", "key", "variable", "value", "type"])
named = st.fixed_dictionaries(
    {"value": st.sampled_from(["Zx81-2k9w", "k7Qw2ZpX9vRb4TnM", "short", "two words"])},
    optional={
        "name": st.sampled_from(["API_TOKEN", "colour"]),
        "key": st.sampled_from(["DB_PASSWORD", "size"]),
        "variable": st.sampled_from(["SECRET_KEY", "HOME"]),
        "type": texts,
    },
).flatmap(lambda one: st.permutations(list(one.items())).map(dict))
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.integers(-(2**63), 2**64 - 1), st.booleans(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4), named
    ),
    max_leaves=8,
)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings([key, item])


def _packable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


@given(text=texts)
def test_both_engines_agree_and_once_is_enough(text: str) -> None:
    """RE2 and the standard library give the same text, which a second pass leaves alone."""
    clean = AUTO.text(text)

    assert PLAIN.text(text) == clean
    assert AUTO.text(clean) == clean


@given(value=values, planted=st.sampled_from(SAMPLES), before=st.text(max_size=40))
def test_a_planted_secret_is_flagged_wherever_it_lies(
    value: Any, planted: tuple[str, str], before: str
) -> None:
    """Raw msgpack with a secret in any of its strings never passes the gate."""
    _, sample = planted
    for place in (
        {"x": [value, f"{before}{sample}"]},
        {f"{sample}{before}": value},
        [sample, value],
    ):
        if all(map(_packable, _strings(place))):
            data = msgspec.msgpack.encode(place)

            assert AUTO.may_hold(data)
            assert PLAIN.may_hold(data)


@given(value=named | values)
def test_the_gate_never_misses_what_redaction_would_change(value: Any) -> None:
    """What `may_hold` lets pass, `value` leaves as it is, in both engines."""
    if not all(map(_packable, _strings(value))):
        return
    data = msgspec.msgpack.encode(value)
    for redactor in (AUTO, PLAIN):
        if redactor.value(value) != value:
            assert redactor.may_hold(data)
    assert AUTO.value(value) == PLAIN.value(value)


@pytest.mark.parametrize(
    "value",
    [
        {"key": "DB_PASSWORD", "type": "encrypted", "value": "Zx81-2k9w"},
        {"value": "Zx81-2k9w", "key": "DB_PASSWORD"},
        {"name": "API_TOKEN", "env": "prod", "value": "k7Qw2ZpX9vRb4TnM"},
    ],
)
def test_what_a_neighbour_names_is_flagged(value: dict[str, str]) -> None:
    """Wherever that stands beside it: what a tool is told may come in any order."""
    for redactor in (AUTO, PLAIN):
        assert redactor.value(value)["value"] in {"«redacted:password»", "«redacted:secret»"}
        assert redactor.may_hold(msgspec.msgpack.encode({"input": value}))
        assert not redactor.may_hold(msgspec.msgpack.encode({"value": "no such", "name": "it"}))
