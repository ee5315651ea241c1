"""Memory that was needed for a while."""

import ctypes


def give_back() -> None:
    """Return to the system what the C library holds free: a burst of work would keep it for good.

    Only glibc has to be asked; other libraries know no such call.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
