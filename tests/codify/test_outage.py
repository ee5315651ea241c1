"""A judge that cannot be asked: work waits, and nothing is lost or counted as read."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from hivemindd.codify.choice import find_key
from hivemindd.codify.learned import renew
from hivemindd.codify.ledger import Budget, Ledger, total
from hivemindd.codify.setup import make_judge
from hivemindd.config import Config, JudgeConfig
from hivemindd.errors import ConfigError
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.judge_api import ApiJudge
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.lessons.judge_model import Meter
from hivemindd.lessons.judge_prompt import PROMPT
from hivemindd.log.tables import CORRECTIONS, DUE, LESSONS, SESSIONS, Txn
from hivemindd.paths import find_paths
from hivemindd.records import Correction, Lesson, Verdict
from hivemindd.sessions.keeper import make_due
from hivemindd.work import Due
from tests.clocks import SetClock
from tests.codify.make import make_call
from tests.codify.workshop import Workshop
from tests.lessons.anthropic_stub import Stub, failure, message, verdicts
from tests.lessons.book import Book


def rows(workshop: Workshop) -> tuple[list[Correction], list[Due], list[Lesson]]:
    """Return what the log holds of corrections, due work and lessons."""
    with workshop.log.read() as txn:
        return CORRECTIONS.rows(txn), DUE.rows(txn), LESSONS.rows(txn)


def in_turn(corrections: Sequence[Correction], due: Sequence[Due]) -> list[Correction]:
    """Return the corrections, one a session, in the order in which they will be judged."""
    by_session = {row.session: row for row in corrections}
    return [by_session[row.session] for row in due]


def api_judge(stub: Stub, meter: Meter | None = None) -> ApiJudge:
    """Return the API judge, pointed at the stub, without its own retries."""
    return ApiJudge(
        api_key="sk-ant-fake",
        base_url=stub.url,
        meter=meter or Book(),
        max_retries=0,
        timeout=60,
    )


def teach(correction: Correction) -> Verdict:
    """Return what a model would say of a correction about pnpm."""
    return msgspec.structs.replace(
        nothing_learned(correction.id, is_correction=True),
        type="tool",
        durable=2,
        scope="repo",
        trigger="install, add or run packages",
        rule="Use pnpm for packages instead of npm",
        wrong="npm",
        right="pnpm",
        quote=correction.quote,
        activity="package-commands",
    )


def lie(correction: Correction) -> Verdict:
    """Return the same with a quote that nobody ever said."""
    return msgspec.structs.replace(teach(correction), quote="never ask before you delete")


@pytest.mark.parametrize(
    "answer",
    [
        failure(529, "overloaded_error"),
        failure(429, "rate_limit_error"),
        failure(500, "api_error"),
        failure(401, "authentication_error"),
        message("I would rather not.", stop="refusal"),
        message("not JSON"),
        message("{", stop="max_tokens"),
    ],
    ids=["overloaded", "limited", "broken", "refused-key", "refusal", "no-json", "cut"],
)
def test_an_outage_loses_nothing(workshop: Workshop, answer: object) -> None:
    """Corrections stay parked through any failure; afterwards the same lesson comes out."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    with Stub(answer) as stub:  # type: ignore[arg-type]
        done = workshop.codify(api_judge(stub))
    corrections, due, lessons = rows(workshop)

    assert (done.corrections, done.skills, done.parked) == (0, [], 3)
    assert [row.state for row in corrections] == ["parked"] * 3
    assert all(row.attempts == 1 and row.error and row.not_before for row in due)
    refused = any("refused (401)" in row.error for row in due)
    assert {row.needs_person for row in due} == {refused}
    assert lessons == []

    in_order = in_turn(corrections, due)
    with Stub(*(verdicts([teach(row)]) for row in in_order)) as stub:
        pool = workshop.pool(api_judge(stub))
        pool.ask("")
        recovered = pool.run_all()

    assert (recovered.corrections, recovered.parked) == (3, 0)
    assert recovered.skills == [str(workshop.skill)]
    assert "- Use pnpm for packages instead of npm." in workshop.skill.read_text()


