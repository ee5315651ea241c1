"""What a new project makes of its first corrections, read with the weights that ship."""

from collections.abc import Iterator, Sequence

import msgspec
import pytest

from hivemindd.encoder.process import Encoder
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.lessons.promote import derive
from hivemindd.lessons.small_model import SmallModel
from hivemindd.records import Lesson
from tests.lessons.make import make_correction

Said = Sequence[tuple[str, str]]


@pytest.fixture(scope="module")
def judge() -> Iterator[LocalJudge]:
    """Return the judge with the real network."""
    encoder = Encoder()
    yield LocalJudge(SmallModel(encoder))
    encoder.close()


def learned(judge: LocalJudge, said: Said) -> list[Lesson]:
    """Return what a project learns in which nothing else was ever said."""
    asked = [
        make_correction(words, did, name=f"c{at}", session=f"s{at}", ts=at)
        for at, (words, did) in enumerate(said)
    ]
    judged = [
        msgspec.structs.replace(
            correction,
            verdict=verdict,
            judge=judge.name,
            state="accepted" if verdict.teaches else "dismissed",
        )
        for correction, verdict in zip(asked, judge.judge(asked, []), strict=True)
    ]
    return [lesson for lesson in derive(judged) if lesson.state == "promoted"]


@pytest.mark.parametrize(
    "said",
    [
        [
            ("prices are integer cents", "total = 19.99"),
            ("timeouts belong in the settings file", "sleep(30)"),
            ("imperative commit messages", "git commit -m Fixed"),
            ("handlers are called handleX", "onCartClick in Cart.tsx"),
            ("fixtures go in tests/data", "wrote sample.json next to the test"),
            ("wrap the error with context", "return err"),
        ],
        [
            ("i can't rotate buildings. make R rotate", "Added the build menu"),
            ("still missing: save slots. three is enough", "Added saving"),
            ("no minimap? put one bottom right", "Added the HUD"),
        ],
        [
            ("no, still crashing on startup", "Fixed it."),
            ("you broke the tests", "Changed the parser."),
            ("the other two tests are red now", "Ran the tests."),
        ],
        [
            ("drop that line, the bucket's already gone", "Added a delete of the bucket"),
            ("take that out again, wrong account", "Added the account id"),
            ("get rid of that, i pasted it by accident", "Kept the pasted block"),
        ],
    ],
)
def test_the_first_corrections_of_a_project_are_no_rule(judge: LocalJudge, said: Said) -> None:
    """They have nothing in common but that they correct something."""
    assert learned(judge, said) == []


def test_what_is_said_three_times_is_one(judge: LocalJudge) -> None:
    """Nothing else need be known of the project."""
    cents = [
        ("no, prices are integer cents", "Edit(src/cart.ts)\n+total = 19.99"),
        ("prices in integer cents, as I said", "Edit(src/order.ts)\n+price: 4.5"),
        ("integer cents for this price too", "Edit(src/fees.ts)\n+fee = 0.3"),
    ]
    (lesson,) = learned(judge, cents)
    assert len(lesson.evidence) == 3
