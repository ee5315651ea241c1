"""Histories of a workspace: sessions in which a rule mattered, and was broken or was not."""

import random
from collections.abc import Sequence

import msgspec

from hivemindd.lessons.proof import Proof, Visit, prove
from hivemindd.records import Evidence, Lesson, Session, Skill, Trace

DAY = 86_400_000
NAME = "package-commands"
PROMOTED = 3
MOST = 400


class History:
    """Sessions, one a day, and what was said in them for the lessons of one skill."""

    def __init__(self, lessons: Sequence[str] = ("l1",)) -> None:
        """Begin with a skill that is not written."""
        self.now = 0
        self.visits: list[Visit] = []
        self.lessons = {
            name: Lesson(
                id=name,
                workspace="w1",
                rule=f"Use pnpm ({name})",
                activity=NAME,
                state="promoted",
            )
            for name in lessons
        }
        self.skill = Skill(id="k1", workspace="w1", name=NAME, path="", state="active")

    def session(
        self,
        *said: str,
        bears: bool = True,
        sees: bool = True,
        opens: bool = False,
        lists: bool = True,
        times: int = 1,
        assistant: str = "claude-code",
        days: int = 1,
    ) -> str:
        """Add a session in which some lessons are said; return its id."""
        self.now += days * DAY
        name = f"s{len(self.visits)}"
        there = sees and bool(self.skill.since)
        session = Session(
            id=name,
            assistant=assistant,
            workspace="w1",
            started=self.now,
            last_event=self.now + 1000,
            prompts=1,
        )
        trace = Trace(
            session=name,
            assistant=assistant,
            activities=[NAME, "tools"] if bears else ["answers"],
            lists=lists,
            listed=[NAME, "other"] if there and lists else ["other"] * lists,
            opened=[NAME] * opens,
        )
        self.visits.append(Visit(session, trace))
        for lesson in said:
            for number in range(times):
                self.say(lesson, name, self.now + 1 + number)
        return name

    def say(self, lesson: str, session: str, ts: int, weight: float = 1.0) -> None:
        """Add what supports a lesson."""
        name = f"{lesson}-{session}-{ts}"
        entry = Evidence(correction=name, session=session, ts=ts, weight=weight, quote="")
        self.lessons[lesson].evidence.append(entry)

    def write(self, *lessons: str) -> None:
        """Write the skill, or some more of its lessons, an hour after the last session."""
        self.now += DAY // 24
        names = lessons or tuple(self.lessons)
        self.skill = msgspec.structs.replace(
            self.skill,
            lessons=[*self.skill.lessons, *names],
            rules=[*self.skill.rules, *(self.lessons[name].rule for name in names)],
            written=self.now,
            since=self.skill.since | dict.fromkeys(names, self.now),
        )

    def proof(
        self, *, loaders: Sequence[str] = ("claude-code",), on_disk: bool = True
    ) -> Proof | None:
        """Return what the skill has changed."""
        return prove(self.skill, self.lessons, self.visits, loaders=loaders, on_disk=on_disk)

    def shown(self) -> Proof:
        """Return what the skill has changed, where something can be said."""
        proof = self.proof()
        assert proof is not None
        return proof


def live(
    chance: random.Random,
    before: Sequence[float],
    after: Sequence[float],
    *,
    later: int,
    at_once: int = 0,
) -> Proof | None:
    """Live through a history with known chances of each rule to be broken in a session.

    Each rule is written as soon as it is promoted, which is how it is picked for a bad time;
    with `at_once` what has been promoted after so many sessions that were there before us.
    After the last of them the skill lives through `later` sessions that it bears on. None
    where no rule is promoted, or not all of them in time.
    """
    names = [f"l{number}" for number in range(len(before))]
    history = History(names)

    def day() -> bool:
        bears = chance.random() < 0.7
        said = [
            name
            for name, old, new in zip(names, before, after, strict=True)
            if bears and chance.random() < (new if name in history.skill.since else old)
        ]
        history.session(*said, bears=bears, times=chance.choice((1, 1, 2)))
        return bears

    while at_once > len(history.visits):
        day()
    while True:
        ready = [name for name in names if _sessions(history.lessons[name]) >= PROMOTED]
        if fresh := [name for name in ready if name not in history.skill.since]:
            history.write(*fresh)
        if len(ready) == len(names) or at_once or len(history.visits) >= MOST:
            break
        day()
    if not ready or (len(ready) < len(names) and not at_once):
        return None
    while later:
        later -= day()
    return history.shown()


def _sessions(lesson: Lesson) -> int:
    return len({entry.session for entry in lesson.evidence})