def test_a_verdict_on_words_that_nobody_said_is_dropped(workshop: Workshop) -> None:
    """The quote must be in the person's own text, whatever a model claims."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    with Stub(failure(529, "overloaded_error")) as stub:
        workshop.codify(api_judge(stub))
    corrections = in_turn(*rows(workshop)[:2])
    twice = [verdicts([lie(row)]) for row in corrections for _ in range(2)]
    with Stub(*twice) as stub:
        pool = workshop.pool(api_judge(stub))
        pool.ask("")
        pool.run_all()

    assert rows(workshop)[2] == []
    assert not workshop.skill.exists()


def test_the_budget_of_a_day_ends_the_asking(workshop: Workshop) -> None:
    """When it is spent work waits for tomorrow, and the calls made are in the ledger."""
    ledger = Ledger(workshop.log, workshop.clock)
    ledger.add(make_call(usd=0.2))
    ledger.add(make_call(usd=0.06))
    workshop.correct(0)
    workshop.capture()
    with Stub(failure(500, "api_error")) as stub:
        done = workshop.codify(api_judge(stub, Budget(ledger, 0.25)))

        assert stub.requests == []
    assert total(ledger.today()) == pytest.approx(0.26)
    assert done.parked == 1
    assert "budget" in rows(workshop)[1][0].error


def test_what_is_judged_again_stands_until_it_is(workshop: Workshop) -> None:
    """A change that is told better now has taught already, and does so through an outage."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    workshop.codify()
    before = rows(workshop)[2]

    def tell_better(txn: Txn) -> None:
        for key, row in list(CORRECTIONS.scan(txn)):
            CORRECTIONS.put(txn, key, msgspec.structs.replace(row, state="parked"))
        for session in SESSIONS.rows(txn):
            make_due(txn, session, "asked", workshop.clock.now())

    workshop.log.transact(tell_better)
    with Stub(failure(529, "overloaded_error")) as stub:
        assert workshop.codify(api_judge(stub)).parked == 3
    corrections, _, lessons = rows(workshop)
    workshop.log.transact(lambda txn: renew(txn, corrections[0].workspace))

    assert {(row.state, row.lesson) for row in corrections} == {("parked", before[0].id)}
    assert [lesson.state for lesson in before] == ["promoted"]
    assert rows(workshop)[2] == lessons == before


class Broken:
    """A judge with a defect."""

    name = "broken"

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Fail in a way that nobody planned for."""
        raise ZeroDivisionError(f"{len(candidates)}, {len(lessons)}")


def test_a_defect_parks_the_session_and_spares_the_others(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is logged with its trace, and the work is tried again later."""
    workshop.correct(0)
    workshop.correct(1)
    workshop.capture()

    assert workshop.codify(Broken()).parked == 2
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_the_judge_follows_the_key(workshop: Workshop) -> None:
    """A key from the environment or a private file means the API; none means the local judge."""
    paths = find_paths({"HOME": str(workshop.home)})
    paths.config.mkdir(parents=True)

    def name(env: dict[str, str], config: Config | None = None) -> str:
        return make_judge(workshop.log, paths, config or Config(), env, workshop.clock).name

    assert name({}) == LocalJudge().name
    assert "haiku" in name({"ANTHROPIC_API_KEY": "sk-ant-fake"})
    paths.key_file.write_text("sk-ant-fake\n")
    paths.key_file.chmod(0o600)
    assert "haiku" in name({})
    assert name({}, Config(judge=JudgeConfig(kind="local"))) == LocalJudge().name


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """One sentence says how to mend it."""
    file = tmp_path / "anthropic.key"
    file.write_text("sk-ant-fake")
    file.chmod(0o644)

    with pytest.raises(ConfigError, match="chmod 600"):
        find_key(file, {})


