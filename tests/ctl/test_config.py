"""hivemindctl config: the settings, what says so, and what is wrong in the file."""

import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindctl.service.running import wait_until
from hivemindd.log.lock import holder
from hivemindd.paths import Paths, make_private
from hivemindd.settings.template import default_text
from tests.control.filled_log import make_paths
from tests.ctl.answering import answering
from tests.ctl.runner import run, run_json, spawn
from tests.process import Daemon


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    file = make_paths(tmp_path).config_file
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture(name="running")
def _running(tmp_path: Path) -> Iterator[Paths]:
    """Give a scratch home in which a daemon runs, and end it afterwards."""
    paths = make_paths(tmp_path)
    done = spawn(tmp_path, "install")
    assert done.returncode == 0, done.stderr
    yield paths
    if pid := holder(paths.lock_file):
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: holder(paths.lock_file) is None)


class TestInit:
    """The file to begin with."""

    def test_it_holds_every_setting_and_changes_nothing(self, tmp_path: Path) -> None:
        """It is its owner's alone, and can be used as it is."""
        result = run(tmp_path, "config", "--init")

        file = make_paths(tmp_path).config_file
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.splitlines()[0].startswith("Wrote ~/.config/hivemind/config.toml: ")
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert file.read_text("utf-8") == default_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert {row["source"] for row in run_json(tmp_path, "config", "show")} == {"default"}

    def test_a_program_is_told_where_it_lies(self, tmp_path: Path) -> None:
        """In JSON, and in nothing else."""
        assert run_json(tmp_path, "config", "--init") == [
            {"file": str(make_paths(tmp_path).config_file)}
        ]

    def test_a_file_that_is_there_stays(self, tmp_path: Path, file: Path) -> None:
        """It is somebody's work."""
        file.write_text("publish = false\n")

        result = run(tmp_path, "config", "--init")

        assert (result.exit_code, result.stdout) == (1, "")
        assert "~/.config/hivemind/config.toml is there already and stays" in result.stderr
        assert file.read_text() == "publish = false\n"

    def test_where_it_cannot_be_written_the_cause_is_said(self, tmp_path: Path) -> None:
        """In one sentence, like every error."""
        (tmp_path / ".config").touch()

        result = run(tmp_path, "config", "--init")

        assert result.exit_code == 1
        assert result.stderr == (
            "hivemindctl: cannot write ~/.config/hivemind/config.toml: Not a directory\n"
        )

    def test_it_stands_alone(self, tmp_path: Path) -> None:
        """Nobody can tell what both together should do."""
        result = run(tmp_path, "config", "--init", "show")

        assert result.exit_code == 2
        assert "--init stands alone" in result.stderr


class TestShow:
    """What holds."""

    def test_each_setting_names_who_says_so(self, tmp_path: Path, file: Path) -> None:
        """The default, a line of the file, a variable; in a table of 80 columns."""
        file.write_text('\nidle_after = "1m"\n[judge]\nmodel = "' + "x" * 200 + '"\n')

        result = run(tmp_path, "config", HIVEMIND_SKILLIFY_EVERY_N_TURNS="7")

        lines = {line.split()[0]: line.split()[-2:] for line in result.stdout.splitlines()}
        assert result.exit_code == 0
        assert result.stdout.splitlines()[1].split() == ["idle_after", '"1m"', "line", "2"]
        assert lines["publish"] == ["true", "default"]
        assert lines["skillify_every_n_turns"] == ["7", "HIVEMIND_SKILLIFY_EVERY_N_TURNS"]
        assert lines["judge.model"][-2:] == ["line", "4"]
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert "The file is ~/.config/hivemind/config.toml." in result.stdout

    def test_programs_get_all_of_it(self, tmp_path: Path, file: Path) -> None:
        """An object a setting, with stable names."""
        file.write_text("publish = false\n")

        rows = {row["name"]: row for row in run_json(tmp_path, "config", "show")}

        assert rows["publish"] == {
            "name": "publish",
            "value": False,
            "default": True,
            "source": "file",
            "line": 1,
            "variable": "",
        }
        assert run_json(tmp_path, "config") == list(rows.values())

    def test_without_a_file_it_says_how_to_have_one(self, tmp_path: Path) -> None:
        """None is needed."""
        result = run(tmp_path, "config")

        assert result.exit_code == 0
        assert "`hivemindctl config --init` writes one" in result.stdout


