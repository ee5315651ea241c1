"""Memory that was needed for a while."""

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
