"""What a parser keeps between two looks at a file is small and can be lost."""

from hivemindd.assistants.claude_code.assistant import ClaudeCode
from tests.assistants.claude_code.session import PATH, Session, Side, joined


def test_a_state_that_cannot_be_read_starts_anew() -> None:
    """A state of another version, or a damaged one, costs what it held and no more."""
    session = Session()
    session.user("hello")
    data, records = joined(session.lines)
    for state in (b"\xff", b"\x91\x01", b'{"a":1}'):
        parsed = ClaudeCode().parser(PATH, state, Side(data)).feed(records, final=True)

        assert len(parsed.events) == 1


def test_the_state_stays_small() -> None:
    """However long a session grows, a few KB say where it stands."""
    session = Session()
    for number in range(400):
        session.user(f"prompt {number}")
        session.write(f"/home/dev/work/{number}.py", "x = 1\n" * 100)
        session.call(f"open{number}", "Edit", {"file_path": f"/{number}", "old_string": "a" * 500})
        session.bare(type="queue-operation", operation="enqueue", content="word " * 200)
    data, records = joined(session.lines)
    parser = ClaudeCode().parser(PATH, b"", Side(data))
    parser.feed(records, final=True)

    assert len(parser.state()) < 8_192


def test_names_that_are_none_are_not_kept() -> None:
    """A transcript cannot fill the state with ids and paths of any length."""
    session = Session(uuid="u" * 100_000, parentUuid="p" * 100_000)
    session.user("hello")
    session.write("/" + "a" * 100_000, "x")
    session.reply(reply="m" * 100_000)
    session.call("t" * 100_000, "Edit", {"file_path": "/a"})
    session.bare(type="mode", sessionId="s" * 100_000, cwd="/" * 100_000)
    data, records = joined(session.lines)
    parser = ClaudeCode().parser(PATH, b"", Side(data))
    parsed = parser.feed(records, final=True)

    assert len(parser.state()) < 8_192
    assert {len(event.id) < 100 for event in parsed.events} == {True}
