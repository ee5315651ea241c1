"""A log, a project, a transcript in a scratch home, as for ingest; and an empty library."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.codify.library import Library
from tests.ingest.conftest import _claude, _log, _project

__all__ = ["_claude", "_log", "_project"]


@pytest.fixture(name="library")
def _library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path)
    yield library
    library.close()
