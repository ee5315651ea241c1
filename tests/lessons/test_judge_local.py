"""The local judge: wordings first, the small model for what they do not say."""

from collections.abc import Sequence

import msgspec
import pytest

from hivemindd.lessons.check import check
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_local import MODEL, WORDINGS, LocalJudge
from hivemindd.lessons.judge_wordings import judge_wording
from hivemindd.lessons.small_model import SmallModel
from hivemindd.records import Correction, Lesson, Verdict
from tests.lessons.make import make_correction
from tests.lessons.network import Scripted


def judge(correction: Correction, lessons: Sequence[Lesson] = ()) -> Verdict:
    """Return the verdict on one correction, beside a model that knows a few words."""
    script = {
        "total": "c",
        "ticks": "cd",
        "never npm": "cd",
        "changelog": "s",
        "in the wizard": "cdl",
        "never pnpm": "cdl",
        "twice here": "m",
    }
    (verdict,) = LocalJudge(SmallModel(Scripted(script))).judge([correction], lessons)
    return verdict


def test_what_a_wording_says_outright_stands() -> None:
    """The model adds nothing to a rule that the words spell out."""
    correction = make_correction("no, pnpm. never npm", "Bash(npm install zod)")
    found = msgspec.structs.replace(judge(correction), meaning=b"")
    assert found == judge_wording(correction, [])


def test_an_order_for_good_is_no_limit() -> None:
    """Whatever the model makes of it: who takes a rule back says so once."""
    order = judge(make_correction("from now on always use npm, never pnpm", "Bash(pnpm add zod)"))
    assert (order.relation, order.right, order.wrong) == ("unrelated", "npm", "pnpm")
    assert order.directive == "always"


def test_a_correction_without_a_known_wording_is_found() -> None:
    """What no pattern reads, the model reads; the rule is a sentence of the person's own."""
    words = "that total is per customer, the report sums it over all of them again"
    correction = make_correction(words, "Edit(src/report.ts)\nThe report now shows one total.")
    assert not judge_wording(correction, []).is_correction
    assert judge(correction).is_correction
    assert not judge(correction).teaches


def test_what_the_agent_grants_is_believed_sooner() -> None:
    """Its "You're right" makes a correction of a guess, and none of what the model denies."""
    words, did = "the head row stands twice here", "Edit(src/report.ts)"
    assert not judge(make_correction(words, did)).is_correction
    assert judge(make_correction(words, did, admitted=True)).is_correction
    other = make_correction("now the settings page", "Edit(src/report.ts)", admitted=True)
    assert not judge(other).is_correction


def test_a_standing_order_teaches_without_a_correction() -> None:
    """What is ordered for good is kept at once, though nothing was wrong."""
    words = "a changelog line belongs to each change from here"
    verdict = judge(make_correction(words, "Edit(a.py)"))
    assert (verdict.directive, verdict.durable) == ("always", 3)
    assert verdict.rule == "A changelog line belongs to each change from here"
    assert check(verdict, make_correction(words, "Edit(a.py)")) is None


@pytest.mark.parametrize(
    ("words", "did"),
    [
        ("perfect, thanks. next the settings page", "Edit(src/list.tsx)\nThe list is sorted now."),
        ("what does the second argument do?", "Bash(pytest)\nAll tests pass."),
    ],
)
def test_what_corrects_nothing_teaches_nothing(words: str, did: str) -> None:
    """A next task and a question to learn something are no corrections."""
    verdict = judge(make_correction(words, did))
    assert not verdict.is_correction
    assert not verdict.teaches


def test_a_wording_that_the_model_doubts_teaches_nothing() -> None:
    """Where nothing else speaks for a correction, words alone do not make one of a story."""
    words = "we use pnpm here, not npm, said the readme; so what is left to do?"
    told = make_correction(words, "Done.")
    refused = make_correction(words, "Bash(npm install zod)", channel="rejection")
    assert judge_wording(told, []).teaches
    assert judge(told) == nothing_learned(told.id)
    kept = msgspec.structs.replace(judge(refused), meaning=b"", limit=0.0)
    assert kept == judge_wording(refused, [])


@pytest.mark.parametrize(
    "words",
    [
        "das passwort für den mailserver ist apfelmus1, merk dir das",
        "the stripe key is the one that I sent, again",
        "RAILS_MASTER_KEY=0123 again",
        "sonar: reduce cognitive complexity of total",
        "nit (bot): make total readonly",
        "review-bot: total could be a let-else",
    ],
)
def test_secrets_and_review_tools_teach_nothing(words: str) -> None:
    """However sure the model is of a correction."""
    network = Scripted({words: "cds"})
    (verdict,) = LocalJudge(SmallModel(network)).judge([make_correction(words, "Edit(a.py)")], [])
    assert verdict == nothing_learned(verdict.correction)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("a bit smaller", "a bit smaller labels"),
        ("skip the smaller test for now", "skip the smaller test"),
        ("look here: 'Make every smaller font one that can be read by all.'", "smaller: never"),
    ],
)
def test_what_is_said_of_one_time_teaches_nothing(words: str, kept: str) -> None:
    """Nor what somebody else wrote, however sure the model is; words beside it do."""
    judged = LocalJudge(SmallModel(Scripted({"smaller": "cd"}))).judge(
        [make_correction(words, "Edit(a.css)"), make_correction(kept, "Edit(a.css)")], []
    )
    assert [verdict.teaches for verdict in judged] == [False, True]


def test_what_takes_a_rule_back_supports_none() -> None:
    """It says where one ends, though the model hears no limit in it."""
    verdict = judge(make_correction("forget what I said about ticks", "Edit(src/clock.ts)"))
    assert (verdict.relation, verdict.rule) == ("refines", "")


def test_the_way_of_judging_has_a_version() -> None:
    """What the wordings alone have judged can be told from what the model has."""
    assert LocalJudge().name == WORDINGS
    assert LocalJudge(SmallModel(Scripted())).name == MODEL


@pytest.mark.parametrize("small", [None, SmallModel(Scripted())])
def test_every_candidate_gets_its_verdict(small: SmallModel | None) -> None:
    """In order, whatever they say."""
    candidates = [make_correction("pnpm", name="a"), make_correction("", name="b")]
    assert [each.correction for each in LocalJudge(small).judge(candidates, [])] == ["a", "b"]


def test_a_limit_is_no_rule() -> None:
    """What says where a rule ends is kept as that, though its wording reads as one."""
    words = "use npm in the wizard, its docker image has no pnpm"
    correction = make_correction(words, "Bash(pnpm install)")
    assert judge_wording(correction, []).teaches
    verdict = judge(correction)
    assert (verdict.relation, verdict.rule) == ("refines", "")
    assert verdict.not_when == ["use npm in the wizard, its docker image has no pnpm"]
    assert check(verdict, correction) is None
