"""The real assistants, ready to be started."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.claude import ClaudeCode, play_claude
from tests.e2e.codex import Codex, play_codex
from tests.e2e.install import CLAUDE_CODE, CODEX, NpmUnavailableError, Package, install
from tests.e2e.scratch import make_scratch


@pytest.fixture(scope="session")
def claude_program(pytestconfig: pytest.Config) -> Path:
    """Return the path of the real Claude Code."""
    return _installed(CLAUDE_CODE, pytestconfig)


@pytest.fixture(scope="session")
def codex_program(pytestconfig: pytest.Config) -> Path:
    """Return the path of the real Codex."""
    return _installed(CODEX, pytestconfig)


@pytest.fixture
def claude(claude_program: Path, tmp_path: Path) -> Iterator[ClaudeCode]:
    """Provide Claude Code in a home of its own."""
    with play_claude(claude_program, make_scratch(tmp_path)) as assistant:
        yield assistant


@pytest.fixture
def codex(codex_program: Path, tmp_path: Path) -> Iterator[Codex]:
    """Provide Codex in a home of its own."""
    with play_codex(codex_program, make_scratch(tmp_path)) as assistant:
        yield assistant


def _installed(package: Package, config: pytest.Config) -> Path:
    cache = os.environ.get("HIVEMIND_E2E_CACHE") or config.rootpath / ".cache" / "e2e"
    try:
        return install(package, Path(cache))
    except NpmUnavailableError as error:
        pytest.skip(f"{package.name} cannot be installed: {error}")
