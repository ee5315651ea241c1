"""A series of samples, and whether it grows."""

import math
from typing import Self

import msgspec

LEAST = 3  # samples that a slope with an error needs


class Slope(msgspec.Struct, frozen=True):
    """Growth by the minute, with two standard errors."""

    value: float
    error: float

    @property
    def is_flat(self) -> bool:
        """Tell whether the scatter of the samples alone could give it."""
        return abs(self.value) <= self.error


class Series:
    """Values over time, in minutes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._times: list[float] = []
        self._values: list[float] = []

    def add(self, minute: float, value: float) -> None:
        """Add a sample."""
        self._times.append(minute)
        self._values.append(value)

    def after(self, minute: float) -> Self:
        """Return the samples that are later than a minute."""
        found = type(self)()
        for time, value in zip(self._times, self._values, strict=True):
            if time > minute:
                found.add(time, value)
        return found

    def slope(self) -> Slope:
        """Return the slope of the line that fits best; it is not known from too few samples."""
        count = len(self._times)
        if count < LEAST:
            return Slope(math.nan, math.nan)
        middle, mean = math.fsum(self._times) / count, math.fsum(self._values) / count
        spread = math.fsum((time - middle) ** 2 for time in self._times)
        pairs = list(zip(self._times, self._values, strict=True))
        value = math.fsum((time - middle) * (each - mean) for time, each in pairs) / spread
        left = math.fsum((each - mean - value * (time - middle)) ** 2 for time, each in pairs)
        return Slope(value, 2 * math.sqrt(left / (count - 2) / spread))

    def describe(self) -> dict[str, float]:
        """Return the first, the least, the most and the median value, and the slope."""
        slope, ordered = self.slope(), sorted(self._values)
        figures = {
            "first": self._values[0] if ordered else math.nan,
            "least": ordered[0] if ordered else math.nan,
            "median": ordered[len(ordered) // 2] if ordered else math.nan,
            "p99": ordered[int(len(ordered) * 0.99)] if ordered else math.nan,
            "most": ordered[-1] if ordered else math.nan,
            "slope_per_min": slope.value,
            "error": slope.error,
        }
        return {name: round(value, 3) for name, value in figures.items()}
