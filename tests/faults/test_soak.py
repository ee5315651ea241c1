"""Fault 65: what must not grow, in small; `benchmarks/soak.py` does it for as long as you like."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from tests.children import CHECKOUT


@pytest.fixture(name="load")
def _load(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(CHECKOUT / "benchmarks")
    return importlib.import_module


@pytest.mark.timeout(180)
def test_65_descriptors_and_threads_are_given_back(load: Any, scratch_home: Path) -> None:
    """While sessions come and go it never holds more than a few files, and no further thread."""
    result = load("soak").soak(scratch_home, minutes=0.2, events=4_000, seed=1)

    assert result["exit_code"] == 0
    assert result["events"] > 3_000
    assert result["threads"]["least"] == result["threads"]["most"]
    assert result["descriptors"]["most"] - result["descriptors"]["least"] < 10


def test_65_a_slope_is_told_from_noise(load: Any) -> None:
    """The benchmark's own arithmetic: a line through its points, and its error."""
    series = load("slopes").Series()
    for minute in range(100):
        series.add(minute, 5 + 2 * minute + (1 if minute % 2 else -1))
    slope = series.slope()

    assert slope.value == pytest.approx(2, abs=0.01)
    assert 0 < slope.error < 0.02
    assert not slope.is_flat
    level = load("slopes").Series()
    for minute in range(100):
        level.add(minute, 5 + (1 if minute % 2 else -1))
    assert level.slope().is_flat
    assert len(series.after(50)._times) == 49
