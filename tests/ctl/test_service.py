"""The unit files that are shipped, and what becomes of them."""

import os
import plistlib
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindctl.service.base import kept_environment, template
from hivemindctl.service.launchd import LABEL, fill_agent
from hivemindctl.service.running import wait_until
from hivemindctl.service.systemd import UNIT, fill_unit
from tests.ctl.runner import CHECKOUT, environment, run, spawn


def _calls(home: Path) -> list[str]:
    return (home / "calls").read_text().splitlines()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
def test_systemd_has_no_complaint_about_the_unit(tmp_path: Path) -> None:
    """It knows every key, and the interpreter is there."""
    unit = tmp_path / UNIT
    unit.write_bytes(fill_unit(template(f"systemd/{UNIT}"), sys.executable, {"CODEX_HOME": "/c d"}))

    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        env=environment(tmp_path, XDG_RUNTIME_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_leaves_the_processes_of_the_assistants_in_reach() -> None:
    """A user namespace would hide their environment, and with it HIVEMIND_CAPTURE=false."""
    unit = template(f"systemd/{UNIT}")
    keys = {line.split("=")[0] for line in unit.splitlines() if not line.startswith("#")}

    assert not [
        key
        for key in keys
        if key.startswith(("Private", "Protect", "ReadOnly", "Inaccessible", "ReadWrite"))
    ]


_WORDS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), min_size=1
).filter(str.strip)


@given(_WORDS, _WORDS)
def test_any_path_can_stand_in_the_unit(python: str, folder: str) -> None:
    """Blanks, quotes, backslashes and per cent signs are quoted as systemd reads them."""
    unit = fill_unit("[Service]\nExecStart=@PYTHON@ -P -m hivemindd\n", python, {"X": folder})
    _, variable, command = unit.decode().removesuffix("\n").split("\n")

    assert shlex.split(variable.removeprefix("Environment="))[0].replace("%%", "%") == f"X={folder}"
    words = shlex.split(command.removeprefix("ExecStart="))
    assert words[0].replace("%%", "%") == python
    assert words[1:] == ["-P", "-m", "hivemindd"]


@given(_WORDS, _WORDS)
def test_any_path_can_stand_in_the_property_list(python: str, folder: str) -> None:
    """XML has its own way of quoting."""
    text = template(f"launchd/{LABEL}.plist")
    try:
        agent = plistlib.loads(fill_agent(text, python, folder, {"CODEX_HOME": folder}))
    except ValueError as error:
        assert "control characters" in str(error)  # noqa: PT017  no XML can hold these
        return

    assert agent["ProgramArguments"] == [python, "-P", "-m", "hivemindd", "--log-file", folder]
    assert agent["EnvironmentVariables"] == {"CODEX_HOME": folder}


def test_the_property_list_asks_for_a_quiet_guest() -> None:
    """Restarted after a crash only, with low priority, and files for nobody else."""
    agent = plistlib.loads(template(f"launchd/{LABEL}.plist").encode())

    assert agent["Label"] == LABEL
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    assert agent["ProcessType"] == "Background"
    assert agent["LowPriorityIO"] is True
    assert agent["Umask"] == 0o077
    assert {"ThrottleInterval", "ExitTimeOut", "RunAtLoad"} <= agent.keys()


def test_no_secret_reaches_a_unit() -> None:
    """A key stays in the shell or in its file; where files lie and whom to ask is told."""
    gateway = {"CODEX_HOME": "/c", "ANTHROPIC_BASE_URL": "https://llm.example"}

    kept = kept_environment(gateway | {"ANTHROPIC_API_KEY": "x", "XDG_STATE_HOME": ""})

    assert kept == gateway
    assert not kept_environment({"ANTHROPIC_BASE_URL": "https://me:word@llm.example"})


