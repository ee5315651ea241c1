"""What a call to a model over the API costs, by the genuine client against a real server."""

import msgspec
import pytest
from msgspec.structs import replace

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge_api import MODEL, Price
from tests.lessons.anthropic_stub import Answer, Stub, failure, message, verdicts
from tests.lessons.book import Book
from tests.lessons.judges import Ask
from tests.lessons.make import make_correction, make_verdict

ONE = make_correction("pnpm please", "npm install", name="c1")
GOOD = verdicts([make_verdict("c1")])


def test_spend_is_reported_for_every_answer(ask: Ask, book: Book) -> None:
    """Also for the one that could not be used."""
    bad = message("not JSON", used=(1_000_000, 0))
    with Stub(
        bad,
        message(
            msgspec.json.encode({"verdicts": [make_verdict("c1")]}).decode(),
            used=(0, 1_000_000),
        ),
    ) as stub:
        ask(stub).judge([ONE], [])

    assert [call.usd for call in book.calls] == [0.10, 0.50]
    assert {f"api:{MODEL}"} == {call.model for call in book.calls}


@pytest.mark.parametrize(
    ("model", "usd"), [("claude-haiku-4-5", 1.0), ("qwen", 0.0), ("priced", 7.0)]
)
def test_prices(ask: Ask, book: Book, model: str, usd: float) -> None:
    """Known models cost what they cost; an unknown one at one's own server is free."""
    answer = message(
        msgspec.json.encode({"verdicts": [make_verdict("c1")]}).decode(), used=(1_000_000, 0)
    )
    prices = {"claude-haiku-4-5": Price(1.0, 5.0), "priced": Price(7.0, 0.0)}
    with Stub(answer) as stub:
        ask(stub, model=model, prices=prices).judge([ONE], [])

    assert [usd] == [call.usd for call in book.calls]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(held=True),
        Answer(reset=True),
        replace(GOOD, cut=20),
        replace(GOOD, dripped=True),
        Answer(body=GOOD.body[:-20]),
    ],
    ids=["silent", "reset", "cut", "endless", "half"],
)
def test_what_nobody_tells_the_cost_of_counts_as_the_most(
    ask: Ask, book: Book, answer: Answer
) -> None:
    """The service may charge for it, and the budget of the day is a promise."""
    prices = {MODEL: Price(1.0, 5.0)}
    with Stub(answer) as stub, pytest.raises(JudgeUnavailableError):
        ask(stub, prices=prices, timeout=0.3).judge([ONE], [])

    assert [call.usd for call in book.calls] == book.admitted
    assert all(book.admitted)


def test_an_answer_that_does_not_tell_its_tokens_counts_as_the_most(ask: Ask, book: Book) -> None:
    """It is an answer all the same."""
    untold = replace(GOOD, body=GOOD.body.replace(b'"usage"', b'"used"'))
    with Stub(untold) as stub:
        assert ask(stub, prices={MODEL: Price(1.0, 5.0)}).judge([ONE], [])

    assert [call.usd for call in book.calls] == book.admitted
    assert all(book.admitted)


@pytest.mark.parametrize(
    "answer",
    [Answer(body=b"<html>busy</html>"), replace(failure(422, "invalid"), cut=20)],
    ids=["no message", "a refusal that breaks off"],
)
def test_what_no_model_wrote_costs_nothing(ask: Ask, book: Book, answer: Answer) -> None:
    """A page of a proxy, and half a refusal, for which nobody charges."""
    with Stub(answer) as stub, pytest.raises(JudgeUnavailableError) as caught:
        ask(stub, prices={MODEL: Price(1.0, 5.0)}).judge([ONE], [])

    assert book.calls
    assert not any(call.usd for call in book.calls)
    assert not caught.value.permanent


def test_what_was_refused_or_never_sent_costs_nothing(ask: Ask, book: Book) -> None:
    """Nobody charges for it."""
    with Stub(failure(529, "overloaded_error")) as stub:
        judge = ask(stub, prices={MODEL: Price(1.0, 5.0)})
        with pytest.raises(JudgeUnavailableError, match="529"):
            judge.judge([ONE], [])
    with pytest.raises(JudgeUnavailableError, match="reached"):
        judge.judge([ONE], [])

    assert [call.usd for call in book.calls] == [0.0, 0.0]
