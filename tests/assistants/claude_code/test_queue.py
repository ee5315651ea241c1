"""What a person types while the agent is busy is not lost, and not told twice."""

from typing import Any

import pytest

from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.events import Prompt
from tests.assistants.claude_code.session import HUMAN, PATH, Session, Side, joined, prompts


def test_a_prompt_typed_ahead_is_in_an_attachment() -> None:
    """The queue's own records then say nothing more."""
    session = Session()
    session.add("attachment", attachment={"type": "date"})
    session.bare(type="queue-operation", operation="enqueue", content="use tabs", sessionId="s1")
    session.bare(type="queue-operation", operation="remove", content="use tabs", sessionId="s1")
    session.add(
        "attachment",
        attachment={
            "type": "queued_command",
            "prompt": [{"type": "text", "text": "use tabs"}],
            "commandMode": "prompt",
            "origin": HUMAN,
        },
    )

    assert prompts(session) == [("human", "queued", "use tabs")]


@pytest.mark.parametrize(
    "attachment",
    [
        {"prompt": "<task-notification>done</task-notification>", "origin": HUMAN},
        {"prompt": "done", "commandMode": "task-notification"},
        {"prompt": "from an agent", "origin": {"kind": "peer"}},
        {"prompt": None},
    ],
)
def test_what_others_queue_is_no_prompt(attachment: dict[str, Any]) -> None:
    """Notices and messages of other agents wait in the same queue."""
    session = Session()
    session.add("attachment", attachment={"type": "queued_command"} | attachment)

    assert session.events(Prompt) == []


def test_before_attachments_the_queue_holds_the_words() -> None:
    """What is taken out in mid turn was said; what is pulled back was not."""
    session = Session(version="2.1.37")

    def queue(operation: str, **fields: Any) -> None:
        moment = f"2026-02-01T00:00:{len(session.lines):02}.000Z"
        session.bare(
            type="queue-operation",
            operation=operation,
            timestamp=moment,
            sessionId="s1",
            **fields,
        )

    session.user("start")
    queue("enqueue", content="<task-notification>done</task-notification>")
    queue("enqueue", content="please don't amend commits")
    queue("enqueue", content="/model")
    queue("remove")
    queue("enqueue", content="wait, let's discuss")
    queue("popAll", content="wait, let's discuss")
    queue("enqueue", content="becomes a prompt")
    queue("dequeue")
    session.user("becomes a prompt")
    queue("remove")
    queue("enqueue", content="first")
    queue("enqueue", content="second")
    queue("remove", content="second")
    queued = [event for event in session.events(Prompt) if event.origin == "queued"]

    assert [event.text for event in queued] == ["please don't amend commits", "second"]
    assert [event.id for event in queued] == [
        "s1@2026-02-01T00:00:02.000Z:queued",
        "s1@2026-02-01T00:00:12.000Z:queued",
    ]


def test_what_was_queued_and_then_typed_was_said_once() -> None:
    """An unlogged way out of the queue shows by the prompt that it became."""
    session = Session(version="2.1.37")
    session.bare(type="queue-operation", operation="enqueue", content="hello", sessionId="s1")
    session.user("hello")
    session.bare(type="queue-operation", operation="remove", sessionId="s1")

    assert prompts(session) == [("human", "typed", "hello")]


def test_notices_leave_the_queue_without_a_word() -> None:
    """They are counted, so that a person's prompt is not taken for one of them."""
    session = Session(version="2.1.37")
    notice = "<task-notification>done</task-notification>"
    for operation, content in (
        ("enqueue", notice),
        ("enqueue", notice),
        ("dequeue", None),
        ("remove", None),
        ("remove", None),
        ("enqueue", "use tabs"),
        ("remove", None),
    ):
        session.bare(type="queue-operation", operation=operation, content=content, sessionId="s1")

    assert prompts(session) == [("human", "queued", "use tabs")]


def test_words_that_can_no_longer_be_read_are_not_invented() -> None:
    """Only where they stood is remembered; the file may have been replaced meanwhile."""
    session = Session(version="2.1.37")
    session.bare(type="queue-operation", operation="enqueue", content="use tabs", sessionId="s1")
    session.bare(type="queue-operation", operation="remove", sessionId="s1")
    _, records = joined(session.lines)

    assert ClaudeCode().parser(PATH, b"", Side(b"")).feed(records, final=True).events == []
