"""The settings and their types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.registry import ASSISTANTS as READ
from hivemindd.config import ASSISTANTS, Config, duration, size, span


class TestDuration:
    """Text that means a time."""

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86400), ("250ms", 0.25), ("1.5 m", 90)],
    )
    def test_a_duration_has_a_unit(self, text: str, seconds: float) -> None:
        """With or without a space, whole or not."""
        assert duration(text) == seconds

    @pytest.mark.parametrize(
        "text", ["", "30", "s", "-5m", "5 minutes", "5m ", "5m\n", "1.m", "5M"]
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        """The sentence shows how it should look."""
        with pytest.raises(ValueError, match="write for example"):
            duration(text)

    @given(st.text(max_size=8))
    def test_no_text_breaks_it(self, text: str) -> None:
        """It is a duration, or it is refused."""
        try:
            assert duration(text) >= 0
        except ValueError as error:
            assert "is no duration" in str(error)  # noqa: PT017  either is right


@pytest.mark.parametrize(
    ("text", "days"),
    [("", 0), ("1 day", 1), ("90d", 90), ("2 weeks", 14), ("6 months", 180), ("1 year", 365)],
)
def test_a_length_of_time_is_counted_in_days(text: str, days: int) -> None:
    """A month has 30, a year 365; nothing is no bound."""
    assert span(text) == days * 86_400_000


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("10 MB", 10_000_000), ("1.5GB", 1_500_000_000), ("2 TB", 2_000_000_000_000)],
)
def test_a_size_is_counted_in_bytes(text: str, count: int) -> None:
    """A GB is a thousand MB, as disks are sold."""
    assert size(text) == count


def test_all_assistants_teach_and_are_taught() -> None:
    """Those that are read, unless the settings say otherwise."""
    assert {each.name for each in READ} == set(ASSISTANTS)
    assert set(Config().learn_from) == set(Config().publish_to) == set(ASSISTANTS)
