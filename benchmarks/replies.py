"""A server on loopback that answers the API judge from recorded verdicts, one by row.

It speaks the Messages API as far as the genuine client needs it. The row of a candidate is
found by the person's words in the request. A verdict names other rows in `relates_to`: which
lesson they became is found by the rules that were given before, so that the recording holds
whatever the order in which sessions are judged.
"""

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import click
import msgspec
from groups import Step
from rows import read_rows

from hivemindd.lessons.check import folded
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_prompt import Answer
from hivemindd.lessons.words import own_words
from hivemindd.records import Verdict
from hivemindd.redaction.redactor import Redactor

PATH = "/v1/messages"

_DATA = re.compile(r"<data-([0-9a-f]+)>\n(.*)\n</data-\1>", re.DOTALL)


class _Text(msgspec.Struct):
    type: str = ""
    text: str = ""


class _Message(msgspec.Struct):
    content: str | list[_Text]


class _Request(msgspec.Struct):
    messages: list[_Message]


class _Candidate(msgspec.Struct):
    id: str
    words: str = ""
    did: str = ""


class _Lesson(msgspec.Struct):
    id: str
    rule: str = ""


class _Data(msgspec.Struct):
    candidates: list[_Candidate]
    lessons: list[_Lesson] = []


class _Recorded(msgspec.Struct):
    id: str
    verdict: dict[str, Any]


def read_replies(file: Path) -> dict[str, Verdict]:
    """Read verdicts by their rows: `{"id": ROW, "verdict": {...}}` a line.

    A field that is left out is as in a verdict that teaches nothing.

    Raises:
        click.ClickException: the file cannot be used.
    """
    verdicts = {}
    for row in read_rows(file, _Recorded):
        plain = msgspec.to_builtins(nothing_learned(""))
        try:
            verdicts[row.id] = msgspec.convert(plain | row.verdict, Verdict)
        except msgspec.ValidationError as error:
            raise click.ClickException(f"{file}, the verdict for {row.id}: {error}") from error
    return verdicts


class Answers(Protocol):
    """What a server says."""

    def answer(self, request: bytes) -> tuple[dict[str, str], str]:
        """Return the rows of a request's candidates, and the text of the answer.

        Raises:
            ValueError: the request holds no candidates.
        """


def read_request(request: bytes) -> dict[str, Any]:
    """Return the data that a request asks about.

    Raises:
        ValueError: it holds none.
    """
    content = msgspec.json.decode(request, type=_Request).messages[0].content
    text = content if isinstance(content, str) else "".join(part.text for part in content)
    found = _DATA.search(text)
    if found is None:
        raise ValueError("the request holds no marked data")
    return msgspec.json.decode(found[2], type=dict[str, Any])


