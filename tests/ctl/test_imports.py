"""What a quick command must not load."""

import subprocess
import sys
from pathlib import Path

from tests.ctl.runner import PATIENCE, environment

_HEAVY = (
    "anthropic",
    "asyncio",
    "hashlib",
    "hivemindd.assistants.claude_code.parser",
    "hivemindd.assistants.codex.parser",
    "hivemindd.assistants.cursor.parser",
    "hivemindd.daemon",
    "hivemindd.redaction.redactor",
    "numpy",
    "psutil",
    "shutil",
    "structlog",
    "subprocess",
    "tomllib",
    "watchdog",
    "zstandard",
)
_SCRIPT = f"""
import sys
from hivemindctl.__main__ import cli
try:
    cli(["status"])
finally:
    print(sorted(set({_HEAVY!r}) & set(sys.modules)), file=sys.stderr)
"""


def test_status_loads_nothing_heavy(tmp_path: Path) -> None:
    """It answers in less than a tenth of a second, most of which is Python's and click's."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.stderr == "[]\n"
