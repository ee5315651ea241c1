"""Recorded replies, played to the genuine client: what each of them comes to."""

from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import UnansweredError, nothing_learned
from hivemindd.lessons.judge_api import ApiJudge
from hivemindd.records import Correction
from tests.lessons.anthropic_stub import REPLIES, Stub, recorded
from tests.lessons.book import Book
from tests.lessons.make import make_correction, make_verdict

ONE = make_correction("pnpm please", "npm install", name="c1")
TWO = make_correction("continue", name="c2")
VERDICTS = [make_verdict("c1"), nothing_learned("c2")]


def make_judge(stub: Stub, book: Book | None = None, *, timeout: float = 5.0) -> ApiJudge:
    """Return a judge at a stub, without the client's own retries."""
    return ApiJudge(
        api_key="sk-ant-fake",
        meter=book or Book(),
        base_url=stub.url,
        max_retries=0,
        timeout=timeout,
    )


def ask(*names: str, book: Book | None = None) -> tuple[list[object], list[dict[str, object]]]:
    """Return the verdicts on both candidates, and the requests that it took."""
    with Stub(*map(recorded, names)) as stub:
        verdicts = make_judge(stub, book).judge([ONE, TWO], [])
    return list(verdicts), stub.requests


@pytest.mark.parametrize("name", ["good", "thinking", "fenced"])
def test_a_good_reply_takes_one_call(name: str) -> None:
    """Whatever stands around the text, and in whatever order the verdicts come."""
    book = Book()
    verdicts, requests = ask(name, book=book)

    assert verdicts == VERDICTS
    assert len(requests) == 1
    (call,) = book.calls
    assert (call.outcome, call.input_tokens, call.output_tokens) == ("ok", 1_204, 231)
    assert (call.session, call.candidates) == ("s1", 2)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("only-first", "- c2: it has no verdict."),
        ("only-second", "- c1: it has no verdict."),
        ("out-of-range", "- c2: its verdict does not follow the schema"),
        ("stranger", "- c2: it has no verdict."),
        ("twice", "- c2: it has more than one verdict."),
        ("misquoted", "- c1: its quote is not in the person's own words."),
        ("prose", "That reply cannot be used: it does not follow the schema"),
    ],
)
def test_a_reply_is_repaired_once(name: str, complaint: str) -> None:
    """The model hears what was wrong, of each candidate that it got wrong and of no other."""
    verdicts, (_, second) = ask(name, "good")
    *_, words = msgspec.convert(second["messages"], list[dict[str, str]])

    assert verdicts == VERDICTS
    assert complaint in words["content"]
    assert words["content"].count("\n- ") <= 1


@pytest.mark.parametrize("name", ["refused", "empty", "truncated", "html", "cut"])
def test_a_reply_that_says_nothing_is_asked_for_again(name: str) -> None:
    """There is nothing to repair in it: both candidates are put once more."""
    verdicts, requests = ask(name, "good", "good")

    assert verdicts == VERDICTS
    assert all(len(msgspec.convert(each["messages"], list[object])) == 1 for each in requests)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("only-first", "prose", "c1"),
        ("only-first", "overloaded", "c1"),
        ("only-first", "reset", "c1"),
        ("only-second", "refused", "c2"),
        ("out-of-range", "only-first", "c1"),
    ],
)
def test_good_verdicts_outlive_a_bad_reply(first: str, second: str, kept: str) -> None:
    """What was answered stays answered; what was not is not counted as "nothing found"."""
    with pytest.raises(UnansweredError, match="on 1 of 2 corrections") as caught:
        ask(first, second)

    assert [verdict.correction for verdict in caught.value.verdicts] == [kept]


def test_two_halves_make_a_whole() -> None:
    """What the first reply left out may stand in the second alone."""
    assert ask("only-first", "only-second")[0] == VERDICTS


@pytest.mark.parametrize("name", ["prose", "refused", "empty", "truncated", "html", "cut"])
def test_a_second_bad_reply_parks_all(name: str) -> None:
    """No third attempt is made for any candidate, and each call stands in the book."""
    book = Book()
    with pytest.raises(UnansweredError) as caught:
        ask(name, book=book)

    assert (caught.value.verdicts, caught.value.permanent) == ([], False)
    assert len(book.calls) <= 3
    assert all(call.outcome != "ok" for call in book.calls)


def test_a_verdict_that_stays_misquoted_is_an_answer() -> None:
    """Asking for ever would not help; `check` will drop it, and say why."""
    verdicts, requests = ask("misquoted")

    assert len(verdicts) == len(requests) == 2


