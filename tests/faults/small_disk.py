"""A daemon whose state lies on a disk of its own, which is small and becomes full.

It is a file system in memory, in a mount namespace that nobody else sees; hence all of it is one
process, which says `impossible` where it may not have one.
"""

import ctypes
import os
import sys
from pathlib import Path

from tests.faults.estate import Estate
from tests.faults.forked import Forked
from tests.process import Daemon, await_true

_NEWNS, _NEWUSER = 0x0002_0000, 0x1000_0000
SIZE = 4 << 20


def say(word: str) -> None:
    """Speak to the test."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def mount(place: Path) -> bool:
    """Mount a small disk for this process alone; False where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    user = os.geteuid()
    if libc.unshare(_NEWNS | (_NEWUSER if user else 0)):
        return False
    if user:
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "ascii")
    private = 1 << 18 | 1 << 14  # MS_PRIVATE | MS_REC
    if libc.mount(b"none", b"/", None, private, None):
        return False
    options = f"size={SIZE},mode=700".encode()
    return not libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, options)


def fill(folder: Path) -> Path:
    """Leave no byte free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def has_all(estate: Estate, forked: Forked) -> bool:
    """Tell whether all that was said is there by now."""
    try:
        return estate.holds_all(forked)
    except AssertionError:
        return False


def main(home: Path) -> None:
    """Fill the disk below a daemon, and make room again."""
    estate = Estate(home)
    estate.paths.state.mkdir(parents=True, mode=0o700)
    if not mount(estate.paths.state):
        say("impossible")
        return
    with Forked(home) as forked, Daemon(home, module="tests.faults.hastened") as it:
        await_true(lambda: has_all(estate, forked), "it captures")
        filler = fill(estate.paths.state)
        estate.say_much(60)
        await_true(lambda: "cannot be stored yet" in it.output.read_text(), "it is said")
        estate.is_consistent(forked)
        say("full" if it.process.poll() is None else "died")
        filler.unlink()
        await_true(lambda: has_all(estate, forked), "it goes on by itself")
        say(f"left {it.stop()}, complained {it.output.read_text().count('cannot be stored yet')}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
