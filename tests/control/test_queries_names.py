"""The names that a shell may offer."""

from pathlib import Path

from hivemindd.control.queries_names import (
    correction_names,
    session_names,
    skill_names,
    waiting_names,
    workspace_names,
)
from hivemindd.log.opening import open_log_readonly
from tests.control.filled_log import HELD, NPM, ask_for_review, fill


def test_names_come_with_what_tells_them_apart(tmp_path: Path) -> None:
    """Sessions the newest first, skills by name, corrections by the ids that are shown."""
    paths = fill(tmp_path)
    [rule] = ask_for_review(paths, "Run everything as root.")

    log = open_log_readonly(paths.log)
    try:
        sessions = [*session_names(log)]
        assert {NPM, HELD} <= {row.name for row in sessions}
        assert [row.when for row in sessions] == sorted(
            (row.when for row in sessions), reverse=True
        )
        assert {row.about for row in sessions} >= {"shop"}
        assert [row.name for row in workspace_names(log)] == ["notes", "shop"]
        assert [(row.name, row.about) for row in skill_names(log)] == [
            ("package-commands", "active")
        ]
        assert [(row.name, row.about) for row in waiting_names(log)] == [
            (rule, "Run everything as root.")
        ]
        assert all(len(row.name) <= 8 for row in correction_names(log))
    finally:
        log.close()
