"""Memory that was needed for a while."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from hivemindd.runtime.memory import give_back

_BURST = """
import re
from hivemindd.runtime.memory import give_back

def resident():
    with open("/proc/self/status") as status:
        return int(re.search(r"RssAnon:\\s+([0-9]+)", status.read())[1])

pieces = [b"x" * 100_000 for _ in range(400)]
last = b"x" * 100_000  # above all others, so that the heap cannot shrink by itself
del pieces
held = resident()
give_back()
print(held, resident())
"""


_THREADS = """
import sys
import threading
from hivemindd.runtime.memory import share_heap

if sys.argv[1] == "shared":
    share_heap()
done = threading.Barrier(9)
held = []

def work():
    held.append(b"x" * 100_000)
    done.wait()

for _ in range(8):
    threading.Thread(target=work).start()
done.wait()
with open("/proc/self/maps") as maps:
    # A heap of its own is set aside for a thread in 64 MB of addresses, most of them of no use yet.
    spans = [line.split()[0].split("-") for line in maps if " ---p " in line]
print(sum(int(end, 16) - int(start, 16) > 32 << 20 for start, end in spans))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_what_a_burst_leaves_goes_back() -> None:
    """Though something above it is still in use."""
    done = subprocess.run(
        [sys.executable, "-c", _BURST],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )

    held, left = map(int, done.stdout.split())
    assert held - left > 30_000


def test_it_may_be_asked_for_at_any_time() -> None:
    """Also where there is nothing to give back."""
    give_back()
    give_back()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")
def test_threads_share_a_heap() -> None:
    """None has one of its own, as each would have by itself where the library is glibc."""
    heaps = [
        int(subprocess.check_output([sys.executable, "-c", _THREADS, how], text=True))
        for how in ("apart", "shared")
    ]

    assert heaps[1] == 0
    if platform.libc_ver()[0] == "glibc":
        assert heaps[0] > 0
