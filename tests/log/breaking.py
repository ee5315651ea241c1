"""Processes in which a log meets what could kill them: a short file, bad pages, a full disk."""

import os
import resource
import signal
import sys
from pathlib import Path

from hivemindd.errors import ConfigError
from hivemindd.log import schema
from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import SETTINGS, Txn


def say(word: object) -> None:
    """Speak to the test."""
    print(word, flush=True)  # noqa: T201  this is how it speaks


def put(log: Log, key: bytes, value: str) -> None:
    """Store one setting; say `ok`, or the name of the error."""

    def change(txn: Txn) -> None:
        SETTINGS.put(txn, key, value)

    try:
        log.transact(change)
    except LogError as error:
        say(type(error).__name__)
    else:
        say("ok")


def get(log: Log, key: bytes) -> None:
    """Say how long a setting is, or the name of the error."""
    try:
        with log.read() as txn:
            say(len(SETTINGS.get(txn, key) or ""))
    except LogError as error:
        say(type(error).__name__)


def read_only(folder: Path) -> None:
    """Open for reading and read something."""
    try:
        log = open_log_readonly(folder)
    except LogError as error:
        say(type(error).__name__)
    else:
        get(log, b"value")


def writable(folder: Path) -> None:
    """Open for writing, read and write something."""
    log = open_log(folder)
    get(log, b"value")
    put(log, b"value", "new")
    get(log, b"value")


def full_disk(folder: Path) -> None:
    """Write while files may not grow, and again when they may."""
    log = open_log(folder, map_size=1 << 24)
    put(log, b"old", "x" * 1000)
    none = resource.getrlimit(resource.RLIMIT_FSIZE)
    used = log.disk_bytes()
    resource.setrlimit(resource.RLIMIT_FSIZE, (used, none[1]))
    put(log, b"new", "x" * 1_000_000)
    get(log, b"new")
    get(log, b"old")
    say(log.is_in_place())
    resource.setrlimit(resource.RLIMIT_FSIZE, none)
    put(log, b"new", "x" * 1_000_000)
    get(log, b"new")


def full_disk_while_growing(folder: Path) -> None:
    """Need a larger map while files may not grow, and again when they may."""
    log = open_log(folder, map_size=1 << 18)
    none = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, none[1]))
    put(log, b"new", "x" * 1_000_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, none)
    put(log, b"new", "x" * 1_000_000)
    get(log, b"new")


def full_disk_at_upgrade(folder: Path) -> None:
    """Open a log of an older version while files may hardly grow; say the error and its code."""
    none = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14, none[1]))
    try:
        open_log(folder)
    except ConfigError as error:
        say(error)
        say(error.exit_code)


def full_disk_at_start(folder: Path) -> None:
    """Open a log while nothing but its head can be written; say `ok`, or the error."""
    none = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 13, none[1]))
    try:
        open_log(folder, map_size=1 << 18).close()
    except LogError as error:
        say(type(error).__name__)
    else:
        say("ok")


def killed_at_upgrade(folder: Path, when: str) -> None:
    """Open a log of an older version, and be killed when its copy is there, or a row changed."""

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if when == "copied":
        schema._take = die
    else:
        schema._stamp = die
    open_log(folder)


def bad_page(folder: Path) -> None:
    """Lose a page of a log that is open: the one with the last of many settings."""
    log = open_log(folder)

    def change(txn: Txn) -> None:
        for number in range(500):
            SETTINGS.put(txn, b"needle-%04d" % number, "x" * 100)

    log.transact(change)
    _zero(folder / "data.mdb", b"needle-0499")
    get(log, b"needle-0000")
    get(log, b"needle-0499")
    say(log.is_in_place())


def bad_root(folder: Path) -> None:
    """Lose the page through which a log that is open finds its tables."""
    log = open_log(folder)
    put(log, b"value", "old")
    _zero(folder / "data.mdb", b"settings")
    get(log, b"value")
    say(log.is_in_place())


def _zero(data: Path, needle: bytes) -> None:
    """Overwrite every page but the first two that holds some bytes."""
    descriptor = os.open(data, os.O_RDWR)
    for number in range(2, 200):
        if needle in os.pread(descriptor, 4096, number * 4096):
            os.pwrite(descriptor, bytes(4096), number * 4096)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
