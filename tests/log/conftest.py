"""A log to test with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.log.opening import open_log
from hivemindd.log.store import Log

SMALL_MAP = 1 << 18


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture(name="log")
def _log(folder: Path) -> Iterator[Log]:
    log = open_log(folder, map_size=SMALL_MAP)
    yield log
    log.close()
