"""A model over the Anthropic Messages API, or any server that speaks it.

Servers that do not know `output_config` are told the schema in words instead: a refusal
that names the field, or prose where JSON was asked for, is remembered for the process.
"""

import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import UnansweredError
from hivemindd.lessons.judge_model import Meter, ModelJudge, Question, Reply, count_tokens
from hivemindd.lessons.judge_prompt import in_words, schema

if TYPE_CHECKING:
    import anthropic

HOST = "https://api.anthropic.com"
MODEL = "claude-haiku-5-5"
REPLY_BYTES = 1_000_000
LONGEST_WAIT = 20.0
LONGEST_PAUSE = 86_400.0
LOCAL_KEY = "none"

_FIELD = re.compile(r"output_config|output_format|json_schema")
_EFFORT = re.compile(r"\beffort\b")
_TOO_LONG = re.compile(
    r"too (?:long|large|many tokens)|context (?:length|window|size)|maximum context"
    r"|exceeds? .{0,40}context",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"credit balance|billing", re.IGNORECASE)
_STOPS = frozenset({"refusal", "max_tokens", "model_context_window_exceeded"})


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


class _Tokens(msgspec.Struct):
    input_tokens: int | None = 0
    output_tokens: int | None = 0
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None


class _Block(msgspec.Struct):
    type: str
    text: str | None = None


class _Message(msgspec.Struct):
    content: list[_Block]
    stop_reason: str | None = None
    usage: _Tokens | None = None


class ApiModel:
    """A model behind an address; satisfies `judge_model.Model`."""

    def __init__(
        self,
        *,
        api_key: str,
        model: str = MODEL,
        base_url: str = "",
        max_retries: int = 4,
        timeout: float = 60.0,
        prices: Mapping[str, Price] = PRICES,
    ) -> None:
        """Remember how to ask; nothing is imported or opened before the first call.

        `base_url` is the official host unless another is named; a server of one's own may
        need no key. A model without a price is taken to be dear at the official host, free
        elsewhere. `timeout` is in seconds, for the head of a reply and again for its body.
        """
        self._api_key = api_key or LOCAL_KEY
        self._model = model
        self._base_url = base_url or HOST
        self._max_retries = max_retries
        self._timeout = timeout
        self._elsewhere = self._base_url.rstrip("/") != HOST
        self._price = prices.get(model, FREE if self._elsewhere else UNKNOWN)
        self._effort = True
        self._worded = False

    @property
    def name(self) -> str:
        """Name the model, and that it is reached over the API."""
        return f"api:{self._model}"

    def most_usd(self, question: Question) -> float:
        """Return the cost of a question if every byte were a token and the reply full."""
        texts = [question.system, *(message.content for message in question.messages)]
        sent = len(in_words("")) + sum(len(text.encode()) for text in texts)
        return self._usd(sent, question.tokens)

    def ask(self, question: Question) -> Reply:
        """Put a question.

        Raises:
            JudgeUnavailableError: the service refused, failed or cannot be reached;
                `permanent` for a refused key, `retry_after` where it was told.

        What was sent may be charged. Where no whole reply tells, it counts as the most that one
        request can have cost.
        """
        import anthropic  # noqa: PLC0415  the heaviest import of all

        most = self.most_usd(question)
        with self._client() as client:
            while True:
                try:
                    body, cut = self._send(client, question)
                    return Reply(fault=cut, usd=most) if cut else self._read(body, most)
                except anthropic.APIStatusError as error:
                    if self._yields(error):
                        continue
                    if _is_too_long(error):
                        return Reply(fault="it is too long for the model", too_much=True)
                    raise _refused(error) from error
                except anthropic.APITimeoutError as error:
                    raise JudgeUnavailableError(
                        f"the judge did not answer within {self._timeout:g} s",
                        usd=0.0 if _was_never_sent(error) else most,
                    ) from error
                except anthropic.APIConnectionError as error:
                    raise JudgeUnavailableError(
                        "the judge cannot be reached", usd=0.0 if _was_never_sent(error) else most
                    ) from error
                except _transport_error() as error:
                    # The body of a message is read by us: this was that of a refusal.
                    raise JudgeUnavailableError("the judge broke off a refusal") from error

    def _send(self, client: "anthropic.Anthropic", question: Question) -> tuple[bytes, str]:
        """Send one request, with the client's own retries; return the body, or what cut it."""
        system, more = question.system, {}
        if self._worded:
            system = in_words(system)
        else:
            # Effort and schema are plain JSON, and newer than the types of older clients.
            config: dict[str, Any] = {"format": {"type": "json_schema", "schema": schema()}}
            more["output_config"] = config | ({"effort": "low"} if self._effort else {})
        request: dict[str, Any] = {
            "model": self._model,
            "max_tokens": question.tokens,
            "system": system,
            "messages": msgspec.to_builtins(question.messages),
            "extra_body": more,
        }
        body = bytearray()
        with client.messages.with_streaming_response.create(**request) as reply:
            # The client's own timeouts are for single reads, and a slow drip never ends.
            until = time.monotonic() + self._timeout
            try:
                for chunk in reply.iter_bytes():
                    body += chunk
                    if len(body) > REPLY_BYTES:
                        return b"", "the reply is too long"
                    if time.monotonic() > until:
                        raise JudgeUnavailableError(
                            f"the judge did not finish its reply within {self._timeout:g} s",
                            usd=self.most_usd(question),
                        )
            except _transport_error():
                return b"", "the reply was cut off"
        return bytes(body), ""

    def _read(self, body: bytes, most: float) -> Reply:
        """Read the body of a reply; one that does not tell what it costs costs the most.

        But what is no JSON, as the page of a proxy, comes from nobody who charges.
        """
        try:
            message = msgspec.json.decode(body, type=_Message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            usd = most if body.lstrip()[:1] == b"{" else 0.0
            return Reply(fault="the reply is no message", usd=usd)
        used = message.usage or _Tokens()
        cached = used.cache_creation_input_tokens, used.cache_read_input_tokens
        sent = count_tokens(used.input_tokens, *cached)
        written = count_tokens(used.output_tokens)
        text = "".join(block.text or "" for block in message.content if block.type == "text")
        stopped = message.stop_reason in _STOPS
        fault = f"it stopped for {message.stop_reason}" if stopped else ""
        if self._elsewhere and not fault and not text.lstrip().startswith(("{", "```")):
            self._worded = True  # a server that does not know the field, and does not say so
        return Reply(
            text="" if stopped else text,
            fault=fault,
            too_much=stopped,
            input_tokens=sent,
            output_tokens=written,
            usd=self._usd(sent, written) if message.usage else most,
        )

    def _yields(self, error: "anthropic.APIStatusError") -> bool:
        """Tell whether to ask again with less: a server that does not know a field names it."""
        if error.status_code not in {400, 422} or self._worded:
            return False
        said = _said(error)
        if self._effort and _EFFORT.search(said):
            self._effort = False
        elif _FIELD.search(said):
            self._worded = True
        else:
            return False
        return True

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

    def _usd(self, sent: int, written: int) -> float:
        return (sent * self._price.input + written * self._price.output) / 1_000_000


class ApiJudge(ModelJudge):
    """A judge that asks a model over the API."""

    def __init__(
        self, *, meter: Meter, redact: Callable[[str], str] = str, **settings: Any
    ) -> None:
        """Ask through `meter`; the other settings are those of `ApiModel`."""
        super().__init__(ApiModel(**settings), meter, redact=redact)


def _transport_error() -> type[Exception]:
    """Return what reading a response raises; older clients stand on another library."""
    import anthropic  # noqa: PLC0415  the heaviest import of all

    library = anthropic.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0]
    error: type[Exception] = sys.modules[library].HTTPError
    return error


