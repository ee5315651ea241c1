"""A home with a repository in it."""

from pathlib import Path

import pytest

from tests.workspace.make import repository


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a home folder with nothing in it."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def shop(home: Path) -> Path:
    """Make a repository with one commit."""
    return repository(home / "shop")
