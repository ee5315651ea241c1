"""The network, run in this process with weights by chance."""

from pathlib import Path

import numpy as np
import pytest

from hivemindd.encoder.network import BATCH_TOKENS, FIRST_HEAD, FIRST_TAIL, SECOND, Network, batches
from hivemindd.encoder.weights import Weights
from tests.encoder.tiny import OUTPUTS

TEXTS = [
    ("no, we use pnpm here", "Bash(npm install zod)"),
    ("thanks, looks good", "Done."),
    (
        "wieder am falschen ort, das gehört in core",
        "Edit(src/util.ts) Die Funktion liegt jetzt da.",
    ),
    ("", ""),
    ("why " * 60, "because " * 30),
]


@pytest.fixture(scope="module")
def network(weights: Path) -> Network:
    """Return a tiny network."""
    return Network(Weights.load(weights))


def test_company_changes_no_score(network: Network) -> None:
    """A text scores the same alone as in a batch with longer ones: padding is not read."""
    together = network.read(TEXTS)
    alone = np.concatenate([network.read([each]) for each in TEXTS])
    np.testing.assert_allclose(together, alone, atol=2e-3)


def test_a_turn_has_its_outputs(network: Network) -> None:
    """A turn gets the scores of the head, whatever its length."""
    assert network.read(TEXTS).shape == (len(TEXTS), OUTPUTS)


def test_long_texts_are_cut(network: Network) -> None:
    """The first text keeps its beginning and end, the second its end."""
    row = network.row("first " * 200 + "last", "far " * 200 + "near")
    assert len(row.ids) == FIRST_HEAD + FIRST_TAIL + SECOND + 3
    assert row.first == FIRST_HEAD + FIRST_TAIL + 2
    assert row.ids[row.first - 2] == network.row("last", "").ids[-3]
    assert row.ids[-2] == network.row("near", "").ids[-3]


def test_batches_are_bounded_and_whole(network: Network) -> None:
    """Every row is read once, and no batch is larger than the memory that it may take."""
    rows = [network.row("word " * count, "") for count in range(60)]
    found = list(batches(rows))
    assert sorted(at for batch in found for at in batch) == list(range(60))
    assert all(len(b) * max(len(rows[at].ids) for at in b) <= BATCH_TOKENS for b in found)


def test_no_texts_have_no_scores(network: Network) -> None:
    """Nothing asked, nothing answered."""
    assert network.read([]).shape[0] == 0
