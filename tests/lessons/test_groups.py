"""The whole way from words to promoted lessons, on groups of similar corrections.

`groups/*.jsonl` hold corrections that belong together (`cluster`), each in a session of its
own, and near misses that do not. A promoted lesson must stand on one group alone.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hivemindd.lessons.check import check, widens
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.lessons.promote import derive
from hivemindd.lessons.standing import weigh
from hivemindd.lessons.words import own_words
from hivemindd.records import Correction, Lesson
from tests.lessons.make import make_correction

FOLDER = Path(__file__).parent / "groups"

Row = dict[str, Any]


def rows_of(name: str) -> list[Row]:
    """Read the rows of one file."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def taught(corrections: list[Correction]) -> list[Lesson]:
    """Run corrections through judge and checks, one after the other; return the lessons.

    What taught nothing is tried once more at the end, so that it matters little what came
    first.
    """
    judged: dict[str, Correction] = {}
    lessons: list[Lesson] = []
    for _ in range(2):
        for correction in corrections:
            if correction.id not in judged:
                (verdict,) = LocalJudge().judge([correction], lessons)
                if verdict.teaches and not check(verdict, correction) and not widens(verdict):
                    judged[correction.id] = msgspec.structs.replace(correction, verdict=verdict)
                    lessons = derive(judged.values(), lessons)
    return lessons


def corrections_of(rows: list[Row]) -> list[Correction]:
    """Make the corrections of some rows, one after the other."""
    return [
        make_correction(
            own_words(row["user"]),
            row["agent_action"],
            name=row["id"],
            session=row["session"],
            ts=at,
        )
        for at, row in enumerate(rows)
    ]


def promoted_groups(rows: list[Row]) -> Iterator[Counter[str]]:
    """Yield the groups that each promoted lesson stands on; a near miss has its own name."""
    groups = {row["id"]: row["cluster"] or f"miss:{row['id']}" for row in rows}
    for lesson in taught(corrections_of(rows)):
        if lesson.state == "promoted":
            yield Counter(groups[entry.correction] for entry in lesson.evidence if entry.weight > 0)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("name", "least"),
    [("web-and-ledger.jsonl", 9), ("go-and-mobile.jsonl", 16), ("rust-and-data.jsonl", 7)],
)
def test_promoted_lessons_are_pure(name: str, least: int, *, backwards: bool) -> None:
    """No lesson mixes groups, none holds a near miss, no group has two, and enough are found."""
    rows = rows_of(name)
    for workspace in sorted({row["workspace"] for row in rows}):
        ours = [row for row in rows if row["workspace"] == workspace]
        found = list(promoted_groups(ours[::-1] if backwards else ours))
        least -= len(found)

        assert all(len(groups) == 1 for groups in found)
        names = [next(iter(groups)) for groups in found]
        assert not [each for each in names if each.startswith("miss:")]
        assert len(names) == len(set(names))
    assert least <= 0


def test_groups_stay_apart_in_one_workspace() -> None:
    """All groups together in one workspace are still not mixed."""
    rows = [row for file in sorted(FOLDER.glob("*-and-*.jsonl")) for row in rows_of(file.name)]
    found = list(promoted_groups(rows))

    assert len(found) >= 25
    assert all(len(groups) == 1 for groups in found)


@pytest.mark.parametrize("row", rows_of("negatives.jsonl"), ids=lambda row: str(row["kind"]))
def test_negatives_promote_nothing(row: Row) -> None:
    """What must not become a skill does not, even if a person had typed it."""
    one_session = row["kind"] == "one-off"
    corrections = [
        make_correction(
            own_words(event.split(": ", 1)[-1].strip('"')),
            name=f"c{at}",
            session="s" if one_session else f"s{at}",
            ts=at,
        )
        for at, event in enumerate(row["events"])
    ]
    promoted = [lesson for lesson in taught(corrections) if lesson.state == "promoted"]

    if row["expect"] == "no_new_skill":
        assert promoted == []
    else:
        assert [(lesson.right, weigh(lesson)) for lesson in promoted] == [("date-fns", 4.0)]
