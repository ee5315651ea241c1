"""Where the log lies, whose it is, and who reads it meanwhile."""

import os
import random
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.children import Child
from tests.faults.estate import DATA, Estate
from tests.faults.forked import Forked
from tests.faults.running import NOBODY
from tests.faults.writers import WRITERS, Taken, Writer
from tests.process import Daemon, clean_environment, run_daemon

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture(name="estate")
def _estate(scratch_home: Path) -> Estate:
    return Estate(scratch_home)


@pytest.fixture(name="forked")
def _forked(estate: Estate) -> Iterator[Forked]:
    with Forked(estate.home) as forked:
        yield forked


@pytest.mark.parametrize("assistant", WRITERS[:2])
def test_42_a_project_whose_path_is_long(
    assistant: str, scratch_home: Path, tmp_path: Path
) -> None:
    """Longer than any key of the log may be; two that begin alike stay apart."""
    deep = scratch_home.joinpath(*("x" * 200 for _ in range(4)))
    taken = Taken(scratch_home, tmp_path / "log")
    for name in ("one", "two"):
        (deep / name).mkdir(parents=True)
        (deep / name / ".git").mkdir()
    writer = Writer(assistant, scratch_home, deep / "one")
    writer.say("here")
    taken.take_in()

    [row] = taken.sessions()
    assert taken.prompts(writer.session, assistant) == ["here"]
    if assistant == "claude-code":
        assert row.workspace == str(deep / "one")
        assert len(row.workspace) > 511


def test_43_a_reader_that_was_killed_holds_nothing(estate: Estate, forked: Forked) -> None:
    """Pages of its time are used again; while it lives, the log has to keep them."""
    assert forked.run("once").code == 0
    usual = int(forked.run("rewriting", 60).output)
    with (
        # The table of readers is only kept while somebody has the log open.
        Child("tests.log.reading", estate.log) as idle,
        Child("tests.log.reading", estate.log, "hold") as reader,
    ):
        idle.tell()
        assert idle.hear()
        assert reader.hear() == "holding"
        held = int(forked.run("rewriting", 60).output)
        reader.kill()
        assert int(forked.run("rewriting", 60).output) == held
    assert held > usual + 60 * 20_000
    assert forked.run("compacting").code == 0
    assert int(forked.run("rewriting", 60).output) <= usual


def test_43_a_reader_that_goes_on_for_ever_holds_nothing_for_long(
    forked: Forked, scratch_home: Path
) -> None:
    """`status --watch` looks again and again, each time at a snapshot of its own."""
    assert forked.run("once").code == 0
    usual = int(forked.run("rewriting", 60).output)
    command = [sys.executable, "-m", "hivemindctl", "status", "--watch"]
    env = clean_environment(scratch_home)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, cwd=scratch_home) as watch:
        assert watch.stdout is not None
        assert watch.stdout.readline()
        for _ in range(5):
            assert int(forked.run("rewriting", 60).output) < usual + 60 * 20_000
        watch.terminate()
        watch.stdout.close()


def test_44_a_second_daemon_is_refused(scratch_home: Path) -> None:
    """One sentence names the first, and the exit code says that a restart will not help."""
    with Daemon(scratch_home) as daemon:
        for arguments in ((), ("--once",)):
            second = run_daemon(scratch_home, *arguments)

            assert second.returncode == 78
            assert f"another hivemindd (pid {daemon.process.pid}) is running" in second.stderr
        assert daemon.process.poll() is None


@root
@pytest.mark.parametrize("what", [(), ("--once",)])
def test_44_the_folder_of_another_user(
    estate: Estate, forked: Forked, what: tuple[str, ...]
) -> None:
    """It is neither used nor changed, also by who may."""
    estate.log.mkdir(parents=True)
    os.chown(estate.paths.state, NOBODY, NOBODY)
    ended = forked.run("daemon", *what)

    assert (ended.code, ended.is_clear) == (78, True)
    assert "is not a folder of yours" in ended.output
    assert list(estate.log.iterdir()) == []


@root
def test_44_another_user_who_asks_our_daemon(scratch_home: Path) -> None:
    """They get no answer, also where somebody has opened the folders for them."""
    with Daemon(scratch_home) as daemon:
        way = (daemon.paths.socket, *daemon.paths.socket.parents)
        temporary = Path(tempfile.gettempdir())
        modes = {path: path.stat().st_mode for path in way if temporary in path.parents}
        for path in modes:
            path.chmod(0o777)
        asked = b'{"version":1,"op":"status","args":{}}\n'
        answers = []
        for user in (os.geteuid(), NOBODY):
            near, far = os.pipe()
            if not (pid := os.fork()):
                _ask(daemon.paths.socket, asked, user, far)
            os.close(far)
            with os.fdopen(near, "rb") as answer:
                answers.append(answer.read())
            os.waitpid(pid, 0)
        for path, mode in modes.items():
            path.chmod(mode)

    assert answers[0].startswith(b"{")
    assert answers[1] == b""


def _ask(path: Path, message: bytes, user: int, answer: int) -> None:
    """Ask as a user, in a process of its own."""
    try:
        os.setuid(user)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.connect(str(path))
            channel.sendall(message)
            os.write(answer, channel.recv(1 << 16))
    except ConnectionError:
        os.write(answer, b"")
    except OSError as error:
        os.write(answer, str(error).encode())
    finally:
        os._exit(0)


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
@pytest.mark.parametrize("what", [(), ("--once",)])
def test_44_state_on_somebody_elses_machine(
    estate: Estate, forked: Forked, tmp_path: Path, kind: str, what: tuple[str, ...]
) -> None:
    """A log that is mapped into memory breaks there: it is not made at all."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"30 1 0:25 / {estate.home.resolve()} rw - {kind} server:/home rw\n")
    ended = forked.run("abroad", mounts, *what)

    assert (ended.code, ended.is_clear) == (78, True)
    assert f"lies on {kind}" in ended.output
    assert "set XDG_STATE_HOME to a local disk" in ended.output
    assert not estate.log.exists()


def test_45_a_log_is_kept_small_below_a_reader(estate: Estate, forked: Forked) -> None:
    """The oldest sessions go, the file shrinks, and who reads goes on with what they opened."""
    chance = random.Random(1)
    for session in estate.sessions:
        for _ in range(60):
            session.reply(chance.randbytes(8_000).hex())
    assert forked.run("once").code == 0
    most = 700_000
    assert (estate.log / DATA).stat().st_blocks * 512 > most
    with Child("tests.log.reading", estate.log) as reader:
        reader.tell()
        before = reader.hear()
        ended = forked.run("tending", most)
        assert ended.code == 0, ended.output
        assert (estate.log / DATA).stat().st_blocks * 512 <= most
        reader.tell()
        assert int(reader.hear()) >= int(before)
    assert forked.run("once").code == 0
    assert forked.run("tell").code == 0
    assert (estate.log / DATA).stat().st_blocks * 512 <= most
    assert sorted(path.name for path in estate.log.iterdir()) == [DATA, "lock.mdb"]