def test_install_writes_the_unit_and_enables_it(tmp_path: Path, systemctl: dict[str, str]) -> None:
    """One file, three calls, every one of them said."""
    done = spawn(tmp_path, "install", "--no-start", **systemctl)
    unit = tmp_path / ".config" / "systemd" / "user" / UNIT

    assert done.returncode == 0, done.stderr
    assert f'ExecStart="{sys.executable}" -P -m hivemindd' in unit.read_text()
    assert f"  wrote {unit}\n" in done.stdout
    assert _calls(tmp_path) == [
        "--user show-environment",
        "--user daemon-reload",
        f"--user enable {UNIT}",
    ]
    assert [path.name for path in (tmp_path / ".config").rglob("*") if path.is_file()] == [UNIT]


def test_installing_twice_writes_nothing_anew(tmp_path: Path, systemctl: dict[str, str]) -> None:
    """An edited unit is written again, a good one is left alone."""
    spawn(tmp_path, "install", "--no-start", **systemctl)

    again = spawn(tmp_path, "install", "--no-start", **systemctl)

    assert again.returncode == 0
    assert "wrote" not in again.stdout


def test_uninstall_takes_the_unit_away_and_can_be_repeated(
    tmp_path: Path, systemctl: dict[str, str]
) -> None:
    """Nothing of ours is left behind."""
    spawn(tmp_path, "install", "--no-start", **systemctl)

    first = spawn(tmp_path, "uninstall", **systemctl)
    second = spawn(tmp_path, "uninstall", **systemctl)

    assert (first.returncode, second.returncode) == (0, 0)
    assert f"ran `systemctl --user disable --now {UNIT}`" in first.stdout
    assert "Nothing to do" in second.stdout
    assert not (tmp_path / ".config" / "systemd" / "user" / UNIT).exists()


def test_a_service_that_does_not_start_is_an_error(
    tmp_path: Path, systemctl: dict[str, str]
) -> None:
    """With what systemd said, and where to read more."""
    done = spawn(tmp_path, "install", **systemctl, RESTART="1")

    assert done.returncode == 1
    assert done.stderr == (
        "hivemindctl: `systemctl --user restart hivemindd.service` failed: Job failed; "
        "see `hivemindctl logs`; `hivemindctl uninstall` takes away what was done\n"
    )


