"""A process that works for us is of our version, and its pipe may have any number."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from hivemindd.child import process
from hivemindd.child.frames import is_ready
from hivemindd.child.process import end, start
from hivemindd.child.serving import OTHER_VERSION
from hivemindd.encoder.process import Encoder
from hivemindd.errors import EncoderError


@pytest.fixture(params=["hivemindd.ingest", "hivemindd.encoder"], name="module")
def _module(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_another_version_does_nothing_for_us(
    module: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """After an upgrade on the disk nobody works with half of the old code and half of the new."""
    monkeypatch.setattr(process, "__version__", "0.0.0")
    started = start(module, "none")
    try:
        assert started.wait(30) == OTHER_VERSION
    finally:
        end(started)
    assert "0.0.0 asks" in capfd.readouterr().err


def test_an_upgrade_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads why a session waits learns that it goes on by itself."""
    monkeypatch.setattr(process, "__version__", "0.0.0")
    with pytest.raises(EncoderError, match="was upgraded"):
        Encoder().read([("no, pnpm", "")])


@pytest.mark.parametrize("module", ["hivemindd.ingest", "hivemindd.encoder"])
def test_an_older_version_that_does_not_say_so_is_not_served(module: str) -> None:
    """It gave no arguments, or others."""
    command = [sys.executable, "-P", "-m", module]
    done = subprocess.run(command, input=b"", capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (OTHER_VERSION, b"")
    assert b"Traceback" not in done.stderr


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """Let this process have more than 1,024 files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2048:
        pytest.skip("the system allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
def test_a_pipe_with_a_high_number_can_be_waited_for() -> None:
    """A daemon with many files open would fail with `select`."""
    reader, writer = os.pipe()
    os.dup2(reader, 1500)
    os.close(reader)
    with closing(os.fdopen(1500, "rb", buffering=0)) as pipe:
        assert not is_ready(pipe, 0)
        os.write(writer, b"x")
        assert is_ready(pipe, 0)
        assert pipe.read(1) == b"x"
        os.close(writer)
        assert is_ready(pipe, 0)
