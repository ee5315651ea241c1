"""Told to stop, in a real process whose signals arrive anywhere."""

import signal
import subprocess
import sys

import pytest

_SCRIPT = """
import signal, threading, time
from hivemindd.runtime.signals import StopSignal
stop = StopSignal()
def work():
    print("ready", flush=True)
    while True:
        sum(range(1000))
threading.Thread(target=work, daemon=True).start()
# The main thread does not take the signal itself: another one gets it.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
print("told" if stop.wait(60) else "not told", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_another_thread_gets_is_heard(number: signal.Signals) -> None:
    """The main thread wakes at once, though the kernel chose another thread."""
    with subprocess.Popen(
        [sys.executable, "-c", _SCRIPT], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)

        assert process.communicate(timeout=30)[0] == "told\n"
    assert process.returncode == 0
