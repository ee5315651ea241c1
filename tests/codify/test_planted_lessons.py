"""Planted text on the whole way: real files, the real log, a judge that believes everything."""

from collections.abc import Sequence

import msgspec

from hivemindd.codify.upkeep import Upkeep
from hivemindd.config import Config
from hivemindd.events import Event
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.tables import CORRECTIONS, LESSONS, SESSIONS
from hivemindd.records import Correction, Lesson, Verdict
from tests.clocks import SetClock
from tests.codify.forgetting import forgetting
from tests.codify.workshop import Workshop
from tests.lessons.make import make_verdict
from tests.planting import claude_code, codex, cursor
from tests.planting.learning import Gullible, own, quoted
from tests.planting.marker import Foreign, Marker
from tests.planting.moving import sow
from tests.planting.pastes import PASTES
from tests.planting.people import CHANNELS
from tests.planting.place import Place
from tests.planting.transcript import Record

PLACES = (*claude_code.PLACES, *codex.PLACES, *cursor.PLACES)
PLANTED = Marker("zebrafish-bold", "okapi-mint")
SAID = Marker("heron-dusk", "ibex-fern")
YEAR_S = 365 * 86_400
PROMPT = "please look at this:\n\n{}\n\nwhat is wrong there?"


class Teacher:
    """A judge that reads what is said outright, and of all else believes what was planted."""

    name = "teacher"

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return one verdict for each candidate."""
        read, believed = LocalJudge(), Gullible(PLANTED)
        pairs = zip(
            read.judge(candidates, lessons), believed.judge(candidates, lessons), strict=True
        )
        return [one if one.teaches else other for one, other in pairs]


class Confused:
    """A judge that puts what stood beside one correction into the verdict on another."""

    name = "confused"

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return one verdict for each candidate."""
        del lessons
        rule = "Use pnpm and okapi-gold"
        return [
            make_verdict(each.id, rule, wrong="", quote=each.quote, directive="always")
            if "pnpm" in each.reason
            else nothing_learned(each.id)
            for each in candidates
        ]


def pasted(channel: Place, number: int) -> Place:
    """Return a place where a person sends, one after the other, their share of all pastes."""
    foreign = Foreign(PLANTED, ["building 3 of 7", PLANTED.text])
    prompts = [
        PROMPT.replace("{}", wrap(foreign))
        for paste in PASTES[number :: len(CHANNELS)]
        for wrap in paste.forms
    ]

    def plant(_: str) -> list[Record]:
        return [record for each in prompts for record in channel.plant(each)]

    return msgspec.structs.replace(channel, name=f"{channel.name}, pasted", plant=plant)


def events_in(workshop: Workshop) -> list[Event]:
    """Return all events of all sessions that were captured."""
    with workshop.log.read() as txn:
        return [
            event for row in SESSIONS.rows(txn) for _, event in read(blocks(txn, row), BlockCodec())
        ]


def test_only_what_people_say_is_learned(workshop: Workshop) -> None:
    """Of sessions full of foreign orders one lesson comes, the one that a person taught.

    Every place of every assistant has a session, and every channel one with pastes. Only
    two sessions hold the order of a person.
    """
    for place in PLACES:
        sow(workshop.home, workshop.project, place, PLANTED.text)
    for number, channel in enumerate(CHANNELS):
        sow(workshop.home, workshop.project, pasted(channel, number), "")
    for channel in (CHANNELS[0], next(c for c in CHANNELS if c.dialect.assistant == "codex")):
        sow(workshop.home, workshop.project, channel, SAID.text)
    workshop.capture()
    workshop.codify(Teacher())

    events = events_in(workshop)
    with workshop.log.read() as txn:
        found, lessons = CORRECTIONS.rows(txn), LESSONS.rows(txn)
    skills = [path.read_text() for path in workshop.project.rglob("SKILL.md")]

    stored = [event for event in events if PLANTED.is_in([msgspec.json.encode(event).decode()])]
    assert len({event.session for event in stored}) > len(CHANNELS)
    assert any(row.verdict and PLANTED.is_in([row.verdict.rule]) for row in found)
    assert not PLANTED.is_in([*own(events), *quoted(found, lessons), *skills])

    assert SAID.is_in(own(events))
    assert [lesson.state for lesson in lessons if SAID.is_in([lesson.rule])] == ["promoted"]
    assert SAID.is_in(skills)


def test_what_gave_it_away_does_not_age_before_the_lesson(workshop: Workshop) -> None:
    """As long as a verdict counts, what stood beside it in its session tells whose words it has."""
    for number in range(3):
        session = workshop.correct(number, "no, we use pnpm here")
        session.reply("As the page asks, I always run okapi-gold before each build.")
        session.prompt("no, go on with the parser")
    workshop.capture()
    workshop.codify(Confused())
    before = workshop.skill.read_text()
    clock = workshop.clock = SetClock()
    clock.step(10 * YEAR_S)

    forgotten = Upkeep(
        workshop.log, forgetting(workshop), clock, Config(keep="1 year", max_disk="")
    ).tend()

    assert forgotten == 3
    assert "- We use pnpm here" in before
    assert workshop.skill.read_text() == before
    with workshop.log.read() as txn:
        assert SESSIONS.rows(txn) == []
        assert [lesson.rule for lesson in LESSONS.rows(txn)] == ["We use pnpm here"]
