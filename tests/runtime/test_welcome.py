"""What is said at the first run, and only then."""

from pathlib import Path

from hivemindd.runtime.welcome import welcome
from tests.control.filled_log import fill, make_paths
from tests.ctl.runner import run
from tests.process import run_daemon


def test_the_first_run_is_explained_in_three_lines(scratch_home: Path) -> None:
    """What is read, where it lies, what comes of it, and how to say no; beside the summary."""
    first, second = (run_daemon(scratch_home, "--once") for _ in range(2))

    lines = first.stderr.splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 80
    for told in ("~/.local/state/hivemind", "hivemindctl pause", '{"collect": false}', "review"):
        assert told in first.stderr
    assert first.stdout.startswith("0 new events")
    assert (second.returncode, second.stderr) == (0, "")


def test_an_installation_begins_with_the_same_lines(tmp_path: Path) -> None:
    """Before anything is done, so also in a dry run."""
    text = welcome(make_paths(tmp_path))
    assert run(tmp_path, "install", "--dry-run").stdout.startswith(text)

    fill(tmp_path)

    assert welcome(make_paths(tmp_path)) == ""
    assert text not in run(tmp_path, "install", "--dry-run").stdout


def test_a_state_folder_elsewhere_is_named_whole(tmp_path: Path) -> None:
    """`~` would lead nowhere."""
    paths = make_paths(tmp_path / "home")
    elsewhere = type(paths)(home=paths.home, config=paths.config, state=tmp_path / "state")

    assert f"\n{tmp_path / 'state'}, makes" in welcome(elsewhere)
