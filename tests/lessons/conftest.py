"""A session in which somebody is about to correct the agent."""

import pytest

from tests.lessons.make import Talk


@pytest.fixture(name="talk")
def _talk() -> Talk:
    talk = Talk()
    talk.prompt("add the price to the cart")
    return talk