class TestCheck:
    """What is wrong."""

    def test_every_mistake_is_listed_with_its_line(self, tmp_path: Path, file: Path) -> None:
        """It leaves with 78, as the daemon would."""
        file.write_text("idle_afer = 1\n\n[judge]\nkind = 'claude'\n")

        result = run(tmp_path, "config", "check")

        shown = "~/.config/hivemind/config.toml"
        kind = (
            'judge.kind = "claude" is none of "api", "auto", "claude-cli", "local"; '
            'did you mean kind = "claude-cli"?'
        )
        assert result.exit_code == 78
        assert result.stdout.splitlines() == [
            f"{shown}:1: idle_afer is no setting: did you mean idle_after?",
            f"{shown}:4: {kind}",
        ]
        assert result.stderr == "hivemindctl: 2 mistakes: the daemon does not start with it\n"

    def test_the_daemon_says_the_first_of_them(self, tmp_path: Path, file: Path) -> None:
        """Both programs read the same, and leave alike."""
        file.write_text("publish = 1\nnope = 1\n")

        result = run(tmp_path, "status")

        assert result.exit_code == 78
        assert result.stderr == (
            f"hivemindctl: {file}:1: publish = 1 is neither true nor false; did you mean "
            "publish = true? (1 more: `hivemindctl config check`)\n"
        )

    def test_a_file_can_be_checked_before_it_is_put_in_place(self, tmp_path: Path) -> None:
        """One that does not exist is a mistake of whoever named it."""
        new = tmp_path / "new.toml"
        new.write_text("publish = false\n")

        right, absent = run(tmp_path, "config", "check", str(new)), tmp_path / "absent.toml"
        wrong = run(tmp_path, "config", "check", str(absent))

        assert (right.exit_code, right.stdout) == (0, "~/new.toml can be used.\n")
        assert wrong.exit_code == 78
        assert wrong.stderr.startswith(f"hivemindctl: {absent} does not exist")

    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ('kind = "api"', "there is no API key"),
            ('base_url = "http://llm.example"', "would send your words unencrypted"),
        ],
    )
    def test_a_file_that_asks_for_a_judge_who_cannot_be_had_is_refused(
        self, tmp_path: Path, settings: str, sentence: str
    ) -> None:
        """As the daemon does, wherever the file lies."""
        new = tmp_path / "new.toml"
        new.write_text(f"[judge]\n{settings}\n")

        result = run(tmp_path, "config", "check", str(new))

        assert (result.exit_code, result.stdout) == (78, "")
        assert sentence in result.stderr

    def test_no_file_is_no_mistake(self, tmp_path: Path) -> None:
        """The defaults hold."""
        result = run(tmp_path, "config", "check")

        assert result.exit_code == 0
        assert result.stdout.endswith("config.toml: the defaults hold.\n")

    def test_a_variable_can_be_wrong_too(self, tmp_path: Path) -> None:
        """It is named."""
        result = run(tmp_path, "config", "check", HIVEMIND_SKILLIFY_EVERY_N_TURNS="many")

        assert result.exit_code == 78
        assert "HIVEMIND_SKILLIFY_EVERY_N_TURNS is 'many'" in result.stderr


def test_a_change_right_after_the_start_is_noticed(tmp_path: Path, file: Path) -> None:
    """Whatever part of a second has passed since."""
    paths = make_paths(tmp_path)
    make_private(paths.state)
    file.write_text("publish = false\n")
    changed = file.stat().st_mtime_ns // 1_000_000

    with answering(paths, pid=7, started_ms=changed - 100):
        told = run(tmp_path, "config", now=changed + 850).stdout
    with answering(paths, pid=7, started_ms=changed + 100):
        since = run(tmp_path, "config", now=changed + 850).stdout

    assert "The daemon runs with older settings" in told
    assert "older settings" not in since


