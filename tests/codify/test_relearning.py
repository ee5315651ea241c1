"""A log is lost, or goes back, while skills stay: what is learned again is not written again."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hivemindd.log.opening import open_log
from hivemindd.log.tables import CORRECTIONS, DUE, SESSIONS, Txn
from tests.codify.shelving import shelf
from tests.codify.workshop import Workshop
from tests.records import ClaudeSession

PAIRS = (("jest", "vitest"), ("yup", "zod"))  # of one activity: both stand in one skill
TIMES = 3
ALL = TIMES * len(PAIRS)


@contextmanager
def opened(folder: Path, log: str) -> Iterator[Workshop]:
    """Give a workshop of a home with a log of its own, which has read all there is."""
    (home := folder / "home").mkdir(exist_ok=True)
    store = open_log(folder / log, map_size=1 << 20)
    try:
        yield Workshop(home, store)
    finally:
        store.close()


def teach(workshop: Workshop, pairs: Sequence[tuple[str, str]] = PAIRS) -> None:
    """Write three sessions about each pair."""
    for number in range(TIMES * len(pairs)):
        wrong, right = pairs[number // TIMES]
        name = f"{number}0000000-0000-4000-8000-000000000000"
        session = ClaudeSession(workshop.home, workshop.project, name)
        session.prompt("add what is missing")
        call = session.call("Write", file_path=f"src/{number}.ts", content=f"import '{wrong}'")
        session.reject(call, f"use {right} instead of {wrong}")
        session.reply(f"Now with {right}.")


def learn(workshop: Workshop, order: Sequence[int]) -> None:
    """Codify some of the sessions, in an order."""
    codifier = workshop.codifier()
    with workshop.log.read() as txn:
        due = {row.session[0]: row for row in DUE.rows(txn)}
    for number in order:
        codifier.codify(due[str(number)])


def begin(workshop: Workshop, pairs: Sequence[tuple[str, str]] = PAIRS) -> Path:
    """Teach, and learn of the first pair alone; return the lineage of its skill."""
    teach(workshop, pairs)
    workshop.capture()
    learn(workshop, range(TIMES))
    (file,) = workshop.project.glob(".claude/skills/*/lineage.json")
    return file


def fail(txn: Txn, attempts: int, *, over_budget: bool = False) -> None:
    """Let all that is due have been tried so often in vain, or wait for tomorrow's money."""
    for key, due in list(DUE.scan(txn)):
        due.attempts = attempts
        due.over_budget = over_budget
        DUE.put(txn, key, due)


def publish(workshop: Workshop) -> None:
    """Publish what is due, in no session's name."""
    with workshop.log.read() as txn:
        workspace = SESSIONS.rows(txn)[0].workspace
    shelf(workshop).publish(workspace)


def files(workshop: Workshop) -> dict[str, str]:
    """Return the skills of the project."""
    found = workshop.project.glob(".claude/skills/*/SKILL.md")
    return {file.parent.name: file.read_text() for file in found}


lives = st.tuples(st.permutations(range(ALL)), st.integers(TIMES, ALL))


@settings(max_examples=25)
@example(lives=[([0, 1, 2, 3, 4, 5], 3)], last=[3, 4, 5, 0, 1, 2])
@given(lives=st.lists(lives, min_size=1, max_size=2), last=st.permutations(range(ALL)))
def test_in_whatever_order(lives: list[tuple[list[int], int]], last: list[int]) -> None:
    """One skill holds both rules, as if no log had been lost."""
    with tempfile.TemporaryDirectory() as folder:
        for number, order in enumerate([*(order[:kept] for order, kept in lives), last]):
            with opened(Path(folder), f"log{number}") as workshop:
                if not number:
                    teach(workshop)
                workshop.capture()
                learn(workshop, order)
        (text,) = files(workshop).values()
        assert all(f"- Use {right} instead of {wrong}." in text for wrong, right in PAIRS)


def test_what_cannot_be_learned_again_holds_up_nothing(tmp_path: Path) -> None:
    """Other than tomorrow's money, and what fails at first: these are worth waiting for."""
    with opened(tmp_path, "log") as workshop:
        begin(workshop, (*PAIRS, ("moment", "luxon")))
    with opened(tmp_path, "new") as workshop:
        workshop.capture()
        learn(workshop, range(TIMES, ALL))
        for fails in (partial(fail, attempts=9, over_budget=True), partial(fail, attempts=1)):
            workshop.log.transact(fails)
            publish(workshop)
            assert len(files(workshop)) == 1

        workshop.log.transact(partial(fail, attempts=9))
        publish(workshop)
        assert len(both := files(workshop)) == 2

        workshop.log.transact(partial(fail, attempts=0))
        learn(workshop, range(ALL, ALL + TIMES))
        assert files(workshop) == both


def test_a_session_that_goes_on_holds_up_nothing(tmp_path: Path) -> None:
    """Where something else that the file stands on has been forgotten since."""
    with opened(tmp_path, "log") as workshop:
        file = begin(workshop)
        lineage = json.loads(file.read_text())
        lineage["lessons"][0]["corrections"].append("0123456789abcdef")
        file.write_text(json.dumps(lineage))
        (first, *_) = sorted((workshop.home / ".claude").rglob("*.jsonl"))
        with first.open("ab") as transcript:
            session = ClaudeSession(workshop.home, workshop.project, first.stem)
            session.written = 99
            transcript.write(session.line("user", {"role": "user", "content": "go on"}))
        workshop.capture()
        learn(workshop, range(TIMES, ALL))

        (text,) = files(workshop).values()
        assert text.count("\n- Use ") == len(PAIRS)


def test_what_is_no_correction_any_more_holds_up_nothing(tmp_path: Path) -> None:
    """A later version may read a session in another way: it has been read, and that is enough."""
    with opened(tmp_path, "log") as workshop:
        file = begin(workshop)
        with workshop.log.read() as txn:
            name = max(CORRECTIONS.rows(txn), key=lambda row: row.session).id
    text = file.read_text()
    assert name in text
    file.write_text(text.replace(name, "0123456789abcdef"))
    with opened(tmp_path, "new") as workshop:
        workshop.capture()
        learn(workshop, [*range(TIMES, ALL), *range(TIMES)])

        (text,) = files(workshop).values()
        assert text.count("\n- Use ") == len(PAIRS)
