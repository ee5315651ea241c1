"""How far the reading is."""

from hivemindd.runtime.progress import WINDOW, Meter, Progress


class _Watch:
    """A clock in seconds that goes on when it is told to."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_nothing_that_waits_is_no_progress() -> None:
    """Before the first transcript and after the last."""
    meter = Meter(_Watch())
    assert meter.look() is None

    meter.expect("a", 10)
    meter.note("a", 10, 0)
    assert (meter.look(), meter.waiting) == (None, 0)


def test_the_rate_and_what_is_left_give_the_time() -> None:
    """Nothing is claimed before a second has passed."""
    watch = _Watch()
    meter = Meter(watch)
    meter.expect("a", 3_000)
    meter.expect("b", 3_000)
    assert meter.look() == Progress(
        transcripts=0, transcripts_left=2, bytes=0, bytes_left=6_000, elapsed_s=0.0
    )

    watch.time += 2
    meter.note("a", 2_000, 1_000)
    meter.note("b", 3_000, 0)

    assert meter.look() == Progress(
        transcripts=1,
        transcripts_left=1,
        bytes=5_000,
        bytes_left=1_000,
        elapsed_s=2.0,
        bytes_per_s=2_500.0,
        left_s=0.4,
    )


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    """What was fast at first does not promise that the rest will be, nor does a standstill."""
    watch = _Watch()
    meter = Meter(watch)
    meter.expect("a", 10_000)
    for second in range(100):
        watch.time += 1
        meter.note("a", 100 if second < 10 else 10, 10_000 - second)

    progress = meter.look()
    assert progress is not None
    assert progress.bytes_per_s == 10.0

    watch.time += 3 * WINDOW
    progress = meter.look()
    assert progress is not None
    assert progress.bytes_per_s is not None
    assert progress.bytes_per_s < 3


def test_what_could_not_be_read_waits_no_more() -> None:
    """A transcript that has vanished, and one that nobody waited for."""
    meter = Meter(_Watch())
    meter.expect("a", 10)
    meter.note("a", 0, 0)
    meter.note("other", 5, 5)

    assert meter.look() is None


def test_a_new_backlog_begins_anew() -> None:
    """What was read an hour ago is no part of it; one that waits already waits once."""
    watch = _Watch()
    meter = Meter(watch)
    meter.expect("a", 10)
    meter.note("a", 10, 0)
    watch.time += 3_600
    meter.expect("b", 5)
    meter.expect("b", 7)

    assert meter.look() == Progress(
        transcripts=0, transcripts_left=1, bytes=0, bytes_left=7, elapsed_s=0.0
    )
