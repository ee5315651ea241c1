"""What `hivemindctl skills` says about whether a skill worked."""

from pathlib import Path

import pytest

from tests.control.filled_log import fill, live_on
from tests.ctl.runner import run, run_json


def show(home: Path) -> str:
    """Return what is shown of the skill."""
    return run(home, "skills", "show", "package-commands").stdout


def test_it_is_too_early_at_first(tmp_path: Path) -> None:
    """With how far it has come."""
    paths = fill(tmp_path)
    assert "too early (0 of 5)" in run(tmp_path, "skills").stdout
    assert "Too early to say whether it works: 0 of 5 sessions" in show(tmp_path)
    assert "since" not in show(tmp_path)

    live_on(paths, False, False)
    assert "too early (2 of 5)" in run(tmp_path, "skills").stdout
    assert "Too early to say whether it works: 2 of 5 sessions that it bears on\n" in show(tmp_path)


def test_a_skill_that_worked_says_so_at_a_glance(tmp_path: Path) -> None:
    """In the list in a few words, and with its intervals where it is shown."""
    paths = fill(tmp_path)
    live_on(paths, *[True] * 10, *[False] * 10, at=-40)
    live_on(paths, True, *[False] * 24, opened=True)

    listed = run(tmp_path, "skills").stdout
    assert "effect per 10 sessions" in listed.splitlines()[0]
    assert "worked: 5.0 -> 0.4" in listed
    shown = show(tmp_path).splitlines()
    assert "It works: 5.0 -> 0.4 corrections per 10 sessions that it bears on" in shown
    assert "  before   5.0 (3.0 to 7.0, 95 %): 10 in 20" in shown
    assert "  since    0.4 (0.1 to 2.0, 95 %): 1 in 25" in shown
    assert "  change  -4.6 (-6.6 to -2.1)" in shown
    assert "  In 25 sessions: listed in 25 of the 25 that tell, opened in 25." in shown
    assert not any("reword" in line for line in shown)


def test_json_holds_all_numbers(tmp_path: Path) -> None:
    """Of the list and of one skill alike."""
    live_on(fill(tmp_path), True, False)

    (row,) = run_json(tmp_path, "skills")
    (one,) = run_json(tmp_path, "skills", "show", "package-commands")
    effect = row["effect"]

    assert one["effect"] == effect
    assert effect["outcome"] == "too early"
    assert effect["after"].keys() == {"value", "low", "high", "hits", "trials"}
    assert effect["change"].keys() == {"value", "low", "high"}
    assert effect.keys() >= {
        *("needed", "exposed", "listing", "listed", "opened", "recurred"),
        *("prior", "learning", "before", "after", "change", "rules", "diagnosis", "idle"),
    }
    assert effect["rules"][0].keys() >= {"lesson", "rule", "since", "prior", "before", "after"}
    assert effect["diagnosis"]["rung"] == "unopened"


@pytest.mark.parametrize(
    ("broken", "opened", "said"),
    [
        (1, False, "reword\n  its description"),
        (2, True, "reword\n  the rule"),
        (3, True, "It still recurs: Claude Code opened it and broke its rules in 3 sessions."),
        (3, True, "line in CLAUDE.md, which is always read, may help:\n    - Use pnpm, not npm."),
    ],
)
def test_what_is_wrong_comes_with_what_to_mend(
    tmp_path: Path, broken: int, *, opened: bool, said: str
) -> None:
    """By the rung of the ladder on which the skill fails."""
    live_on(fill(tmp_path), *[True] * broken, False, opened=opened)

    assert said in show(tmp_path)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    """With what to do, unless it was meant."""
    fill(tmp_path)
    (tmp_path / "shop/.claude/skills/package-commands/SKILL.md").unlink()

    assert "Its file is not on the disk. If you did not remove it, put it back." in show(tmp_path)


def test_a_skill_that_nobody_needs_is_proposed_for_retirement(tmp_path: Path) -> None:
    """After sixty days and ten sessions."""
    paths = fill(tmp_path)
    live_on(paths, *[False] * 9)
    assert "Not opened" not in show(tmp_path)

    live_on(paths, False, at=70)
    shown = show(tmp_path)
    assert "  Not opened, nor missed, for 71 days and 10 sessions: if it has served its\n" in shown
    assert "  time, take it back with `hivemindctl skills retire package-commands`.\n" in shown


def test_regression_to_the_mean_is_explained(tmp_path: Path) -> None:
    """Where counting from the first correction on would flatter."""
    paths = fill(tmp_path)
    live_on(paths, *[False] * 20, at=-60)
    live_on(paths, True, True, False, at=-10)
    live_on(paths, False)

    shown = show(tmp_path)
    assert "From the first correction on it was 6.7" in shown
    assert "  so all sessions before count here, without the one that tipped the scale.\n" in shown
