"""What is made of the network's answers; the network here is the one that ships."""

from hivemindd.lessons.small_model import KEPT, SmallModel
from tests.lessons.make import make_correction as correction
from tests.lessons.network import InProcess


def test_a_correction_scores_above_thanks() -> None:
    """Words against what was done are likelier a correction than an agreement is."""
    refused, taken = SmallModel(InProcess()).read(
        [
            correction("no, we use pnpm here, never npm", "Bash(npm install zod)"),
            correction("great, thanks, now the readme", "Bash(pnpm add zod)"),
        ]
    )
    assert refused.correction > 0.5 > taken.correction
    assert refused.durable > taken.durable


def test_what_was_just_read_is_not_read_again() -> None:
    """The judge asks about what the prefilter has asked about: that costs nothing."""
    network = InProcess()
    model = SmallModel(network)
    both = [correction("why a second logger?"), correction("ticks, not seconds")]
    first, before = model.read(both), network.asked
    assert model.read(both[::-1]) == first[::-1]
    assert network.asked == before


def test_what_is_known_is_bounded() -> None:
    """A daemon that runs for months does not keep every turn."""
    network = InProcess()
    model = SmallModel(network)
    model.read([correction(f"row {number}") for number in range(KEPT + 5)])
    before = network.asked
    model.read([correction("row 0")])
    assert network.asked == before + 1


def test_the_same_lesson_is_found_among_others() -> None:
    """A group that asks for the same is likelier than one about another thing."""
    groups = [
        ["the button label is wrong — Edit(src/button.tsx)"],
        ["pnpm please — npm ci", "this repo is on pnpm — npx tsc"],
        [],
    ]
    other, same, none = SmallModel(InProcess()).alike(
        "not npm again, pnpm — npm install zod", groups
    )
    assert same > other
    assert none == 0.0
    assert SmallModel(InProcess()).alike("anything", []) == []
