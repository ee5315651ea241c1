"""The real `claude -p` as a judge, against a model that is played."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge_cli import CliModel
from hivemindd.lessons.judge_model import ModelJudge
from hivemindd.lessons.judge_prompt import OPENING, SYSTEM
from tests.children import CHECKOUT
from tests.e2e.anthropic_server import AnthropicHandler
from tests.e2e.loopback import LoopbackServer, ScriptedHandler, Turn, strings
from tests.e2e.scratch import Scratch, make_scratch
from tests.lessons.book import Book
from tests.lessons.make import make_correction, make_verdict
from tests.records import ClaudeSession

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

KEY = "sk-ant-fake-0000000000000000000000000000000000000000"
WORDS = "use pnpm instead of npm"
DECIDES = Turn(after=OPENING, say="", run="decides")


class JudgeHandler(AnthropicHandler):
    """A model that calls the client's tool for structured output with a verdict on each."""

    tool = "StructuredOutput"

    def _blocks(self, turn: Turn) -> Iterator[dict[str, Any]]:
        if not turn.run:
            yield from super()._blocks(turn)
            return
        newest = strings(self.script.bodies()[-1]["messages"])
        found = re.findall(r'\{"id":"([^"]+)","channel"', newest)
        verdicts = [make_verdict(name, quote=WORDS) for name in found]
        yield {
            "type": "tool_use",
            "id": "toolu_0001",
            "name": self.tool,
            "input": {"verdicts": msgspec.to_builtins(verdicts)},
        }


class JudgeServer(LoopbackServer):
    """The played model of the judge."""

    handler: ClassVar[type[ScriptedHandler]] = JudgeHandler


@pytest.fixture(name="scratch")
def _scratch(tmp_path: Path) -> Scratch:
    return make_scratch(tmp_path)


def make_judge(program: Path, scratch: Scratch, url: str, book: Book) -> ModelJudge:
    """Return the judge that runs the real client."""
    env = scratch.env(ANTHROPIC_BASE_URL=url, ANTHROPIC_API_KEY=KEY, CLAUDECODE="1")
    model = CliModel(
        program=str(program),
        model="haiku",
        folder=scratch.home / ".local" / "state" / "hivemind" / "judge",
        env=env,
        timeout=60,
    )
    return ModelJudge(model, book)


def test_the_client_gives_verdicts_and_keeps_nothing(
    claude_program: Path, scratch: Scratch
) -> None:
    """Our prompt and schema reach the model, no other tool does, no transcript is written."""
    book = Book()
    correction = make_correction(WORDS, "npm install", name="c1")
    with JudgeServer([DECIDES]) as server:
        verdicts = make_judge(claude_program, scratch, server.url, book).judge([correction], [])
        first = server.conversation()[0]

    assert verdicts == [make_verdict("c1", quote=WORDS)]
    assert SYSTEM in strings(first["system"])
    assert WORDS in strings(first["messages"])
    # The placeholder is the client's own, and does nothing.
    assert {tool["name"] for tool in first["tools"]} - {"DeferredToolPlaceholder"} == {
        JudgeHandler.tool
    }
    assert first["model"] == "claude-haiku-5-5"
    assert list((scratch.home / ".claude").glob("projects/**/*.jsonl")) == []
    (call,) = book.calls
    assert (call.outcome, call.model) == ("ok", "claude-cli:haiku")
    assert call.input_tokens > 0


def test_a_client_that_is_not_signed_in_says_so(claude_program: Path, scratch: Scratch) -> None:
    """No key and no login: a person has to see to it."""
    env = {name: text for name, text in scratch.env().items() if name != "ANTHROPIC_API_KEY"}
    model = CliModel(
        program=str(claude_program), model="haiku", folder=scratch.root / "j", env=env, timeout=60
    )
    with pytest.raises(JudgeUnavailableError, match="not signed in") as caught:
        ModelJudge(model, Book()).judge([make_correction(WORDS)], [])

    assert caught.value.permanent


def test_the_daemon_learns_by_it_and_does_not_see_it(
    claude_program: Path, scratch: Scratch
) -> None:
    """Three sessions become a skill; the runs of the judge are no sessions."""
    config = scratch.home / ".config" / "hivemind" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[judge]\nkind = "claude-cli"\nprogram = "{claude_program}"\n')
    names = [f"{letter}0000000-0000-4000-8000-000000000001" for letter in "abc"]
    for name in names:
        session = ClaudeSession(scratch.home, scratch.project, name)
        session.prompt("add zod")
        session.reject(session.call("Bash", command="npm install zod"), WORDS)
        session.reply("With pnpm, then.")
    with JudgeServer([DECIDES]) as server:
        env = scratch.env(
            ANTHROPIC_BASE_URL=server.url,
            ANTHROPIC_API_KEY=KEY,
            PYTHONPATH=f"{CHECKOUT}:{CHECKOUT / 'ctl'}",
        )
        said = [run(env, "hivemindd", "--once") for _ in range(2)]

    sessions = [json.loads(line) for line in run(env, "hivemindctl", "sessions").splitlines()]
    status = json.loads(run(env, "hivemindctl", "status"))
    assert {row["id"] for row in sessions} == set(names)
    assert "package-commands/SKILL.md" in said[0]
    assert "0 new events" in said[1]
    assert [call["outcome"] for call in status["spend"]["calls"]] == ["ok"] * 3
    assert status["judge"]["kind"] == "claude-cli"


def run(env: dict[str, str], program: str, *arguments: str) -> str:
    """Run the daemon or its command line to the end; return what it printed."""
    more = () if program == "hivemindd" else ("--json",)
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments, *more],
        env=env,
        cwd=env["HOME"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