def test_a_daemon_that_does_not_answer_is_an_error(
    tmp_path: Path, systemctl: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever systemd says of it."""
    monkeypatch.setattr(wait_until, "__defaults__", (0.1,))

    path, folder = systemctl["PATH"], systemctl["XDG_RUNTIME_DIR"]
    done = run(tmp_path, "install", PATH=path, XDG_RUNTIME_DIR=folder)

    assert done.exit_code == 1
    assert done.stderr == (
        "hivemindctl: hivemindd was started but does not answer: see `hivemindctl logs`\n"
    )


def test_a_file_in_the_way_of_the_unit_is_said(tmp_path: Path, systemctl: dict[str, str]) -> None:
    """And that nothing of it has to stay."""
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "systemd").touch()

    done = spawn(tmp_path, "install", **systemctl)

    assert done.returncode == 1
    assert done.stderr == (
        f"hivemindctl: cannot write {tmp_path / '.config' / 'systemd' / 'user' / UNIT}: "
        "Not a directory; `hivemindctl uninstall` takes away what was done\n"
    )


def test_a_folder_in_the_place_of_the_unit_is_said(
    tmp_path: Path, systemctl: dict[str, str]
) -> None:
    """And nothing is left beside it."""
    unit = tmp_path / ".config" / "systemd" / "user" / UNIT
    unit.mkdir(parents=True)

    done = spawn(tmp_path, "install", **systemctl)

    assert done.returncode == 1
    assert done.stderr.startswith(f"hivemindctl: cannot write {unit}: Is a directory; ")
    assert [path.name for path in unit.parent.iterdir()] == [UNIT]


def test_a_dry_run_changes_nothing(tmp_path: Path, systemctl: dict[str, str]) -> None:
    """It says the same steps as what it would do."""
    done = spawn(tmp_path, "install", "--dry-run", **systemctl)

    assert done.returncode == 0
    assert "  would write " in done.stdout
    assert not (tmp_path / ".config").exists()
    assert _calls(tmp_path) == [
        "--user show-environment",
        f"--user show -p MainPID --value {UNIT}",
    ]


def test_a_python_that_cannot_run_the_daemon_is_not_installed(
    tmp_path: Path, systemctl: dict[str, str]
) -> None:
    """What only the shell's PYTHONPATH makes run would not run as a service."""
    bare = tmp_path / "bare"
    venv.create(bare, symlinks=True)
    lent = os.pathsep.join([environment(tmp_path)["PYTHONPATH"], sysconfig.get_path("purelib")])

    done = subprocess.run(
        [bare / "bin" / "python", "-m", "hivemindctl", "install"],
        env=environment(tmp_path, **systemctl, PYTHONPATH=lent),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == (
        f"hivemindctl: {bare}/bin/python cannot run hivemindd (No module named hivemindd): "
        "install the package into it with pip, and retry\n"
    )
    assert not (tmp_path / ".config").exists()


@pytest.fixture(name="forsaken")
def _forsaken(tmp_path: Path) -> dict[str, str]:
    """Install a unit, and lose sight of the manager."""
    folder = tmp_path / ".config" / "systemd" / "user"
    (folder / "default.target.wants").mkdir(parents=True)
    (folder / UNIT).write_text("[Service]\nExecStart=/bin/true\n")
    (folder / "default.target.wants" / UNIT).symlink_to(folder / UNIT)
    return {"XDG_RUNTIME_DIR": str(tmp_path / "nowhere")}


@pytest.mark.skipif(sys.platform == "darwin", reason="launchd runs here")
def test_a_unit_is_not_set_up_where_systemd_does_not_answer(
    tmp_path: Path, forsaken: dict[str, str]
) -> None:
    """Nor is a second daemon started beside it."""
    done = spawn(tmp_path, "install", **forsaken)

    assert done.returncode == 1
    unit = tmp_path / ".config" / "systemd" / "user" / UNIT
    assert done.stderr == (
        f"hivemindctl: {unit} is there, but systemd does not answer from here: install from a "
        "login of your own, or take it away with `hivemindctl uninstall`\n"
    )


@pytest.mark.skipif(sys.platform == "darwin", reason="launchd runs here")
def test_a_unit_is_taken_away_also_where_systemd_does_not_answer(
    tmp_path: Path, forsaken: dict[str, str]
) -> None:
    """With the link that would start it at the next login."""
    done = spawn(tmp_path, "uninstall", **forsaken)

    folder = tmp_path / ".config" / "systemd" / "user"
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        f"  removed {folder}/default.target.wants/{UNIT}\n  removed {folder}/{UNIT}\n"
        "`hivemindctl install` sets hivemindd up again.\n"
    )
    assert [path for path in folder.rglob("*") if not path.is_dir()] == []


def test_a_key_in_the_shell_is_not_seen_by_a_service(
    tmp_path: Path, systemctl: dict[str, str]
) -> None:
    """The note says where the service would find it."""
    done = spawn(tmp_path, "install", "--no-start", **systemctl, ANTHROPIC_API_KEY="not a key")

    assert "anthropic.key (chmod 600)" in done.stderr
    unit = tmp_path / ".config" / "systemd" / "user" / UNIT
    assert "not a key" not in unit.read_text()


def test_unit_files_lie_where_the_wheel_takes_them_from() -> None:
    """`wheel.shared-data` names these two folders."""
    shipped = (CHECKOUT / "pyproject.toml").read_text()

    assert 'systemd = "share/hivemindd/systemd"' in shipped
    assert 'launchd = "share/hivemindd/launchd"' in shipped
    assert template(f"systemd/{UNIT}")
