"""Secrets of every kind, planted everywhere, against all that the daemon keeps, sends and says."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hivemindd.control.protocol import ask
from hivemindd.errors import HivemindError
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.opening import open_log
from hivemindd.log.tables import BLOCKS, NAMES
from hivemindd.records import Verdict
from hivemindd.redaction import patterns
from hivemindd.redaction.rules import placeholder
from tests.ctl.runner import run, run_json
from tests.lessons.anthropic_stub import Answer, message
from tests.lessons.make import make_verdict
from tests.planting import claude_code, codex, cursor
from tests.planting.moving import sow
from tests.planting.people import CHANNELS
from tests.planting.secrets import (
    FORMS,
    KEY,
    escaped,
    found_in,
    mixed,
    nested,
    plain,
    structured,
    texts_of,
)
from tests.process import Daemon, await_true
from tests.records import ClaudeSession
from tests.server import Handler, Server

PLACES = (*claude_code.PLACES, *codex.PLACES, *cursor.PLACES)
TOKEN = "ghp_" + "k7Qw2ZpX9vRb4TnM" * 2 + "k7Qw"
QUOTE = "use pnpm instead of npm"
WORDS = f"no, {QUOTE}, always"


class Parrot(Server):
    """A judge behind the API that says yes to everything, and a secret with it."""

    def __init__(self) -> None:
        """Bind a port."""
        self.bodies: list[bytes] = []
        super().__init__(_handler(self))

    def answer(self, body: bytes) -> Answer:
        """Keep a request; answer with a verdict on each candidate."""
        self.bodies.append(body)
        if len(self.bodies) % 9 == 2:
            return message(f'{{"verdicts": "{TOKEN}"}}')
        if len(self.bodies) % 9 == 4:
            error = {"type": "invalid_request_error", "message": f"bad key {TOKEN}"}
            return Answer(status=400, body=json.dumps({"type": "error", "error": error}).encode())
        given = [_verdict(each, number) for number, each in enumerate(_candidates(body))]
        return message(msgspec.json.encode({"verdicts": given}).decode())


def _candidates(body: bytes) -> list[dict[str, str]]:
    text: str = json.loads(body)["messages"][0]["content"]
    found: list[dict[str, str]] = json.loads(text.split("\n")[2])["candidates"]
    return found


def _verdict(candidate: dict[str, str], number: int) -> Verdict:
    rule = f"Use pnpm with {TOKEN}." if number % 3 == 2 else "Use pnpm instead of npm."
    quote = QUOTE if QUOTE in candidate.get("words", "") else ""
    return make_verdict(candidate["id"], quote=quote, rule=rule)


def _handler(parrot: Parrot) -> type[Handler]:
    class Answering(Handler):
        def do_POST(self) -> None:  # noqa: N802  name of the base
            answer = parrot.answer(self.read_body())
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    return Answering


def sow_all(home: Path, project: Path) -> None:
    """Write a session for each place and channel of every assistant, in turn in each form."""
    for place in (*PLACES, *CHANNELS):
        text = FORMS[mixed(place.id) % len(FORMS)]()
        spoken = place in CHANNELS
        path = sow(home, project, place, f"{WORDS}: {text}" if spoken else text)
        path.write_bytes(b"\n".join(map(escaped, path.read_bytes().split(b"\n"))))


def sow_corrections(home: Path, project: Path) -> None:
    """Write sessions in which a person corrects the agent, among secrets."""
    for number in range(4):
        name = f"{number}e551000-0000-4000-8000-00000000000{number}"
        session = ClaudeSession(home, project, name)
        session.prompt(f"add zod; {plain()}")
        call = session.call("Bash", command=f"npm install zod --token {TOKEN}; {nested()}")
        session.reject(call, f"use pnpm instead of npm. {plain()}")
        session.result(session.call("Bash", command="pnpm add zod"), nested())
        session.reply(f"Added. {plain()}")


def sow_odds(home: Path, project: Path) -> None:
    """Write what is no event: names, folders, branches, versions, damage, odd kinds."""
    session = ClaudeSession(home, project, "6e551000-0000-4000-8000-000000000006")
    session.prompt("hello", gitBranch=f"fix/{TOKEN}", version=f"2.1.{TOKEN}", slug=TOKEN)
    session.write(session.line(f"kind-{TOKEN}", {"role": "user", "content": plain()}))
    session.write(session.line("system", {}, subtype=f"sub-{TOKEN}", content=plain()))
    session.write(b'{"type":"user","message":{"content":"' + TOKEN.encode() + b"\n")
    session.write(b"{" * 50 + TOKEN.encode() + b"\n")
    session.call("Write", file_path=f"{project}/{TOKEN}.py", content=plain())
    session.call(f"mcp__{TOKEN}__x", **structured())
    session.call("Bash", command="x" * 2_030 + TOKEN)
    session.result(session.call("Read", file_path="a"), "y " * 6_130 + TOKEN + " y" * 20_000)
    session.prompt("z " * 24_563 + KEY + " z" * 40_000)
    for index in range(4):
        session.result(
            session.call("Read", file_path="b"), "w" * (12_288 - 11 * index) + f" {TOKEN}" * 500
        )
    for folder in (f"{project.parent}/{TOKEN}", f"/nowhere/{TOKEN}", f"C:\\{TOKEN}", TOKEN):
        lost = ClaudeSession(home, Path(folder), f"7e551000-0000-4000-8000-{mixed(folder):012d}")
        lost.path = (
            home / ".claude" / "projects" / re.sub(r"[^A-Za-z0-9]", "-", folder) / (lost.path.name)
        )
        lost.prompt("hello there")
        lost.reply(plain())


@pytest.fixture(name="project")
def _project(scratch_home: Path) -> Path:
    project = scratch_home / "project"
    for folder in (project, scratch_home / TOKEN):
        folder.mkdir()
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return project


def replies(daemon: Daemon) -> Iterator[bytes]:
    """Yield what the socket answers to every operation, and to what is none."""
    for op in ("status", "skillify", "show", "approve", "reject", "retire", "pin"):
        try:
            yield json.dumps(ask(daemon.paths, op, workspace="w", skill="s", lesson="l")).encode()
        except HivemindError as error:
            yield str(error).encode()


def told(home: Path) -> Iterator[bytes]:
    """Yield what every read command prints."""
    sessions = run_json(home, "sessions")
    corrections = run_json(home, "corrections", "--all")
    skills = run_json(home, "skills", "list")
    names = [
        *(("events", row["id"]) for row in sessions),
        *(("why", row["id"]) for row in (*sessions, *corrections)),
        *(("skills", "show", row["name"]) for row in skills),
        *(("why", row["name"]) for row in skills),
        *((name,) for name in ("status", "doctor", "workspaces", "sessions", "skillify", "audit")),
        ("corrections", "--all"),
        ("skills", "list"),
        ("config", "show"),
    ]
    for arguments in names:
        yield run(home, *arguments, "--json").output.encode()


def log_values(folder: Path) -> Iterator[bytes]:
    """Yield every key and value of the log, blocks unpacked."""
    log = open_log(folder)
    codec = BlockCodec()
    with log.read() as txn:
        for name in NAMES:
            for key, value in txn.scan(name):
                yield key
                yield value
                if name == BLOCKS:
                    block = codec.unpack(value)
                    yield block.path.encode()
                    yield from map(bytes, block.events)
    log.close()


def settled(home: Path) -> bool:
    """Tell whether all sessions are over and nothing waits but for a later try."""
    (status,) = run_json(home, "status")
    due, sessions = status["due"], status["sessions"]
    return not sessions["active"] and due["pending"] == due["parked"]


def leaks(where: str, texts: Iterator[bytes] | list[bytes]) -> dict[str, list[str]]:
    """Return what is left of secrets in some texts, under a name, where anything is."""
    found = sorted({each for text in texts for each in found_in(text)})
    return {where: found[:20]} if found else {}


@pytest.mark.timeout(300)
def test_no_secret_is_kept_sent_or_said(scratch_home: Path, project: Path) -> None:
    """Whatever its kind and wherever it stood, cut, escaped or nested.

    All places of the transcripts of all assistants hold all samples of the table. The judge
    behind the API repeats one in its answers and its errors.
    """
    sow_all(scratch_home, project)
    sow_corrections(scratch_home, project)
    sow_odds(scratch_home, project)
    config = scratch_home / ".config" / "hivemind" / "config.toml"
    config.parent.mkdir(parents=True)
    with Parrot() as judge:
        address = judge.url.replace("http://", "http://me:Tr0ub4dor3x9@")
        settings = (
            f'idle_after = "1s"\nend_after = "2s"\n'
            f'[judge]\nsmall_model = false\ndaily_budget = 9.0\nbase_url = "{address}"\n'
        )
        config.write_text(settings)
        with Daemon(scratch_home) as daemon:
            await_true(lambda: settled(scratch_home), "everything was judged", within=200)
            said = [*replies(daemon), *told(scratch_home)]
            assert daemon.stop() == 0

        state = daemon.paths.state
        ours = [state, project / ".claude", project / ".agents"]
        files = [path for folder in ours for path in folder.rglob("*") if path.is_file()]
        assert state / "log" / "data.mdb" in files
        assert len(judge.bodies) > 10
        assert b"redacted:github-token" in b"".join(judge.bodies)

    kept = list(log_values(daemon.paths.log))
    for kind in {row.kind for row in patterns.TABLE} | {"private-key"}:
        assert any(placeholder(kind).encode() in each for each in kept), kind
    assert any(path.name == "SKILL.md" for path in files)
    found = {
        **leaks("log values", kept),
        **leaks("requests", judge.bodies),
        **leaks("answers", said),
        **leaks("output", [daemon.output.read_bytes()]),
        **leaks("settings", [config.read_bytes().replace(settings.encode(), b"")]),
    }
    for path in files:
        found |= leaks(str(path), list(texts_of(path)))
    assert not found, json.dumps(found, indent=1)
