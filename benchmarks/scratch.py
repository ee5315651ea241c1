"""A scratch home with repositories and transcripts, and the real daemon at work in it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import msgspec
from groups import Script
from transcripts import WRITERS, Transcript

from hivemindd.control.protocol import ask
from hivemindd.errors import HivemindError, NotRunningError
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import Log
from hivemindd.log.tables import DUE, SESSIONS
from hivemindd.paths import Paths, find_paths
from hivemindd.sessions.lifecycle import uncodified

# Fixed, as are the names of workspaces: ids depend on both, and ties are settled by ids.
BEGIN = datetime(2026, 9, 7, 9, tzinfo=UTC)
BETWEEN_SESSIONS = timedelta(hours=1)
ATTEMPTS = 3
POLL = 0.2
DAEMON = [sys.executable, "-m", "hivemindd", "--log-format", "json"]
# What is measured is the code beside the benchmark, whatever else is installed.
CHECKOUT = Path(__file__).resolve().parents[1]
NOT_PUBLISHED = "lesson not published as it is"


class Outcome(msgspec.Struct, frozen=True):
    """The errors of work that was given up, and what the daemon said of unpublished lessons."""

    gave_up: list[str]
    unpublished: list[str]


class _Line(msgspec.Struct):
    event: str = ""
    cause: str = ""


def lay_out(home: Path, scripts: Sequence[Script]) -> list[Transcript]:
    """Write the repositories and transcripts of some sessions, one after the other in time."""
    transcripts = []
    for number, script in enumerate(scripts):
        project = project_of(home, script.workspace)
        if not project.exists():
            project.mkdir(parents=True)
            run_git(project)
            name = json.dumps({"workspaceId": script.workspace})
            (project / ".hivemind").write_text(name, "utf-8")
        begin = BEGIN + number * BETWEEN_SESSIONS
        transcript = WRITERS[script.assistant](home, project, script, begin)
        transcript.play()
        transcripts.append(transcript)
    return transcripts


def project_of(home: Path, workspace: str) -> Path:
    """Return the folder of a workspace, below all code, whatever it is called."""
    parts = [part for part in workspace.split("/") if part not in {"", ".", ".."}]
    return home.joinpath("code", *(parts or ["workspace"]))


def environment(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Return an environment that leads nowhere but into the scratch home."""
    code = os.pathsep.join(map(str, (CHECKOUT, CHECKOUT / "ctl")))
    plain = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return {**plain, "PYTHONPATH": code, **extra}


def learn(home: Path, extra: Mapping[str, str], *, patience: float) -> Outcome:
    """Let the daemon learn from a home until nothing is left to do.

    `extra` is added to its environment.

    Raises:
        click.ClickException: the daemon died or took more than `patience` seconds.
    """
    output = home / "daemon.out"
    env = environment(home, extra)
    with _running(home, env, output) as process:
        gave_up = _settle(process, find_paths(env), output, time.monotonic() + patience)
        process.terminate()
        process.wait(timeout=30)
    return Outcome(gave_up, _unpublished(output))


@contextmanager
def open_learned(home: Path) -> Iterator[Log]:
    """Open what was learned in a home."""
    log = open_log_readonly(find_paths(environment(home, {})).log)
    try:
        yield log
    finally:
        log.close()


@contextmanager
def _running(
    home: Path, env: Mapping[str, str], output: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    with (
        output.open("wb") as file,
        subprocess.Popen(
            DAEMON, cwd=home, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def _settle(
    process: "subprocess.Popen[bytes]", paths: Paths, output: Path, end: float
) -> list[str]:
    """Wait until all is read and codified; return the errors of what failed again and again."""
    asked = False
    while time.monotonic() < end:
        if process.poll() is not None:
            raise click.ClickException(f"the daemon died:\n{output.read_text('utf-8')}")
        if _is_live(paths):
            due, left = _work(paths)
            if asked and not due and not left:
                return []
            if due and all(row.attempts >= ATTEMPTS for row in due):
                return sorted({row.error for row in due})
            waits = all(row.not_before > time.time() * 1000 for row in due)
            if waits or not asked:
                asked = True
                ask(paths, "skillify")
        time.sleep(POLL)
    raise click.ClickException(
        f"the daemon did not finish in time:\n{output.read_text('utf-8')[-2_000:]}"
    )


def _unpublished(output: Path) -> list[str]:
    """Return why lessons stand in no skill, or not as they are."""
    causes = []
    for text in output.read_bytes().splitlines():
        try:
            line = msgspec.json.decode(text, type=_Line)
        except (msgspec.MsgspecError, ValueError):
            continue
        if line.event == NOT_PUBLISHED:
            causes.append(line.cause)
    return causes


class _Waiting(msgspec.Struct, frozen=True):
    attempts: int
    not_before: int
    error: str


def _work(paths: Paths) -> tuple[list[_Waiting], int]:
    """Return what is due, and how many sessions have not been codified."""
    log = open_log_readonly(paths.log)
    try:
        with log.read() as txn:
            due = DUE.rows(txn)
            sessions = SESSIONS.rows(txn)
    finally:
        log.close()
    waiting = [_Waiting(row.attempts, row.not_before, row.error) for row in due]
    return waiting, sum(uncodified(session) for session in sessions)


def _is_live(paths: Paths) -> bool:
    try:
        status = ask(paths, "status")
    except NotRunningError:
        return False
    except HivemindError as error:
        raise click.ClickException(f"the daemon does not answer: {error}") from error
    return bool(status["live"]) and not status["backlog"]


def run_git(project: Path, *, branch: str = "main") -> None:
    """Make a repository."""
    try:
        subprocess.run(
            ["git", "init", "--quiet", f"--initial-branch={branch}", str(project)],
            env={"PATH": os.environ["PATH"], "HOME": str(project)},
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise click.ClickException(f"git cannot make a repository: {error}") from error
