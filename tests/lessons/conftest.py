"""A session in which somebody is about to correct the agent, and judges over the API."""

from typing import Any

import pytest

from hivemindd.lessons.judge_api import ApiJudge
from tests.lessons.anthropic_stub import Stub
from tests.lessons.book import Book
from tests.lessons.judges import KEY, Ask
from tests.lessons.make import Talk


@pytest.fixture(name="talk")
def _talk() -> Talk:
    talk = Talk()
    talk.prompt("add the price to the cart")
    return talk


@pytest.fixture(name="book")
def _book() -> Book:
    return Book()


@pytest.fixture(name="ask")
def _ask(book: Book, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Make judges that would fail if they heeded the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "someone-elses-token")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")

    def make(stub: Stub, **options: Any) -> ApiJudge:
        settings = {"max_retries": 0, "timeout": 10.0} | options
        return ApiJudge(api_key=KEY, meter=book, base_url=stub.url, **settings)

    return make
