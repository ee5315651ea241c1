"""The mistakes of a settings file: one sentence each, with its line and what is right."""

import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.config import Config
from hivemindd.settings.faults import find_faults
from hivemindd.settings.known import settings
from hivemindd.settings.mend import mend_value, to_toml

_TIME = 'no time: write a number and a unit in quotes, such as "30s", "5m" or "2h"'
_SPAN = 'no length of time: write for example "90 days" or "1 year"'
_SIZE = 'no size from 10 MB on: write for example "500 MB" or "2 GB"'
_ASSISTANTS = '"claude-code", "codex", "cursor"'
_FROM_ONE = "is no whole number from 1 on"


def say(text: str) -> list[str]:
    """Return the mistakes as they are printed after the file."""
    return [f"{fault.line}: {fault.sentence}" for fault in find_faults(text)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("idle_afer = 1", "1: idle_afer is no setting: did you mean idle_after?"),
        ("budget = 1", "1: budget is no setting: did you mean judge.daily_budget?"),
        ("colour = 1", "1: colour is no setting: `hivemindctl config show` lists all there are"),
        (
            "[judge]\n\nkey = 'sk-secret'",
            "3: judge.key is no setting: `hivemindctl config show` lists all there are",
        ),
        ("[jugde]\nkind = 'api'", "1: jugde is no setting: did you mean [judge]?"),
        (
            "timeout = '5s'",
            "1: timeout is no setting, timeout stands below [judge]: move the line there",
        ),
        (
            "[judge]\npublish = true",
            (
                "2: judge.publish is no setting, publish stands above every [section]: "
                "move the line there"
            ),
        ),
        (
            "judge = 'api'",
            "1: judge is a section: write [judge], and its settings below it",
        ),
        ("idle_after = 5", f'1: idle_after = 5 is {_TIME}; did you mean idle_after = "5s"?'),
        (
            "idle_after = '2 Hours'",
            f'1: idle_after = "2 Hours" is {_TIME}; did you mean idle_after = "2h"?',
        ),
        ("idle_after = 'soon'", f'1: idle_after = "soon" is {_TIME}'),
        ("idle_after = '5 months'", f'1: idle_after = "5 months" is {_TIME}'),
        ("rescan_every = '0s'", f'1: rescan_every = "0s" is {_TIME}'),
        (
            "publish = 'no'",
            '1: publish = "no" is neither true nor false; did you mean publish = false?',
        ),
        ("review = []", "1: review = [] is neither true nor false"),
        ("skillify_every_n_turns = 0", f"1: skillify_every_n_turns = 0 {_FROM_ONE}"),
        ("skillify_every_n_turns = true", f"1: skillify_every_n_turns = true {_FROM_ONE}"),
        (
            "skillify_every_n_turns = '9'",
            (
                f'1: skillify_every_n_turns = "9" {_FROM_ONE}; did you mean '
                "skillify_every_n_turns = 9?"
            ),
        ),
        (
            "judge.kind = 'claude'",
            (
                '1: judge.kind = "claude" is none of "api", "auto", "claude-cli", "local"; '
                'did you mean kind = "claude-cli"?'
            ),
        ),
        (
            "[judge]\nkind = 'magic'",
            '2: judge.kind = "magic" is none of "api", "auto", "claude-cli", "local"',
        ),
        ("[judge]\ndaily_budget = -1", "2: judge.daily_budget = -1 is no number from 0 on"),
        ("[judge]\ndaily_budget = nan", "2: judge.daily_budget = NaN is no number from 0 on"),
        (
            "[judge]\ndaily_budget = '$2.5'",
            (
                '2: judge.daily_budget = "$2.5" is no number from 0 on; '
                "did you mean daily_budget = 2.5?"
            ),
        ),
        (
            "[judge]\nmodel = 4",
            '2: judge.model = 4 is no text in quotes; did you mean model = "4"?',
        ),
        (
            "learn_from = 'codex'",
            (
                f'1: learn_from = "codex" is no list of {_ASSISTANTS}; '
                'did you mean learn_from = ["codex"]?'
            ),
        ),
        (
            "publish_to = [\n  'Claude Code',\n  'cursr',\n]",
            (
                f'1: publish_to = ["Claude Code", "cursr"] is no list of {_ASSISTANTS}; '
                'did you mean publish_to = ["claude-code", "cursor"]?'
            ),
        ),
        (
            "ignore = ['~/a', 'clients']",
            (
                '1: ignore has \'clients\': name a folder as "~/clients", "/srv/clients" or '
                '"**/clients"'
            ),
        ),
        (
            "ignore = '~/clients'",
            (
                '1: ignore = "~/clients" is no list of texts, such as ["a", "b"]; '
                'did you mean ignore = ["~/clients"]?'
            ),
        ),
        ("ignore = 'clients'", '1: ignore = "clients" is no list of texts, such as ["a", "b"]'),
        ("keep = 'soon'", f'1: keep = "soon" is {_SPAN}'),
        ("keep = '0 days'", f'1: keep = "0 days" is {_SPAN}'),
        ("keep = 90", f'1: keep = 90 is {_SPAN}; did you mean keep = "90 days"?'),
        ("keep = '1Y'", f'1: keep = "1Y" is {_SPAN}; did you mean keep = "1 year"?'),
        ("max_disk = '2'", f'1: max_disk = "2" is {_SIZE}'),
        ("max_disk = '1 MB'", f'1: max_disk = "1 MB" is {_SIZE}'),
        (
            "max_disk = '2 GiB'",
            f'1: max_disk = "2 GiB" is {_SIZE}; did you mean max_disk = "2 GB"?',
        ),
        (
            "learn_from = ['windsurf']",
            f'1: learn_from = ["windsurf"] is no list of {_ASSISTANTS}',
        ),
    ],
)
def test_a_wrong_name_or_value_is_said_with_the_right_one(text: str, sentence: str) -> None:
    """Where one is near enough to be meant."""
    assert say(text) == [sentence]


