"""What an agent last left of a file, and why that is sometimes not known."""

from typing import Any

import pytest

from hivemindd.events import Edit, ToolCall, ToolResult
from hivemindd.lessons.written import Written, written
from tests.lessons.make import Talk

PATH = "/p/app.py"
CREATED = "@@ -0,0 +1,3 @@\n+a\n+b\n+c"


@pytest.fixture(name="talk")
def _talk() -> Talk:
    return Talk()


def only(talk: Talk) -> Written:
    """Return what is known of the only file."""
    (found,) = written(talk.events)
    return found


def add(talk: Talk, kind: type[Any], **fields: Any) -> str:
    """Add an event of a kind; return its id."""
    common = talk._common("event", "agent", sidechain=fields.pop("sidechain", False))
    talk.events.append(kind(**common, **fields))
    return talk.events[-1].id


def edit(talk: Talk, diff: str, **given: Any) -> str:
    """Add an edit by a call with this input."""
    add(talk, ToolCall, call="e", name="Edit", target=PATH, input={"file_path": PATH, **given})
    return add(talk, Edit, path=PATH, diff=diff, call="e")


def read(talk: Talk, output: str, **given: Any) -> str:
    """Add that the agent read the file."""
    call = f"r{len(talk.events)}"
    add(talk, ToolCall, call=call, name="Read", target=PATH, input={"file_path": PATH, **given})
    return add(talk, ToolResult, call=call, output=output)


def test_created_and_edited(talk: Talk) -> None:
    """A file that the agent made is known, and its edits are followed."""
    talk.edit(PATH, CREATED)
    talk.edit(PATH, "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c")

    assert only(talk).text == "a\nB\nc\n"
    assert only(talk).edit is talk.events[-1]


@pytest.mark.parametrize(
    "output", ["1\ta\n2\tb\n3\t", "     1→a\n     2→b\n\n<system-reminder>\nx\n</system-reminder>"]
)
def test_read_and_edited(talk: Talk, output: str) -> None:
    """A file that the agent read whole is known too, in the listings of all versions."""
    read(talk, output)
    edit(talk, "@@ -2,1 +2,1 @@\n-b\n+B", old_string="b", new_string="B")

    assert only(talk).text == "a\nB\n"


@pytest.mark.parametrize(
    ("output", "given"),
    [
        ("1\ta\n2\tb", {"limit": 2}),
        ("5\ta\n6\tb", {}),
        ("1\ta\n[... 9 characters left out ...]\n3\tb", {}),
        ("1\ta\nnot a line\n2\tb", {}),
        ("1\t" + "a" * 2_000 + "\n2\tb", {}),
        ("\n".join(f"{number}\tb" for number in range(1, 2_001)), {}),
    ],
)
def test_read_in_part(talk: Talk, output: str, given: dict[str, int]) -> None:
    """A listing that may not be all of a file is nobody's whole text."""
    read(talk, output, **given)
    edit(talk, "@@ -2,1 +2,1 @@\n-b\n+B", old_string="b", new_string="B")

    assert only(talk).why == "the log does not hold the whole file"


def test_an_edit_that_does_not_fit(talk: Talk) -> None:
    """Once a step is missing nothing is guessed, until a whole text comes again."""
    talk.edit(PATH, CREATED)
    talk.edit(PATH, "@@ -1,1 +1,1 @@\n-z\n+y")
    assert only(talk).why == "an edit in between does not fit what is known of it"

    talk.edit(PATH, CREATED)
    assert only(talk).text == "a\nb\nc\n"


def test_a_fragment_of_a_line(talk: Talk) -> None:
    """A replacement inside a line is not taken for a line that looks the same."""
    talk.edit(PATH, "@@ -0,0 +1,2 @@\n+x = f(b)\n+b")
    edit(talk, "@@ -1,1 +1,1 @@\n-b\n+c", old_string="f(b)", new_string="f(c)")

    assert only(talk).why


def test_a_part_of_a_notebook_is_no_file(talk: Talk) -> None:
    """A cell looks like a new file."""
    add(talk, ToolCall, call="e", name="NotebookEdit", target=PATH, input={})
    add(talk, Edit, path=PATH, diff=CREATED, call="e")

    assert only(talk).why


def test_a_renamed_file_keeps_its_text(talk: Talk) -> None:
    """Codex moves and edits in one step."""
    talk.edit("/p/old.py", CREATED)
    talk.edit(PATH, "rename from /p/old.py\nrename to /p/app.py\n@@\n a\n-b\n+B\n c\n")

    found = {each.path: each for each in written(talk.events)}
    assert found[PATH].text == "a\nB\nc\n"
    assert found["/p/old.py"].why


def test_a_change_that_the_transcript_tells(talk: Talk) -> None:
    """It is told already; the next edit of the agent builds upon it."""
    talk.edit(PATH, CREATED)
    talk.change(PATH, "@@ -1,3 +1,3 @@\n a\n-b\n+by hand\n c")
    assert only(talk).why == "its transcript tells of the change by hand"

    talk.edit(PATH, "@@ -3,1 +3,1 @@\n-c\n+C")
    assert only(talk).text == "a\nby hand\nC\n"


def test_a_remark_without_the_text(talk: Talk) -> None:
    """After a mere remark the agent's text stands, but what it edits then is not known."""
    talk.edit(PATH, CREATED)
    talk.change(PATH, "+by hand", "notice")
    assert only(talk).text == "a\nb\nc\n"

    talk.edit(PATH, "@@ -3,1 +3,1 @@\n-c\n+C")
    assert only(talk).why


def test_other_agents_at_the_same_file(talk: Talk) -> None:
    """In which order two of them wrote is not known."""
    talk.edit(PATH, CREATED)
    add(talk, Edit, path=PATH, diff=CREATED, sidechain=True)

    assert only(talk).why == "another agent wrote it too"


def test_what_failed_was_not_written(talk: Talk) -> None:
    """Refused and failed edits leave a file alone."""
    talk.edit(PATH, CREATED)
    talk.edit(PATH, "@@ -1,1 +1,1 @@\n-a\n+A", "failed")

    assert only(talk).text == "a\nb\nc\n"


def test_from_when_on_a_text_is_certain(talk: Talk) -> None:
    """Claude Code checks a file before it edits it; others may edit what a tool has changed."""
    talk.edit(PATH, CREATED)
    first = talk.events[-1].id
    talk.edit(PATH, "@@ -3,1 +3,1 @@\n-c\n+C")
    last = talk.events[-1].id
    assert only(talk).since == last

    talk.session.assistant = "codex"
    other = Talk()
    other.session.assistant = "codex"
    other.edit(PATH, CREATED)
    first = other.events[-1].id
    other.edit(PATH, "@@\n b\n-c\n+C")
    assert only(other).since == first
