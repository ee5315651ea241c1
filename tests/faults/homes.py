"""A home for a real daemon, and what its log holds."""

from pathlib import Path

from hivemindd.events import Prompt
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.homes import find_session
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.store import LogError
from hivemindd.log.tables import SESSIONS, TALLIES
from hivemindd.paths import find_paths
from tests.process import Daemon, await_true, clean_environment

SOON = "1s"
NEVER = "1000h"  # what is found then was not found by looking through all folders again


def settle(home: Path, *, rescan_every: str) -> None:
    """Say how often the daemon looks through all folders, and spare it the small model."""
    file = find_paths(clean_environment(home)).config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'rescan_every = "{rescan_every}"\n[judge]\nsmall_model = false\n')


def prompts(home: Path) -> list[str]:
    """Return the prompts of all sessions in the log, none where there is no log yet."""
    try:
        log = open_log_readonly(find_paths(clean_environment(home)).log)
    except LogError:
        return []
    try:
        with log.read() as txn:
            packed = [data for row in SESSIONS.rows(txn) for data in blocks(txn, row)]
        return [event.text for _, event in read(packed, BlockCodec()) if isinstance(event, Prompt)]
    finally:
        log.close()


def tallies(home: Path) -> dict[str, int]:
    """Return what no rule knew, and how often."""
    log = open_log_readonly(find_paths(clean_environment(home)).log)
    try:
        with log.read() as txn:
            return {row.what: row.count for row in TALLIES.rows(txn)}
    finally:
        log.close()


def arrives(home: Path, text: str) -> None:
    """Wait until a prompt is in the log."""
    await_true(lambda: text in prompts(home), f"{text!r} is captured")


def complaints(daemon: Daemon, words: str) -> int:
    """Return how many lines with some words the daemon has written."""
    return sum(words in line for line in daemon.output.read_text().splitlines())


def holds(home: Path, session: str) -> bool:
    """Tell whether anything is known of a session of Claude Code."""
    log = open_log_readonly(find_paths(clean_environment(home)).log)
    try:
        with log.read() as txn:
            return find_session(txn, "claude-code", session) is not None
    finally:
        log.close()


def count(home: Path) -> int:
    """Return how many events the log holds, by its blocks and not by what rows say."""
    return len(prompts(home))
