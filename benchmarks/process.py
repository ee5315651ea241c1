"""The real daemon as a process in a scratch home, and what it takes from the machine."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hivemindd.control.protocol import ask
from hivemindd.errors import NotRunningError
from hivemindd.paths import Paths

PATIENCE = 600.0
DAEMON = [sys.executable, "-P", "-m", "hivemindd", "--log-format", "json"]
HIVEMINDCTL = [sys.executable, "-P", "-m", "hivemindctl"]
# What is measured is the code beside the benchmark, whatever else is installed.
CHECKOUT = Path(__file__).resolve().parents[1]
_POLL = 0.005


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment that leads nowhere but into the scratch home."""
    code = os.pathsep.join(map(str, (CHECKOUT, CHECKOUT / "ctl")))
    plain = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    return {**plain, "PYTHONPATH": code, **(extra or {})}


@contextmanager
def running(home: Path, env: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the daemon for as long as the block does; what it prints goes to `daemon.out`."""
    with (
        (home / "daemon.out").open("ab") as output,
        subprocess.Popen(
            DAEMON, cwd=home, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def await_live(process: "subprocess.Popen[bytes]", paths: Paths) -> None:
    """Wait until the daemon has looked through everything once."""
    wait(lambda: bool(status(process, paths).get("live")))


def await_answer(process: "subprocess.Popen[bytes]", paths: Paths) -> None:
    """Wait until the daemon answers."""
    wait(lambda: bool(status(process, paths)))


def status(process: "subprocess.Popen[bytes]", paths: Paths) -> dict[str, object]:
    """Return what the daemon says of itself, nothing while it does not answer."""
    if process.poll() is not None:
        sys.exit(f"the daemon died: see {paths.home / 'daemon.out'}")
    try:
        told: dict[str, object] = ask(paths, "status")
    except NotRunningError:
        return {}
    return told


def wait(true: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Look again and again until something is true; end the benchmark when that takes too long."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            sys.exit(f"nothing happened for {patience:.0f} s")
        time.sleep(_POLL)


class Usage(msgspec.Struct, frozen=True):
    """What a process has used so far: CPU in s, wake-ups of all threads, memory in MB."""

    cpu: float
    wakeups: int
    rss: float
    peak: float


def usage(pid: int) -> Usage:
    """Return what a process has used; Linux says so in proc(5)."""
    folder = Path("/proc", str(pid))
    fields = (folder / "stat").read_text("ascii").rpartition(")")[2].split()
    memory = _table(folder / "status")
    tasks = [_table(task / "status") for task in (folder / "task").iterdir()]
    return Usage(
        cpu=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
        wakeups=sum(int(task["voluntary_ctxt_switches"]) for task in tasks),
        rss=round(int(memory["VmRSS"].split()[0]) / 1024, 1),
        peak=round(int(memory["VmHWM"].split()[0]) / 1024, 1),
    )


def memory(*pids: int) -> float:
    """Return the MB in memory of processes that share code: what they share counts once.

    That is taken for the most that any of them shares with others; Linux says so in proc(5).
    """
    own, shared = 0, 0
    for pid in pids:
        try:
            parts = _table(Path("/proc", str(pid), "smaps_rollup"))
            resident, clean, dirty = (
                int(parts[name].split()[0]) for name in ("Rss", "Private_Clean", "Private_Dirty")
            )
        except (OSError, KeyError):  # it has just ended
            continue
        own += clean + dirty
        shared = max(shared, resident - clean - dirty)
    return round((own + shared) / 1024, 1)


def _table(file: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in file.read_text("utf-8").splitlines())
    return {name: value.strip() for name, _, value in pairs}


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of all does not exceed, 0 where there is none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0
