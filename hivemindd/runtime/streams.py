"""The standard streams: there whatever started us, and given up where nothing can be written."""

import contextlib
import errno
import os
import sys

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def secure() -> None:
    """Open the standard streams that whoever started us has closed.

    Else a file of ours would get their number, and what is printed would go into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def is_unwritable(error: OSError) -> bool:
    """Tell whether an error means that nothing more can be written to where a stream leads."""
    return error.filename is None and error.errno in _FULL


def give_up() -> None:
    """Send to nowhere what standard output still holds, so that it raises no more at exit."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
