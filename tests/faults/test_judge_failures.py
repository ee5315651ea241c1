"""Each way in which the API of a judge can fail: nothing is lost, and it is learned later."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hivemindd.lessons.judge_api import ApiJudge
from hivemindd.log.tables import CORRECTIONS, DUE, LESSONS
from hivemindd.work import Due
from tests.codify.replaying import Teacher, correct_twice, describe, make_workshop
from tests.codify.workshop import NAMES, Workshop
from tests.faults.unreachable import (
    no_http,
    no_name,
    no_tls,
    nobody_listens,
    unknown_certificate,
)
from tests.ingest.taken import prompts
from tests.lessons.anthropic_stub import Answer, Stub, failure, message, recorded
from tests.lessons.book import Book
from tests.process import DEADLINE

BEFORE = 3  # sessions that wait when the judge fails; one more is written meanwhile
EACH = BEFORE + 1  # requests, where every session tries
SCHEMA = "it does not follow the schema"
NONE = "the reply is no message"
REQUEST = "check its model and address"
PATIENCE = 0.5


class Fault(NamedTuple):
    """What a server answers, what is said of it, and how often it is asked by four sessions."""

    answer: Answer
    says: str
    asked: int = 1  # it cannot be had: the other sessions spare it
    person: bool = False  # whether only a person can mend it
    pause: int = 0  # seconds that it asks for


REFUSALS = {
    "400": Fault(failure(400, "invalid_request_error"), f"(400): {REQUEST}", EACH, person=True),
    "401": Fault(
        failure(401, "authentication_error"), "key for the judge was refused (401)", 1, person=True
    ),
    "403": Fault(
        failure(403, "permission_error"), "key for the judge was refused (403)", 1, person=True
    ),
    "404": Fault(failure(404, "not_found_error"), f"(404): {REQUEST}", 1, person=True),
    "408": Fault(failure(408, "timeout_error"), "not available (408)"),
    "413": Fault(failure(413, "request_too_large"), "too long for the model", 3 * EACH),
    "429-with-a-pause": Fault(
        failure(429, "rate_limit_error", retry_after="7200"), "not available (429)", pause=7200
    ),
    "429": Fault(failure(429, "rate_limit_error"), "not available (429)"),
    "500": Fault(failure(500, "api_error"), "not available (500)"),
    "503-html": Fault(Answer(status=503, body=b"<html>busy</html>"), "not available (503)"),
    "529": Fault(failure(529, "overloaded_error"), "not available (529)"),
    "timeout": Fault(Answer(held=True), f"did not answer within {PATIENCE} s"),
    "timeout-in-the-body": Fault(recorded("slow"), f"did not finish its reply within {PATIENCE} s"),
    "reset": Fault(Answer(reset=True), "cannot be reached"),
    "reset-in-the-body": Fault(recorded("cut"), "the reply was cut off", 2 * EACH),
}
REPLIES = {
    "prose": Fault(message("Sure! Here are the verdicts."), SCHEMA, 2 * EACH),
    "half-of-it": Fault(message('{"verdicts": [', stop="pause_turn"), SCHEMA, 2 * EACH),
    "truncated": Fault(
        message('{"verdicts": [', stop="max_tokens"), "stopped for max_tokens", 3 * EACH
    ),
    "refusal": Fault(
        message("I would rather not.", stop="refusal"), "stopped for refusal", 3 * EACH
    ),
    "wrong-schema": Fault(
        message('{"verdicts": [{"correction": 7}]}'), "no usable judgement", 2 * EACH
    ),
    "nobody-judged": Fault(message('{"verdicts": []}'), "no usable judgement", 2 * EACH),
    "1-MB": Fault(message("x" * 1_048_576), "the reply is too long", 2 * EACH),
    "no-content": Fault(
        Answer(body=b'{"content": [], "stop_reason": "end_turn"}'), "it is empty", 2 * EACH
    ),
    "no-text": Fault(message(""), "it is empty", 2 * EACH),
    "unheard-of-stop": Fault(message("", stop="tool_use"), "it is empty", 2 * EACH),
    "no-message": Fault(Answer(body=b'{"content": "none"}'), NONE, 2 * EACH),
    "no-json": Fault(Answer(body=b"<html>hello</html>"), NONE, 2 * EACH),
    "nothing": Fault(Answer(), NONE, 2 * EACH),
    "no-utf-8": Fault(Answer(body=b'{"content": "\xff\xfe'), NONE, 2 * EACH),
    "nested": Fault(Answer(body=b"[" * 200_000), NONE, 2 * EACH),
    "no-gzip": Fault(
        Answer(body=b"{}", headers={"content-encoding": "gzip"}), "the reply was cut off", 2 * EACH
    ),
}


class Failing(Stub):
    """A server that fails, and lets something happen while its first answer is awaited."""

    def __init__(self, answer: Answer, meanwhile: Callable[[], None]) -> None:
        """Give this answer to everybody."""
        super().__init__(answer)
        self._meanwhile = meanwhile
        self.happened = threading.Event()

    def play(self, headers: dict[str, str], body: bytes) -> Answer:
        """Have it happen before the first answer is given."""
        answer = super().play(headers, body)
        if len(self.requests) == 1:
            self._meanwhile()
            self.happened.set()
        return answer


class Course:
    """A home whose sessions are learned from, and what a judge that never fails makes of them."""

    def __init__(self, home: Path) -> None:
        """Learn without any failure."""
        self.home = home
        with make_workshop(home, EACH) as workshop, Teacher() as stub:
            workshop.pool(judge(stub.url)).run_all()
            self.healthy = describe(workshop)
        assert len(self.healthy["skills"]) == 2

    def recovers(self, workshop: Workshop, fault: Fault) -> None:
        """Look at what the failure left, then see that a judge that answers makes up for it."""
        assert_waits(workshop, fault)
        assert prompts(workshop.log, NAMES[BEFORE])[0] == "add zod"  # capture went on
        with Teacher() as stub:
            pool = workshop.pool(judge(stub.url))
            pool.ask("")
            done = pool.run_all()

        assert (done.parked, len(done.skills)) == (0, 2)
        assert describe(workshop) == self.healthy


def judge(url: str, timeout: float = DEADLINE) -> ApiJudge:
    """Return the judge for an address; it tries once, and waits so many seconds for an answer."""
    return ApiJudge(
        api_key="sk-ant-fake", base_url=url, meter=Book(), max_retries=0, timeout=timeout
    )


def take_one_more(workshop: Workshop) -> None:
    """Write a session, and capture it."""
    correct_twice(workshop, BEFORE)
    workshop.capture()


def assert_waits(workshop: Workshop, fault: Fault) -> None:
    """See that all of it waits, with the reason, and that nothing was made of it."""
    with workshop.log.read() as txn:
        due: list[Due] = DUE.rows(txn)
        states = [row.state for row in CORRECTIONS.rows(txn)]
        assert LESSONS.rows(txn) == []
    assert len(due) == EACH
    # A session that spared the judge has its corrections once it is asked.
    assert set(states) == {"parked"}
    assert not list(workshop.project.glob(".claude/skills/*"))
    for row in due:
        assert fault.says in row.error
        assert row.needs_person is fault.person
        assert row.attempts
        assert row.not_before >= workshop.clock.now() + 1_000 * max(1, fault.pause)


@pytest.fixture(name="course", scope="module")
def _course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return Course(tmp_path_factory.mktemp("course") / "home")


def fails(course: Course, fault: Fault) -> None:
    """Let a server fail all sessions, one of which is written meanwhile; then let it recover."""
    with make_workshop(course.home, BEFORE) as workshop:
        with Failing(fault.answer, lambda: take_one_more(workshop)) as stub:
            timeout = PATIENCE if "within" in fault.says else DEADLINE
            pool = workshop.pool(judge(stub.url, timeout))
            assert pool.run_all().corrections == 0
            assert stub.happened.wait(DEADLINE)
            done = pool.run_all()  # who does not wait for an answer may have been quicker
        assert (done.corrections, done.skills, done.parked) == (0, [], EACH)
        assert len(stub.requests) == fault.asked
        course.recovers(workshop, fault)


@pytest.mark.parametrize("name", REFUSALS)
def test_50_the_api_refuses_or_breaks_off(course: Course, name: str) -> None:
    """The work waits with a back-off, or for a person; where all would fail one asks for all."""
    fails(course, REFUSALS[name])


@pytest.mark.parametrize(
    "unreachable", [nobody_listens, no_name, no_http, no_tls, unknown_certificate]
)
def test_50_the_api_cannot_be_reached(
    course: Course, unreachable: Callable[..., AbstractContextManager[str]], tmp_path: Path
) -> None:
    """Refused, unknown to the name servers, no HTTP, no TLS, or a certificate of nobody."""
    given: tuple[Any, ...] = (tmp_path,) if unreachable is unknown_certificate else ()
    with make_workshop(course.home, BEFORE) as workshop:
        with unreachable(*given) as url:
            pool = workshop.pool(judge(url))
            assert pool.run_all().parked == BEFORE
            take_one_more(workshop)
            assert pool.run_all().parked == EACH
        course.recovers(workshop, Fault(Answer(), "the judge cannot be reached"))


@pytest.mark.parametrize("name", REPLIES)
def test_51_a_reply_that_cannot_be_used(course: Course, name: str) -> None:
    """It is discarded with the reason, and asked for once more at most, in halves if too much."""
    fails(course, REPLIES[name])
