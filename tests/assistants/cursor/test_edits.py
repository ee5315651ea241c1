"""What Cursor's tools change, seen from their inputs."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.cursor.edits import COMPARED_LINES, Change, changes, compare

PATCH = """*** Begin Patch
*** Update File: /p/a.py
@@ class A:
 one
-two
+three

*** Add File: /p/b.py
+new
*** Delete File: /p/c.py
*** End Patch
"""
PATCHED = [
    Change("/p/a.py", "@@ -1,3 +1,3 @@ class A:\n one\n-two\n+three\n \n"),
    Change("/p/b.py", "@@ -0,0 +1 @@\n+new\n"),
    Change("/p/c.py", ""),
]
LINES = st.lists(st.sampled_from(["a", "b", "", " c", "-d", "+e", "@@"]), max_size=12)


@pytest.mark.parametrize("given", [PATCH, PATCH.rstrip("\n"), {"patch": PATCH}, {"input": PATCH}])
def test_patch(given: object) -> None:
    """A patch is read as bare text and as a value of an object."""
    assert changes("ApplyPatch", given) == PATCHED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("*** Begin Patch\n*** End Patch", []),
        ("*** Update File: /a\n+x", [Change("/a", "@@ -0,0 +1 @@\n+x\n")]),
        ("*** Update File: /a\n*** Move to: /b\n", [Change("/b", "")]),
        ("*** Update File: \n+x", []),
        ("*** Update File: /a\n@@\n-x\n@@ f @@\n-y\n*** End of File", None),
    ],
)
def test_odd_patches(text: str, expected: list[Change] | None) -> None:
    """Cut, empty and several hunks are read as far as they go."""
    two_hunks = [Change("/a", "@@ -1 +0,0 @@\n-x\n@@ -1 +0,0 @@ f\n-y\n")]

    assert changes("ApplyPatch", text) == (two_hunks if expected is None else expected)


@pytest.mark.parametrize(
    ("tool", "given", "expected"),
    [
        ("Write", {"path": "/a", "contents": "x\ny\n"}, "@@ -0,0 +1,2 @@\n+x\n+y\n"),
        ("Write", {"path": "/a", "contents": ""}, ""),
        ("Write", {"path": "/a"}, ""),
        (
            "StrReplace",
            {"path": "/a", "old_string": "x", "new_string": "y"},
            "@@ -1 +1 @@\n-x\n+y\n",
        ),
        ("StrReplace", {"path": "/a", "old_string": "x"}, "@@ -1 +0,0 @@\n-x\n"),
        ("EditNotebook", {"target_notebook": "/a", "new_string": "x"}, "@@ -0,0 +1 @@\n+x\n"),
        ("Delete", {"path": "/a"}, ""),
    ],
)
def test_tools(tool: str, given: object, expected: str) -> None:
    """Each tool that edits gives the path and a diff of what its input holds."""
    assert changes(tool, given) == [Change("/a", expected)]


@pytest.mark.parametrize(
    ("tool", "given"),
    [
        ("Read", {"path": "/a"}),
        ("Write", {"contents": "x"}),
        ("Write", {"path": 7}),
        ("Write", "text"),
        ("Delete", None),
        ("ApplyPatch", {"patch": 7}),
        ("ApplyPatch", None),
    ],
)
def test_no_edits(tool: str, given: object) -> None:
    """Other tools, and inputs without a path, change nothing that we know of."""
    assert changes(tool, given) == []


@given(before=LINES, after=LINES)
def test_diff_applies(before: list[str], after: list[str]) -> None:
    """Short fragments give a diff whose lines lead from the one to the other."""
    old, new = ("".join(f"{line}\n" for line in lines) for lines in (before, after))
    body = [line for line in compare(old, new).split("\n")[:-1] if not line.startswith("@@ -")]
    removed = [line[1:] for line in body if line[0] == "-"]
    added = [line[1:] for line in body if line[0] == "+"]

    assert sorted([*before, *added]) == sorted([*after, *removed])
    assert bool(body) == (before != after)


@pytest.mark.parametrize("count", [3, 40, COMPARED_LINES + 1])
def test_diff_is_one_that_patch_takes(tmp_path: Path, count: int) -> None:
    """The diff turns the old fragment into the new one, in the hands of git."""
    old = "".join(f"line {number}\n" for number in range(count))
    new = old.replace("line 1\n", "line one\nand more\n")
    (tmp_path / "a").write_text(old, "utf-8")
    (tmp_path / "a.diff").write_text(f"--- a/a\n+++ b/a\n{compare(old, new)}", "utf-8")
    subprocess.run(["git", "apply", "a.diff"], cwd=tmp_path, check=True)

    assert (tmp_path / "a").read_text("utf-8") == new
