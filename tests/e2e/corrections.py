"""Three ways to teach an assistant the same lesson, in any assistant's words."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from tests.e2e.loopback import Turn, strings

REJECTED = "no, use pnpm instead of npm"
RESTATED = "stop, use pnpm instead of npm"
FOLLOWED_UP = "use pnpm, not npm"
LATER = "what does this project do?"

TURNS = (
    Turn(after=LATER, say="It is still empty."),
    Turn(after=REJECTED, say="Understood, I will take pnpm."),
    Turn(after=RESTATED, say="Fine, pnpm then."),
    Turn(after=FOLLOWED_UP, say="Noted, pnpm it is."),
    Turn(after="added 1 package", say="The test runner is installed."),
    Turn(after="please add zod", say="Adding zod.", run="npm install zod"),
    Turn(after="we need date-fns", say="I will run npm install date-fns.", held=True),
    Turn(after="add a test runner", say="Adding vitest.", run="npm install vitest"),
)


class Session(Protocol):
    """What a person can do in a running assistant; every step waits for its screen."""

    def submit(self, words: str) -> None:
        """Type a prompt and send it."""

    def refuse(self, command: str, words: str) -> None:
        """Refuse to let a command run, and say what to do instead."""

    def approve(self, command: str) -> None:
        """Let a command run, once."""

    def interrupt(self, reply: str) -> None:
        """Stop the agent in the middle of a reply."""

    def await_answer(self, reply: str) -> None:
        """Wait until a reply stands there and the agent waits for the next prompt."""

    def leave(self) -> str:
        """Leave the assistant and return the id that it gave the session."""


class Assistant(Protocol):
    """A real assistant in a scratch home, with a model that is played."""

    name: str
    """What the daemon calls it."""
    channels: tuple[str, str, str]
    """How the daemon calls the ways of `LESSONS` in its transcripts."""
    skills: Path
    """The folder in the project where it looks for skills."""

    def start(self, **more: str) -> AbstractContextManager[Session]:
        """Run it in the project until the block ends, with `more` in its environment."""

    def records(self, session: str) -> list[dict[str, Any]]:
        """Return the records of a session's transcript."""

    def requests(self) -> list[dict[str, Any]]:
        """Return what the model was sent so far, oldest first."""


def correct_by_refusal(session: Session) -> None:
    """Refuse a command with words."""
    session.submit("please add zod")
    session.refuse("npm install zod", REJECTED)
    session.await_answer("Understood, I will take pnpm.")


def correct_by_interrupt(session: Session) -> None:
    """Interrupt the agent and say it again."""
    session.submit("we need date-fns")
    session.interrupt("I will run npm install date-fns.")
    session.submit(RESTATED)
    session.await_answer("Fine, pnpm then.")


def correct_by_follow_up(session: Session) -> None:
    """Let the agent finish, then correct what it did."""
    session.submit("add a test runner")
    session.approve("npm install vitest")
    session.await_answer("The test runner is installed.")
    session.submit(FOLLOWED_UP)
    session.await_answer("Noted, pnpm it is.")


def ask_later(session: Session) -> None:
    """Ask something that has nothing to do with the lesson."""
    session.submit(LATER)
    session.await_answer("It is still empty.")


LESSONS: dict[str, Callable[[Session], None]] = {
    REJECTED: correct_by_refusal,
    RESTATED: correct_by_interrupt,
    FOLLOWED_UP: correct_by_follow_up,
}
"""The user's own words, and how they come to be said."""


def ask_in_new_session(assistant: Assistant) -> str:
    """Ask something later, in a session of its own, and return all that the model was told."""
    with assistant.start() as session:
        ask_later(session)
        session.leave()
    return strings(assistant.requests()[-1])


class PlacedSkill(msgspec.Struct, frozen=True):
    """What an assistant should tell its model about a skill."""

    name: str = "package-commands"
    description: str = "Use pnpm for every install, add, run or test command in this repo."


def place_skill(folder: Path) -> PlacedSkill:
    """Write a skill by hand into a folder of skills."""
    skill = PlacedSkill()
    file = folder / skill.name / "SKILL.md"
    file.parent.mkdir(parents=True)
    file.write_text(
        f'---\nname: {skill.name}\ndescription: "{skill.description}"\n---\n# Commands\n- pnpm\n',
        "utf-8",
    )
    return skill
