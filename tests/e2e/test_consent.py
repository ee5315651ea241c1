"""A switch in the environment of an assistant, and nothing of its session is kept."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from hivemindd.records import MISSED
from tests.e2e.claude import ClaudeCode, play_claude
from tests.e2e.codex import Codex, play_codex
from tests.e2e.corrections import LATER, Assistant, ask_later
from tests.e2e.daemon import Daemon
from tests.e2e.scratch import Scratch, make_scratch

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

NO = {"HIVEMIND_CAPTURE": "false"}
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
        with assistant.start(**NO) as session:
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


def test_a_session_of_a_moment_is_asked_too(claude: ClaudeCode, tmp_path: Path) -> None:
    """`claude -p` lives for a fraction of a second; it leaves 0 events, or all of them."""
    with Daemon(Scratch(tmp_path.resolve())) as daemon:
        public = [claude.print(LATER)]
        private = [claude.print(LATER, **NO) for _ in range(6)]
        public.append(claude.print(LATER, HIVEMIND_WORKSPACE_ID="elsewhere"))
        for session in private + public:
            daemon.await_end(session)
        rows = {row["id"]: row for row in daemon.ask("sessions")}

    assert [rows[each]["events"] for each in private] == [0] * len(private)
    assert not any(rows[each]["captured"] for each in private)
    named = rows[public[1]]
    assert (named["workspace"], named["events"] > 0) == ("elsewhere", True), named["why_not"]
    # In a home where it has never run nothing can be watched yet: that one may be missed.
    first = rows[public[0]]
    assert first["events"] > 0 or first["why_not"] == MISSED


def test_a_session_in_the_daemon_of_codex_is_not_captured(codex: Codex, tmp_path: Path) -> None:
    """The terminal is asked, not the daemon, which has the wishes of the first of them."""
    ids: list[str] = []
    try:
        with Daemon(Scratch(tmp_path.resolve())) as daemon:
            for number, wish in enumerate(({}, NO, {}), 1):
                with codex.start_shared(**wish) as session:
                    ask_later(session)
                    daemon.await_result(partial(_has_rows, daemon, number), "a row")
                    ids.append(session.leave())
            rows = {row["id"]: row for row in daemon.ask("sessions")}
    finally:
        codex.end_daemon()

    assert [rows[each]["events"] > 0 for each in ids] == [True, False, True]
    assert rows[ids[1]]["why_not"] == "HIVEMIND_CAPTURE=false in its environment"


def _has_rows(daemon: Daemon, number: int) -> bool:
    return len(daemon.ask("sessions")) == number
