"""Lines of a Codex rollout that are not as they should be."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.events import Prompt
from tests.rollouts import START, encode, event, item, line, meta, only, read, response, said


class TestDamage:
    """Lines that are not as they should be."""

    def test_glued_lines(self) -> None:
        """A record behind half a record comes out, whatever kind the half was of."""
        whole = encode([said("hi")]).rstrip()
        for half in (b'"event_msg","payload":{"type":"token_c', b'"response_item","payload":{"ty'):
            torn = b'{"timestamp":"2026-11-21T07:37:25.001Z","type":' + half
            parsed = read(meta(), torn + whole)

            assert [one.text for one in only(parsed, Prompt)] == ["hi"]
            assert parsed.malformed == 1

    def test_glued_noise(self) -> None:
        """A record behind a line that nobody reads is found as well."""
        noise = encode([event("token_count", info={})]).rstrip()
        parsed = read(meta(), noise + encode([said("hi")]).rstrip())

        assert [one.text for one in only(parsed, Prompt)] == ["hi"]
        assert parsed.malformed == 0

    def test_lone_surrogate(self) -> None:
        """Text that UTF-8 cannot hold keeps its record."""
        broken = encode([said("half an emoji X")]).rstrip().replace(b"X", rb"\ud83d")

        assert only(read(meta(), broken), Prompt)[0].text == "half an emoji �"

    def test_other_order_of_keys(self) -> None:
        """A line is read in whatever order its keys stand."""
        turned = json.dumps(dict(reversed(list(said("hi").items()))), indent=None).encode()

        assert [one.text for one in only(read(meta(), turned), Prompt)] == ["hi"]

    def test_unknown_kinds_are_counted(self) -> None:
        """What no rule knows is counted by version and kind, and its neighbours stay."""
        parsed = read(
            meta(),
            line(1, "new_line", {}),
            event("new_event"),
            event("new_event"),
            item("NewItem", id="x"),
            response("new_response"),
            said("hi"),
            event("token_count"),
            line(1, "world_state", {"full": True}),
        )

        assert parsed.unknown == {
            ("0.169.0", "new_line"): 1,
            ("0.169.0", "event_msg:new_event"): 2,
            ("0.169.0", "item:NewItem"): 1,
            ("0.169.0", "response_item:new_response"): 1,
        }
        assert [one.text for one in only(parsed, Prompt)] == ["hi"]

    def test_other_shapes_are_counted(self) -> None:
        """A known kind with fields of other types is counted as such."""
        parsed = read(
            meta(),
            event("user_message", message={"text": "hi"}),
            line(1, "event_msg", {"type": ["x"]}),
            {"timestamp": "2026-11-21T07:37:25.001Z", "type": "event_msg", "payload": None},
        )

        assert parsed.events == []
        assert parsed.unknown == {
            ("0.169.0", "event_msg:user_message (shape)"): 1,
            ("0.169.0", "event_msg (shape)"): 2,
        }

    @pytest.mark.parametrize("blank", [b"", b"  "])
    def test_blank_lines(self, blank: bytes) -> None:
        """A blank line is nothing."""
        assert read(meta(), blank) == read(meta())

    def test_time_that_is_none(self) -> None:
        """A record without a time has that of the one before it."""
        timeless = said("hi") | {"timestamp": "yesterday"}
        parsed = read(meta(), event("agent_message", 7, message="x"), timeless)

        assert [one.ts for one in parsed.events] == [START + 7, START + 7]

    @pytest.mark.parametrize("depth", [10, 100, 300, 450, 700, 950, 5_000, 100_000])
    @pytest.mark.parametrize("opening", ['{"content":', '[{"x":', "[NaN,"])
    def test_deep_nesting(self, depth: int, opening: str) -> None:
        """However deep a value nests, its neighbours are read."""
        closing = {"{": "}", "[": "]"}
        ends = "".join(closing[sign] for sign in reversed(opening) if sign in closing)
        deep = f"{opening * depth}1{ends * depth}"
        output = '{"type":"function_call_output","call_id":"c","output":' + deep + "}"
        call = '{"type":"local_shell_call","call_id":"c","action":' + deep + "}"
        head = '{"timestamp":"2026-11-21T07:37:25.001Z","type":"response_item","payload":'
        lines = [f"{head}{payload}}}".encode() for payload in (output, call)]

        assert [one.text for one in only(read(meta(), *lines, said("hi")), Prompt)] == ["hi"]

    @given(st.lists(st.binary(max_size=60) | st.text(max_size=60).map(str.encode), max_size=4))
    def test_any_bytes(self, lines: list[bytes]) -> None:
        """Nothing that stands in a file raises."""
        clean = [one.replace(b"\n", b"") for one in lines]

        assert read(*clean, meta(), *clean, said("hi"), *clean).malformed >= 0
