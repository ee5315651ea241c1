"""What `hivemindctl workspaces` shows a person."""

import re
from pathlib import Path

from hivemindd.log.keys import workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.tables import WORKSPACES
from hivemindd.records import Workspace
from tests.control.filled_log import DAY, NOW, SHOP, fill
from tests.ctl.runner import run


def test_every_assistant_of_a_workspace_can_be_seen(tmp_path: Path) -> None:
    """Beside all counts and the longest of times."""
    row = Workspace(id=SHOP, name="webshop", assistants=["claude-code", "codex", "cursor"])
    log = open_log(fill(tmp_path).log)
    log.transact(lambda txn: WORKSPACES.put(txn, workspace_key(row.id), row))
    log.close()

    shown = run(tmp_path, "workspaces", now=NOW + DAY).stdout

    assert re.search(r"  Claude, Codex, Cursor  .*  yesterday \d\d:\d\d$", shown, re.MULTILINE)
