"""What was complained of last."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from hivemindd.runtime.complaints import Complaint, Complaints, last_complaint


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Iterator[Path]:
    """Listen to what is logged in this process, and to nothing afterwards."""
    before = structlog.get_config()
    structlog.reset_defaults()
    file = tmp_path / "last-error.json"
    Complaints(file, lambda: 7).listen()
    yield file
    structlog.configure(**before)


def test_the_last_warning_is_kept_for_its_owner_alone(file: Path) -> None:
    """With its cause and with what it is about; what is merely told is not."""
    log = structlog.get_logger()
    log.warning("an earlier one")
    log.warning("transcript cannot be read", path="/t/x.jsonl", cause="Permission denied")
    log.info("running")

    assert last_complaint(file) == Complaint(
        ts=7, what="transcript cannot be read", cause="Permission denied", about="/t/x.jsonl"
    )
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_of_an_unforeseen_error_only_the_type_is_kept(file: Path) -> None:
    """Its text may hold a person's words."""
    try:
        dict[str, str]()["my words"]
    except KeyError:
        structlog.get_logger().exception("transcript cannot be parsed")

    assert last_complaint(file) == Complaint(
        ts=7, what="transcript cannot be parsed", cause="KeyError"
    )
    assert "my words" not in file.read_text()


def test_what_a_stop_cuts_off_is_no_trouble(tmp_path: Path, file: Path) -> None:
    """It is printed like all else, and not kept."""
    later = tmp_path / "later.json"
    over = [True]
    Complaints(later, lambda: 8, over=lambda: over[0]).listen()
    structlog.get_logger().warning("the small model was closed")
    assert last_complaint(later) is None
    assert last_complaint(file) is not None

    over[0] = False
    structlog.get_logger().warning("an error")
    assert last_complaint(later) == Complaint(ts=8, what="an error")


def test_a_file_that_cannot_be_written_or_read_is_none(file: Path) -> None:
    """To complain must not fail."""
    assert last_complaint(file) is None
    file.write_text("{")
    assert last_complaint(file) is None

    file.unlink()
    file.mkdir()
    structlog.get_logger().warning("still going on")
    assert last_complaint(file) is None
