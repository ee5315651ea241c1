"""Changes that a person made to files are found, and only those."""

from typing import Any

import pytest

from hivemindd.assistants.base import Parsed
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.events import Edit, UserEdit
from tests.assistants.claude_code.session import HOME, PATH, Session, Side, joined

CALC = "/home/dev/work/calc.py"
WRITTEN = "def add(a, b):\n    return a + b\n"
TYPED = "def add(a: int, b: int) -> int:\n    return a + b\n"
TYPES_ADDED = (
    "@@ -1,2 +1,2 @@\n-def add(a, b):\n+def add(a: int, b: int) -> int:\n     return a + b"
)
NAME = "65c59b8edd1569e8"


def changes(session: Session) -> list[tuple[str, str, str]]:
    """Return path, source and diff of what a session says that a person changed."""
    return [(event.path, event.source, event.diff) for event in session.events(UserEdit)]


def test_a_checkpoint_shows_what_a_person_changed() -> None:
    """The diff is exact and names the file by its whole path."""
    session = Session()
    session.write(CALC, WRITTEN)
    prompt = session.user("add a comment")
    session.checkpoint(prompt, 2, TYPED)
    (event,) = session.events(UserEdit)

    assert changes(session) == [(CALC, "file-history", TYPES_ADDED)]
    assert event.id == f"{prompt}:file:{CALC}"
    assert event.author == "human"


def test_a_checkpoint_of_the_agents_own_work_says_nothing() -> None:
    """A new version that holds what the agent wrote is no change."""
    session = Session()
    session.edit(CALC, "a\n", "a", "b")
    session.checkpoint(session.user("go on"), 2, "b\n")

    assert changes(session) == []


def test_white_space_at_line_ends_is_no_change() -> None:
    """Editors and the client itself trim it."""
    session = Session()
    session.write(CALC, "a  \nb\n\n")
    session.checkpoint(session.user("go on"), 2, "a\r\nb\n")

    assert changes(session) == []


def test_the_same_checkpoint_tells_once() -> None:
    """Every prompt lists all files again; only a new version counts."""
    session = Session()
    session.write(CALC, WRITTEN)
    for text in ("one", "two"):
        session.checkpoint(session.user(text), 2, TYPED)

    assert len(changes(session)) == 1


def test_a_second_change_is_told_from_the_first() -> None:
    """It is compared with the checkpoint before it, not with the agent's work."""
    session = Session()
    session.write(CALC, "a\nb\n")
    session.checkpoint(session.user("one"), 2, "A\nb\n")
    session.checkpoint(session.user("two"), 3, "A\nB\n")

    assert [diff for _, _, diff in changes(session)] == [
        "@@ -1,2 +1,2 @@\n-a\n+A\n b",
        "@@ -1,2 +1,2 @@\n A\n-b\n+B",
    ]


def test_a_checkpoint_from_before_the_agents_edit_is_not_compared_with_it() -> None:
    """Records come a little out of order; the agent's own edit must not look undone."""
    session = Session()
    session.write(CALC, WRITTEN)
    session.checkpoint(session.user("one"), 2, "before\n", saved="2026-11-21T07:00:00.000Z")

    assert changes(session) == []


def test_a_change_is_seen_in_the_next_edit() -> None:
    """Where there are no checkpoints, the agent's next edit shows the file that it found."""
    session = Session()
    session.write(CALC, WRITTEN)
    edit = session.edit(CALC, TYPED, "    return", "    # sum\n    return")
    events = session.events(UserEdit, Edit)

    assert [type(event) for event in events] == [Edit, UserEdit, Edit]
    assert changes(session) == [(CALC, "original-file", TYPES_ADDED)]
    assert events[1].id == f"{edit}:outside"


def test_a_change_is_not_told_by_checkpoint_and_edit_alike() -> None:
    """What the checkpoint showed is known when the next edit comes."""
    session = Session()
    session.write(CALC, WRITTEN)
    session.checkpoint(session.user("go"), 2, TYPED)
    session.edit(CALC, TYPED, "    return", "    # sum\n    return")

    assert [source for _, source, _ in changes(session)] == ["file-history"]