def test_a_repair_that_fails_parks_what_it_was_for() -> None:
    """An outage must not decide that a misquoted verdict is the best that can be had."""
    with pytest.raises(UnansweredError) as caught:
        ask("misquoted", "overloaded")

    assert [each.correction for each in caught.value.verdicts] == ["c2"]
    assert caught.value.cause is not None


class Failure(NamedTuple):
    """What a reply that is no message comes to."""

    name: str
    sentence: str
    permanent: bool = False
    retry_after: float | None = None


@pytest.mark.parametrize(
    "failure",
    [
        Failure("overloaded", "not available (529)"),
        Failure("broken", "not available (500)"),
        Failure("limited", "not available (429)", retry_after=120.0),
        Failure("unauthorized", "the key for the judge was refused", permanent=True),
        Failure("no-credit", "has no credit left", permanent=True),
        Failure("unknown-model", "check its model and address", permanent=True),
        Failure("hanging", "did not answer within"),
        Failure("slow", "did not finish its reply within"),
        Failure("reset", "cannot be reached"),
    ],
    ids=lambda failure: failure.name,
)
def test_a_service_that_fails_is_named(failure: Failure) -> None:
    """One sentence says what is wrong and whether time will mend it; one row keeps it."""
    book = Book()
    with Stub(recorded(failure.name)) as stub, pytest.raises(JudgeUnavailableError) as caught:
        make_judge(stub, book, timeout=0.4).judge([ONE, TWO], [])

    assert failure.sentence in str(caught.value)
    assert (caught.value.permanent, caught.value.retry_after) == failure[2:]
    assert [call.outcome for call in book.calls] == [str(caught.value)]
    assert not isinstance(caught.value, UnansweredError)


def test_what_is_too_much_is_put_in_halves() -> None:
    """So that one candidate that a model refuses does not hold up all others."""
    some: list[Correction] = [make_correction("pnpm please", name=f"c{n}") for n in range(1, 6)]
    replies = map(recorded, ("truncated", "good", "refused"))
    with Stub(*replies) as stub, pytest.raises(UnansweredError) as caught:
        make_judge(stub).judge(some, [])

    asked = [msgspec.convert(each["messages"], list[dict[str, str]]) for each in stub.requests]
    assert [each[0]["content"].count('"id":"c') for each in asked] == [5, 2, 3]
    assert [each.correction for each in caught.value.verdicts] == ["c1", "c2"]


@pytest.mark.parametrize("name", ["context", "too-large"])
def test_a_small_context_is_served_in_halves(name: str) -> None:
    """A server of one's own may hold less than a session's candidates."""
    verdicts, requests = ask(name, "only-first", "only-second")

    assert (verdicts, len(requests)) == (VERDICTS, 3)


class TestOlderServers:
    """Servers that speak the API, but not all of it."""

    def test_a_server_without_schemas_is_told_in_words(self) -> None:
        """Once: what it refused is not tried again, and it counts as one call."""
        book = Book()
        with Stub(recorded("unknown-field"), recorded("good")) as stub:
            judge = make_judge(stub, book)
            assert judge.judge([ONE, TWO], []) == VERDICTS
            judge.judge([ONE, TWO], [])

        first, second, third = stub.requests
        assert "output_config" in first
        assert all("output_config" not in each for each in (second, third))
        assert '"additionalProperties":false' in second["system"]
        assert len(book.calls) == 2

    def test_a_model_without_effort_keeps_the_schema(self) -> None:
        """Only what was named is left out."""
        with Stub(recorded("no-effort"), recorded("good")) as stub:
            assert make_judge(stub).judge([ONE, TWO], []) == VERDICTS

        assert list(stub.requests[1]["output_config"]) == ["format"]

    def test_both_may_be_refused(self) -> None:
        """One after the other; a third refusal is no question of fields any more."""
        names = ("no-effort", "unknown-field", "unknown-field")
        with Stub(*map(recorded, names)) as stub, pytest.raises(UnansweredError) as caught:
            make_judge(stub).judge([ONE, TWO], [])

        assert len(stub.requests) == 3
        assert caught.value.permanent

    def test_a_server_that_ignores_schemas_is_told_in_words(self) -> None:
        """Prose shows it; from then on the schema stands in the prompt."""
        with Stub(recorded("prose"), recorded("good")) as stub:
            assert make_judge(stub).judge([ONE, TWO], []) == VERDICTS

        assert "additionalProperties" not in stub.requests[0]["system"]
        assert "additionalProperties" in stub.requests[1]["system"]


def test_every_recorded_reply_is_read() -> None:
    """None lies there unused or misspelled."""
    source = Path(__file__).read_text("utf-8")

    for file in REPLIES.glob("*.json"):
        recorded(file.stem)
        assert f'"{file.stem}"' in source
