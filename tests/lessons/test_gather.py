"""Which corrections come together because they are about the same thing."""

from typing import Any

import msgspec
import pytest

from hivemindd.lessons.promote import derive
from hivemindd.records import Correction, Lesson
from tests.lessons.make import make_correction, make_verdict

OTHERS = [
    ("Use the retry helper", "Edit(net/fetch.py)\n+for _ in range(5)"),
    ("Keep summaries to three lines", "A recap of every file"),
    ("Name branches after the ticket", "Bash(git checkout -b fix)"),
    ("No emoji in headings", "## Done"),
]
CENTS = [
    ("Integer cents for prices everywhere", "Edit(cart.ts)\n+total = 19.99"),
    ("Prices are cents, an integer each", "Edit(price.ts)\n+parseFloat(price)"),
    ("Store integer cents", "the price over a hundred, stored in the table"),
]

PRICES = bytes([127, 0])  # what the small model sees in the words about them


def said(number: int, rule: str, did: str, *, judge: str = "local/4", **fields: Any) -> Correction:
    """Return a correction of a session of its own; its verdict names no pair."""
    name = f"c{number}"
    correction = make_correction(rule, did, name=name, session=f"s{number}", ts=number)
    verdict = make_verdict(name, **{"rule": rule, "right": "", "wrong": "", "quote": rule} | fields)
    return msgspec.structs.replace(correction, judge=judge, verdict=verdict)


def learned(*corrections: Correction) -> list[Lesson]:
    """Return the lessons of some corrections among others of the workspace."""
    others = [said(90 + at, *each) for at, each in enumerate(OTHERS)]
    return derive([*corrections, *others])


def support(lesson: Lesson) -> list[str]:
    """Return the corrections that support a lesson."""
    return [entry.correction for entry in lesson.evidence if entry.weight > 0]


def test_three_ways_of_saying_it_are_one_lesson() -> None:
    """They share what they are about, and no wording; nothing else joins them."""
    lessons = learned(*(said(at, *each, meaning=PRICES) for at, each in enumerate(CENTS)))
    assert [support(lesson) for lesson in lessons if lesson.state == "promoted"] == [
        ["c0", "c1", "c2"]
    ]
    assert len(lessons) == 1 + len(OTHERS)


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 0, 2)])
def test_arrival_changes_nothing(order: tuple[int, ...]) -> None:
    """The same corrections give the same lessons, in whatever order they are read."""
    corrections = [said(at, *each, meaning=PRICES) for at, each in enumerate(CENTS)]
    assert learned(*(corrections[at] for at in order)) == learned(*corrections)


def test_a_model_that_was_asked_has_the_last_word() -> None:
    """It saw the lessons, and named none."""
    lessons = learned(*(said(at, *each, judge="api/5") for at, each in enumerate(CENTS)))
    assert all(lesson.state == "open" for lesson in lessons)


def test_the_same_deed_alone_joins_nothing() -> None:
    """One command may be wrong in many ways; what a person made of it counts."""
    did = "Bash(npm install zod)\nadded 1 package"
    said_of_it = ["Pin exact versions", "Ask before a new dependency", "Mind the licence first"]
    lessons = learned(*(said(at, rule, did) for at, rule in enumerate(said_of_it)))
    assert len(lessons) == len(said_of_it) + len(OTHERS)


def test_two_whole_pairs_are_two_rules() -> None:
    """Both replace a tool of one family; which is which their wordings say alone."""
    npm = {"right": "pnpm", "wrong": "npm"}
    npx = {"right": "pnpm dlx", "wrong": "npx"}
    lessons = learned(
        said(0, "Use pnpm instead of npm", "Bash(npm install zod)", **npm),
        said(1, "Use pnpm dlx instead of npx", "Bash(npx create-thing)", **npx),
    )
    assert len(lessons) == 2 + len(OTHERS)


def test_for_and_against_stay_apart() -> None:
    """Both are about charts; one names what the other refuses."""
    did = "Edit(tiles/Chart.vue)\n+import Chart"
    lessons = learned(
        said(0, "Use echarts instead of chartjs", did, right="echarts", wrong="chartjs"),
        said(1, "Echarts tiles only", did),
        said(2, "Chartjs for tiles, as I said", did),
    )
    assert not any({"c0", "c2"} <= {*support(lesson)} for lesson in lessons)


def test_who_names_a_thing_and_asks_for_another_is_not_for_it() -> None:
    """Nothing of it is refused in so many words, and all of it is about the same."""
    did = "Edit(eval/report.py)\n+print(mape(y, p))"
    slow = said(2, "Use MAE for the error", did, right="MAE", directive="always")
    slow = msgspec.structs.replace(slow, reason="MAPE blows up at night, use MAE for the error")
    lessons = learned(
        said(0, "Use MAPE for the error", did, right="MAPE"),
        said(1, "MAPE is the error we report", did),
        slow,
    )
    assert not any({"c0", "c2"} <= {*support(lesson)} for lesson in lessons)


def test_to_get_rid_of_a_thing_is_to_refuse_it() -> None:
    """Who names what the other refuses does not always ask for it."""
    did = "Edit(api/types.py)\n+def load(row: Any) -> Any"
    lessons = learned(
        said(0, "Do not use Any", did, wrong="Any"),
        said(1, "Get rid of the Any in load", did),
    )
    assert any({"c0", "c1"} <= {*support(lesson)} for lesson in lessons)


def test_a_limit_finds_its_lesson() -> None:
    """A near miss that names no lesson limits the one that it is about, and supports none."""
    limit = said(
        7,
        "",
        "tax rate stored as integer cents",
        relation="refines",
        meaning=PRICES,
        not_when=["rates are no prices, only those are integer cents"],
    )
    limit = msgspec.structs.replace(
        limit, reason="rates are no prices, only those are integer cents"
    )
    lessons = learned(*(said(at, *each, meaning=PRICES) for at, each in enumerate(CENTS)), limit)
    (cents,) = [lesson for lesson in lessons if lesson.state == "promoted"]
    assert "c7" not in support(cents)
    assert cents.not_when == ["rates are no prices, only those are integer cents"]