def test_a_notice_holds_only_the_new_lines() -> None:
    """The harness's remark has numbers in front of the lines, which are not the file's."""
    session = Session()
    session.add(
        "attachment",
        attachment={
            "type": "edited_text_file",
            "filename": CALC,
            "snippet": "1\tx = 1\n     2→    3\ty\n10\t",
        },
    )

    assert changes(session) == [(CALC, "notice", "+x = 1\n+    3\ty\n+")]


def test_an_agent_that_was_started_may_have_written_anything() -> None:
    """After a subagent no file is compared with what was written before it."""
    for started in (True, False):
        session = Session()
        session.write(CALC, WRITTEN)
        if started:
            session.call("t1", "Task", {"subagent_type": "general-purpose", "prompt": "do it"})
        session.checkpoint(session.user("go"), 2, TYPED)

        assert bool(changes(session)) is not started


@pytest.mark.parametrize(
    "backup", ["../../../etc/passwd", "65c59b8edd1569e8@v2/../..", "", "65c5", "\u0660" * 16]
)
def test_only_checkpoints_are_read(backup: str) -> None:
    """A name in a transcript cannot lead out of the folder of checkpoints."""
    session = Session()
    session.write(CALC, WRITTEN)
    session.checkpoint(session.user("go"), 2, None, backup=backup)
    data, records = joined(session.lines)
    side = Side(data)
    ClaudeCode().parser(PATH, b"", side).feed(records, final=True)

    assert side.asked == []


def test_a_session_id_is_no_path_either() -> None:
    """The folder of checkpoints is named by the session, which also comes from a record."""
    session = Session(sessionId="../../secrets")
    session.write(CALC, WRITTEN)
    session.checkpoint(session.user("go"), 2, TYPED)
    data, records = joined(session.lines)
    side = Side(data)
    ClaudeCode().parser(PATH, b"", side).feed(records, final=True)

    assert side.asked == []


def test_checkpoints_are_looked_for_beside_the_projects() -> None:
    """Wherever the assistant's own folder lies."""
    session = Session()
    session.write(CALC, WRITTEN)
    session.checkpoint(session.user("go"), 2, TYPED)
    data, records = joined(session.lines)
    side = Side(data)
    path = HOME / "projects/claude/projects/-home-dev-work/s1.jsonl"
    ClaudeCode().parser(path, b"", side).feed(records, final=True)

    assert side.asked == [HOME / "projects/claude/file-history/s1" / f"{NAME}@v2"]


def parsed_without(session: Session, data: bytes) -> Parsed:
    """Parse a session whose earlier bytes can no longer be read."""
    _, records = joined(session.lines)
    return ClaudeCode().parser(PATH, b"", Side(data, session.files)).feed(records, final=True)


@pytest.mark.parametrize("data", [b"", b"x" * 100_000])
def test_what_cannot_be_read_again_is_not_guessed(data: bytes) -> None:
    """Without the agent's own words there is no diff, and nothing breaks."""
    session = Session()
    session.write(CALC, WRITTEN)
    session.checkpoint(session.user("go"), 2, TYPED)

    assert not [event for event in parsed_without(session, data).events if type(event) is UserEdit]


@pytest.mark.parametrize(
    "tracked",
    [
        {CALC: {"backupFileName": f"{NAME}@v2", "version": 2}},
        {"calc.py": {"backupFileName": f"{NAME}@v2", "version": 2}},
        {
            "work/calc.py": {
                "backupFileName": f"{NAME}@v2",
                "version": 2,
                "realParentDir": "/home/dev/work",
            }
        },
    ],
)
def test_files_are_found_however_they_are_named(tracked: dict[str, Any]) -> None:
    """By the whole path, from the session's folder, or by the folder that holds them."""
    session = Session()
    session.write(CALC, WRITTEN)
    prompt = session.user("go")
    snapshot = {"trackedFileBackups": tracked, "timestamp": "2026-11-21T09:00:00.000Z"}
    session.files[HOME / ".claude/file-history/s1" / f"{NAME}@v2"] = TYPED.encode()
    session.bare(type="file-history-snapshot", messageId=prompt, snapshot=snapshot)

    assert changes(session) == [(CALC, "file-history", TYPES_ADDED)]
