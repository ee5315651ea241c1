"""Hints about changed files, handed from one thread to another."""

import threading
import time
from pathlib import Path

from hivemindd.capture.watch import Hints

PATIENCE = 20.0


def test_hints_are_taken_once() -> None:
    """However often a path was added."""
    hints = Hints()
    for name in ("a", "b", "a"):
        hints.add(Path(name))

    assert hints.take(0) == {Path("a"), Path("b")}
    assert hints.take(0) == set()


def test_one_who_waits_can_be_woken() -> None:
    """Without a hint, to see that there is something else to do."""
    hints = Hints()
    taken: list[set[Path]] = []
    waiter = threading.Thread(target=lambda: taken.append(hints.take(PATIENCE)))
    waiter.start()
    hints.wake()
    waiter.join()

    assert taken == [set()]


def test_others_may_join_the_first() -> None:
    """Within a window that begins with it, however late it is taken."""
    hints = Hints()
    hints.add(Path("a"))
    later = threading.Timer(0.1, hints.add, [Path("b")])
    later.start()

    assert hints.take(0, window=2) == {Path("a"), Path("b")}

    hints.add(Path("c"))
    time.sleep(0.2)
    later = threading.Timer(2, hints.add, [Path("d")])
    later.start()
    assert hints.take(0, window=0.1) == {Path("c")}
    later.cancel()


def test_no_hint_is_lost_between_threads() -> None:
    """What is added while another thread takes is there the next time."""
    hints = Hints()
    wanted = {Path(str(number)) for number in range(5000)}

    def add() -> None:
        for path in wanted:
            hints.add(path)

    adder = threading.Thread(target=add)
    adder.start()
    seen: set[Path] = set()
    while adder.is_alive():
        seen |= hints.take(0.001)

    assert seen | hints.take(0) == wanted
