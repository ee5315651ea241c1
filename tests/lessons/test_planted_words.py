"""Text that a person only pasted is none of their words, and teaches nothing.

It is planted in prompts before, behind and between own words, by every channel of every
assistant; in the same channels, what a person says themselves is found and learned.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.lessons.words import own_words, segments
from tests.planting import claude_code, codex, cursor
from tests.planting.learning import Gullible, corrections_in, lessons_from, own, quoted
from tests.planting.marker import MARKERS, Foreign, foreign
from tests.planting.pastes import PASTES, Paste
from tests.planting.people import CHANNELS
from tests.planting.place import Place, Spot, planted, spots

# Prompts of programs, as far as their words alone tell whose they are.
OPENINGS = [
    form
    for form in dict.fromkeys((*claude_code.OPENINGS, *codex.OPENINGS))
    if "<command-args>" not in form and codex.REQUEST not in form
]
PLACES = (*claude_code.PLACES, *codex.PLACES, *cursor.PLACES)

# What people write around a paste; the gaps say whether it stands in a paragraph of its own.
OWN = (
    "please keep the tests green",
    "nein, das ist falsch: so nicht",
    "why does it do this?",
    "- one thing\n- and another",
    "这个不对",
    "no",
)
APART = ("\n\n", "\r\n\r\n", "\n \n")
TIGHT = ("\n", "\r\n")


@pytest.fixture(scope="module", name="home")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give one home for all: transcripts are written over each other, which costs least."""
    return tmp_path_factory.mktemp("planted")


@st.composite
def prompts(draw: st.DrawFn, paste: Paste) -> tuple[Foreign, str]:
    """Draw a foreign text, and a prompt that holds it as a paste among own words."""
    text = draw(foreign())
    before = draw(st.sampled_from(["", *OWN]))
    after = draw(st.sampled_from(["", *OWN]))
    gaps = st.sampled_from(APART + TIGHT)
    pasted = draw(st.sampled_from(paste.forms))(text)
    parts = [before, draw(gaps) if before else "", pasted, draw(gaps) if after else "", after]
    return text, "".join(parts)


@pytest.mark.parametrize("paste", PASTES, ids=lambda paste: paste.name)
@settings(max_examples=6)
@given(data=st.data())
def test_a_paste_is_no_own_word(paste: Paste, data: st.DataObject) -> None:
    """In whichever form it comes and wherever it stands, nothing of it is taken for own."""
    text, prompt = data.draw(prompts(paste))

    assert not text.marker.is_in([own_words(prompt)])


@pytest.mark.parametrize("paste", [each for each in PASTES if each.spares], ids=lambda x: x.name)
@settings(max_examples=3)
@given(data=st.data())
def test_words_beside_a_paste_are_own(paste: Paste, data: st.DataObject) -> None:
    """In paragraphs of their own, a person's words before and behind it stay theirs."""
    words, gap = data.draw(st.sampled_from(OWN)), data.draw(st.sampled_from(APART))
    pasted = data.draw(st.sampled_from(paste.forms))(data.draw(foreign()))
    pieces = segments(f"{words}{gap}{pasted}{gap}and {words}")

    assert pieces[0].startswith(words)
    assert pieces[-1] == f"and {words}"


@pytest.mark.parametrize("form", OPENINGS, ids=lambda form: form.replace("\n", " ")[:60])
@settings(max_examples=3)
@given(text=foreign(imitating=True))
def test_a_program_has_no_own_words(form: str, text: Foreign) -> None:
    """What programs say in a person's place is known by how it opens, whatever follows."""
    assert not text.marker.is_in([own_words(form.replace("{}", text.text))])


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
@settings(max_examples=7)
@given(data=st.data())
def test_a_paste_teaches_nothing(home: Path, channel: Place, data: st.DataObject) -> None:
    """Neither what a person is quoted with nor any lesson holds it, even if a judge is fooled."""
    paste = data.draw(st.sampled_from(PASTES))
    text, prompt = data.draw(prompts(paste))
    spot = Spot(data.draw(st.sampled_from(channel.cases)), data.draw(st.floats(0, 1)))
    parsed = planted(home, channel, prompt, spot)
    found = corrections_in(parsed, channel.dialect.assistant)

    assert not text.marker.is_in(own(parsed.events))
    for judge in (LocalJudge(), Gullible(text.marker)):
        assert not text.marker.is_in(quoted(found, lessons_from(found, judge)))


@settings(max_examples=60)
@given(data=st.data())
def test_no_place_teaches_anything(home: Path, data: st.DataObject) -> None:
    """Nor does what stands in a place where no person speaks."""
    place = data.draw(st.sampled_from(PLACES))
    text = data.draw(foreign(imitating=True))
    parsed = planted(home, place, text.text, data.draw(spots(place)))
    found = corrections_in(parsed, place.dialect.assistant)

    for judge in (LocalJudge(), Gullible(text.marker)):
        assert not text.marker.is_in(quoted(found, lessons_from(found, judge)))


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
@settings(max_examples=3)
@given(data=st.data())
def test_own_words_teach(home: Path, channel: Place, data: st.DataObject) -> None:
    """By every channel, an order of a person's own becomes a correction and a lesson."""
    marker = data.draw(MARKERS)
    spot = Spot(data.draw(st.sampled_from(channel.cases)), data.draw(st.floats(0, 1)))
    parsed = planted(home, channel, marker.text, spot)
    found = corrections_in(parsed, channel.dialect.assistant)

    assert any(marker.text in each.quote for each in found)
    for judge in (LocalJudge(), Gullible(marker)):
        lessons = lessons_from(found, judge)
        assert (marker.right, marker.wrong) in [(each.right, each.wrong) for each in lessons]
