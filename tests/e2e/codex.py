"""Codex in a terminal, driven like a person drives it."""

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.corrections import TURNS
from tests.e2e.openai_server import OpenAIServer
from tests.e2e.scratch import Scratch
from tests.e2e.screen import ENTER, ESCAPE, Screen

_CONFIG = """
model = "gpt-5.5"
model_provider = "loopback"
approval_policy = "on-request"
sandbox_mode = "workspace-write"
check_for_update_on_startup = false
disable_paste_burst = true

[model_providers.loopback]
name = "loopback"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "LOOPBACK_KEY"
requires_openai_auth = false
supports_websockets = false

[analytics]
enabled = false

[notice.model_migrations]
"gpt-5.5" = "gpt-6-sol"

[projects."{project}"]
trust_level = "trusted"
"""
"""Paste bursts are off because a machine types faster than a person; gpt-5.5 has plain tools."""

_CURSOR = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
_READY = r"^  GPT-5\.5 .*\n.*\? for shortcuts"
_CANCELED = r"^■ Conversation interrupted"


class CodexSession:
    """One run of Codex; the steps are those of `corrections.Session`."""

    def __init__(self, screen: Screen) -> None:
        """Wait until the prompt takes words."""
        self._screen = screen
        screen.await_text(_READY)

    def submit(self, words: str) -> None:
        """Type a prompt and send it."""
        self._screen.type(words)
        self._screen.press(ENTER)

    def refuse(self, command: str, words: str) -> None:
        """Cancel the approval dialog, which ends the turn, and say what to do instead."""
        self._await_dialog(command)
        self._screen.press(ESCAPE)
        self._screen.await_text(rf"^✗ You canceled the request to run {re.escape(command)}")
        self._screen.await_text(_CANCELED)
        self._screen.await_text(_READY)
        self.submit(words)

    def approve(self, command: str) -> None:
        """Choose "Yes" in the approval dialog."""
        self._await_dialog(command)
        self._screen.press(ENTER)

    def interrupt(self, reply: str) -> None:
        """Press Escape while a reply streams in."""
        self._screen.await_text(rf"^• {re.escape(reply)}")
        self._screen.press(ESCAPE)
        self._screen.await_text(_CANCELED)
        self._screen.await_text(_READY)

    def await_answer(self, reply: str) -> None:
        """Wait until a reply stands there and the line that ends a turn follows it."""
        self._screen.await_text(rf"^• {re.escape(reply)}\n(?:.*\n)*?  Worked for ")
        self._screen.await_text(_READY)

    def leave(self) -> str:
        """Type `/exit` and return the session's id from the farewell."""
        self._screen.type("/exit")
        self._screen.await_text(rf"^{_CURSOR} /exit +exit Codex")
        self._screen.press(ENTER)
        assert self._screen.await_exit() == 0
        return self._screen.await_text(r"codex resume ([0-9a-f-]{36})")[1]

    def _await_dialog(self, command: str) -> None:
        self._screen.await_text(r"Would you like to run the following command\?")
        self._screen.await_text(rf"^  \$ {re.escape(command)}$")
        self._screen.await_text(rf"^{_CURSOR} 1\. Yes, proceed")


class Codex:
    """Codex as somebody uses it who trusts the project; its own background daemon stays out."""

    name = "codex"
    channels = ("rejection-then-prompt", "interrupt-then-prompt", "follow-up")

    def __init__(self, program: Path, scratch: Scratch, server: OpenAIServer) -> None:
        """Write its settings; nothing runs yet."""
        self._program, self._scratch, self._server = program, scratch, server
        self.skills = scratch.project / ".agents" / "skills"
        settings = scratch.home / ".codex" / "config.toml"
        settings.parent.mkdir()
        settings.write_text(_CONFIG.format(url=server.url, project=scratch.project), "utf-8")

    def start(self, **more: str) -> AbstractContextManager[CodexSession]:
        """Run it in the project until the block ends, with `more` in its environment."""
        return self._start("--no-daemon", **more)

    def start_shared(self, **more: str) -> AbstractContextManager[CodexSession]:
        """Run it as it runs by itself: its work is done by a daemon for all terminals."""
        return self._start(**more)

    @contextmanager
    def _start(self, *options: str, **more: str) -> Iterator[CodexSession]:
        command = [str(self._program), *options]
        env = self._scratch.env(LOOPBACK_KEY="fake", **more)
        with Screen(command, cwd=self._scratch.project, env=env) as screen:
            yield CodexSession(screen)

    def end_daemon(self) -> None:
        """End the background daemon, which outlives the terminals."""
        home = str(self._scratch.home)
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.name() == "codex" and process.environ().get("HOME") == home:
                    process.kill()

    def records(self, session: str) -> list[dict[str, Any]]:
        """Return the records of a session's transcript."""
        sessions = self._scratch.home / ".codex" / "sessions"
        (path,) = sessions.glob(f"*/*/*/rollout-*-{session}.jsonl")
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        """Return what the model was sent so far, oldest first."""
        return self._server.conversation()


@contextmanager
def play_codex(program: Path, scratch: Scratch) -> Iterator[Codex]:
    """Provide Codex with a model that is played until the block ends."""
    with OpenAIServer(TURNS) as server:
        yield Codex(program, scratch, server)
