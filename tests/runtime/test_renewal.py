"""A daemon whose files are replaced while it runs, and one that has to help itself."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd import __version__
from hivemindd.control.protocol import ask
from hivemindd.errors import NotRunningError
from hivemindd.runtime.renewal import Release
from tests.children import CHECKOUT
from tests.process import Daemon, await_true
from tests.records import ClaudeSession
from tests.test_daemon import prompts


@pytest.fixture(name="package")
def _package(tmp_path: Path) -> Path:
    package = tmp_path / "site" / "hivemindd"
    shutil.copytree(CHECKOUT / "hivemindd", package)
    return package


@pytest.fixture(name="systemd")
def _systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.chdir(tmp_path)  # the folder of a test may be too deep for a socket address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("notify")
        systemd.settimeout(30)
        yield systemd


def upgrade(package: Path, version: str) -> None:
    """Put another version in the place of the one that runs."""
    file = package / "__init__.py"
    file.write_text(file.read_text().replace(f'"{__version__}"', f'"{version}"'))


def version(daemon: Daemon) -> str:
    """Return the version that answers, empty where none does."""
    try:
        return str(ask(daemon.paths, "status")["version"])
    except NotRunningError:
        return ""


def test_an_upgrade_is_gone_over_to(
    systemd: socket.socket, package: Path, scratch_home: Path, tmp_path: Path
) -> None:
    """In the same process, which systemd takes for a reload; capture goes on."""
    claude = ClaudeSession(scratch_home, scratch_home)
    link = scratch_home / "n"
    link.symlink_to(tmp_path / "notify")
    watched = {"NOTIFY_SOCKET": str(link), "WATCHDOG_USEC": "2000000"}
    with Daemon(scratch_home, PYTHONPATH=str(package.parent), **watched) as daemon:
        claude.prompt("before")
        await_true(lambda: prompts(daemon.paths) == ["before"], "the old version captures")
        upgrade(package, "9.9.9")
        heard = [systemd.recv(100)]
        while heard.count(b"READY=1") < 2:
            heard.append(systemd.recv(100))
        await_true(lambda: version(daemon) == "9.9.9", "the new version answers")
        claude.prompt("after")
        await_true(lambda: prompts(daemon.paths) == ["before", "after"], "the new one captures")

        assert ask(daemon.paths, "status")["pid"] == daemon.process.pid
        assert [each for each in heard if each != b"WATCHDOG=1"] == [
            b"READY=1",
            b"RELOADING=1",
            b"READY=1",
        ]
        assert "upgraded; starting anew version=9.9.9" in daemon.output.read_text()
        assert daemon.stop() == 0


def test_an_upgrade_that_does_not_start_is_left_alone(package: Path, scratch_home: Path) -> None:
    """The old one goes on, and says so once."""
    with Daemon(scratch_home, PYTHONPATH=str(package.parent), WATCHDOG_USEC="1000000") as daemon:
        (package / "__main__.py").write_text("raise SystemExit('half an upgrade')\n")
        upgrade(package, "9.9.9")
        await_true(lambda: "not gone over to" in daemon.output.read_text(), "it was tried")

        assert version(daemon) == __version__
        assert 'cause="half an upgrade"' in daemon.output.read_text().replace("'", '"')
        assert daemon.stop() == 0
        assert daemon.output.read_text().count("not gone over to") == 1


def test_without_a_service_manager_a_failed_daemon_starts_itself_anew(scratch_home: Path) -> None:
    """The log was deleted below it: the next fills a new one from the transcripts."""
    claude = ClaudeSession(scratch_home, scratch_home)
    claude.prompt("kept in the transcript")
    with Daemon(scratch_home, WATCHDOG_USEC="1000000") as daemon:
        (daemon.paths.log / "data.mdb").unlink()
        (daemon.paths.log / "lock.mdb").unlink()
        await_true(lambda: prompts(daemon.paths) == ["kept in the transcript"], "it is filled")
        await_true(lambda: version(daemon) == __version__, "it answers again")

        assert ask(daemon.paths, "status")["pid"] == daemon.process.pid
        assert "a restart fills a new one" in daemon.output.read_text()


def test_a_version_has_to_stand_still(package: Path) -> None:
    """Files are replaced one by one; what is away, or the same, is no upgrade."""
    file = package / "__init__.py"
    release = Release(file)
    assert [release.replaced() for _ in range(3)] == ["", "", ""]
    text = file.read_text()
    file.unlink()
    assert [release.replaced() for _ in range(2)] == ["", ""]
    file.write_text(text)
    assert [release.replaced() for _ in range(2)] == ["", ""]
