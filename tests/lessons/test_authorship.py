"""Who changed a file: people are told from formatters, fixers, git and hooks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.events import Prompt, ToolCall, ToolResult
from hivemindd.lessons.authorship import Trace, judge, names

DIFF = "@@ -1,2 +1,2 @@\n def load(path):\n-    print(path)\n+    logger.info(path)"


def ran(command: str, output: str = "") -> list[ToolCall | ToolResult]:
    """Return a command and what it printed."""
    result = ToolResult(
        id="b", ts=0, seq=1, session="s", assistant="codex", author="tool", call="c", output=output
    )
    call = ToolCall(
        id="a",
        ts=0,
        seq=0,
        session="s",
        assistant="codex",
        author="agent",
        call="c",
        name="Bash",
        target=command,
    )
    return [call, result]


def said(text: str) -> Prompt:
    """Return a person's words."""
    return Prompt(id="p", ts=0, seq=0, session="s", assistant="codex", author="human", text=text)


def trace(diff: str = DIFF, path: str = "/p/app.py", **fields: Any) -> Trace:
    """Return a change that was seen a minute after the agent wrote."""
    values: dict[str, Any] = {"wrote": 1_000, "seen": 61_000, **fields}
    return Trace(path, diff, **values)


def test_a_change_with_nothing_in_between_is_a_persons() -> None:
    """Where no tool ran and the words changed, only a hand is left."""
    assert judge(trace()).author == "human"


@pytest.mark.parametrize(
    "command", ["pytest -q", "git diff app.py | head", "cat app.py && ls", "go vet ./..."]
)
def test_reading_and_testing_do_not_count(command: str) -> None:
    """A command that leaves files alone says nothing about the author."""
    assert judge(trace(since=ran(command))).author == "human"


@pytest.mark.parametrize(
    "command",
    [
        "git checkout -- app.py",
        "git stash pop",
        "sed -i s/print/logger.info/ app.py",
        "cat > app.py <<'EOF'\nx\nEOF",
        "make fmt",
        "npm run lint:fix",
        "pyupgrade app.py",
        "pytest --snapshot-update",
        "UPDATE_GOLDEN=1 go test ./...",
        "pre-commit run --all-files",
    ],
)
def test_what_writes_the_file_is_the_author(command: str) -> None:
    """Fixers, git, generators and updating tests have done it."""
    verdict = judge(trace(since=ran(command)))

    assert verdict.author == "tool"
    assert command.partition(" ")[0] in verdict.reason


@pytest.mark.parametrize(
    "command", ["python tools/rewrite.py", "./x.sh", "black .", "ruff check .", "git commit -m x"]
)
def test_what_may_have_written_leaves_it_open(command: str) -> None:
    """An unknown program, a formatter that changes no words, and hooks decide nothing."""
    assert judge(trace(since=ran(command))).author == "unsure"


def test_a_commit_that_tells_of_no_hook_had_none() -> None:
    """The output of a commit shows whether hooks ran."""
    plain = "[main 0a1b2c3] Add it\n 1 file changed, 2 insertions(+)"

    assert judge(trace(since=ran("git commit -m x", plain))).author == "human"
    assert judge(trace(since=ran("git commit -m x", f"ruff....Failed\n{plain}"))).author == "unsure"


def replaced(before: str, after: str) -> str:
    """Return the diff that takes out one text and puts in another."""
    removed = "".join(f"-{line}\n" for line in before.splitlines())
    return f"@@ -1 +1 @@\n{removed}" + "".join(f"+{line}\n" for line in after.splitlines())


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", "f(a,b)\n", "f(\n    a,\n    b,\n)\n"),
        ("a.py", "import b\nimport a\nx = 'y'\n", 'import a\nimport b\n\nx = "y"\n'),
        ("a.json", '{"a": 1, "b": [2]}', '{\n  "b": [2],\n  "a": 1\n}\n'),
        ("a.toml", "a = 1\nb = 'c'\n", 'a=1\nb = "c"\n'),
        ("a.ts", "const a = 'b';\nf(a, c,)\n", 'const a = "b"\nf(\n  a,\n  c\n)\n'),
        ("a.go", "x  := 1 // one\n", "x := 1   // one\n"),
        ("a.md", "one two\nthree", "one\ntwo three\n"),
    ],
)
def test_layout_is_a_tools_work(path: str, before: str, after: str) -> None:
    """Texts that say the same were formatted, whether or not a formatter was seen."""
    diff = replaced(before, after)

    assert judge(trace(diff, path)).author == "tool"
    assert judge(trace(diff, path, before=before, after=after)).author == "tool"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", "x = 1  # load it\n", "x = 1\n"),
        ("a.py", "if a:\n    b()\nc()\n", "if a:\n    b()\n    c()\n"),
        ("a.ts", "say('a b')\n", "say('ab')\n"),
        ("a.json", '{"a": 1}', '{"a": 2}'),
        ("a.yml", "a:\n  b: 1\n  c: 2\n", "a:\n  b: 1\nc: 2\n"),
    ],
)
def test_more_than_layout_is_not(path: str, before: str, after: str) -> None:
    """Comments, strings, values and meaningful indentation are what people change."""
    found = judge(trace(replaced(before, after), path, before=before, after=after))

    assert found.author == "human"


