"""What tests of services share."""

import os
import sys
from pathlib import Path

import pytest

_FAKE = """#!/bin/sh
echo "$*" >> "$HOME/calls"
case "$*" in
  *show-environment*) echo "HOME=${MANAGER_HOME:-$HOME}" ;;
  *MainPID*) echo 0 ;;
  *restart*) echo "Job failed" >&2; exit ${RESTART:-0} ;;
esac
"""


@pytest.fixture(name="systemctl")
def _systemctl(tmp_path: Path) -> dict[str, str]:
    """Put a systemctl on the PATH that notes how it is called and does nothing."""
    if sys.platform == "darwin":
        pytest.skip("launchd runs here")
    tool = tmp_path / "bin" / "systemctl"
    tool.parent.mkdir()
    tool.write_text(_FAKE)
    tool.chmod(0o755)
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "XDG_RUNTIME_DIR": str(tmp_path / "run")}
