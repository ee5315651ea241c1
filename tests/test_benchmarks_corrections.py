"""The benchmark of the detectors: turns become sessions, and answers become figures."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.corrections import mine
from hivemindd.lessons.judge import nothing_learned
from hivemindd.lessons.prefilter import Prefilter
from hivemindd.records import Correction, Lesson, Verdict
from hivemindd.redaction.redactor import Redactor
from tests.children import CHECKOUT
from tests.process import clean_environment

FOLDER = CHECKOUT / "benchmarks"

ROWS = (
    {"user": "no, use pnpm instead of npm", "correction": True, "durable": True},
    {"user": "nein, bitte ohne Kommentare", "correction": True, "lang": "de"},
    {"user": "thanks", "correction": False},
    {"user": "now add a page for returns", "correction": False, "other": "none", "unsure": True},
    {"user": "that is not what I asked for", "correction": True, "stratum": "random"},
)


class Stubborn:
    """A judge that calls a correction whatever holds a word."""

    name = "stubborn"

    def __init__(self, word: str) -> None:
        """Remember the word."""
        self.word = word

    def judge(self, candidates: Sequence[Correction], lessons: Sequence[Lesson]) -> list[Verdict]:
        """Judge; there must be no lessons, as no turn may learn from another."""
        assert not lessons
        return [
            nothing_learned(each.id, is_correction=self.word in each.reason) for each in candidates
        ]


@pytest.fixture(name="modules", scope="module")
def _modules() -> Iterator[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        yield {name: importlib.import_module(name) for name in ("corrections", "scores", "turns")}


def write(file: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows with an agent's work before them."""
    before = {"prev_user": "add zod", "agent_last": "Done.", "last_actions": ["Bash(npm i zod)"]}
    file.write_text("".join(f"{json.dumps({**before, **row})}\n" for row in rows), "utf-8")
    return file


@pytest.mark.parametrize(
    ("signals", "action", "channel"),
    [
        ([], "Bash(npm i zod)", "follow-up"),
        (["queued"], "Bash(npm i zod)", "queued-prompt"),
        (["interrupted"], "Bash(npm i zod)", "interrupt-then-prompt"),
        (["interrupted", "tool_rejected"], "Bash(npm i zod)", "rejection-then-prompt"),
        (["reject_feedback", "tool_rejected"], "Bash(npm i zod)", "rejection"),
        (["reject_feedback", "tool_rejected"], "ExitPlanMode(# Plan)", "plan-rejection"),
        (["a new one"], "Edit(src/cart.ts", "follow-up"),
    ],
)
def test_signals_become_the_events_of_their_channel(
    modules: dict[str, Any], signals: list[str], action: str, channel: str
) -> None:
    """What the words do not show reaches the miner as it would from a transcript."""
    turn = modules["turns"].Turn(
        id="t", user="use pnpm", prev_user="add zod", last_actions=[action], signals=signals
    )
    exchange = modules["turns"].stage(turn, Redactor())
    found = mine(exchange.session, exchange.events)

    assert [each.channel for each in found] == [channel]
    assert exchange.own.intersection(found[0].events)
    assert found[0].reason == "use pnpm"


def test_an_edit_is_an_edit(modules: dict[str, Any]) -> None:
    """Edits of all assistants name their file."""
    actions = ["Edit(/a.py)", "search_replace(b.py)", "Applied edit to c.py", "Read(d.py)"]
    turn = modules["turns"].Turn(id="t", user="no, use tabs", last_actions=actions)
    exchange = modules["turns"].stage(turn, Redactor())
    (found,) = mine(exchange.session, exchange.events)

    assert found.paths == ["/a.py", "b.py", "c.py"]


def test_what_no_person_said_is_not_there(modules: dict[str, Any]) -> None:
    """Text that the parser of Claude Code drops is not sent, and secrets are taken out."""
    make, stage = modules["turns"].Turn, modules["turns"].stage
    hook = stage(make(id="t", user="Operation stopped by hook: no"), Redactor())
    key = stage(make(id="t", user="use ghp_" + "a1B2c3D4e5F6" * 3, assistant="aider"), Redactor())

    assert hook.events == []
    assert "ghp_" not in key.events[-1].text


