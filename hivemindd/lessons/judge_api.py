"""A judge that asks a model over the Anthropic Messages API, or any server that speaks it.

What a person and an agent wrote goes out as JSON data between random marks, and nothing
that comes back is believed: the reply is decoded against a closed schema, every candidate
must be answered once, and `check` has the last word. A reply that cannot be used is asked
for once more; then the work is parked, never counted as done.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import Verdict
from hivemindd.lessons.judge_prompt import SYSTEM, Answer, ask, schema
from hivemindd.records import Correction, Lesson

if TYPE_CHECKING:
    import anthropic

HOST = "https://api.anthropic.com"
MODEL = "claude-haiku-5-5"
TOKENS_FIXED = 2_000
TOKENS_EACH = 350
TOKENS = (4_000, 16_000)
REPLY_BYTES = 1_000_000
LONGEST_WAIT = 20.0
LOCAL_KEY = "none"


class Price(msgspec.Struct, frozen=True):
    """What a million tokens cost, in USD."""

    input: float
    output: float


# Prices of 2026, for prompts up to 100,000 tokens; ours stay far below.
PRICES: Mapping[str, Price] = {
    "claude-haiku-5-5": Price(0.10, 0.50),
    "claude-haiku-4-5": Price(1.00, 5.00),
}
UNKNOWN = Price(5.00, 25.00)
FREE = Price(0.0, 0.0)


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What one call used, and its cost."""

    model: str
    input_tokens: int
    output_tokens: int
    usd: float


class _Tokens(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None


class _Block(msgspec.Struct):
    type: str
    text: str = ""


class _Message(msgspec.Struct):
    content: list[_Block]
    stop_reason: str | None = None
    usage: _Tokens = msgspec.field(default_factory=_Tokens)


class _Unusable(Exception):  # noqa: N818  it never leaves this module
    """A reply that cannot be used; `said` is what the model wrote, to be repaired."""

    def __init__(self, why: str, said: str = "") -> None:
        super().__init__(why)
        self.said = said


class ApiJudge:
    """Asks a model; each call is reported to `spend`, whatever comes back."""

    def __init__(
        self,
        *,
        api_key: str,
        spend: Callable[[Usage], None],
        model: str = MODEL,
        base_url: str = "",
        max_retries: int = 4,
        timeout: float = 60.0,
        prices: Mapping[str, Price] = PRICES,
        redact: Callable[[str], str] = str,
    ) -> None:
        """Remember how to ask; nothing is imported or opened before the first call.

        `base_url` is the official host unless another is named; a server of one's own may
        need no key. `redact` is applied to every text before it leaves. A model without a
        price is taken to be dear at the official host, free elsewhere.
        """
        self._api_key = api_key or LOCAL_KEY
        self._spend = spend
        self._model = model
        self._base_url = base_url or HOST
        self._max_retries = max_retries
        self._timeout = timeout
        elsewhere = self._base_url.rstrip("/") != HOST
        self._price = prices.get(model, FREE if elsewhere else UNKNOWN)
        self._redact = redact

    @property
    def name(self) -> str:
        """Name the model."""
        return self._model

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return one verdict for each candidate, in their order.

        Raises:
            JudgeUnavailableError: the service refused, failed or gave no usable answer
                twice; `permanent` for a refused key, `retry_after` where it was told.
        """
        if not candidates:
            return []
        question = ask(candidates, lessons, mark=secrets.token_hex(8), redact=self._redact)
        messages: list[dict[str, str]] = [{"role": "user", "content": question}]
        least, most = TOKENS
        tokens = min(most, max(least, TOKENS_FIXED + TOKENS_EACH * len(candidates)))
        names = {lesson.id for lesson in lessons}
        with self._client() as client:
            try:
                return self._attempt(client, messages, tokens, candidates, names)
            except _Unusable as error:
                messages += _complaint(error)
            try:
                return self._attempt(client, messages, most, candidates, names)
            except _Unusable as error:
                raise JudgeUnavailableError(
                    f"{self._model} gave no usable judgement twice: {error}"
                ) from error

    def _attempt(
        self,
        client: "anthropic.Anthropic",
        messages: Sequence[Mapping[str, str]],
        tokens: int,
        candidates: Sequence[Correction],
        lessons: set[str],
    ) -> list[Verdict]:
        """Call once and return the verdicts; raises `_Unusable` or `JudgeUnavailableError`."""
        body = self._call(client, messages, tokens)
        if len(body) > REPLY_BYTES:
            raise _Unusable("the reply is too long")
        try:
            message = msgspec.json.decode(body, type=_Message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _Unusable("the reply is no message") from error
        self._spend(self._usage(message.usage))
        if message.stop_reason in {"refusal", "max_tokens", "model_context_window_exceeded"}:
            raise _Unusable(f"it stopped for {message.stop_reason}")
        text = "".join(block.text for block in message.content if block.type == "text")
        try:
            answer = msgspec.json.decode(text, type=Answer)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _Unusable(f"it does not follow the schema ({error})", text) from error
        return _in_order(answer, candidates, lessons, text)

    def _call(
        self, client: "anthropic.Anthropic", messages: Sequence[Mapping[str, str]], tokens: int
    ) -> bytes:
        """Send one request, with the client's own retries, and return the body of its reply."""
        import anthropic  # noqa: PLC0415  the heaviest import of all

        # Effort and schema are plain JSON, and newer than the typed arguments of older clients.
        config = {"format": {"type": "json_schema", "schema": schema()}, "effort": "low"}
        request: dict[str, Any] = {
            "model": self._model,
            "max_tokens": tokens,
            "system": SYSTEM,
            "messages": list(messages),
            "extra_body": {"output_config": config},
        }
        try:
            reply = client.messages.with_raw_response.create(**request)
            return bytes(reply.http_response.read())
        except anthropic.APIStatusError as error:
            raise _refused(error) from error
        except anthropic.APITimeoutError as error:
            raise JudgeUnavailableError(
                f"the judge did not answer within {self._timeout:g} s"
            ) from error
        except anthropic.APIConnectionError as error:
            raise JudgeUnavailableError("the judge cannot be reached") from error

    def _client(self) -> "anthropic.Anthropic":
        """Make a client that heeds neither proxies of the environment nor redirects."""
        import anthropic  # noqa: PLC0415  the heaviest import of all

        direct = dict.fromkeys(("http://", "https://", "all://"))
        return anthropic.Anthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=self._max_retries,
            timeout=self._timeout,
            http_client=anthropic.DefaultHttpxClient(
                trust_env=False,
                follow_redirects=False,
                mounts=direct,
                event_hooks={"response": [_do_not_wait_long]},
            ),
        )

    def _usage(self, tokens: _Tokens) -> Usage:
        cached = (tokens.cache_creation_input_tokens or 0) + (tokens.cache_read_input_tokens or 0)
        sent = tokens.input_tokens + cached
        usd = (sent * self._price.input + tokens.output_tokens * self._price.output) / 1_000_000
        return Usage(
            model=self._model, input_tokens=sent, output_tokens=tokens.output_tokens, usd=usd
        )


