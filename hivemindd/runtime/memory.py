"""Memory: little of it held free. Only glibc has to be asked, others know no such call."""

import ctypes

_ARENA_MAX = -8  # malloc.h of glibc


def share_heap() -> None:
    """Have all threads take memory from one heap.

    With a heap for each thread what one has freed is of no use to the others: of some minutes
    of hard work half is held free, and more with each minute. To be called before there are
    threads.
    """
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust is not None:
        adjust(_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what is held free: a burst of work would keep it for good."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
