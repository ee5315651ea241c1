"""The weights file comes back as it was packed, and a bad one is refused in a sentence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.encoder.weights import Floats, Weights, pack_embeddings, pack_matrix
from hivemindd.errors import EncoderError


def _random(seed: int, rows: int, columns: int) -> Floats:
    chance = np.random.default_rng(seed)
    spread = chance.uniform(0, 3)
    return (chance.standard_normal((rows, columns)) * spread).astype(np.float32)


@given(seed=st.integers(0, 10_000))
def test_matrix_comes_back_within_a_step(seed: int) -> None:
    """Eight bits with a scale a row lose at most a step of that scale, and its rounding."""
    matrix = _random(seed, 5, 64)
    back = Weights(pack_matrix("some", matrix)).matrix("some")
    most = np.abs(matrix).max(axis=1, keepdims=True)
    assert (np.abs(back - matrix) <= most / 127 * 1.1 + 1e-6).all()


@given(seed=st.integers(0, 10_000), share=st.floats(-0.4, 0.4))
def test_what_was_moved_by_less_than_half_a_step_is_kept_on_average(
    seed: int, share: float
) -> None:
    """Training moves packed weights by little; rounded to the nearest, all would be lost."""
    packed = Weights(pack_matrix("some", _random(seed, 4, 1_024)))
    once, step = packed.matrix("some"), packed.vector("some.s")[:, None]
    largest = np.abs(once) >= np.abs(once).max(axis=1, keepdims=True)
    moved = np.where(largest, once, once + share * step).astype(np.float32)

    back = Weights(pack_matrix("some", moved)).matrix("some")

    assert np.mean((back - once) / step) == pytest.approx(share, abs=0.1)


def test_what_lies_on_the_steps_already_stays_there() -> None:
    """Training that moves nothing changes nothing."""
    once = Weights(pack_matrix("some", _random(3, 6, 64))).matrix("some")
    twice = Weights(pack_matrix("some", once)).matrix("some")
    np.testing.assert_allclose(twice, once, rtol=2e-2, atol=1e-6)


@given(seed=st.integers(0, 10_000))
def test_embeddings_come_back_within_a_step(seed: int) -> None:
    """Four bits with a scale for 32 values lose at most a step: an eighth of the largest."""
    rows = _random(seed, 4, 64)
    back = Weights(pack_embeddings(rows)).embeddings(np.array([[0, 3], [2, 1]]))
    kept = rows[[[0, 3], [2, 1]]]
    most = np.abs(kept).reshape(2, 2, 2, 32).max(axis=-1, keepdims=True)
    error = np.abs(back - kept).reshape(2, 2, 2, 32)
    assert (error <= most / 8 * 1.01 + 1e-6).all()


def test_embeddings_of_the_base_are_kept_exactly() -> None:
    """What was in four bits before is the same after packing again."""
    once = Weights(pack_embeddings(_random(1, 6, 64))).embeddings(np.arange(6))
    twice = Weights(pack_embeddings(once)).embeddings(np.arange(6))
    np.testing.assert_allclose(twice, once, rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("kept", [0, 40, 5_000])
def test_a_damaged_file_says_what_to_do(weights: Path, tmp_path: Path, kept: int) -> None:
    """A file that was cut short is an error in one sentence, not a traceback."""
    file = tmp_path / "weights.npz"
    file.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(EncoderError, match=r"is it a file of benchmarks/train\.py"):
        Weights.load(file)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    """So is a file that is not there."""
    with pytest.raises(EncoderError, match="cannot read"):
        Weights.load(tmp_path / "none.npz")


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    """Weights of another version are not read by guessing."""
    file = tmp_path / "weights.npz"
    np.savez(file, format=np.array(99))
    with pytest.raises(EncoderError, match="another version"):
        Weights.load(file)
