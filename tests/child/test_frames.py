"""What goes through the pipe to a process of ours and back."""

from io import BytesIO

import msgspec
import pytest

from hivemindd.child.frames import MOST_BYTES, receive, send


class Word(msgspec.Struct):
    """A frame for these tests."""

    text: str


def test_frames_come_out_as_they_went_in() -> None:
    """One after the other, and the end of the pipe is no frame."""
    pipe = BytesIO()
    for text in ("one", ""):
        send(pipe, Word(text))
    pipe.seek(0)

    assert [receive(pipe, Word) for _ in range(3)] == [Word("one"), Word(""), None]


@pytest.mark.parametrize("length", [3, 6])
def test_half_a_frame_is_the_end(length: int) -> None:
    """Whoever wrote it has died over it."""
    pipe = BytesIO()
    send(pipe, Word("one"))
    assert receive(BytesIO(pipe.getvalue()[:length]), Word) is None


def test_a_length_that_cannot_be_true_is_not_believed() -> None:
    """Nobody waits for four gigabytes."""
    with pytest.raises(ValueError, match="too long"):
        receive(BytesIO(b"\xff\xff\xff\xff"), Word)


def test_what_is_too_long_is_not_sent() -> None:
    """Not even its beginning, so that the next frame is understood."""
    pipe = BytesIO()
    with pytest.raises(ValueError, match="too long"):
        send(pipe, Word("x" * MOST_BYTES))
    assert pipe.getvalue() == b""
