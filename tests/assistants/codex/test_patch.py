"""What a Codex patch does to each file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.codex.patch import FileDiff, from_changes, from_text, in_command, resolve
from hivemindd.assistants.codex.records import Change

PATCH = """*** Begin Patch
*** Update File: src/a.py
@@ def f():
 one
-two
+TWO
@@
-x

+y
*** End of File
*** Add File: /abs/b.txt
+first
+second
*** Delete File: old.txt
*** Update File: from.md
*** Move to: to.md
 kept
+more
*** End Patch
"""


def test_text_of_a_patch() -> None:
    """Every file of a patch text comes out with its own hunks and an absolute path."""
    assert list(from_text(PATCH, "/repo")) == [
        FileDiff(
            "/repo/src/a.py",
            "@@ def f():\n one\n-two\n+TWO\n@@\n-x\n\n+y\n",
            "/repo/src/a.py",
        ),
        FileDiff("/abs/b.txt", "@@ -0,0 +1,2 @@\n+first\n+second\n", "/abs/b.txt"),
        FileDiff("/repo/old.txt", "", "/repo/old.txt"),
        FileDiff(
            "/repo/from.md",
            "rename from /repo/from.md\nrename to /repo/to.md\n@@\n kept\n+more\n",
            "/repo/to.md",
        ),
    ]


@pytest.mark.parametrize("text", ["", "no patch", "*** Begin Patch\n*** End Patch", "*** Begin"])
def test_text_without_files(text: str) -> None:
    """A text that names no file changes none."""
    assert list(from_text(text, "/repo")) == []


@given(st.text(alphabet="*+-@ \nabBeginEdPtchAFl:UpM", max_size=200))
def test_any_text(text: str) -> None:
    """Whatever the agent wrote as a patch, reading it never fails."""
    for file in from_text(f"*** Begin Patch\n{text}", "/repo"):
        assert file.path
        assert file.now


def test_changes_of_a_result() -> None:
    """A result gives whole files as diffs, and a moved file under its new path."""
    changes = {
        "/r/new": Change(type="add", content="1\n2\n"),
        "/r/no-newline": Change(type="add", content="1"),
        "/r/empty": Change(type="add", content=""),
        "/r/gone": Change(type="delete", content="a\u2028b\n"),
        "/r/edited": Change(type="update", unified_diff="@@ -1 +1 @@\n-a\n+b\n"),
        "/r/moved": Change(type="update", unified_diff="", move_path="/r/there"),
    }

    assert list(from_changes(changes)) == [
        FileDiff("/r/new", "@@ -0,0 +1,2 @@\n+1\n+2\n", "/r/new"),
        FileDiff(
            "/r/no-newline", "@@ -0,0 +1 @@\n+1\n\\ No newline at end of file\n", "/r/no-newline"
        ),
        FileDiff("/r/empty", "", "/r/empty"),
        FileDiff("/r/gone", "@@ -1 +0,0 @@\n-a\u2028b\n", "/r/gone"),
        FileDiff("/r/edited", "@@ -1 +1 @@\n-a\n+b\n", "/r/edited"),
        FileDiff("/r/moved", "rename from /r/moved\nrename to /r/there\n", "/r/there"),
    ]


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        ("apply_patch <<'EOF'\n*** Begin Patch\nX\n*** End Patch\nEOF", "/repo"),
        ("cd sub && apply_patch <<EOF\n*** Begin Patch\nX\n*** End Patch\nEOF", "/repo/sub"),
        ("cd '/a b' && applypatch <<EOF\n*** Begin Patch\nX\n*** End Patch\nEOF", "/a b"),
        ("true; apply_patch <<EOF\n*** Begin Patch\nX\n*** End Patch\nEOF", "/repo"),
        (["bash", "-lc", "apply_patch <<EOF\n*** Begin Patch\nX\n*** End Patch\nEOF"], "/repo"),
        (["apply_patch", "*** Begin Patch\nX\n*** End Patch\n"], "/repo"),
    ],
)
def test_patch_inside_a_command(command: str | list[str], folder: str) -> None:
    """A patch that a shell command applies is found, with the folder it applies in."""
    text, found = in_command(command, "/repo")

    assert text.startswith("*** Begin Patch\nX")
    assert found == folder


@pytest.mark.parametrize(
    "command",
    [
        "",
        [],
        "ls",
        "cat apply_patch.md",
        "echo '*** Begin Patch'",
        ["bash", "-lc", "grep -r 'Begin Patch' ."],
        "echo apply_patch '*** Begin Patch'",
    ],
)
def test_command_without_a_patch(command: str | list[str]) -> None:
    """A command that only speaks of patches applies none."""
    assert in_command(command, "/repo")[0] == ""


@pytest.mark.parametrize(
    ("path", "folder", "found"),
    [
        ("a/../b.txt", "/r", "/r/b.txt"),
        ("/abs", "/r", "/abs"),
        ("C:\\x\\y", "/r", "C:\\x\\y"),
        ("a.txt", "", "a.txt"),
    ],
)
def test_resolve(path: str, folder: str, found: str) -> None:
    """Relative paths are joined to the folder, absolute ones of any system stay."""
    assert resolve(path, folder) == found
