"""The status object."""

import os
from pathlib import Path

import msgspec
import pytest

from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.config import Config, JudgeConfig
from hivemindd.control.queries_status import (
    DaemonStatus,
    JudgeStatus,
    Status,
    describe_judge,
    describe_status,
    list_tallies,
)
from hivemindd.log.opening import open_log_readonly
from hivemindd.paths import Paths
from tests.control.filled_log import (
    DAY,
    MINUTE,
    NOW,
    SHOP,
    ask_for_review,
    fill,
    make_paths,
    pause,
)

_JUDGE = JudgeStatus(kind="local", model="", why="")


def _describe(paths: Paths) -> Status:
    log = open_log_readonly(paths.log) if paths.log.exists() else None
    try:
        return describe_status(
            log,
            DaemonStatus(),
            _JUDGE,
            paths=paths,
            config=Config(),
            assistants=ASSISTANTS,
            env={},
            now=NOW,
        )
    finally:
        if log is not None:
            log.close()


def test_the_status_sums_up_the_log(tmp_path: Path) -> None:
    """Every figure is there, by assistant and as a whole."""
    (tmp_path / ".claude" / "projects").mkdir(parents=True)
    status = _describe(fill(tmp_path))
    claude = next(row for row in status.assistants if row.name == "claude-code")

    assert (claude.found, claude.transcripts, claude.sessions, claude.events) == (True, 1, 2, 4)
    assert claude.last_event == NOW - DAY + MINUTE
    assert claude.lag_ms == 0
    assert (status.sessions.active, status.sessions.idle, status.sessions.ended) == (1, 1, 1)
    assert sum(status.sessions.refused.values()) == 1
    assert (status.corrections, status.lessons, status.skills, status.workspaces) == (1, 2, 1, 2)
    assert (status.due.pending, status.due.parked) == (2, 1)
    assert status.due.next_at == NOW - MINUTE
    assert status.spend.today_usd == pytest.approx(0.125)
    assert status.spend.budget_usd == Config().judge.daily_budget
    assert [call.usd for call in status.spend.calls] == [0.125, 0.0]
    assert (status.spend.input_tokens, status.spend.output_tokens) == (2_000, 200)
    assert status.reviews == 0


def test_the_status_counts_the_rules_that_wait_for_a_person(tmp_path: Path) -> None:
    """Nobody else may allow them."""
    paths = fill(tmp_path)
    ask_for_review(paths, "Push without asking", "Skip the hooks")
    status = _describe(paths)

    assert (status.reviews, status.proposals, status.lessons) == (2, 0, 4)
    assert (status.spend.failed, status.spend.parked) == (1, 0)
    assert 0 < status.spend.renewed - NOW <= DAY + 3_600_000
    assert status.log.bytes > 0
    assert status.paused is None


def test_the_status_of_an_empty_home_is_all_zeros(tmp_path: Path) -> None:
    """It needs no log, and has the same fields."""
    empty, filled = _describe(make_paths(tmp_path)), _describe(fill(tmp_path))

    assert not any(row.found or row.events for row in empty.assistants)
    assert empty.due.next_at is None
    assert msgspec.to_builtins(empty).keys() == msgspec.to_builtins(filled).keys()


def test_the_lag_is_the_age_of_what_was_not_read(tmp_path: Path) -> None:
    """An append that no daemon has read yet shows, with the time of the append."""
    paths = fill(tmp_path)
    transcript = tmp_path / "npm.jsonl"
    transcript.write_text("{}\n{}\n")
    os.utime(transcript, ns=((NOW - 7_000) * 1_000_000,) * 2)

    lags = {row.name: row.lag_ms for row in _describe(paths).assistants}

    assert lags == {"claude-code": 7_000, "codex": 0, "cursor": 0}


def test_a_transcript_that_its_assistant_deleted_is_no_lag(tmp_path: Path) -> None:
    """What was captured of it stays, and nothing is missing."""
    paths = fill(tmp_path)
    (tmp_path / "npm.jsonl").unlink()

    assert not any(row.lag_ms for row in _describe(paths).assistants)


def test_pauses_are_named(tmp_path: Path) -> None:
    """Everything and single workspaces, and none whose time is over."""
    paths = fill(tmp_path)
    pause(paths, {"": 0, SHOP: NOW + MINUTE, "over": NOW - 1})
    paused = _describe(paths).paused

    assert paused is not None
    assert (paused.everything, paused.until) == (True, None)
    assert [(each.name, each.until) for each in paused.workspaces] == [("shop", NOW + MINUTE)]

    pause(paths, {"": NOW - 1})
    assert _describe(paths).paused is None


def test_the_judge_is_the_api_where_there_is_a_key(tmp_path: Path) -> None:
    """From the environment or from the key file; without one the local judge."""
    paths = make_paths(tmp_path)
    paths.config.mkdir(parents=True)

    assert describe_judge(paths, Config(), {}).why == "no API key: the local judge is used"
    assert describe_judge(paths, Config(), {"ANTHROPIC_API_KEY": "x"}).kind == "api"
    paths.key_file.write_text("x")
    assert describe_judge(paths, Config(), {}).kind == "api"
    assert str(paths.key_file) in describe_judge(paths, Config(), {}).why


def test_the_configuration_decides_which_judge(tmp_path: Path) -> None:
    """Who asks for the local judge gets it with a key, who asks for the API hears of the key."""
    paths = make_paths(tmp_path)
    local, api = Config(judge=JudgeConfig(kind="local")), Config(judge=JudgeConfig(kind="api"))

    assert describe_judge(paths, local, {"ANTHROPIC_API_KEY": "x"}).kind == "local"
    assert describe_judge(paths, api, {}).kind == "api"
    assert "no API key" in describe_judge(paths, api, {}).fault


def test_tallies_come_most_frequent_first(tmp_path: Path) -> None:
    """Records that no rule knows, with assistant and version."""
    log = open_log_readonly(fill(tmp_path).log)
    tallies = [(row.assistant, row.version, row.what, row.count) for row in list_tallies(log)]
    log.close()

    assert tallies == [
        ("codex", "0.170.0", "new_item", 12),
        ("claude-code", "", "malformed line", 2),
    ]
