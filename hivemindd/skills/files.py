"""Files that appear whole or not at all, in a folder that is held open."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress

TEMPORARY = ".hivemindd-"
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def replace(
    folder: int, name: str, content: bytes, still: Callable[[], bool] = lambda: True
) -> bool:
    """Put a file in place whole or not at all; not if `still` says that it has changed."""
    temporary = f"{TEMPORARY}{secrets.token_hex(6)}"
    file = os.open(temporary, _CREATE, 0o644, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as output:
            output.write(content)
            output.flush()
            os.fchmod(file, 0o644)
            os.fsync(file)
        if not still():
            os.unlink(temporary, dir_fd=folder)
            return False
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
    return True


def take_out(folder: int, name: str) -> None:
    """Remove a file for good: without its folder's sync it may be back when the power has gone."""
    os.unlink(name, dir_fd=folder)
    os.fsync(folder)


def sweep(folder: int) -> None:
    """Remove what a crash between writing and renaming left behind."""
    for entry in os.listdir(folder):
        if entry.startswith(TEMPORARY):
            with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
                os.unlink(entry, dir_fd=folder)