class Recording:
    """The recorded verdicts, and which row each candidate of a request is."""

    def __init__(self, steps: Mapping[str, Step], verdicts: Mapping[str, Verdict]) -> None:
        """Know the steps by their rows; `verdicts` may be of some rows only."""
        self._verdicts = verdicts
        self._same = _same(verdicts)
        self._steps = steps
        clean = Redactor().text
        self._rows: dict[str, list[str]] = {}
        for row, step in steps.items():
            if step.speaker == "person":
                self._rows.setdefault(folded(own_words(clean(step.text))), []).append(row)
        self.unanswered: set[str] = set()
        self.strangers = 0

    def answer(self, request: bytes) -> tuple[dict[str, str], str]:
        """Return the rows of a request's candidates, and the text of the answer.

        Raises:
            ValueError: the request holds no candidates.
        """
        data = msgspec.convert(read_request(request), _Data)
        rows = {each.id: row for each in data.candidates if (row := self._row(each))}
        self.strangers += len(data.candidates) - len(rows)
        self.unanswered |= set(rows.values()) - self._verdicts.keys()
        verdicts = [self._verdict(each.id, rows.get(each.id), data) for each in data.candidates]
        return rows, msgspec.json.encode(Answer(verdicts=verdicts)).decode()

    def _row(self, candidate: _Candidate) -> str:
        """Return the row that a candidate is, by its words, then by what the agent did."""
        rows = self._rows.get(folded(candidate.words), [])
        did = folded(candidate.did)
        fitting = [row for row in rows if _traces(self._steps[row], did)]
        return next(iter(fitting or rows), "")

    def _verdict(self, candidate: str, row: str | None, data: _Data) -> Verdict:
        verdict = self._verdicts.get(row or "")
        if row is None or verdict is None:
            return nothing_learned(candidate)
        related, relation = "", verdict.relation
        if relation in {"unrelated", "same"}:
            related = self._lesson(row, data)
            relation = "same" if related else "unrelated"
        elif not (related := self._lesson(verdict.relates_to, data)):
            relation = "unrelated"
        return msgspec.structs.replace(
            verdict, correction=candidate, relates_to=related, relation=relation
        )

    def _lesson(self, row: str, data: _Data) -> str:
        """Return the lesson in a request that has a rule of the same rows, or their words."""
        same = self._same.get(row, frozenset())
        rules = {verdict.rule for each in same if (verdict := self._verdicts[each]).rule}
        words = [folded(self._steps[each].text).casefold() for each in same if each in self._steps]
        return next(
            (
                lesson.id
                for lesson in data.lessons
                if lesson.rule in rules or _is_said(lesson.rule, words)
            ),
            "",
        )


def _is_said(rule: str, words: Sequence[str]) -> bool:
    """Tell whether a rule consists of what a person said: the daemon puts that in its place."""
    parts = [part.rstrip(".") for part in folded(rule).casefold().split("; ")]
    return all(part and any(part in said for said in words) for part in parts)


def _same(verdicts: Mapping[str, Verdict]) -> dict[str, frozenset[str]]:
    """Return, for each row, all rows that are said to be the same."""
    sets: dict[str, set[str]] = {row: {row} for row in verdicts}
    for row, verdict in verdicts.items():
        other = verdict.relates_to
        if verdict.relation == "same" and other in sets and sets[other] is not sets[row]:
            sets[other] |= sets[row]
            for each in sets[row]:
                sets[each] = sets[other]
    return {row: frozenset(same) for row, same in sets.items()}


def _traces(step: Step, did: str) -> bool:
    action = step.action
    named = [folded(text) for text in (action.text, action.path, action.said) if text]
    return all(name in did for name in named)


class Server:
    """Serves answers; `requests` keeps what was asked, with the rows of its candidates."""

    def __init__(self, answers: Answers) -> None:
        """Listen on a free port of loopback."""
        self.requests: list[dict[str, Any]] = []
        self.failures: list[str] = []
        self._answers = answers
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def reply(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Return the status and the body of the answer to a request."""
        if path.partition("?")[0] != PATH:
            return 404, _error("not_found_error", f"there is no {path}")
        with self._lock:
            try:
                rows, text = self._answers.answer(body)
                self.requests.append({"rows": rows, "request": json.loads(body)})
            except (msgspec.MsgspecError, ValueError, IndexError) as error:
                self.failures.append(str(error))
                return 400, _error("invalid_request_error", str(error))
            return 200, _message(f"msg_{len(self.requests)}", text)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def write_requests(file: Path, requests: Iterable[Mapping[str, Any]]) -> None:
    """Write requests a line each: `rows` by candidate, and `request` as it was sent.

    Raises:
        click.ClickException: the file cannot be written.
    """
    lines = (json.dumps(request, ensure_ascii=False) for request in requests)
    try:
        file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {file}: {error.strerror}") from error


def _message(name: str, text: str) -> dict[str, Any]:
    """Return a message; nothing was used, so that no budget ends the benchmark."""
    return {
        "id": name,
        "type": "message",
        "role": "assistant",
        "model": "recorded",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }


def _error(kind: str, text: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": text}}


def _handler(server: Server) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            status, answer = server.reply(self.path, self.rfile.read(length))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own name
            """Stay silent."""

    return Handler
