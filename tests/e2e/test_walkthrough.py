"""The page of the docs that shows a first day can be made anew, screen by screen."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ctl.runner import CHECKOUT
from tests.e2e.walkthrough import PAGE

_NEEDED = ("unshare", "setpriv", "tmux", "git")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.getuid() != 0, reason="only root can make a home in a namespace"),
    pytest.mark.skipif(not all(map(shutil.which, _NEEDED)), reason=f"needs {', '.join(_NEEDED)}"),
]


@pytest.mark.usefixtures("claude_program")
def test_a_first_day_goes_as_the_page_shows(tmp_path: Path) -> None:
    """Each command is typed into a terminal again, and what is awaited on its screen appears."""
    made = tmp_path / "walkthrough.md"

    subprocess.run(
        [sys.executable, "-m", "tests.e2e.walkthrough", str(made)], cwd=CHECKOUT, check=True
    )

    assert _outline(made) == _outline(PAGE)


def _outline(page: Path) -> list[str]:
    """Return the headings and what is typed, with one id for all sessions."""
    text = re.sub(r"\b[0-9a-f]{8}\b", "00000000", page.read_text("utf-8"))
    return re.findall(r"(?m)^(?:#+ .*|~\S* \$ .*)$", text)
