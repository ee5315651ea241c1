"""How many cases hypothesis tries where a test needs fewer than usual."""

from hypothesis import settings

_USUAL = 100


def cases(few: int) -> int:
    """Return how many to try: few, but what the profile says where that is for thoroughness."""
    asked = settings().max_examples
    return asked if asked > _USUAL else few
