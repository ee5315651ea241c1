"""When changes are not told, or too many of them: a real daemon, and real limits."""

import os
import resource
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from hivemindd.control.protocol import ask
from tests.ctl.examining import look
from tests.ctl.faults import now
from tests.faults.homes import NEVER, SOON, arrives, complaints, prompts, settle
from tests.faults.namespaces import within
from tests.process import Daemon, await_true
from tests.records import SESSION, ClaudeSession
from tests.rollouts import NAME, THREAD, encode, meta, said, started

QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
OTHER = "5e551000-0000-4000-8000-000000000002"
linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


@pytest.fixture(name="claude")
def _claude(scratch_home: Path) -> ClaudeSession:
    (scratch_home / "project" / ".git").mkdir(parents=True)
    return ClaudeSession(scratch_home, scratch_home / "project")


@linux
@pytest.mark.parametrize(
    ("limit", "mend"),
    [
        ("max_inotify_watches", "max_user_watches="),
        ("max_inotify_instances", "max_user_instances="),
    ],
)
def test_19_nothing_can_be_watched(
    claude: ClaudeSession, scratch_home: Path, limit: str, mend: str
) -> None:
    """What is written is found by looking through all folders, and doctor tells what to raise."""
    settle(scratch_home, rescan_every=SOON)
    claude.prompt("before")
    # /proc/sys/user is this namespace's alone; the sysctls of fs.inotify are everybody's.
    before = within(f"echo 0 > /proc/sys/user/{limit}")
    with Daemon(scratch_home, before=before) as daemon:
        claude.prompt("unwatched")
        arrives(scratch_home, "unwatched")
        ClaudeSession(scratch_home, claude.project, OTHER).prompt("a new one")
        arrives(scratch_home, "a new one")
        (row,) = look(scratch_home, "watching", now=now())

        assert complaints(daemon, "changes cannot be watched") >= 1
    assert row["state"] == "fail"
    assert mend in row["mend"]


@linux
def test_20_more_happens_than_the_kernel_remembers(
    claude: ClaudeSession, scratch_home: Path
) -> None:
    """What was dropped is found at once, and what is made later is watched as before."""
    settle(scratch_home, rescan_every=NEVER)
    claude.prompt("before")
    limit = int(QUEUE.read_text())
    if limit > 1 << 18:
        pytest.skip(f"the kernel remembers {limit} events here")
    with Daemon(scratch_home) as daemon:
        daemon.freeze()
        there, back = (claude.path.with_name(name) for name in ("there", "back"))
        there.touch()
        for _ in range(limit // 4 + 100):  # two events each way, and none is like the one before
            there.rename(back)
            back.rename(there)
        dropped = ClaudeSession(scratch_home, claude.project, OTHER)
        dropped.path = claude.path.parent.parent / "-new" / dropped.path.name
        dropped.prompt("dropped")
        daemon.process.send_signal(signal.SIGCONT)

        arrives(scratch_home, "dropped")
        dropped.prompt("watched again")
        arrives(scratch_home, "watched again")


def test_22_a_root_comes_late_and_comes_again(claude: ClaudeSession, scratch_home: Path) -> None:
    """It is watched as soon as it is there, also the second time."""
    settle(scratch_home, rescan_every=NEVER)
    with Daemon(scratch_home):
        claude.prompt("late")
        arrives(scratch_home, "late")
        shutil.rmtree(scratch_home / ".claude")
        claude.prompt("again")
        arrives(scratch_home, "again")
        claude.prompt("and on")
        arrives(scratch_home, "and on")


def test_23_folders_are_made_faster_than_they_are_watched(scratch_home: Path) -> None:
    """A file in folders that were made a moment before is found, though no event tells of it."""
    settle(scratch_home, rescan_every=NEVER)
    sessions = scratch_home / ".codex" / "sessions"
    sessions.mkdir(parents=True)
    with Daemon(scratch_home):
        for day in range(1, 21):
            thread = f"{THREAD[:-2]}{day:02}"
            rollout = sessions / "2026" / f"{day}" / f"{day}" / NAME.replace(THREAD, thread)
            lines = [meta(cwd=str(scratch_home), id=thread), started(), said(f"{day}")]
            rollout.parent.mkdir(parents=True)
            rollout.write_bytes(encode(lines))

        await_true(
            lambda: sorted(map(int, prompts(scratch_home))) == list(range(1, 21)),
            "all prompts are captured",
        )


OVERLAY = """\
mkdir -p {home}/.claude/projects
mount -t tmpfs none {mounts}
mkdir {mounts}/upper {mounts}/work
mount -t overlay overlay -o lowerdir={below},upperdir={mounts}/upper,workdir={mounts}/work \
{home}/.claude/projects"""


@linux
def test_24_a_file_system_that_tells_of_no_change(scratch_home: Path, tmp_path: Path) -> None:
    """What another machine writes is found by looking; here an overlay's lower folder is it."""
    settle(scratch_home, rescan_every=SOON)
    below, mounts = tmp_path / "below", tmp_path / "mounts"
    for folder in (below, mounts):
        folder.mkdir()
    (scratch_home / "project" / ".git").mkdir(parents=True)
    claude = ClaudeSession(scratch_home, scratch_home / "project")
    claude.path = below / "-project" / f"{SESSION}.jsonl"
    claude.prompt("before")
    script = OVERLAY.format(home=scratch_home, mounts=mounts, below=below)
    with Daemon(scratch_home, before=within(script)):
        arrives(scratch_home, "before")
        claude.prompt("from elsewhere")
        arrives(scratch_home, "from elsewhere")
        other = ClaudeSession(scratch_home, claude.project, OTHER)
        other.path = below / "-project" / f"{OTHER}.jsonl"
        other.prompt("a new file")
        arrives(scratch_home, "a new file")


@linux
def test_24_a_home_that_is_mounted_anew(claude: ClaudeSession, scratch_home: Path) -> None:
    """Another device and other inodes, and the same content: nothing is captured twice."""
    settle(scratch_home, rescan_every=SOON)
    memory, root = Path("/dev/shm"), claude.path.parent.parent  # noqa: S108  a real other device
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == scratch_home.stat().st_dev:
        pytest.skip("there is no second file system here")
    claude.prompt("before")
    other = memory / f"hivemindd-{os.getpid()}"
    try:
        with Daemon(scratch_home):
            shutil.copytree(root, other)
            root.rename(root.with_name("away"))
            root.symlink_to(other)
            claude.prompt("after")
            arrives(scratch_home, "after")
    finally:
        shutil.rmtree(other, ignore_errors=True)

    assert prompts(scratch_home) == ["before", "after"]


@linux
def test_25_no_descriptor_is_left(claude: ClaudeSession, scratch_home: Path) -> None:
    """Nothing can be opened for a while, not even a connection; then all goes on."""
    settle(scratch_home, rescan_every=SOON)
    claude.prompt("before")
    with Daemon(scratch_home) as daemon:
        pid = daemon.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, limits[1]))  # it has these, and more
        claude.prompt("meanwhile")
        await_true(
            lambda: complaints(daemon, "transcript cannot be read") == 1,
            "it complains of the transcript",
        )
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(daemon.paths.socket))
            await_true(
                lambda: complaints(daemon, "hivemindctl cannot be answered") == 1,
                "it complains of the connection",
            )
        assert prompts(scratch_home) == ["before"]
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)

        arrives(scratch_home, "meanwhile")
        assert ask(daemon.paths, "status")["live"]
        assert complaints(daemon, "transcript cannot be read") == 1
        assert daemon.stop() == 0
