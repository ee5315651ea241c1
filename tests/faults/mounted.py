"""A small disk of its own, mounted where a test wants it, for those who run beside it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_BLOCK = 4096
_MOUNT = """
set -e
mount -t tmpfs -o size=256k,mode=755 tmpfs "$1"
echo mounted
read end
"""


class Disk:
    """256 kB in memory, which only its own processes see at its place."""

    def __init__(self, place: Path, pid: int) -> None:
        """Take the process that holds the namespace."""
        self.root = Path(f"/proc/{pid}/root{place}")
        self.before = ("nsenter", "--mount", f"--target={pid}", "--")
        self._place = place

    def fill(self) -> None:
        """Leave no byte free."""
        with suppress(OSError), (self.root / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(_BLOCK))

    def empty(self) -> None:
        """Make room again."""
        (self.root / "ballast").unlink()

    def lock(self) -> None:
        """Let nobody write."""
        self._mount("ro")

    def unlock(self) -> None:
        """Let everybody write again."""
        self._mount("rw")

    def _mount(self, how: str) -> None:
        command = [*self.before, "mount", "-o", f"remount,{how}", str(self._place)]
        subprocess.run(command, check=True)


def why_not() -> str:
    """Say why there can be none here, empty where there can."""
    if os.getuid() or sys.platform != "linux":
        return "only root can mount a disk, on Linux"
    missing = [name for name in ("unshare", "nsenter", "mount") if shutil.which(name) is None]
    if missing:
        return f"there is no {', '.join(missing)}"
    command = ["unshare", "--mount", "--propagation", "private", "true"]
    refused = subprocess.run(command, check=False, capture_output=True).returncode
    return "no namespace can be had here" if refused else ""


@contextmanager
def disk(place: Path) -> Iterator[Disk]:
    """Mount one over a folder."""
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _MOUNT, "sh"]
    with subprocess.Popen(
        [*command, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "mounted\n"
        try:
            yield Disk(place, holder.pid)
        finally:
            holder.kill()
