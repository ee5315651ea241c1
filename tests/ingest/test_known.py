"""What is known of transcripts, by which those are told that have changed."""

from pathlib import Path

import pytest

from hivemindd.assistants.base import Places
from hivemindd.assistants.claude_code.assistant import ClaudeCode
from hivemindd.capture.source import ZSTD_SUFFIX
from hivemindd.ingest.discover import Discovery
from hivemindd.ingest.known import FEW, Known
from hivemindd.ingest.poll import logical_path
from hivemindd.log.store import Log

SOME = 3 * FEW


@pytest.fixture(name="transcripts")
def _transcripts(scratch_home: Path) -> list[Path]:
    folder = scratch_home / ".claude" / "projects" / "p"
    folder.mkdir(parents=True)
    names = [folder / f"{number}.jsonl" for number in range(SOME)]
    for name in names:
        name.touch()
    return names


def test_what_is_gone_is_forgotten_in_the_end(
    log: Log, scratch_home: Path, transcripts: list[Path]
) -> None:
    """Assistants delete old transcripts, and we may run for months. What is there stays known.

    Codex compresses some, which are known by the same name.
    """
    discovery = Discovery([ClaudeCode()], Places(scratch_home))
    found = list(discovery.find_all())
    with log.read() as txn:
        known = Known(txn)
    for item in found:
        known.note(logical_path(item.name), item, now=0)
    gone = {str(path) for path in transcripts[1::3]}
    for name in gone:
        Path(name).unlink()
    transcripts[0].rename(f"{transcripts[0]}{ZSTD_SUFFIX}")

    def left() -> set[str]:
        return {
            item.name for item in found if known.is_same(logical_path(item.name), item.signature)
        }

    known.drop_gone(discovery.present())
    assert left() > {str(path) for path in transcripts} - gone
    for _ in range(2):
        known.drop_gone(discovery.present())
    assert left() == {str(path) for path in transcripts} - gone


def test_what_cannot_be_looked_for_stays_known(
    log: Log, scratch_home: Path, transcripts: list[Path]
) -> None:
    """A disk that is not mounted leaves an empty folder, and comes back with all that it held."""
    discovery = Discovery([ClaudeCode()], Places(scratch_home))
    (item, *_) = list(discovery.find_all())
    with log.read() as txn:
        known = Known(txn)
    known.note(item.name, item, now=0)
    projects = transcripts[0].parents[1]
    projects.rename(projects.with_name("away"))

    for mounted in (False, True):
        if mounted:
            projects.mkdir()
        known.drop_gone(discovery.present())
        assert known.is_same(item.name, item.signature)

    (projects / "another").mkdir()
    known.drop_gone(discovery.present())
    assert not known.is_same(item.name, item.signature)
