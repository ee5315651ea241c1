"""Results of tools, and what a person says when a call is refused, allowed or answered."""

from hivemindd.events import Denial, Edit, Prompt, ToolCall, ToolResult
from tests.assistants.claude_code.session import PATH, SAID, STOP, Session, prompts


def test_a_refusal_gives_its_words_twice() -> None:
    """Once as the refusal's own, once as a prompt that can be quoted."""
    session = Session()
    session.call("t1", "Bash", {"command": "npm i"})
    record = session.result("t1", SAID + "pnpm here", failed=True)
    result, denial, prompt = session.events(ToolResult, Denial, Prompt)

    assert result.failed
    assert (denial.id, denial.call, denial.feedback) == (f"{record}:denial", "t1", "pnpm here")
    assert (prompt.id, prompt.call, prompt.origin) == (f"{record}:feedback", "t1", "feedback")
    assert prompt.text == "pnpm here"


def test_calls_refused_together_were_refused_with_one_sentence() -> None:
    """The harness copies the words to every call that waited; they were said once."""
    session = Session()
    for call in ("t1", "t2"):
        session.call(call, "Bash", {"command": call}, reply="m1")
    for call in ("t1", "t2"):
        session.result(call, SAID + "one at a time", failed=True)
    session.call("t3", "Bash", {"command": "again"}, reply="m2")
    session.result("t3", SAID + "one at a time", failed=True)

    assert [(event.call, event.feedback) for event in session.events(Denial)] == [
        ("t1", "one at a time"),
        ("t2", ""),
        ("t3", "one at a time"),
    ]
    assert len(session.events(Prompt)) == 2


def test_a_refused_edit_shows_what_was_refused() -> None:
    """Its diff comes from the call, since the result holds none."""
    session = Session()
    session.call("t1", "Edit", {"file_path": "/a", "old_string": "x\n", "new_string": "y\n"})
    session.result("t1", STOP, failed=True)
    session.call("t2", "Write", {"file_path": "/b", "content": "x\n"})
    session.result("t2", "<tool_use_error>File has not been read yet</tool_use_error>", failed=True)

    assert [(event.path, event.state, event.diff) for event in session.events(Edit)] == [
        ("/a", "declined", "@@ -1 +1 @@\n-x\n+y"),
        ("/b", "failed", "@@ -0,0 +1 @@\n+x"),
    ]


def test_a_comment_on_an_accepted_call_is_a_persons() -> None:
    """It stands beside the result, and names the call."""
    session = Session()
    session.call("t1", "Bash", {"command": "ls"})
    record = session.result("t1", aside="good, but quieter")
    (prompt,) = session.events(Prompt)

    assert (prompt.id, prompt.origin, prompt.call) == (f"{record}:comment", "comment", "t1")
    assert prompt.text == "good, but quieter"


def test_a_reminder_beside_a_result_is_not() -> None:
    """What the harness puts there has its marks."""
    session = Session()
    session.call("t1", "Bash", {"command": "ls"})
    session.result("t1", aside="<system-reminder>\nbe brief\n</system-reminder>")

    assert session.events(Prompt) == []


def test_answers_are_a_persons_words() -> None:
    """What was picked or typed, and what was noted beside it; the questions are not."""
    session = Session()
    session.call("t1", "AskUserQuestion", {"questions": []})
    report = {
        "questions": [{"question": "Which?"}, {"question": "When?"}],
        "answers": {"Which?": "spaces, never tabs", "When?": ["now", "later"]},
        "annotations": {"Which?": {"notes": "two of them"}},
    }
    session.result("t1", 'The user answered: "Which?"="spaces, never tabs"', toolUseResult=report)

    assert prompts(session) == [("human", "answer", "spaces, never tabs\nnow\nlater\ntwo of them")]


def test_results_say_how_it_ended() -> None:
    """Text of all parts, whether it failed, and the code that a command left."""
    session = Session()
    session.result(
        "t1", [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    )
    session.result("t2", "Exit code 127\nnot found", failed=True)
    session.result("t3", "Exit code 0 is what it said")

    assert [
        (event.output, event.failed, event.exit_code) for event in session.events(ToolResult)
    ] == [
        ("a\nb", False, None),
        ("Exit code 127\nnot found", True, 127),
        ("Exit code 0 is what it said", False, None),
    ]


def test_edits_of_a_subagent_come_from_its_calls() -> None:
    """Its results have no report; everything in its file is a sidechain."""
    session = Session(isSidechain=True, agentId="a1")
    session.user("you are to fix it")
    session.call("t1", "Edit", {"file_path": "/a", "old_string": "x", "new_string": "y"})
    session.result("t1", "The file /a has been updated successfully.")
    events = session.events(path=PATH.parent / "s1/subagents/agent-a1.jsonl")

    assert [type(event) for event in events] == [ToolCall, ToolResult, Edit]
    assert (events[2].path, events[2].diff, events[2].state) == (
        "/a",
        "@@ -1 +1 @@\n-x\n+y",
        "applied",
    )
    assert {event.sidechain for event in events} == {True}


def test_a_wish_to_talk_keeps_the_answers_that_were_given() -> None:
    """Whoever leaves a questionnaire for the chat may have answered a part of it."""
    session = Session()
    session.call("t1", "AskUserQuestion", {"questions": []})
    text = 'The user wants to clarify these questions.\n\n- "When?"\n  Answer: at the end'
    record = session.result("t1", SAID + text, failed=True)
    (denial,) = session.events(Denial)
    (prompt,) = session.events(Prompt)

    assert denial.feedback == ""
    assert (prompt.id, prompt.origin, prompt.text) == (f"{record}:answer", "answer", "at the end")


def test_several_results_in_one_record_are_told_apart() -> None:
    """Each has an id of its own, and the one report belongs to the first."""
    session = Session()
    session.call("t1", "Write", {"file_path": "/a", "content": "x"})
    session.call("t2", "Write", {"file_path": "/b", "content": "y"})
    report = {"type": "create", "filePath": "/a", "content": "x", "structuredPatch": []}
    record = session.user(
        [{"type": "tool_result", "tool_use_id": call, "content": "ok"} for call in ("t1", "t2")],
        toolUseResult=report,
    )

    assert [(event.id, event.call) for event in session.events(ToolResult, Edit)] == [
        (record, "t1"),
        (f"{record}:edit", "t1"),
        (f"{record}:1", "t2"),
        (f"{record}:1:edit", "t2"),
    ]


def test_a_result_without_its_call_is_taken_as_it_is() -> None:
    """The call may lie in a file that is gone; an edit is then only known by its report."""
    session = Session()
    session.result("lost", "The file /a has been updated successfully.")
    session.result("lost too", STOP, failed=True)

    assert [type(event) for event in session.events()] == [ToolResult, ToolResult, Denial]


def test_an_edit_without_patch_and_file_shows_its_strings() -> None:
    """That is how the report of an edit of a very large file may look."""
    session = Session()
    report = {"filePath": "/a", "oldString": "x", "newString": "y", "structuredPatch": []}
    session.result("t1", toolUseResult=report | {"originalFile": None})

    assert [event.diff for event in session.events(Edit)] == ["@@ -1 +1 @@\n-x\n+y"]
