"""What is not worth a judge."""

import pytest

from hivemindd.lessons.prefilter import Prefilter, is_candidate, is_standing
from hivemindd.lessons.small_model import SmallModel
from tests.lessons.make import make_correction
from tests.lessons.network import Scripted


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "ok, go ahead",
        "yes let's do it",
        "thanks, looks good!",
        "commit this",
        "commit and push please",
        "continue",
        "weiter bitte",
        "sí, sigue",
        "好的 继续",
        "run the tests",
        "1 and 2",
        "Option B",
        "/compact",
        "!ls",
        "https://example.com/x/1",
        "👍",
        "```\nalways\n```",
        "2026-01-01T00:00:00 boom",
        "",
    ],
)
def test_the_obvious_is_dropped(text: str) -> None:
    """Agreement, small orders, numbers, links and pasted logs correct nothing."""
    assert not is_candidate(text)


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "no, pnpm",
        "don't commit",
        "ok but not with npm",
        "could this live in the config instead?",
        "why did you rename it?",
        "bitte kein npm",
        "не так",
        "不要用 npm",
        "the total should be per customer",
        "too long",
        "commit?",
    ],
)
def test_what_may_correct_is_kept(text: str) -> None:
    """In any language, and however politely; only plain agreement is dropped."""
    assert is_candidate(text)


def test_first_prompt_needs_a_standing_order() -> None:
    """Where nothing came before, only an order for good counts."""
    assert not is_candidate("build the importer", {"first"})
    assert is_candidate("build the importer, and never touch vendor", {"first"})


@pytest.mark.parametrize("word", ["always", "niemals", "désormais", "nunca", "всегда", "以后"])
def test_standing_orders_are_known_in_many_languages(word: str) -> None:
    """Always and never, as people say them."""
    assert is_standing(f"x {word} y")


@pytest.fixture
def prefilter() -> Prefilter:
    """Return a prefilter that lets three candidates through."""
    return Prefilter(SmallModel(Scripted({"npm": "cd"})), most=3)


def test_what_is_hardly_a_correction_is_kept_from_the_judge(prefilter: Prefilter) -> None:
    """Plain next steps are dropped, words against what was done are sent."""
    against = make_correction("no, never npm. we use pnpm here", "Bash(npm install zod)", name="a")
    onward = make_correction("great, now write the release notes for 2.1", "Done.", name="b")
    assert prefilter.select([against, onward]) == ([against], [onward], [])


def test_what_a_person_did_is_always_sent(prefilter: Prefilter) -> None:
    """A refusal or a change by hand speaks for itself, whatever the words are."""
    refused = make_correction("great, now the release notes", "Done.", channel="rejection")
    assert prefilter.select([refused]).sent == [refused]


def test_too_many_are_cut_by_what_they_are_worth(prefilter: Prefilter) -> None:
    """Acts go before words, the likelier before the less likely; the order stays."""
    acts = [make_correction("ok", name=f"act{n}", channel="rejection") for n in range(2)]
    words = [
        make_correction("why npm? and why now?", "Done.", name="clear"),
        make_correction("on npm, too", "Bash(npm i)", name="as clear"),
    ]
    sent, dropped, surplus = prefilter.select([*words, *acts])
    assert [each.id for each in sent] == ["clear", "act0", "act1"]
    assert (dropped, [each.id for each in surplus]) == ([], ["as clear"])


def test_no_more_are_read_than_there_is_time_for() -> None:
    """What a person did goes before plain words; of the rest nobody says that it is unlikely."""
    network = Scripted({"npm": "cd"})
    words = [make_correction(f"now step {number}", name=str(number)) for number in range(5)]
    act = make_correction("not with npm", name="act", channel="rejection")
    sent, dropped, surplus = Prefilter(SmallModel(network), read=3).select([*words, act])
    assert (sent, dropped, surplus) == ([act], words[:2], words[2:])
    assert network.asked == 3


def test_what_the_agent_grants_is_sent(prefilter: Prefilter) -> None:
    """Whatever the words seem to say."""
    granted = make_correction("hm, that is odd", name="a", admitted=True)
    assert prefilter.select([granted]) == ([granted], [], [])


def test_without_the_model_only_the_surplus_is_dropped() -> None:
    """Nothing that may hold a correction is lost where nothing can tell."""
    many = [make_correction(f"and {number}", name=str(number)) for number in range(5)]
    assert Prefilter(most=4).select(many) == (many[:4], [], many[4:])