def test_what_holds_is_the_file_that_the_daemon_was_given(tmp_path: Path) -> None:
    """It is shown and examined, and whoever gave it has to do so again when it has changed."""
    other = tmp_path / "other.toml"
    other.write_text("publish = false\n[judge]\nsmall_model = false\ndaily_budget = 5.0\n")
    with Daemon(tmp_path, arguments=("--config", "other.toml")) as daemon:
        rows = {row["name"]: row["value"] for row in run_json(tmp_path, "config")}
        (status,) = run_json(tmp_path, "status")
        before = [run(tmp_path, "config").stdout, run(tmp_path, "config", "check").stdout]
        examined = run(tmp_path, "doctor").stdout
        other.write_text("publish = false\nreview = true\n")
        after = run(tmp_path, "config").stdout
        refused = spawn(tmp_path, "install")

        assert holder(daemon.paths.lock_file) == daemon.process.pid

    assert (rows["publish"], rows["judge.daily_budget"]) == (False, 5.0)
    assert (status["daemon"]["settings"], status["spend"]["budget_usd"]) == (str(other), 5.0)
    assert before[0].endswith("The file is ~/other.toml.\n")
    assert before[1] == "~/other.toml can be used.\n"
    assert "note  settings      ~/other.toml: no skill is written" in examined
    assert after.endswith("older settings: start it again, as you did before.\n")
    assert refused.returncode == 1
    assert f"the daemon that runs was given {other}, " in refused.stderr


@pytest.mark.skipif(sys.platform == "darwin", reason="launchd runs there")
class TestDaemon:
    """A daemon that runs reads new settings when it starts again."""

    def test_install_starts_it_again_when_they_have_changed(self, running: Paths) -> None:
        """`config` says so, and what was changed holds then."""
        pid = holder(running.lock_file)
        assert "Nothing was changed." in spawn(running.home, "install").stdout

        _change(running, "publish = false\n")

        told = spawn(running.home, "config").stdout
        assert "The daemon runs with older settings: `hivemindctl install`" in told
        assert "is running" in spawn(running.home, "install").stdout
        assert holder(running.lock_file) not in {pid, None}

    def test_a_mistake_does_not_cost_the_daemon_that_runs(self, running: Paths) -> None:
        """It is said before anything is stopped."""
        pid = holder(running.lock_file)
        _change(running, "publish = 1\n")

        done = spawn(running.home, "install")

        assert done.returncode == 78
        assert f"{running.config_file}:1: publish = 1 is neither" in done.stderr
        assert holder(running.lock_file) == pid

    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ('kind = "api"', "there is no API key"),
            ('base_url = "http://llm.example"', "would send your words unencrypted"),
        ],
    )
    def test_a_judge_that_cannot_be_had_does_not_cost_it_either(
        self, running: Paths, settings: str, sentence: str
    ) -> None:
        """Each setting may stand there, but no daemon starts with them."""
        pid = holder(running.lock_file)
        _change(running, f"[judge]\n{settings}\n")

        for command in (("config", "check"), ("install",)):
            done = spawn(running.home, *command)
            assert (done.returncode, sentence in done.stderr) == (78, True)
        assert holder(running.lock_file) == pid

    def test_install_starts_it_again_for_a_key(self, running: Paths) -> None:
        """It is read when the daemon starts, and at no other time."""
        pid = holder(running.lock_file)
        _write(running.key_file, "sk-ant-example")
        running.key_file.chmod(0o600)

        assert "is running" in spawn(running.home, "install").stdout
        assert holder(running.lock_file) not in {pid, None}


def _change(paths: Paths, text: str) -> None:
    """Write settings."""
    _write(paths.config_file, text)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text)
