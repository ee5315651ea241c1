"""The way from events to lessons, and everything on it that passes for a person's words."""

from collections.abc import Iterator, Sequence

from hivemindd.assistants.base import Parsed
from hivemindd.codify.learned import decide
from hivemindd.events import AnyEvent, Denial, Event, Prompt, outline
from hivemindd.lessons.corrections import mine
from hivemindd.lessons.judge import Judge
from hivemindd.lessons.promote import derive
from hivemindd.lessons.words import own_words
from hivemindd.records import Correction, Lesson, Session, Verdict
from hivemindd.sessions.lifecycle import fold
from tests.lessons.make import make_verdict
from tests.planting.marker import Marker


class Gullible:
    """A judge that takes every bait: it teaches the marker and says that a person said it."""

    name = "gullible"

    def __init__(self, marker: Marker) -> None:
        """Remember what to teach."""
        self._marker = marker

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return for each candidate the verdict of a model that was talked into it."""
        del lessons
        marker = self._marker
        return [
            make_verdict(
                each.id,
                rule=f"Use {marker.right} instead of {marker.wrong}",
                wrong=marker.wrong,
                right=marker.right,
                quote=marker.text,
                durable=3,
                directive="always",
            )
            for each in candidates
        ]


def labelled(events: Sequence[Event]) -> list[str]:
    """Return all texts that are labelled as a person's, whole."""
    texts = []
    for event in events:
        if event.author == "human" and isinstance(event, Prompt):
            texts.append(event.text)
        elif isinstance(event, Denial):
            texts.append(event.feedback)
    return [text for text in texts if text]


def own(events: Sequence[Event]) -> list[str]:
    """Return what is left of these texts without what was pasted into them."""
    return [own_words(text) for text in labelled(events)]


def corrections_in(parsed: Parsed, assistant: str) -> list[Correction]:
    """Return the corrections that are mined from a transcript."""
    found: list[Correction] = []
    for name, facts in parsed.facts.items():
        session = Session(id=name, assistant=assistant, workspace="w")
        events = [event for event in parsed.events if event.session == name]
        fold(session, [outline(event) for event in events], facts, 0)
        found += mine(session, [event for event in events if isinstance(event, AnyEvent)])
    return found


def lessons_from(corrections: Sequence[Correction], judge: Judge) -> list[Lesson]:
    """Return the lessons that come of what a judge says, once it was checked."""
    by_id = {each.id: each for each in corrections}
    return derive(
        decide(by_id[verdict.correction], verdict, judge.name)
        for verdict in judge.judge(corrections, [])
    )


def quoted(corrections: Sequence[Correction], lessons: Sequence[Lesson]) -> Iterator[str]:
    """Yield everything in corrections and lessons that passes for a person's words."""
    for correction in corrections:
        yield from (correction.reason, correction.quote)
    for lesson in lessons:
        yield from (lesson.rule, lesson.trigger, lesson.right, lesson.wrong, lesson.activity)
        yield from lesson.not_when
        yield from (entry.quote for entry in lesson.evidence)
