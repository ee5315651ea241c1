"""What the small model is trained on: turns find the labels that were made of them."""

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hivemindd.redaction.redactor import Redactor
from tests.children import CHECKOUT

TURN = {
    "repo": "owner/name",
    "prev_user": "add a login page",
    "agent_last": "I have added it with axios.",
    "user": "fetch, please: we have no axios here",
}


@pytest.fixture(name="rows", scope="module")
def _rows() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(CHECKOUT / "benchmarks")
        yield importlib.import_module("train_rows")


def write(file: Path, *rows: Mapping[str, object]) -> Path:
    """Write some rows."""
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return file


def test_a_turn_without_a_label_gets_the_one_that_was_made_of_it(rows: Any, tmp_path: Path) -> None:
    """The key of its text finds it; how sure the reader was becomes a share that is learned."""
    turns = write(tmp_path / "turns.jsonl", TURN, {**TURN, "user": "thanks"})
    (key,) = (rows.key_of(turn) for turn in [rows.Turn(**TURN)])
    labels = write(tmp_path / "labels.jsonl", {"key": key, "p": 0.9, "durable": 1.0})

    (turn,) = rows.read_turns([turns], labels)

    assert turn.user == TURN["user"]
    assert turn.correction
    assert turn.durable
    assert turn.p_correction == pytest.approx(0.988, abs=0.001)
    assert turn.p_durable == 1.0
    assert not turn.unsure


def test_a_label_of_the_row_itself_stands(rows: Any, tmp_path: Path) -> None:
    """Ours are only for turns that nobody has labelled."""
    turns = write(tmp_path / "turns.jsonl", {**TURN, "correction": False, "other": "refine"})
    labels = write(tmp_path / "labels.jsonl", {"key": rows.key_of(rows.Turn(**TURN)), "p": 1.0})

    (turn,) = rows.read_turns([turns], labels)

    assert not turn.correction
    assert turn.p_correction is None


def test_what_a_reader_doubted_counts_as_unsure(rows: Any, tmp_path: Path) -> None:
    """Between .25 and .75 a second reader could well disagree."""
    turns = write(tmp_path / "turns.jsonl", TURN)
    labels = write(tmp_path / "labels.jsonl", {"key": rows.key_of(rows.Turn(**TURN)), "p": 0.4})

    (turn,) = rows.read_turns([turns], labels)

    assert turn.unsure
    assert not turn.correction


def test_an_order_for_good_is_worth_keeping(rows: Any, tmp_path: Path) -> None:
    """Also where it corrects nothing; then it is no durable correction."""
    turns = write(tmp_path / "turns.jsonl", TURN)
    key = rows.key_of(rows.Turn(**TURN))
    labels = write(tmp_path / "labels.jsonl", {"key": key, "p": 0.0, "standing": True})

    (turn,) = rows.read_turns([turns], labels)

    assert rows.targets(turn)[0] == (0.0, 1.0, 1.0)
    assert not turn.durable


def test_the_labels_that_ship_name_each_turn_once(rows: Any) -> None:
    """A key is part of a hash: it holds nobody's words, and no two turns share one."""
    labels = rows.read_rows(rows.LABELS, rows.Label)

    assert len({label.key for label in labels}) == len(labels) > 1_600
    assert all(len(label.key) == 16 and int(label.key, 16) >= 0 for label in labels)
    assert all(0 <= share <= 1 for label in labels for share in (label.p, label.durable))


def test_words_without_the_deed_before_them_are_read_alone(rows: Any) -> None:
    """Not every log of prompts kept what the agent did."""
    turn = rows.Labelled(user="no, in the other file", correction=True)

    assert rows.texts_of(turn, Redactor()) == ("no, in the other file", "")
