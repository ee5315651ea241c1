"""Projects that skills are written into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.skills.publish import Project
from tests.skills.estate import Estate
from tests.skills.make import NAME


@pytest.fixture
def root(scratch_home: Path) -> Path:
    """Return a project."""
    folder = scratch_home / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def project(root: Path, scratch_home: Path) -> Iterator[Project]:
    """Return the project, opened."""
    with Project(root, scratch_home) as opened:
        yield opened


@pytest.fixture
def folder(root: Path) -> Path:
    """Return where the skill goes."""
    return root / ".claude" / "skills" / NAME


@pytest.fixture(name="estate")
def _estate(scratch_home: Path) -> Iterator[Estate]:
    """Give the home, and see afterwards that nothing has changed but skills."""
    estate = Estate(scratch_home)
    yield estate
    assert estate.look() == estate.before
