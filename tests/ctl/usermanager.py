"""A real `systemd --user` and journal in a scratch home, in namespaces of their own.

Needs root, as in a container; where it cannot be had its tests are skipped.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.ctl.runner import environment
from tests.process import await_true

_SYSTEMD = Path("/lib/systemd/systemd")
_JOURNALD = Path("/lib/systemd/systemd-journald")
_CGROUPS = Path("/sys/fs/cgroup")
_GROUP = f"hivemindd-{os.getpid()}.slice"

# The journal tells a user's unit by its control group, which lies below `user@UID.service`.
_BOOT = """
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system /run/systemd/journal /run/log/journal
for root in "$@"; do mkdir -p "$root$GROUP"; echo $$ > "$root$GROUP/cgroup.procs"; done
"$JOURNALD" &
until test -S /run/systemd/journal/stdout; do sleep 0.05; done
exec "$SYSTEMD" --user --log-target=null
"""


class UserManager:
    """The running manager; programs are run beside it, as in a login of its user."""

    def __init__(self, home: Path, pid: int, env: dict[str, str]) -> None:
        """Take the process that holds the namespaces."""
        self.home = home
        self.pid = pid
        self.env = env

    def run(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run a program to its end."""
        return subprocess.run(
            ["nsenter", "--mount", "--target", str(self.pid), *words],
            cwd=self.home,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ctl(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        """Run hivemindctl to its end."""
        return self.run(sys.executable, "-m", "hivemindctl", *words, **env)

    def show(self, name: str) -> str:
        """Return a property of our unit."""
        return self.run(
            "systemctl", "--user", "show", "-p", name, "--value", "hivemindd"
        ).stdout.strip()


def why_not() -> str:
    """Say why there can be none here, empty where there can."""
    if os.getuid() or sys.platform != "linux":
        return "only root can give a systemd namespaces of its own"
    if Path("/run/systemd/system").exists():
        return "this machine's own systemd is not played with"
    tools = ("unshare", "nsenter", "systemctl", "journalctl")
    missing = [name for name in tools if shutil.which(name) is None]
    missing += [str(path) for path in (_SYSTEMD, _JOURNALD) if not path.exists()]
    return f"there is no {', '.join(missing)}" if missing else ""


@contextmanager
def run_manager(home: Path, runtime: Path) -> Iterator[UserManager | None]:
    """Run a manager until the block ends; None where it does not come up."""
    runtime.mkdir(mode=0o700)
    group = f"/{_GROUP}/user.slice/user-0.slice/user@0.service"
    roots = [
        str(path)
        for path in (_CGROUPS, _CGROUPS / "systemd", _CGROUPS / "unified")
        if (path / "cgroup.procs").exists()
    ]
    env = environment(home, XDG_RUNTIME_DIR=str(runtime))
    tools = {"GROUP": group, "SYSTEMD": str(_SYSTEMD), "JOURNALD": str(_JOURNALD)}
    process = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", _BOOT, "sh", *roots],
        env={**env, **tools},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    manager = UserManager(home, process.pid, env)
    try:
        await_true(
            lambda: (
                process.poll() is not None
                or manager.run("systemctl", "--user", "is-active", "default.target").returncode == 0
            ),
            "the user's systemd is up",
        )
        yield manager if process.poll() is None else None
    finally:
        if process.poll() is None:
            manager.run("systemctl", "--user", "exit")
        _end(process)
        await_true(lambda: all(map(_is_swept, roots)), "its control groups are gone")


def _is_swept(root: str) -> bool:
    """Remove our control groups, which takes until the last process has left; tell whether."""
    for folder in sorted(Path(root).glob(f"{_GROUP}/**/"), reverse=True):
        with suppress(OSError):
            folder.rmdir()
    return not Path(root, _GROUP).exists()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the manager and the journal beside it, which are one session."""
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
