"""hivemindctl demo: the whole loop, as a process."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hivemindctl.stage import SHIPPED, Stage
from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.ingest.discover import Discovery
from hivemindd.ingest.poll import poll
from tests.ctl.runner import environment, spawn


def test_the_demo_learns_the_skill_and_says_why(tmp_path: Path) -> None:
    """Three sessions of three assistants become one skill with three sources."""
    done = spawn(tmp_path, "demo", TMPDIR=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "3 sessions" in done.stdout
    assert re.search(r"^wrote ~/webshop/.claude/skills/\S+/SKILL.md$", done.stdout, re.MULTILINE)
    assert done.stdout.count("“use pnpm instead of npm in this repo”") == 2
    assert "name: " in done.stdout
    for assistant in ("Claude Code", "Codex", "Cursor"):
        assert done.stdout.count(assistant) >= 2
    assert list(tmp_path.iterdir()) == []


def test_the_demo_keeps_its_home_when_asked(tmp_path: Path) -> None:
    """And says how to look around in it."""
    done = spawn(tmp_path, "demo", "--keep", TMPDIR=str(tmp_path))
    (kept,) = re.findall(r"^Kept: HOME=(\S+) hivemindctl status$", done.stdout, re.MULTILINE)

    assert Path(kept).is_relative_to(tmp_path)
    assert '"skills"' in spawn(tmp_path, "status", "--json", HOME=kept).stdout


def test_what_it_keeps_is_found_past_the_variables_of_this_shell(tmp_path: Path) -> None:
    """The line that it prints is typed there, and must not show what is one's own."""
    outer = {"TMPDIR": str(tmp_path), "XDG_STATE_HOME": f"{tmp_path}/mine", "CODEX_HOME": "/c"}
    done = spawn(tmp_path, "demo", "--keep", **outer)
    (line,) = re.findall(r"^Kept: (.*)$", done.stdout, re.MULTILINE)

    typed = line.replace("hivemindctl", f"{sys.executable} -m hivemindctl") + " --json"
    env = environment(tmp_path, **outer)
    told = subprocess.run(typed, shell=True, env=env, capture_output=True, text=True, check=True)  # noqa: S602  as it is typed

    assert line.startswith("env -u XDG_STATE_HOME -u CODEX_HOME HOME=")
    assert json.loads(told.stdout)["workspaces"] == 1


def test_the_demo_takes_neither_key_nor_settings_along(tmp_path: Path) -> None:
    """It costs nothing, and what it does cannot depend on whose machine it is."""
    outer = {"PATH": "/bin", "ANTHROPIC_API_KEY": "x", "XDG_STATE_HOME": "/s", "CODEX_HOME": "/c"}

    env = Stage(tmp_path).env(outer)

    assert env == {"PATH": "/bin", "HOME": str(tmp_path.resolve() / "home")}


@pytest.mark.parametrize("folder", ["plain", "with blank and ü", 'quo"te\\'])
def test_every_shipped_record_is_known(tmp_path: Path, folder: str) -> None:
    """The transcripts are as the assistants write them, wherever the scratch home lies."""
    stage = Stage(tmp_path / folder)
    stage.folder.mkdir()
    stage.build(datetime(2026, 11, 21, 7, 40, tzinfo=UTC))

    found = list(Discovery(ASSISTANTS, Places(stage.home, {})).find_all())
    parsed = [poll(each.path, each.assistant, None).parsed for each in found]

    assert sorted(each.assistant.name for each in found) == ["claude-code", "codex", "cursor"]
    assert not any(each.unknown or each.malformed for each in parsed)
    assert all(facts.cwd in {"", str(stage.project)} for p in parsed for facts in p.facts.values())
    times = {datetime.fromtimestamp(e.ts / 1000, UTC).day for p in parsed for e in p.events}
    assert times == {18, 19, 20}


def test_the_shipped_transcripts_name_no_machine() -> None:
    """Paths are placeholders."""
    for file in SHIPPED.iterdir():
        for line in file.read_text("utf-8").splitlines():
            cwds = re.findall(r'"(?:cwd|working_directory)":"(?:file://)?([^"]*)"', line)
            assert set(cwds) <= {"{{PROJECT}}"}, line