def test_signs_of_others() -> None:
    """Conflict marks, generated files, haste, moved trees and strange places speak against it."""
    conflict = DIFF + "\n+<<<<<<< HEAD\n+=======\n+>>>>>>> other"

    assert judge(trace(conflict)).author == "tool"
    assert judge(trace(path="/p/package-lock.json")).author == "tool"
    assert judge(trace(seen=2_000)).author == "tool"
    assert judge(trace(seen=8_000)).author == "unsure"
    assert judge(trace(seen=8_000, since=[said("now the tests")])).author == "human"
    assert judge(trace(since=[said("I rebased onto main, go on")])).author == "unsure"
    assert judge(trace(lines=frozenset({"something else entirely"}))).author == "unsure"
    assert judge(trace(lines=frozenset({"print(path)"}))).author == "human"
    assert judge(trace("@@ -1,0 +2 @@\n+import os", "a.py")).author == "unsure"
    assert judge(trace(doubt="another session was at work")).author == "unsure"


def test_words_that_name_a_change() -> None:
    """The file, a name in the change, or a person's own act on it; not just any words."""
    assert names("see app.py", "/p/app.py", DIFF)
    assert names("we use logger.info here", "/p/app.py", DIFF)
    assert names("I swapped the print for the logger", "/p/app.py", DIFF)
    assert not names("continue", "/p/app.py", DIFF)
    assert not names("now the next application", "/p/app.py", DIFF)


_NAMES = st.sampled_from(["alpha", "beta", "gamma", "load_all"])
_LINES = st.lists(
    st.builds("{} = {}({}, 'a b')".format, _NAMES, _NAMES, _NAMES), min_size=1, max_size=6
)


def _as_diff(before: list[str], after: list[str]) -> str:
    return "\n".join(["@@ -1 +1 @@", *(f"-{x}" for x in before), *(f"+{x}" for x in after)])


@given(_LINES, st.sampled_from(["py", "ts", "go"]), st.data())
def test_respaced_code_is_never_a_persons(
    lines: list[str], suffix: str, data: st.DataObject
) -> None:
    """However a formatter spaces and quotes code, the change is a tool's."""
    gap = data.draw(st.sampled_from(["", " ", "   "]))
    quote = data.draw(st.sampled_from(["'", '"']))
    after = [
        line.replace(", ", f",{gap}").replace(" = ", f"{gap}={gap}").replace("'", quote)
        for line in lines
    ]

    verdict = judge(trace(_as_diff(lines, after), f"/p/a.{suffix}"))

    assert verdict.author == "tool"


@given(_LINES, _LINES, st.sampled_from([5_000, 61_000]))
def test_no_command_in_between_makes_a_change_more_human(
    before: list[str], after: list[str], seen: int
) -> None:
    """Adding a reason for doubt never turns a tool's or an open change into a person's."""
    one = trace(_as_diff(before, after), seen=seen)
    plain = judge(one).author
    for command in ("pytest", "./unknown", "git stash pop", "black ."):
        more = judge(trace(_as_diff(before, after), seen=one.seen, since=ran(command))).author
        assert plain == "human" or more != "human"


@given(st.text(max_size=300), st.text(max_size=30))
def test_any_text_gets_a_verdict(diff: str, path: str) -> None:
    """Nothing in a transcript makes it fail."""
    assert judge(trace(diff, path)).reason


@given(st.text(alphabet="gitsed -i>|&;$(`'\"\\\n<EOF{}x.py ", max_size=80))
def test_any_command_gets_a_verdict(command: str) -> None:
    """However broken a command is, it has an effect or is unknown."""
    assert judge(trace(since=ran(command))).author in {"human", "tool", "unsure"}
