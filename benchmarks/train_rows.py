"""Labelled turns and groups as what the network is trained on: numbers and targets.

Turns go the daemon's own way into corrections, so that training sees what use will see. What we
made of turns whose text is not ours to publish is in `training/labels.jsonl`, by their keys: who
has the text may train with it.
"""

import random
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
from actions import read_action
from groups import Correction as Said
from numpy.typing import NDArray
from rows import read_rows
from turns import Turn, stage

from hivemindd.encoder.network import Row
from hivemindd.lessons.corrections import mine
from hivemindd.lessons.moments import moment
from hivemindd.lessons.words import own_words
from hivemindd.records import Correction
from hivemindd.redaction.redactor import Redactor

TYPES = ("style", "tool", "file", "approach", "scope", "fact", "process")
OTHERS = ("", "defect", "refine", "none")
DOUBTED = 0.4
GROUPED = 0.3
HALF, NEAR = 0.5, 0.25
LABELS = Path(__file__).parent / "training" / "labels.jsonl"
MEANING_CHARS = 400

Floats = NDArray[np.float32]


class Labelled(Turn, kw_only=True):
    """A turn with what its readers made of it; a share where they did not agree."""

    standing: bool | None = None
    p_correction: float | None = None
    p_durable: float | None = None
    p_standing: float | None = None


class Label(msgspec.Struct, kw_only=True):
    """What a reader made of a turn: `p` how likely it is a correction, `durable` worth keeping."""

    key: str
    p: float
    durable: float = 0.0
    standing: bool = False
    type: str | None = None
    other: str | None = None


class Example(msgspec.Struct):
    """One turn: the texts as numbers, three shares, a kind of non-correction and a type.

    `limit` says whether it only limits a rule, and `meaning` what `sense` means, where that is
    known; `weight` how much counts what it says of corrections. `group` and `workspace` are those
    of a correction that belongs together with others.
    """

    row: Row
    shares: tuple[float, float, float]
    other: int
    type: int
    turn: Labelled
    limit: float | None = None
    sense: str = ""
    meaning: Floats | None = None
    weight: float = 1.0
    group: str = ""
    workspace: str = ""


class Grouped(Said, kw_only=True):
    """A row of the groups with the group that a distractor is near to."""

    near_cluster: str | None = None
    type: str | None = None
    expected_rule: str | None = None

    @property
    def correction(self) -> Correction:
        """The row as the daemon would mine it."""
        action = read_action(self.agent_action or "", 0)
        parts = {
            "command": [f"Bash({action.text})"],
            "edit": [f"Edit({action.path})", f"+{action.text}"],
            "words": [],
        }[action.kind]
        return Correction(
            id=self.id,
            workspace=self.workspace,
            session=self.session or self.id,
            assistant=self.assistant or "claude-code",
            ts=0,
            channel="follow-up",
            agent_output="\n".join([*parts, action.said]),
            reason=own_words(self.user),
        )

    @property
    def limit(self) -> float | None:
        """Whether it only says where a rule ends; not known of a row that is near to no group."""
        return None if self.near_cluster == "none" else float(not self.group)

    @property
    def sense(self) -> str:
        """The text whose meaning is learned: of one group that of their rule, else the words."""
        return (self.group and self.expected_rule) or self.user

    @property
    def turn(self) -> Labelled:
        """The row as a turn: one of a group is durable, of a near miss only that is known."""
        return Labelled(
            user=self.user,
            id=self.id,
            correction=bool(self.group),
            durable=bool(self.group),
            type=self.type,
            p_correction=None if self.group or self.near_cluster == "none" else DOUBTED,
            unsure=not self.group,
        )


def read_turns(files: Iterable[Path], labelled: Path = LABELS) -> list[Labelled]:
    """Read the turns of several files; those without a label, there or of ours, are left out."""
    turns: list[Labelled] = []
    labels = {label.key: label for label in read_rows(labelled, Label)}
    for file in files:
        for number, turn in enumerate(read_rows(file, Labelled), 1):
            turn.id = turn.id or f"{file.stem}:{number}"
            if turn.correction is None and (label := labels.get(key_of(turn))):
                _label(turn, label)
            if turn.repo is None and turn.last_actions:
                # How many actions were invented tells of the writer, not of the turn.
                most = random.Random(turn.id).randint(0, len(turn.last_actions))
                turn.last_actions = turn.last_actions[:most]
            if turn.correction is not None:
                turns.append(turn)
    return turns


def key_of(turn: Turn) -> str:
    """Return the name of a turn in the labels: who has its text can make it, and nobody else."""
    parts = (turn.repo, turn.prev_user, turn.agent_last, turn.user)
    return sha256("\0".join(part or "" for part in parts).encode()).hexdigest()[:16]


def _label(turn: Labelled, label: Label) -> None:
    turn.correction = label.p >= HALF
    turn.durable = turn.correction and label.durable >= HALF
    turn.p_correction = _settled(label.p)
    turn.p_durable = max(_settled(label.durable), float(label.standing))
    turn.standing, turn.type, turn.other = label.standing, label.type, label.other
    turn.unsure = abs(label.p - HALF) < NEAR


def _settled(share: float) -> float:
    """Return a share moved away from a half: a reader's "hardly" should be learned as no."""
    return share**2 / (share**2 + (1 - share) ** 2)


def texts_of(turn: Turn, redactor: Redactor) -> tuple[str, str] | None:
    """Return what the network is given of a turn, None where the daemon would drop it."""
    if not turn.agent_last and not turn.last_actions:
        return own_words(turn.user), ""  # nobody kept what the agent did; the daemon would know
    exchange = stage(turn, redactor)
    own = [c for c in mine(exchange.session, exchange.events) if exchange.own & {*c.events}]
    return moment(own[-1]) if own else None


def targets(turn: Labelled) -> tuple[tuple[float, float, float], int, int]:
    """Return the shares, the kind of non-correction (0 for a correction) and the type."""
    standing = float(bool(turn.standing))
    kept = max(standing, float(bool(turn.durable)))
    shares = (
        float(bool(turn.correction)) if turn.p_correction is None else turn.p_correction,
        kept if turn.p_durable is None else turn.p_durable,
        standing if turn.p_standing is None else turn.p_standing,
    )
    other = 0 if turn.correction else OTHERS.index(turn.other if turn.other in OTHERS else "none")
    kind = TYPES.index(turn.type) if turn.correction and turn.type in TYPES else -1
    return shares, other or (0 if turn.correction else 3), kind


def text_of(words: str) -> str:
    """Return the part of some words whose meaning is learned."""
    return words.strip()[:MEANING_CHARS]


def own_groups() -> list[Path]:
    """Return our files of groups, without those that are held out."""
    files = (Path(__file__).parent / "training" / "groups").glob("*.jsonl")
    return sorted(file for file in files if not file.name.startswith("heldout"))


def read_groups(files: Iterable[Path]) -> list[Grouped]:
    """Read the rows of several files of groups."""
    return [row for file in files for row in read_rows(file, Grouped)]