@pytest.mark.parametrize(
    ("text", "line", "offer"),
    [
        ("idle_after = 5m", 1, 'idle_after = "5m"'),
        ("\npublish = True", 2, "publish = true"),
        ("publish: no", 1, "publish = false"),
        ("learn_from = codex, cursor  # mine", 1, 'learn_from = ["codex", "cursor"]'),
        ("keep = 90 days", 1, 'keep = "90 days"'),
        ("[judge]\nbase_url = http://localhost:1", 2, 'base_url = "http://localhost:1"'),
        ("[judge\nkind = 'api'", 1, "[judge]"),
        ("what is this", 1, ""),
        ("nope = at all", 1, ""),
        ("a = [\n1,\n", 2, ""),
    ],
)
def test_what_is_no_toml_is_said_with_the_line_as_it_may_have_been_meant(
    text: str, line: int, offer: str
) -> None:
    """Quotes that were left out, most of all; what is wrong is said in tomllib's words."""
    [fault] = find_faults(text)

    assert fault.line == line
    assert fault.sentence.startswith("this is no TOML (")
    assert fault.sentence.partition("; did you mean ")[2] == (f"{offer}?" if offer else "")


def test_what_stands_there_twice_is_said_so() -> None:
    """It is no TOML, but tomllib's words for it say little."""
    sentence = "3: this stands here a second time: keep one of the two"

    assert say("publish = true\n\npublish = false") == [sentence]
    assert say("[judge]\n\n[judge]") == [sentence]


def test_all_mistakes_are_listed_in_the_order_of_their_lines() -> None:
    """So that one look at the file is enough."""
    text = "[judge]\nkind = 1\ntimeout = 2\n\n\nprogram = 3\n"

    assert [fault.line for fault in find_faults(text)] == [2, 3, 6]


def test_nothing_hidden_reaches_a_terminal() -> None:
    """A name or a value with control characters is shown escaped, a long one cut."""
    [name, value] = say(f'"a\\u202e\\n" = 1\npublish = "\\u001b{"x" * 200}"')

    assert name.startswith(r'1: "a\u202e\n" is no setting')
    assert value.startswith(r'2: publish = "\u001bxxx')
    assert "…" in value
    assert len(value) < 120


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["codex", "Cursor", "yes", "5 min", "1e3", "$1", "0h", "claude", "3 Months", "2gb", "~/a"]
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(settings()), _values)
def test_what_is_offered_is_right(setting: object, value: object) -> None:
    """Whoever copies it has a file that can be used."""
    assert isinstance(setting, type(settings()[0]))
    if right := mend_value(setting, value):
        document = tomllib.loads(f"{setting.full_name} = {right}")
        assert isinstance(msgspec.convert(document, Config), Config)


@given(st.text(max_size=60) | st.from_regex(r"(\[?(judge|idle_after)\]?( = .{1,9})?\n){1,3}"))
def test_a_text_is_used_or_has_a_mistake_with_a_line(text: str) -> None:
    """Never both, never neither, and never another error."""
    try:
        msgspec.convert(tomllib.loads(text), Config)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError):
        faults = find_faults(text)
        assert faults
        assert all(0 <= fault.line <= text.count("\n") + 1 for fault in faults)
        assert all("\n" not in fault.sentence for fault in faults)
    else:
        assert find_faults(text) == []


def test_a_value_is_shown_as_it_is_written() -> None:
    """Text in quotes, truth in small letters."""
    assert [to_toml(each) for each in ("a", True, 1.5, ("x",))] == ['"a"', "true", "1.5", '["x"]']
