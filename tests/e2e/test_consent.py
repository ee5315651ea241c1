"""A switch in the environment of an assistant, and nothing of its session is kept."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.e2e.claude import play_claude
from tests.e2e.codex import play_codex
from tests.e2e.corrections import LATER, Assistant, ask_later
from tests.e2e.daemon import Daemon
from tests.e2e.scratch import Scratch, make_scratch

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PLAYERS: dict[str, Callable[[Path, Scratch], AbstractContextManager[Assistant]]] = {
    "claude_program": play_claude,
    "codex_program": play_codex,
}


@pytest.mark.parametrize("program", list(PLAYERS))
def test_a_session_that_says_no_is_not_captured(
    program: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """`HIVEMIND_CAPTURE=false` is read before the first event; without it all is captured."""
    scratch = make_scratch(tmp_path)
    path: Path = request.getfixturevalue(program)
    with PLAYERS[program](path, scratch) as assistant, Daemon(scratch) as daemon:
        with assistant.start(HIVEMIND_CAPTURE="false") as session:
            ask_later(session)
            daemon.await_result(lambda: daemon.ask("sessions"), "a row for the session")
            private = session.leave()
        with assistant.start() as session:
            ask_later(session)
            public = session.leave()
        daemon.await_end(private)
        daemon.await_end(public)
        rows = {row["id"]: row for row in daemon.ask("sessions")}
        words = [event.get("text") for event in daemon.ask("events", public)]

    assert rows[private]["captured"] is False
    assert rows[private]["events"] == 0
    assert "HIVEMIND_CAPTURE" in rows[private]["why_not"]
    assert LATER in words
