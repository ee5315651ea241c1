"""How long `hivemindctl status` takes over a large log, and what `--watch` costs."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from process import HIVEMINDCTL, environment

from hivemindd.ingest.commit import put_checkpoint
from hivemindd.log.homes import put_session
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.tables import CORRECTIONS, LESSONS, WORKSPACES, Txn
from hivemindd.paths import Paths, find_paths, make_private
from hivemindd.records import Checkpoint, Correction, Lesson, Session, Workspace

WORKSPACES_MADE = 50
WATCHED = 10.0


@click.command()
@click.option("--sessions", default=10_000, show_default=True, help="Sessions in the log.")
@click.option("--runs", default=15, show_default=True, help="Runs of each command.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(sessions: int, runs: int, *, as_json: bool) -> None:
    """Fill a log, one transcript and one correction a session, and ask for the status."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder))
        empty = _best(env, [*HIVEMINDCTL, "status"], runs)
        paths = find_paths(env)
        fill(paths, sessions)
        result = {
            "sessions": sessions,
            "log_mb": round((paths.log / "data.mdb").stat().st_blocks * 512 / 1e6, 1),
            "python_ms": _best(env, [sys.executable, "-c", "import click"], runs),
            "empty_ms": empty,
            "status_ms": _best(env, [*HIVEMINDCTL, "status"], runs),
            "watch_cpu_percent": _watch(env),
        }
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, value in result.items():
        click.echo(f"{name:18} {value}")


def fill(paths: Paths, sessions: int) -> None:
    """Write the log, and the transcripts that it speaks of."""
    make_private(paths.state)
    make_private(paths.log)
    log = open_log(paths.log)
    now = time.time_ns() // 1_000_000

    def put(txn: Txn) -> None:
        for number in range(sessions):
            home = f"/w/{number % WORKSPACES_MADE}"
            key = workspace_key(home)
            WORKSPACES.put(txn, key, Workspace(id=home, name=home[3:], root=home))
            row = Session(id=f"{number:08}-0000-4000", assistant="claude-code", workspace=home)
            row.cwd, row.state, row.events, row.turns = home, "ended", 120, 30
            row.started, row.last_event = now - number * 60_000 - 1, now - number * 60_000
            put_session(txn, row)
            path = paths.home / ".claude" / "projects" / home[3:] / f"{number}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}\n")
            _remember(txn, path)
            correction = Correction(
                id=f"c{number}",
                workspace=home,
                session=row.id,
                assistant=row.assistant,
                ts=now,
                channel="follow-up",
                agent_output="x" * 800,
                quote="use pnpm, not npm",
                state="accepted",
            )
            place = key + session_key(row.assistant, row.id)
            CORRECTIONS.put(txn, place + text_key(correction.id), correction)
            if number % 10 == 0:
                lesson = Lesson(id=f"l{number}", workspace=home, rule="Use pnpm, not npm.")
                LESSONS.put(txn, key + text_key(lesson.id), lesson)

    log.transact(put)
    log.close()


def _remember(txn: Txn, path: Path) -> None:
    status = path.stat()
    checkpoint = Checkpoint(
        path=str(path),
        assistant="claude-code",
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        offset=status.st_size,
        state=os.urandom(2_000),
    )
    put_checkpoint(txn, str(path), checkpoint)


def _best(env: dict[str, str], command: list[str], runs: int) -> float:
    """Return the least CPU time of a command in ms: what else the machine does only adds to it.

    It waits for nothing, so that is what it takes where nothing else runs.
    """
    times = []
    for _ in range(runs):
        before = _children()
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
        times.append(1_000 * (_children() - before))
    return round(min(times), 1)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(env: dict[str, str]) -> float:
    """Return the share of one core that `status --watch` takes while it runs."""
    command = [*HIVEMINDCTL, "status", "--watch"]
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL) as process:
        time.sleep(2.0)  # its start is counted above
        before = _cpu(process.pid)
        time.sleep(WATCHED)
        used = _cpu(process.pid) - before
        process.terminate()
    return round(100 * used / WATCHED, 2)


def _cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used; Linux says so in proc_pid_stat(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
