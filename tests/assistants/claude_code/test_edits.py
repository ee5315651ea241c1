"""Edits become exact unified diffs, and tell how a file was left."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.claude_code.edits import (
    Change,
    decode_change,
    diff_of,
    diff_of_input,
    unified,
)
from tests.assistants.claude_code.session import dumped

HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
FILE = "package a\n\nfunc b() {\n\tif c {\n\t\td()\n\t}\n}\n"

lines = st.lists(st.text(alphabet="ab\t ", max_size=3), max_size=40)


def applied(before: list[str], diff: str) -> list[str]:
    """Apply a unified diff, checking its numbers and its context."""
    after: list[str] = []
    at = 0
    rest = diff.split("\n") if diff else []
    while rest:
        header = HEADER.fullmatch(rest.pop(0))
        assert header
        start, count, begins, counts = (
            1 if part is None else int(part) for part in header.groups()
        )
        first = start - 1 if count else start
        after += before[at:first]
        assert len(after) == (begins - 1 if counts else begins)
        at = first
        length = len(after)
        while rest and not rest[0].startswith("@@"):
            line = rest.pop(0)
            if line[0] in " -":
                assert before[at] == line[1:]
                at += 1
            if line[0] in " +":
                after.append(line[1:])
        assert (at - first, len(after) - length) == (count, counts)
    return after + before[at:]


def change(**fields: Any) -> Change:
    """Return a report of an edit tool, by default of an Edit."""
    found = decode_change(dumped({"filePath": "/p/a.go", "structuredPatch": []} | fields))
    assert found is not None
    return found


@given(before=lines, after=lines)
def test_a_diff_leads_from_one_text_to_the_other(before: list[str], after: list[str]) -> None:
    """Applied to the old lines it gives the new ones, and equal texts have none."""
    old, new = (list(filter(None, text)) for text in (before, after))
    diff = unified("\n".join(old), "\n".join(new))

    assert applied(old, diff) == new
    assert bool(diff) == (old != new)


def test_a_diff_of_a_long_file_keeps_its_line_numbers() -> None:
    """What is equal at both ends is not searched, but counted."""
    old = [f"line {number}" for number in range(20_000)]
    new = [*old[:15_000], "changed", *old[15_001:]]
    diff = unified("\n".join(old), "\n".join(new))

    assert diff.startswith("@@ -14998,7 +14998,7 @@\n line 14997\n")
    assert applied(old, diff) == new


def test_a_rewritten_long_file_is_one_block() -> None:
    """Where a short diff could take seconds to find, an exact long one is given."""
    old = ["same", *(f"old {number}" for number in range(3_000)), "end"]
    new = ["same", *(f"new {number}" for number in range(3_000)), "end"]
    diff = unified("\n".join(old), "\n".join(new))

    assert diff.count("@@ -") == 1
    assert applied(old, diff) == new


def test_line_ends_are_no_difference() -> None:
    """A file with CRLF and its copy with LF are equal."""
    assert unified("a\r\nb\r\n", "a\nb") == ""


def test_a_patch_gets_its_tabs_back() -> None:
    """A structured patch shows leading tabs as spaces; the file has tabs."""
    patch = {
        "oldStart": 3,
        "oldLines": 4,
        "newStart": 3,
        "newLines": 5,
        "lines": [" func b() {", "   if c {", "-    d()", "+    e()", "+    f()", "   }"],
    }
    found = change(
        originalFile=FILE,
        oldString="\t\td()",
        newString="\t\te()\n\t\tf()",
        structuredPatch=[patch],
    )

    assert diff_of(found) == (
        "@@ -3,4 +3,5 @@\n func b() {\n \tif c {\n-\t\td()\n+\t\te()\n+\t\tf()\n \t}"
    )
    assert found.after() == FILE.replace("\t\td()", "\t\te()\n\t\tf()")


def test_two_spaces_stay_two_spaces() -> None:
    """A line that really begins with spaces is not given tabs."""
    patch = {"oldStart": 1, "oldLines": 2, "newStart": 1, "newLines": 2}
    found = change(
        originalFile="\tx\n  y\n",
        oldString="  y",
        newString="  z",
        structuredPatch=[patch | {"lines": ["   x", "-  y", "+  z"]}],
    )

    assert diff_of(found) == "@@ -1,2 +1,2 @@\n \tx\n-  y\n+  z"


def test_tabs_come_back_everywhere() -> None:
    """Also where the same text was replaced in many places."""
    before = "\ta\n" * 3
    lines = ["-  a", "+  b"] * 3
    found = change(
        originalFile=before,
        oldString="\ta",
        newString="\tb",
        replaceAll=True,
        structuredPatch=[
            {"oldStart": 1, "oldLines": 3, "newStart": 1, "newLines": 3, "lines": lines}
        ],
    )

    assert diff_of(found).split("\n")[1:] == ["-\ta", "+\tb"] * 3
    assert found.after() == "\tb\n" * 3


def test_a_patch_without_its_file_is_shown_as_it_is() -> None:
    """A large file is not in the report; the patch is still worth having."""
    patch = {"oldStart": 9, "oldLines": 1, "newStart": 9, "newLines": 1, "lines": ["-  a", "+  b"]}
    found = change(originalFile=None, oldString="a", newString="b", structuredPatch=[patch])

    assert diff_of(found) == "@@ -9,1 +9,1 @@\n-  a\n+  b"
    assert found.after() is None


def test_a_new_file_is_all_new_lines() -> None:
    """Before 2.0.76 the report of a new file does not even say that there was none."""
    found = change(type="create", content="a\nb\n")

    assert diff_of(found) == "@@ -0,0 +1,2 @@\n+a\n+b"
    assert found.after() == "a\nb\n"


def test_an_update_without_change_is_no_edit() -> None:
    """The same content written again has no diff."""
    assert diff_of(change(type="update", content="a\n", originalFile="a\n")) == ""
    assert diff_of(change(type="update", content="a\n", originalFile=None)) == ""


@pytest.mark.parametrize(
    ("before", "old", "new", "everywhere", "after"),
    [
        ("a b a", "a", "c", False, "c b a"),
        ("a b a", "a", "c", True, "c b c"),
        ("a\nb\nc\n", "b", "", False, "a\nc\n"),
        ("a\nb\nc\n", "b\n", "", False, "a\nc\n"),
        ("", "", "new", False, "new"),
        ("full", "", "new", False, None),
        ("a", "missing", "new", False, None),
    ],
)
def test_an_edit_tells_what_it_left(
    before: str,
    old: str,
    new: str,
    everywhere: bool,  # noqa: FBT001
    after: str | None,
) -> None:
    """The file after an edit follows from the file before it, or is not known."""
    found = change(originalFile=before, oldString=old, newString=new, replaceAll=everywhere)

    assert found.after() == after


def test_several_edits_follow_one_another() -> None:
    """MultiEdit of old versions names its file before the edits differently."""
    edits = [{"old_string": "a", "new_string": "b"}, {"old_string": "b", "new_string": "c"}]
    found = change(originalFileContents="a\n", edits=edits)

    assert found.after() == "c\n"
    assert diff_of(found) == "@@ -1 +1 @@\n-a\n+c"


@pytest.mark.parametrize(
    "report",
    [
        b"",
        b'"Error: no"',
        b'{"stdout":"\\"structuredPatch\\":"}',
        b'{"filePath":5,"structuredPatch":[]}',
        b'{"structuredPatch":[]}',
        b'[{"structuredPatch":[]}]',
    ],
)
def test_other_reports_are_no_edits(report: bytes) -> None:
    """Whatever else a tool reports is left alone."""
    assert decode_change(report) is None


@pytest.mark.parametrize(
    ("given_input", "expected"),
    [
        (
            {"file_path": "/a", "old_string": "x", "new_string": "y", "replace_all": False},
            ("/a", "@@ -1 +1 @@\n-x\n+y"),
        ),
        ({"file_path": "/a", "content": "x\n"}, ("/a", "@@ -0,0 +1 @@\n+x")),
        ({"notebook_path": "/a", "new_source": "x"}, ("/a", "@@ -0,0 +1 @@\n+x")),
        (
            {"file_path": "/a", "edits": [{"old_string": "x", "new_string": "y"}] * 2},
            ("/a", "@@ -1 +1 @@\n-x\n+y\n@@ -1 +1 @@\n-x\n+y"),
        ),
        ({}, ("", "")),
        ({"file_path": 5}, ("", "")),
    ],
)
def test_an_input_says_what_was_asked_for(
    given_input: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Where nothing was reported, the call itself shows the edit."""
    assert diff_of_input(given_input) == expected


def test_a_long_file_is_cut_around_its_edit() -> None:
    """Only the neighbourhood of an edit is looked at, and is numbered as in the file."""
    before = "".join(f"\tline {number}\n" for number in range(1, 2_001))
    body = ["   line 1499", "-  line 1500", "+  changed", "   line 1501"]
    patch = {"oldStart": 1499, "oldLines": 3, "newStart": 1499, "newLines": 3, "lines": body}
    found = change(
        originalFile=before,
        oldString="line 1500",
        newString="changed",
        structuredPatch=[patch],
    )

    assert diff_of(found) == (
        "@@ -1499,3 +1499,3 @@\n \tline 1499\n-\tline 1500\n+\tchanged\n \tline 1501"
    )


@given(st.binary())
def test_no_report_breaks_it(report: bytes) -> None:
    """A report that cannot be read is no edit."""
    decode_change(report + b'"structuredPatch":')
    decode_change(b'{"structuredPatch":' + report)


def test_a_change_keeps_its_report() -> None:
    """Nothing of what is used gets lost between JSON and struct."""
    found = change(type="create", content="x")

    assert msgspec.to_builtins(found)["filePath"] == "/p/a.go"
