"""Names that a transcript or a project gave itself: a terminal obeys none of them."""

from pathlib import Path

import pytest

from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.tables import DUE, SESSIONS, SKILLS, WORKSPACES, Txn
from hivemindd.records import Session, Workspace
from hivemindd.work import Due
from tests.control.filled_log import EVIL, NOW, fill
from tests.ctl.runner import run


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    """Give a home whose log holds a workspace and a session of such names."""
    paths = fill(tmp_path)

    def put(txn: Txn) -> None:
        place = workspace_key(EVIL)
        WORKSPACES.put(txn, place, Workspace(id=EVIL, name=EVIL, root=f"/{EVIL}", source="folder"))
        session = Session(
            id=EVIL, assistant="claude-code", workspace=EVIL, state="active", cwd=f"/{EVIL}"
        )
        SESSIONS.put(txn, place + session_key("claude-code", EVIL), session)
        due = Due(workspace=EVIL, assistant="claude-code", session=EVIL, reason="turns", since=NOW)
        DUE.put(txn, place + session_key("claude-code", EVIL), due)
        (skill,) = SKILLS.rows(txn)
        skill.workspace = EVIL
        SKILLS.put(txn, place + text_key(skill.id), skill)

    log = open_log(paths.log)
    log.transact(put)
    log.close()
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("workspaces",),
        ("sessions",),
        ("events", EVIL),
        ("events", "use"),
        ("skillify",),
        ("skills",),
        ("skills", "show", "package-commands"),
        ("skills", "retire", "package-commands", "-w", "nope\x1b[2J"),
        ("why", EVIL),
        ("why", "package-commands"),
        ("forget", "--session", EVIL),
        ("forget", "--workspace", EVIL, "--before", "2001-01-01"),
        ("doctor",),
        ("audit",),
    ],
    ids=lambda command: " ".join(command).encode("ascii", "ignore").decode().replace("\x1b", ""),
)
def test_nothing_reaches_the_terminal_that_it_would_obey(
    home: Path, command: tuple[str, ...]
) -> None:
    """In an answer, beside it, or in an error."""
    result = run(home, *command)

    printed = result.stdout + result.stderr
    assert printed
    assert not {"\x1b", "\x07", "\u202e"} & set(printed)