def _was_never_sent(error: "anthropic.APIConnectionError") -> bool:
    """Tell whether there was no connection; the client's library is not always the same."""
    return type(error.__cause__).__name__ in {"ConnectError", "ConnectTimeout", "PoolTimeout"}


def _do_not_wait_long(response: Any) -> None:
    """Tell the client to give up where the service asks for a long pause: the caller waits."""
    wait = _seconds(response.headers.get("retry-after"))
    if wait is not None and wait > LONGEST_WAIT:
        response.headers["x-should-retry"] = "false"


def _said(error: "anthropic.APIStatusError") -> str:
    return f"{error.message} {error.body}"[:5_000]


def _is_too_long(error: "anthropic.APIStatusError") -> bool:
    status = error.status_code
    return status == 413 or (status in {400, 422} and bool(_TOO_LONG.search(_said(error))))


def _refused(error: "anthropic.APIStatusError") -> JudgeUnavailableError:
    status = error.status_code
    if status in {401, 403}:
        return JudgeUnavailableError(
            f"the key for the judge was refused ({status}): set another one", permanent=True
        )
    if status == 402 or (status == 400 and _NO_CREDIT.search(_said(error))):
        return JudgeUnavailableError(
            f"the judge's account has no credit left ({status}): top it up", permanent=True
        )
    if status == 404:
        return JudgeUnavailableError(
            "the judge refused the request (404): check its model and address", permanent=True
        )
    if 300 <= status < 500 and status not in {408, 409, 429}:
        # The fault may lie in these corrections alone: others shall have their turn.
        return UnansweredError(
            f"the judge refused the request ({status}): check its model and address",
            permanent=status == 400,
        )
    wait = _seconds(error.response.headers.get("retry-after"))
    return JudgeUnavailableError(f"the judge is not available ({status})", retry_after=wait)


def _seconds(header: str | None) -> float | None:
    """Read a retry-after header that gives seconds; nobody can ask for more than a day."""
    try:
        wait = float(header or "")
    except ValueError:
        return None
    return min(wait, LONGEST_PAUSE) if wait >= 0 else None