@given(
    signals=st.lists(st.sampled_from(["interrupted", "tool_rejected", "reject_feedback", "x"])),
    prev=st.none() | st.text(),
    user=st.text(),
    actions=st.none() | st.lists(st.text() | st.just("Bash(ls)"), max_size=3),
)
def test_any_turn_can_be_staged(
    modules: dict[str, Any],
    signals: list[str],
    prev: str | None,
    user: str,
    actions: list[str] | None,
) -> None:
    """No text breaks the staging, and all ids of a session differ."""
    turn = modules["turns"].Turn(
        id="t", user=user, prev_user=prev, signals=signals, last_actions=actions
    )
    exchange = modules["turns"].stage(turn, Redactor())
    ids = [event.id for event in exchange.events]

    assert len(set(ids)) == len(ids)
    assert exchange.own <= set(ids)


def test_figures(modules: dict[str, Any], tmp_path: Path) -> None:
    """Every figure is what the answers say; parts without a field are not there."""
    turns = modules["turns"].read_turns(write(tmp_path / "turns.jsonl", ROWS))
    result, judged = modules["corrections"].measure(turns, Prefilter(), Stubborn("n"))

    assert [each.sent for each in judged] == [True, True, False, True, True]
    assert [each.said for each in judged] == [True, True, False, True, True]
    assert (result.labelled, result.share_sent) == (5, 0.8)
    assert (result.all.prefilter_recall, result.all.judge.precision) == (1.0, 0.75)
    assert result.all.judge.recall == 1.0
    assert result.judge_95.recall == (1.0, 1.0)
    assert (result.durable.n, result.durable.judged_correction) == (1, 1.0)
    assert result.durable.judged_durable == 0.0
    assert (result.sure.n, result.sure.judge.precision) == (4, 1.0)
    assert {name: part.n for name, part in result.languages.items()} == {"de": 1}
    assert {name: part.n for name, part in result.strata.items()} == {"random": 1}
    assert result.repositories == {}


def test_turns_without_labels_count_for_the_share_only(
    modules: dict[str, Any], tmp_path: Path
) -> None:
    """A file without labels gives what was sent, and no score."""
    rows = [{"user": "no, tabs"}, {"user": "yes"}]
    turns = modules["turns"].read_turns(write(tmp_path / "turns.jsonl", rows))
    result, _ = modules["corrections"].measure(turns, Prefilter(), Stubborn("tabs"))

    assert (result.labelled, result.share_sent, result.judged_corrections) == (0, 0.5, 1)
    assert result.all.judge.f1 is None
    assert result.judge_95.f1 is None


def test_scores_and_intervals(modules: dict[str, Any]) -> None:
    """Scores are the usual ones, intervals hold them and are the same each time."""
    scores = modules["scores"]
    answers = [(True, True)] * 6 + [(True, False)] * 2 + [(False, True)] * 4 + [(False, False)] * 8
    value, between = scores.score(answers), scores.intervals(answers)

    assert (value.precision, value.recall, round(value.f1, 3)) == (0.75, 0.6, 0.667)
    assert between.f1[0] < value.f1 < between.f1[1]
    assert between == scores.intervals(answers)
    assert scores.score([]).f1 is None
    assert scores.score([(False, True)]).precision is None


def run(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """Run the benchmark as a person would."""
    return subprocess.run(
        [sys.executable, str(FOLDER / "corrections.py"), *arguments],
        env=clean_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )


def test_words_are_shown_to_people_only(scratch_home: Path, tmp_path: Path) -> None:
    """The table comes with what was missed; JSON holds figures and not one word."""
    rows = [*ROWS, {"user": "zounds, the velvet lorry", "correction": True, "id": "r9"}]
    file = write(tmp_path / "turns.jsonl", rows)
    shown = run("--data", str(file), "--wordings", home=scratch_home)
    plain = run("--data", str(file), "--json", home=scratch_home)

    assert shown.returncode == plain.returncode == 0
    assert "r9" in shown.stdout
    assert "velvet lorry" in shown.stdout
    assert "velvet lorry" not in plain.stdout
    assert json.loads(plain.stdout)["labelled"] == 6


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"user": "no"}\n{"id": 1}\n', "line 2: "),
        ("\n", "holds no rows"),
        (None, "cannot read"),
    ],
)
def test_bad_files_get_a_sentence(
    scratch_home: Path, tmp_path: Path, text: str | None, sentence: str
) -> None:
    """A file that cannot be used is named, without a traceback."""
    file = tmp_path / "turns.jsonl"
    if text is not None:
        file.write_text(text, "utf-8")
    got = run("--data", str(file), home=scratch_home)

    assert got.returncode == 1
    assert sentence in got.stderr
    assert "Traceback" not in got.stderr
