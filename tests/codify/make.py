"""Builders of what the tests of codification speak about."""

from typing import Any

from hivemindd.work import Call


def make_call(**fields: Any) -> Call:
    """Make a call to a model."""
    plain: dict[str, Any] = {
        "ts": 0,
        "model": "api:m",
        "prompt": "p1",
        "session": "s1",
        "candidates": 1,
    }
    return Call(**plain | fields)
