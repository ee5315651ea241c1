"""The user's own systemd, as far as it can be told that it is ours."""

import os
from pathlib import Path

from hivemindctl.service.manager import Manager
from tests.ctl.runner import environment, spawn


def test_a_shell_without_a_runtime_folder_finds_the_manager(
    tmp_path: Path, systemctl: dict[str, str]
) -> None:
    """After `sudo`, `su` or in a cron job nothing names the folder."""
    (tmp_path / "user" / str(os.getuid()) / "systemd").mkdir(parents=True)
    env = environment(tmp_path, PATH=systemctl["PATH"])

    manager = Manager.find(env, tmp_path / "user")

    assert manager
    assert manager.env["XDG_RUNTIME_DIR"] == str(tmp_path / "user" / str(os.getuid()))
    assert Manager.find(env, tmp_path / "nowhere") is None


def test_a_manager_of_another_home_is_none_of_ours(
    tmp_path: Path, systemctl: dict[str, str]
) -> None:
    """In a scratch home the real user's systemd would look for the unit elsewhere."""
    done = spawn(tmp_path, "install", "--dry-run", **systemctl, MANAGER_HOME="/home/other")

    assert "as a detached process" in done.stdout


def test_a_home_that_a_shell_would_quote_is_ours(tmp_path: Path, systemctl: dict[str, str]) -> None:
    """What systemctl(1) says of `show-environment`: such values come as $'value'."""
    home = tmp_path / "ann o'neil"
    home.mkdir()
    quoted = str(home).replace("'", r"\'")

    done = spawn(home, "install", "--dry-run", **systemctl, MANAGER_HOME=f"$'{quoted}'")

    assert "as a systemd user service" in done.stdout
