"""The whole loop: three corrections in real sessions become a skill that the next one reads."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import msgspec
import pytest
import skills_ref

from tests.e2e.claude import play_claude
from tests.e2e.codex import play_codex
from tests.e2e.corrections import LESSONS, Assistant, ask_in_new_session
from tests.e2e.daemon import Daemon
from tests.e2e.scratch import Scratch, make_scratch

PLAYERS: dict[str, Callable[[Path, Scratch], AbstractContextManager[Assistant]]] = {
    "claude_program": play_claude,
    "codex_program": play_codex,
}

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


class Learned(msgspec.Struct, frozen=True):
    """What stands after three corrected sessions; `sessions` by the words that were said."""

    assistant: Assistant
    daemon: Daemon
    sessions: dict[str, str]
    skill: Path


@pytest.fixture(scope="module", params=list(PLAYERS))
def learned(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Learned]:
    """Correct an assistant in three sessions while the daemon runs, and await the skill."""
    program: Path = request.getfixturevalue(request.param)
    scratch = make_scratch(tmp_path_factory.mktemp("learning"))
    with ExitStack() as stack:
        assistant = stack.enter_context(PLAYERS[request.param](program, scratch))
        daemon = stack.enter_context(Daemon(scratch))
        sessions = {}
        for words, correct in LESSONS.items():
            with assistant.start() as session:
                correct(session)
                sessions[words] = session.leave()
            daemon.await_end(sessions[words])
        (listed,) = daemon.await_result(lambda: daemon.ask("skills"), "a skill")
        yield Learned(assistant, daemon, sessions, assistant.skills / listed["name"])


def test_skill_is_valid_and_says_what_was_said(learned: Learned) -> None:
    """The project has one skill, in the standard form, that names both sides of the lesson."""
    body = (learned.skill / "SKILL.md").read_text("utf-8")

    assert [learned.skill] == sorted(learned.assistant.skills.iterdir())
    assert skills_ref.validate(learned.skill) == []
    assert "pnpm" in body
    assert "npm" in body.replace("pnpm", "")


def test_next_session_is_told_of_the_skill(learned: Learned) -> None:
    """A fourth real session sends the skill's name and description to its model."""
    skill = skills_ref.read_properties(learned.skill)

    told = ask_in_new_session(learned.assistant)

    assert skill.name in told
    assert skill.description in told


def test_corrections_hold_the_users_own_words(learned: Learned) -> None:
    """Each session gave one correction, with its channel and exactly what was typed."""
    rows = learned.daemon.ask("corrections")

    assert {row["assistant"] for row in rows} == {learned.assistant.name}
    assert {row["quote"]: (row["session"], row["channel"]) for row in rows} == {
        words: (session, channel)
        for (words, session), channel in zip(
            learned.sessions.items(), learned.assistant.channels, strict=True
        )
    }


def test_why_leads_back_to_the_three_sessions(learned: Learned) -> None:
    """The lineage of the skill names every session and quotes what was said in it."""
    (lineage,) = learned.daemon.ask("why", learned.skill.name)

    assert set(lineage["skill"]["sessions"]) == set(learned.sessions.values())
    assert {
        source["quote"]: source["session"]
        for lesson in lineage["lessons"]
        for source in lesson["sources"]
    } == learned.sessions
