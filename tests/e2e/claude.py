"""Claude Code in a terminal, driven like a person drives it."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.anthropic_server import AnthropicServer
from tests.e2e.corrections import TURNS
from tests.e2e.loopback import strings
from tests.e2e.pane import Pane
from tests.e2e.scratch import Scratch
from tests.e2e.screen import DOWN, ENTER, ESCAPE, TAB, Screen

_KEY = "sk-ant-fake-0000000000000000000000000000000000000000"
_CURSOR = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"
_READY = r"^ .*\? for shortcuts"
_GRACE = 0.4
"""Seconds; a dialog refuses Enter, and drops typed words with it, for its first 0.15 s."""


class ClaudeSession:
    """One run of Claude Code; the steps are those of `corrections.Session`."""

    def __init__(self, screen: Screen | Pane) -> None:
        """Wait until the prompt takes words."""
        self._screen = screen
        screen.await_text(_READY)

    def submit(self, words: str) -> None:
        """Type a prompt and send it."""
        self._screen.type(words)
        self._screen.press(ENTER)

    def refuse(self, command: str, words: str) -> None:
        """Choose "No" in the permission dialog and add words to it."""
        self._await_dialog(command)
        no = int(self._screen.await_text(r"^ +(\d)\. No$")[1])
        for number in range(2, no + 1):
            self._screen.press(DOWN)
            self._screen.await_text(rf"^ {_CURSOR} {number}\. ")
        self._screen.press(TAB)
        self._screen.await_text(rf"^ {_CURSOR} {no}\. No, and tell Claude what to do differently")
        self._screen.type(words)
        self._screen.press(ENTER)

    def approve(self, command: str) -> None:
        """Choose "Yes" in the permission dialog."""
        self._await_dialog(command)
        self._screen.press(ENTER)

    def interrupt(self, reply: str) -> None:
        """Press Escape while a reply streams in."""
        self._screen.await_text(rf"^● {re.escape(reply)}")
        self._screen.await_text("esc to interrupt")
        self._screen.press(ESCAPE)
        self._screen.await_text("Interrupted · What should Claude do instead")
        self._screen.await_text(_READY)

    def await_answer(self, reply: str) -> None:
        """Wait until a reply stands there and the prompt is free again."""
        self._screen.await_text(rf"^● {re.escape(reply)}")
        self._screen.await_text(_READY)

    def leave(self) -> str:
        """Type `/exit` and return the session's id from the farewell."""
        self._screen.type("/exit")
        self._screen.await_text(rf"^ +{_CURSOR} /exit +Exit the CLI")
        self._screen.press(ENTER)
        assert self._screen.await_exit() == 0
        return self._screen.await_text(r"--resume ([0-9a-f-]{36})")[1]

    def _await_dialog(self, command: str) -> None:
        self._screen.await_text(rf"^ {re.escape(command)}$")
        self._screen.await_text(rf"^ {_CURSOR} 1\. Yes$")
        self._screen.await_still(_GRACE)


class ClaudeCode:
    """Claude Code as somebody uses it who has been through the welcome and trusts the project."""

    name = "claude-code"
    channels = ("rejection", "interrupt-then-prompt", "follow-up")

    def __init__(self, program: Path, scratch: Scratch, server: AnthropicServer) -> None:
        """Write its settings; nothing runs yet."""
        self._program, self._scratch, self._server = program, scratch, server
        self.skills = scratch.project / ".claude" / "skills"
        settings = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [_KEY[-20:]], "rejected": []},
            "projects": {
                str(scratch.project): {
                    "hasTrustDialogAccepted": True,
                    "hasCompletedProjectOnboarding": True,
                }
            },
        }
        (scratch.home / ".claude.json").write_text(json.dumps(settings), "utf-8")

    @contextmanager
    def start(self, **more: str) -> Iterator[ClaudeSession]:
        """Run it in the project until the block ends, with `more` in its environment."""
        command = [str(self._program), "--model", "haiku", "--permission-mode", "default"]
        with Screen(command, cwd=self._scratch.project, env=self._env(**more)) as screen:
            yield ClaudeSession(screen)

    def load(self, skill: str) -> str:
        """Load a skill as who types its name does; return all that the model is sent with it."""
        self.print(f"/{skill}")
        return strings(self.requests()[-1]["messages"])

    def print(self, words: str, **more: str) -> str:
        """Run it for one prompt without a screen; return the session's id."""
        done = subprocess.run(
            [self._program, "-p", "--output-format=json", "--model", "haiku", "--", words],
            cwd=self._scratch.project,
            env=self._env(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        return str(json.loads(done.stdout)["session_id"])

    def _env(self, **more: str) -> dict[str, str]:
        return self._scratch.env(
            ANTHROPIC_BASE_URL=self._server.url,
            ANTHROPIC_API_KEY=_KEY,
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
            DISABLE_AUTOUPDATER="1",
            **more,
        )

    def records(self, session: str) -> list[dict[str, Any]]:
        """Return the records of a session's transcript."""
        (path,) = (self._scratch.home / ".claude" / "projects").glob(f"*/{session}.jsonl")
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        """Return what the model was sent so far, oldest first."""
        return self._server.conversation()


@contextmanager
def play_claude(program: Path, scratch: Scratch) -> Iterator[ClaudeCode]:
    """Provide Claude Code with a model that is played until the block ends."""
    with AnthropicServer(TURNS) as server:
        yield ClaudeCode(program, scratch, server)
