"""The agent of launchd, with a launchctl that keeps time as the real one does."""

import os
import sys
from pathlib import Path

import pytest

from hivemindctl.service.launchd import LABEL, Launchd
from hivemindctl.service.running import wait_until
from hivemindctl.steps import perform
from hivemindd.errors import HivemindError
from tests.control.filled_log import make_paths
from tests.ctl.runner import environment

# Unloading goes on behind the caller's back, and nothing can be loaded meanwhile.
_LAUNCHCTL = """#!/bin/sh
cd "$HOME"
test "$1" = print || echo "$1" >> calls
case "$1" in
  print)
    if test -s unloading; then : > unloading; exit 0; fi
    if test -f unloading; then rm unloading loaded; exit 0; fi
    test -f loaded ;;
  bootout) test -f loaded && echo 1 > unloading ;;
  bootstrap)
    if test -f loaded; then echo "Bootstrap failed: 5: Input/output error" >&2; exit 5; fi
    cp "$3" loaded ;;
esac
"""


@pytest.fixture(name="agent")
def _agent(scratch_home: Path) -> Launchd:
    tool = scratch_home / "bin" / "launchctl"
    tool.parent.mkdir()
    tool.write_text(_LAUNCHCTL)
    tool.chmod(0o755)
    path = f"{tool.parent}{os.pathsep}{os.environ['PATH']}"
    return Launchd(make_paths(scratch_home), environment(scratch_home, PATH=path))


@pytest.fixture(name="plist")
def _plist(scratch_home: Path) -> Path:
    return scratch_home / "Library" / "LaunchAgents" / f"{LABEL}.plist"


def carry_out(agent: Launchd, *, install: bool, start: bool = True) -> list[str]:
    """Do the steps and return what was said."""
    said: list[str] = []
    steps = agent.install(start=start) if install else agent.uninstall()
    perform(steps, said.append, dry_run=False)
    return said


def test_install_loads_and_uninstall_takes_away(
    agent: Launchd, plist: Path, scratch_home: Path
) -> None:
    """One file, and each call is said."""
    domain = f"gui/{os.getuid()}"

    assert carry_out(agent, install=True) == [
        f"  wrote {plist}",
        f"  ran `launchctl enable {domain}/{LABEL}`",
        f"  ran `launchctl bootstrap {domain} {plist}`",
    ]
    assert agent.is_current()
    assert agent.interpreter() == sys.executable
    assert (scratch_home / "loaded").read_bytes() == plist.read_bytes()

    assert carry_out(agent, install=False) == [
        f"  ran `launchctl bootout {domain}/{LABEL}`",
        f"  removed {plist}",
    ]
    assert not plist.exists()
    assert not (scratch_home / "loaded").exists()
    assert carry_out(agent, install=False) == []


def test_an_agent_that_is_loaded_is_unloaded_first(
    agent: Launchd, plist: Path, scratch_home: Path
) -> None:
    """And waited for: else launchd refuses with an error that says nothing."""
    carry_out(agent, install=True)
    plist.write_bytes(plist.read_bytes().replace(sys.executable.encode(), b"/nowhere/python"))
    assert not agent.is_current()
    assert agent.interpreter() == "/nowhere/python"

    carry_out(agent, install=True)

    calls = (scratch_home / "calls").read_text().split()
    assert calls == ["enable", "bootstrap", "bootout", "enable", "bootstrap"]
    assert agent.interpreter() == sys.executable


def test_without_a_start_only_the_file_is_written(
    agent: Launchd, plist: Path, scratch_home: Path
) -> None:
    """The next login loads it."""
    assert carry_out(agent, install=True, start=False) == [f"  wrote {plist}"]
    assert not (scratch_home / "calls").exists()


def test_a_refusal_is_an_error_with_its_reason(agent: Launchd, scratch_home: Path) -> None:
    """As over ssh, where there is no session to load it into."""
    tool = scratch_home / "bin" / "launchctl"
    tool.write_text("#!/bin/sh\ntest $1 = enable || { echo 'no such domain' >&2; exit 1; }\n")

    with pytest.raises(HivemindError, match=r"`launchctl bootstrap .*` failed: no such domain"):
        carry_out(agent, install=True)


def test_an_agent_that_stays_loaded_is_an_error(
    agent: Launchd, plist: Path, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else could be loaded in its place."""
    carry_out(agent, install=True)
    tool = scratch_home / "bin" / "launchctl"
    tool.write_text("#!/bin/sh\nexit 0\n")
    monkeypatch.setattr(wait_until, "__defaults__", (0.1,))

    with pytest.raises(HivemindError) as caught:
        carry_out(agent, install=False)

    assert str(caught.value) == f"launchd does not unload {LABEL}: log out and in, and retry"
    assert caught.value.exit_code == 1
    assert plist.exists()


@pytest.mark.parametrize("data", [b"", b"<plist", b"<plist><dict/></plist>", b"bplist00"])
def test_a_list_that_is_none_names_no_python(agent: Launchd, plist: Path, data: bytes) -> None:
    """It was broken, or edited."""
    plist.parent.mkdir(parents=True)
    plist.write_bytes(data)

    assert agent.interpreter() == ""
    assert not agent.is_current()