def test_the_api_without_a_key_is_a_mistake(workshop: Workshop) -> None:
    """Who asks for the API by name learns that the key is missing."""
    paths = find_paths({"HOME": str(workshop.home)})

    with pytest.raises(ConfigError, match="there is no API key"):
        make_judge(workshop.log, paths, Config(judge=JudgeConfig(kind="api")), {}, workshop.clock)


def test_a_refused_key_is_said_once_and_not_tried_hot(
    workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    """One call for all sessions; who says "now" gets another."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    with Stub(failure(401, "authentication_error")) as stub:
        pool = workshop.pool(api_judge(stub))
        assert pool.run_all().parked == 3
        assert pool.run_all().parked == 3
        assert len(stub.requests) == 1
        pool.ask("")
        pool.run_all()
        assert len(stub.requests) == 2

    said = capsys.readouterr().out.splitlines()
    assert sum("warning" in line and "key for the judge was refused" in line for line in said) == 1
    assert all("key for the judge" in row.error for row in rows(workshop)[1])


def test_a_pause_that_was_asked_for_is_kept(workshop: Workshop) -> None:
    """Nobody comes back before it is over, and not all at the same moment."""
    workshop.clock = SetClock()
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    with Stub(failure(429, "rate_limit_error", retry_after="7200")) as stub:
        workshop.codify(api_judge(stub))
    times = {row.not_before - workshop.clock.now() for row in rows(workshop)[1]}

    assert len(times) == 3
    assert all(7_200_000 <= wait <= 7_230_000 for wait in times)


def test_each_verdict_names_its_judge(workshop: Workshop) -> None:
    """With the model and the version of what it was asked."""
    workshop.correct(0)
    workshop.capture()
    with Stub(failure(529, "overloaded_error")) as stub:
        workshop.codify(api_judge(stub))
    (parked,) = rows(workshop)[0]
    assert parked.judge == ""
    with Stub(verdicts([teach(parked)])) as stub:
        pool = workshop.pool(api_judge(stub))
        pool.ask("")
        pool.run_all()
    (judged,), _, (lesson,) = rows(workshop)

    assert judged.judge == lesson.judge == f"api:claude-haiku-5-5/{PROMPT}"


class Forgetful:
    """A judge that breaks its word: it answers the first candidate alone, and does not say so."""

    name = "forgetful"

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Return one verdict."""
        del lessons
        return [teach(candidates[0])]


def test_what_a_judge_leaves_out_stays_parked(workshop: Workshop) -> None:
    """It is not dismissed, and the session is not done."""
    workshop.correct(0).prompt("no, also spaces instead of tabs please")
    workshop.capture()
    workshop.codify(Forgetful())
    corrections, due, _ = rows(workshop)

    assert sorted(row.state for row in corrections) == ["accepted", "parked"]
    assert "left out 1" in due[0].error


def test_the_client_is_taken_where_it_is_asked_for(workshop: Workshop) -> None:
    """With its own usual model, or the one that is named."""
    paths = find_paths({"HOME": str(workshop.home)})

    def name(model: str = "") -> str:
        config = Config(judge=JudgeConfig(kind="claude-cli", model=model))
        return make_judge(workshop.log, paths, config, {}, workshop.clock).name

    assert name() == f"claude-cli:haiku/{PROMPT}"
    assert name("sonnet") == f"claude-cli:sonnet/{PROMPT}"


def test_an_unsafe_address_is_a_mistake(workshop: Workshop) -> None:
    """The daemon does not start with it, and says how to mend it."""
    paths = find_paths({"HOME": str(workshop.home)})
    config = Config(judge=JudgeConfig(base_url="http://llm.example.org"))

    with pytest.raises(ConfigError, match="plain_http"):
        make_judge(workshop.log, paths, config, {}, workshop.clock)
