"""Limits and mounts of a daemon's own, in a user namespace: nothing outside of it changes."""

import shutil
import subprocess

import pytest


def within(script: str) -> list[str]:
    """Return what runs a command in a namespace where a script has set limits or mounted.

    /proc/sys/user and mounts are the namespace's alone. /proc/sys/fs is everybody's: for root
    no namespace keeps it from the whole machine.
    """
    return _usable(["unshare", "-Urm", "sh", "-ec", f'{script}\nexec "$@"', "-"])


def rootless() -> list[str]:
    """Return what runs a command for which the modes of files hold, for root too.

    It watches nothing: what it finds it finds by looking.
    """
    unwatched = within("echo 0 > /proc/sys/user/max_inotify_watches")
    return _usable([*unwatched, "unshare", "-U"])  # within the first one who runs it has powers


def _usable(prefix: list[str]) -> list[str]:
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"that cannot be had here: {tried.stderr.strip()}")
    return prefix
