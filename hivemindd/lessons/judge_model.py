"""A judge that asks a model, by whatever way it is reached.

What a person and an agent wrote goes out as JSON data between random marks, and nothing
that comes back is believed: every verdict is decoded against a closed schema, every
candidate must be answered once, and `check` has the last word. What cannot be used is asked
for once more, then parked, never counted as done.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import UnansweredError
from hivemindd.lessons.judge_prompt import PROMPT, SYSTEM, ask, complain
from hivemindd.lessons.judge_reply import Reading, read_reply
from hivemindd.records import Correction, Lesson, Verdict
from hivemindd.work import Call

TOKENS_FIXED = 2_000
TOKENS_EACH = 350
TOKENS = (4_000, 16_000)
SAID_CHARS = 20_000
MOST_TOKENS = 10**9


class Message(msgspec.Struct, frozen=True):
    """One side's turn: `role` is "user" or "assistant"."""

    role: str
    content: str


class Question(msgspec.Struct, frozen=True):
    """What a model is sent; `tokens` is the most that it may reply."""

    system: str
    messages: list[Message]
    tokens: int


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a model sent back.

    `fault` says why there is no text to read; `too_much` that less at once might do.
    """

    text: str = ""
    fault: str = ""
    too_much: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0


class Model(Protocol):
    """A way to reach a model."""

    @property
    def name(self) -> str:
        """Say how it is reached and which it is, such as "api:claude-haiku-5-5"."""

    def most_usd(self, question: Question) -> float:
        """Return the most that a question can cost."""

    def ask(self, question: Question) -> Reply:
        """Put a question.

        Raises:
            JudgeUnavailableError: there is no reply; it tells what that has cost.
        """


def count_tokens(*given: int | None) -> int:
    """Return how many tokens a reply says that it took, as far as that can be true."""
    return min(max(0, sum(number or 0 for number in given)), MOST_TOKENS)


class Meter(Protocol):
    """Sees every call before it is made, and what came of it."""

    def admit(self, most_usd: float) -> None:
        """Let a call of at most this cost begin.

        Raises:
            JudgeUnavailableError: no more may be spent.
        """

    def settle(self, most_usd: float, call: Call) -> None:
        """Book a call that was admitted."""


class ModelJudge:
    """Asks a model for verdicts; each call goes through the meter, whatever comes back."""

    def __init__(self, model: Model, meter: Meter, *, redact: Callable[[str], str] = str) -> None:
        """Remember whom to ask; `redact` is applied to every text that goes or comes."""
        self._model = model
        self._meter = meter
        self._redact = redact

    @property
    def name(self) -> str:
        """Name the model and the version of the prompt."""
        return f"{self._model.name}/{PROMPT}"

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return one verdict for each candidate, in their order.

        Raises:
            UnansweredError: some candidates got no usable verdict in two attempts.
            JudgeUnavailableError: there was no reply at all; `permanent` for a refused
                key, `retry_after` where it was told.
        """
        if not candidates:
            return []
        least, most = TOKENS
        tokens = min(most, max(least, TOKENS_FIXED + TOKENS_EACH * len(candidates)))
        messages = self._question(candidates, lessons)
        reply, reading = self._put(messages, tokens, candidates, lessons)
        verdicts, faults = dict(reading.verdicts), dict(reading.faults)
        cause = None
        for group in _groups(candidates, faults, reply):
            # A better verdict could still come: until then there is none.
            fallen_back = {each.id: verdicts.pop(each.id, None) for each in group}
            if cause is not None:
                continue
            try:
                _, second = self._put(
                    self._again(messages, reply, reading, group, lessons), most, group, lessons
                )
            except JudgeUnavailableError as error:
                cause = error
                continue
            for each in group:
                verdict = second.verdicts.get(each.id)
                better = verdict is not None and each.id not in second.faults
                kept = verdict if better else fallen_back[each.id] or verdict
                if kept is not None:
                    verdicts[each.id] = kept
                faults[each.id] = second.faults.get(each.id, "")
        return self._all(candidates, verdicts, faults, cause)

    def _again(
        self,
        messages: list[Message],
        reply: Reply,
        reading: Reading,
        group: Sequence[Correction],
        lessons: Sequence[Lesson],
    ) -> list[Message]:
        """Return what to ask after a reply: what was wrong, or the same where it said nothing."""
        said = reply.text.strip()[:SAID_CHARS]
        if not said:
            return self._question(group, lessons)
        words = complain(reading.whole, {each.id: reading.faults[each.id] for each in group})
        return [*messages, Message("assistant", said), Message("user", words)]

    def _question(
        self, candidates: Sequence[Correction], lessons: Sequence[Lesson]
    ) -> list[Message]:
        text = ask(candidates, lessons, mark=secrets.token_hex(8), redact=self._redact)
        return [Message("user", text)]

    def _put(
        self,
        messages: list[Message],
        tokens: int,
        candidates: Sequence[Correction],
        lessons: Sequence[Lesson],
    ) -> tuple[Reply, Reading]:
        """Ask once, through the meter, and read the reply."""
        question = Question(SYSTEM, messages, tokens)
        most = self._model.most_usd(question)
        call = Call(
            ts=0,
            model=self._model.name,
            prompt=PROMPT,
            session=candidates[0].session,
            candidates=len(candidates),
            outcome="it was broken off",
        )
        self._meter.admit(most)
        try:
            reply = self._model.ask(question)
            call.input_tokens, call.output_tokens = reply.input_tokens, reply.output_tokens
            call.usd = reply.usd
            if reply.fault:
                reading = Reading({}, {each.id: reply.fault for each in candidates}, reply.fault)
            else:
                reply = msgspec.structs.replace(reply, text=self._redact(reply.text))
                reading = read_reply(reply.text, candidates, {lesson.id for lesson in lessons})
            call.outcome = reading.whole or next(iter(reading.faults.values()), "ok")
        except JudgeUnavailableError as error:
            call.outcome = self._redact(str(error))
            call.input_tokens, call.output_tokens = error.input_tokens, error.output_tokens
            call.usd = error.usd
            raise
        finally:
            self._meter.settle(most, call)
        return reply, reading

    def _all(
        self,
        candidates: Sequence[Correction],
        verdicts: dict[str, Verdict],
        faults: dict[str, str],
        cause: JudgeUnavailableError | None,
    ) -> list[Verdict]:
        """Return the verdicts if there is one for each candidate, else raise those there are."""
        found = [verdicts[each.id] for each in candidates if each.id in verdicts]
        left = [faults[each.id] for each in candidates if each.id not in verdicts]
        if not left:
            return found
        why = str(cause or left[0])
        raise UnansweredError(
            f"{self._model.name} gave no usable judgement on {len(left)} of "
            f"{len(candidates)} corrections: {why}",
            found,
            cause=cause,
        )


def _groups(
    candidates: Sequence[Correction], faults: dict[str, str], reply: Reply
) -> list[list[Correction]]:
    """Return what to ask for again, in two halves where the whole was too much."""
    again = [each for each in candidates if each.id in faults]
    if reply.too_much and len(again) > 1:
        half = len(again) // 2
        return [again[:half], again[half:]]
    return [again] if again else []
