"""What wordings are read as, and which are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.claims import Claim
from hivemindd.lessons.phrases import read

SIGNALS = [
    *("use", "no", "not", "never", "don't", "instead", "of", ",", ".", "?", "we", "always"),
    *("pnpm", "npm", "in", "tests", "is", "ok", "please"),
]


def sides(words: str) -> dict[str, str]:
    """Return the sure claims of some words by their kind."""
    return {claim.kind: claim.text for claim in read(words) if claim.sure}


@pytest.mark.parametrize(
    ("words", "right", "wrong"),
    [
        ("use uv instead of pip", "uv", "pip"),
        ("Decimal, not float", "Decimal", "float"),
        ("use text-ink, not a raw hex", "text-ink", "raw hex"),
        ("use slog not log.Printf", "slog", "log.Printf"),
        ("tabs not spaces", "tabs", "spaces"),
        ("not npm but pnpm", "pnpm", "npm"),
        ("pagy, no kaminari", "pagy", "kaminari"),
        ("plain sql, no orm", "plain sql", "orm"),
        ("instead of npm use pnpm", "pnpm", "npm"),
        ("replace moment with dayjs", "dayjs", "moment"),
        ("switch from jest to vitest", "vitest", "jest"),
        ("rename getUser to fetchUser", "fetchUser", "getUser"),
        ("httpx rather than requests", "httpx", "requests"),
        ("can we use `orderNumber` instead of `ordNo`?", "orderNumber", "ordNo"),
        ("put it in config.yaml, not in code", "config.yaml", "code"),
        ("no prints, use the logger", "logger", "prints"),
        ("no api route, make it a server action", "server action", "api route"),
        ("don't round floats, quantize a Decimal", "quantize a Decimal", "round floats"),
        ("kotlinx.serialization statt gson", "kotlinx.serialization", "gson"),
        ("nicht npm, sondern pnpm", "pnpm", "npm"),
        ("pytest en vez de unittest", "pytest", "unittest"),
        ("pytest em vez de unittest", "pytest", "unittest"),
        ("pnpm au lieu de npm", "pnpm", "npm"),
        ("pnpm вместо npm", "pnpm", "npm"),
        ("用pnpm,不要用npm", "pnpm", "npm"),
        ("npmではなくpnpm", "pnpm", "npm"),
    ],
)
def test_both_sides(words: str, right: str, wrong: str) -> None:
    """Wordings that name what to do and what to leave, in many languages."""
    assert sides(words) == {"right": right, "wrong": wrong}


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("no, pnpm", "pnpm"),
        ("we use pnpm here", "pnpm"),
        ("this project uses uv", "uv"),
        ("use the logger", "logger"),
        ("logger please", "logger"),
        ("integer cents everywhere", "integer cents"),
        ("date-fns only", "date-fns"),
        ("we run everything through make", "make"),
        ("usa pytest", "pytest"),
        ("bitte nimm pnpm", "pnpm"),
        ("good, but add a docstring next time", "add a docstring"),
        ("log levels should be lowercase", "log levels should be lowercase"),
    ],
)
def test_what_to_do(words: str, right: str) -> None:
    """Wordings that only say what is wanted."""
    assert sides(words) == {"right": right}


@pytest.mark.parametrize(
    ("words", "wrong", "act"),
    [
        ("never parse prices to float", "parse prices to float", True),
        ("never use GlobalScope", "GlobalScope", False),
        ("we never default-export utils", "default-export utils", True),
        ("don't touch vendor", "touch vendor", True),
        ("stop mocking the session", "mocking the session", True),
        ("no snapshots", "snapshots", False),
        ("no panics in library code", "panics in library code", False),
        ("I didn't ask you to commit", "commit", True),
        ("why are you using npm?", "npm", False),
        ("vendor is read only", "edit vendor", True),
        ("that's generated", "edit generated files", True),
        ("leave notebooks alone", "change notebooks", True),
        ("you reformatted vendored code, revert", "change vendored code", True),
        ("kein gson", "gson", False),
        ("hardcoded strings again", "hardcoded strings", False),
    ],
)
def test_what_to_leave(words: str, wrong: str, *, act: bool) -> None:
    """Wordings that forbid, and whether they forbid an act or a thing."""
    (claim,) = [claim for claim in read(words) if claim.sure]

    assert (claim.kind, claim.text, claim.act) == ("wrong", wrong, act)


@pytest.mark.parametrize(
    "words",
    [
        "never push to main",
        "always use pnpm",
        "from now on use pnpm",
        "remember: use pnpm",
        "nie gson",
    ],
)
def test_orders_for_good(words: str) -> None:
    """Always, never and from now on are marked."""
    assert [claim.standing for claim in read(words)] == [True]


def test_never_inside_from_now_on_stays_a_prohibition() -> None:
    """The polarity of the inner order decides."""
    (claim,) = read("from now on never ask twice")

    assert (claim.kind, claim.standing) == ("wrong", True)


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("actually go back to date-fns", "date-fns"),
        ("ok back to chart.js, echarts doubles the bundle", "chart.js"),
        ("ok we go back to sqlx, scanning by hand is a mess", "sqlx"),
        ("nice, but let's switch back to the builder", "builder"),
        ("mejor volvemos a kaminari, pagy rompe el panel", "kaminari"),
        ("wir gehen wieder zurück auf gson", "gson"),
        ("on revient à yarn", "yarn"),
    ],
)
def test_way_back(words: str, thing: str) -> None:
    """Going back to something is a reversal, also after a yes."""
    assert thing in [claim.text for claim in read(words) if claim.reversal]


def test_an_order_for_good_may_end_a_sentence() -> None:
    """What was said before it belongs to the reason."""
    (order,) = [claim for claim in read("it blows up at night, use MAE from now on") if claim.sure]
    assert (order.text, order.standing) == ("MAE", True)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("in scripts print is ok", ""),
        ("timings can be float", ""),
        ("in tests I don't care", "in tests"),
        ("for publishing we do use npm", "for publishing"),
        ("webhooks have to stay route handlers", ""),
        ("leave that one", ""),
        ("im alten sdk darf gson bleiben", ""),
    ],
)
def test_exceptions(words: str, where: str) -> None:
    """What a person allows is an exception, with the place that it is for."""
    (claim,) = read(words)

    assert (claim.kind, claim.where) == ("exception", where)


def test_limited_rule_knows_its_place() -> None:
    """A rule for one place keeps it."""
    (right, wrong) = read("in tests, use vitest instead of jest")

    assert (right.where, wrong.where) == ("in tests", "in tests")


@pytest.mark.parametrize(
    "words",
    [
        "we have a race in the worker now",
        "the pipeline is still red",
        "could we take the parser of the other module?",
        "how long is the queue?",
        "deploy please, then tag",
        "can you build it again",
        "it never worked",
        "the flag is parsed but never read",
        "never mind",
        "what about the totals, always round them?",
        "yeah let's take the second one",
        "e depois, no verão, eu mudo de cidade?",
        "there is no problem",
        "I don't know",
        "Use the cache if REDIS_URL is set",
        "no pnpm for now",
        "that should be it",
    ],
)
def test_what_is_no_rule(words: str) -> None:
    """Statements, questions, agreement, requests and what is only for now hold no sure claim."""
    assert sides(words) == {}


def test_reason_is_no_part_of_the_rule() -> None:
    """What stands behind because is why, not what."""
    assert sides("use pnpm because npm writes a package-lock") == {"right": "pnpm"}


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    """Reading never fails, and what it finds is short and clean."""
    for claim in read(text):
        assert isinstance(claim, Claim)
        assert "\n" not in claim.text or claim.kind == "exception"


@given(
    st.lists(
        st.sampled_from(SIGNALS),
        max_size=14,
    )
)
def test_any_mix_of_signal_words_can_be_read(words: list[str]) -> None:
    """Nonsense made of the very words that wordings look for does no harm."""
    for claim in read(" ".join(words)):
        assert claim.text


@pytest.mark.parametrize("filler", ["a ", "use ", "not ", ", ", "instead of ", "no, ", "in "])
def test_long_repetition_is_read_quickly(filler: str) -> None:
    """Text made to be slow is bounded: the suite's own limit would end this test."""
    read(filler * 100_000)
