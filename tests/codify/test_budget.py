"""Work that waits for tomorrow's money, when the daemon starts under other settings."""

import pytest

from hivemindd.codify.ledger import Ledger
from hivemindd.codify.setup import make_pool, make_shelf
from hivemindd.config import Config, JudgeConfig
from hivemindd.log.tables import DUE
from hivemindd.paths import find_paths
from hivemindd.work import Due
from tests.clocks import SetClock
from tests.codify.make import make_call
from tests.codify.workshop import Workshop
from tests.lessons.anthropic_stub import Stub, failure

SPENT = 0.26
ENV = {"ANTHROPIC_API_KEY": "sk-ant-fake"}


def start(workshop: Workshop, judge: JudgeConfig) -> list[Due]:
    """Start as the daemon does and work through what is due; return what waits after it."""
    config, paths = Config(judge=judge), find_paths({"HOME": str(workshop.home)})
    shelf = make_shelf(workshop.log, paths, config, ENV, workshop.clock)
    pool = make_pool(workshop.log, paths, config, ENV, workshop.clock, shelf=shelf)
    pool.run_all()
    pool.stop()
    with workshop.log.read() as txn:
        return DUE.rows(txn)


def api(url: str, usd: float) -> JudgeConfig:
    """Return the settings of a judge at some address, with a budget."""
    return JudgeConfig(kind="api", base_url=url, daily_budget=usd, small_model=False)


@pytest.fixture(name="broke")
def _broke(workshop: Workshop) -> Workshop:
    """Give a workshop in which a session waits, since the day's money is spent."""
    workshop.clock = SetClock()
    Ledger(workshop.log, workshop.clock).add(make_call(usd=SPENT))
    workshop.correct(0)
    workshop.capture()
    (due,) = start(workshop, api("http://127.0.0.1:1", 0.25))
    assert due.over_budget
    return workshop


def test_a_raised_budget_is_spent_today(broke: Workshop) -> None:
    """Who raises it need not wait until midnight."""
    with Stub(failure(529, "overloaded_error")) as stub:
        (due,) = start(broke, api(stub.url, 0.5))
        assert stub.requests
    assert not due.over_budget


def test_who_asks_nobody_needs_no_money(broke: Workshop) -> None:
    """The local judge takes over at once."""
    assert start(broke, JudgeConfig(kind="local", small_model=False)) == []


def test_what_is_spent_stays_spent(broke: Workshop) -> None:
    """Another start reads no session for nothing."""
    (due,) = start(broke, api("http://127.0.0.1:1", 0.25))
    assert (due.attempts, due.over_budget) == (1, True)
