"""Labelled turns and groups as what the network is trained on: numbers and targets.

Turns go the daemon's own way into corrections, so that training sees what use will see.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from actions import read_action
from groups import Correction as Said
from rows import read_rows
from turns import Turn, stage

from hivemindd.encoder.network import Row
from hivemindd.lessons.corrections import mine
from hivemindd.lessons.moments import deed, moment, told
from hivemindd.lessons.words import own_words
from hivemindd.records import Correction
from hivemindd.redact import Redactor

TYPES = ("style", "tool", "file", "approach", "scope", "fact", "process")
OTHERS = ("", "defect", "refine", "none")
DOUBTED = 0.4
SAME, NEAR, APART = 0, 1, 2
EACH = {SAME: 12, NEAR: 10, APART: 24}  # at most, for every ten rows of a workspace


class Labelled(Turn, kw_only=True):
    """A turn with what its readers made of it; a share where they did not agree."""

    standing: bool | None = None
    p_correction: float | None = None
    p_durable: float | None = None
    p_standing: float | None = None


class Example(msgspec.Struct):
    """One turn: the texts as numbers, three shares, a kind of non-correction and a type."""

    row: Row
    shares: tuple[float, float, float]
    other: int
    type: int
    turn: Labelled


class Pair(msgspec.Struct):
    """Two moments: whether they stand for one lesson, nearly, or not at all."""

    row: Row
    target: int


class Grouped(Said, kw_only=True):
    """A row of the groups with the group that a distractor is near to."""

    near_cluster: str | None = None
    type: str | None = None

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
    def text(self) -> str:
        """What was said, and to what."""
        return told(self.correction.reason, deed(self.correction.agent_output))

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


def read_turns(files: Iterable[Path]) -> list[Labelled]:
    """Read the turns of several files; those without a label are left out."""
    turns: list[Labelled] = []
    for file in files:
        for number, turn in enumerate(read_rows(file, Labelled), 1):
            turn.id = turn.id or f"{file.stem}:{number}"
            if turn.repo is None and turn.last_actions:
                # How many actions were invented tells of the writer, not of the turn.
                most = random.Random(turn.id).randint(0, len(turn.last_actions))
                turn.last_actions = turn.last_actions[:most]
            if turn.correction is not None:
                turns.append(turn)
    return turns


def texts_of(turn: Turn, redactor: Redactor) -> tuple[str, str] | None:
    """Return what the network is given of a turn, None where the daemon would drop it."""
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


def read_groups(files: Iterable[Path]) -> list[Grouped]:
    """Read the rows of several files of groups."""
    return [row for file in files for row in read_rows(file, Grouped)]


def pairs_of(rows: Sequence[Grouped], chance: random.Random) -> Iterator[tuple[str, str, int]]:
    """Yield two texts of one workspace and their target, for one epoch.

    Pairs with no bearing on each other are many, those of a large group too: a share is drawn.
    """
    spaces: dict[str, list[Grouped]] = {}
    for row in rows:
        spaces.setdefault(row.workspace, []).append(row)
    for space in spaces.values():
        found: dict[int, list[tuple[Grouped, Grouped]]] = {SAME: [], NEAR: [], APART: []}
        for one, two in itertools.combinations(space, 2):
            found[_target(one, two)].append((one, two))
        for target, pairs in found.items():
            for pair in chance.sample(pairs, min(len(pairs), EACH[target] * len(space) // 10)):
                one, two = chance.sample(pair, 2)
                yield one.text, two.text, target


def _target(one: Grouped, two: Grouped) -> int:
    if one.group and one.group == two.group:
        return SAME
    is_near = one.near_cluster == two.near_cluster and bool(one.group) != bool(two.group)
    return NEAR if is_near else APART
