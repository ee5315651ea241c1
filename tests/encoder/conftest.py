"""What the tests of the encoder share."""

from pathlib import Path

import pytest

from tests.encoder.tiny import write_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a weights file of a tiny network."""
    return write_weights(tmp_path_factory.mktemp("weights") / "weights.npz")
