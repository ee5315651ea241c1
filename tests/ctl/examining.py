"""What doctor says of a scratch home, by check."""

import json
from pathlib import Path
from typing import Any

from tests.control.filled_log import NOW, make_paths
from tests.ctl.runner import run

Row = dict[str, Any]


def look(home: Path, check: str, *, now: int = NOW, **env: str) -> list[Row]:
    """Run all checks and return what one of them found.

    Where there are no settings the small model is switched off: it takes its time to start.
    """
    file = make_paths(home).config_file
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[judge]\nsmall_model = false\n")
    result = run(home, "doctor", "--json", now=now, **env)
    return read_rows(result.stdout, result.exit_code, check)


def read_rows(stdout: str, exit_code: int, check: str) -> list[Row]:
    """Return the rows of a check; what is not well has a mend, and a failure an exit code."""
    rows = [json.loads(line) for line in stdout.splitlines()]
    assert rows, stdout
    assert exit_code == any(row["state"] == "fail" for row in rows), stdout
    assert all(row["mend"] for row in rows if row["state"] != "ok"), rows
    return [row for row in rows if row["check"] == check]


def state(home: Path, check: str, **env: str) -> str:
    """Return the state of the first line of a check."""
    return str(look(home, check, now=NOW, **env)[0]["state"])