def _complaint(error: _Unusable) -> list[dict[str, str]]:
    """Return what to say to a model whose reply cannot be used; nothing if it gave none."""
    if not error.said:
        return []
    return [
        {"role": "assistant", "content": error.said},
        {"role": "user", "content": f"That is not usable: {error}. Reply again."},
    ]


def _in_order(
    answer: Answer, candidates: Sequence[Correction], lessons: set[str], said: str
) -> list[Verdict]:
    """Return the verdicts in the order of the candidates, each exactly once."""
    by_id = {verdict.correction: verdict for verdict in answer.verdicts}
    wanted = [candidate.id for candidate in candidates]
    if sorted(wanted) != sorted(verdict.correction for verdict in answer.verdicts):
        raise _Unusable("it must hold one verdict for each candidate, by its id", said)
    return [_without_strangers(by_id[name], lessons) for name in wanted]


def _without_strangers(verdict: Verdict, lessons: set[str]) -> Verdict:
    """Return the verdict without a relation to a lesson that does not exist."""
    if verdict.relates_to in lessons:
        return verdict
    return msgspec.structs.replace(verdict, relates_to="", relation="unrelated")


def _do_not_wait_long(response: Any) -> None:
    """Tell the client to give up where the service asks for a long pause: the caller waits."""
    wait = _seconds(response.headers.get("retry-after"))
    if wait is not None and wait > LONGEST_WAIT:
        response.headers["x-should-retry"] = "false"


def _refused(error: "anthropic.APIStatusError") -> JudgeUnavailableError:
    status = error.status_code
    if status in {401, 403}:
        return JudgeUnavailableError(
            f"the key for the judge was refused ({status}): set another one", permanent=True
        )
    if 400 <= status < 500 and status not in {408, 409, 429}:
        return JudgeUnavailableError(
            f"the judge refused the request ({status}): check its model and address",
            permanent=status in {400, 404},
        )
    wait = _seconds(error.response.headers.get("retry-after"))
    return JudgeUnavailableError(f"the judge is not available ({status})", retry_after=wait)


def _seconds(header: str | None) -> float | None:
    """Read a retry-after header that gives seconds."""
    try:
        wait = float(header or "")
    except ValueError:
        return None
    return wait if 0 <= wait < float("inf") else None
