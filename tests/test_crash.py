"""The daemon under SIGKILL: the benchmark in small, and a look at the benchmark itself."""

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from hivemindd.paths import find_paths
from tests.children import CHECKOUT


@pytest.fixture(name="load")
def _load(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(CHECKOUT / "benchmarks")
    return importlib.import_module


@pytest.mark.timeout(300)
@pytest.mark.parametrize("power_loss", [False, True])
def test_nothing_is_lost_and_nothing_is_twice(
    load: Any, scratch_home: Path, *, power_loss: bool
) -> None:
    """Killed at any moment, also of its start, the daemon goes on where its log stands."""
    result = load("crash").crash(scratch_home, 25, 1, power_loss=power_loss)

    # After the log went back a skill may be taken for its owner's, and is then left alone.
    edited = result["skills_taken_for_edited"]
    assert edited == 0 or power_loss
    assert result["kills"] == 25
    assert max(result["lost"], result["duplicated"]) <= edited
    assert result["faults"] == []
    assert result["added_by_a_second_run"] == 0
    assert result["logs_set_aside"] == 0
    assert bool(result["power_losses"]) == power_loss
    assert result["sentences"] > 100
    assert min(result["corrections"], result["lessons"], result["skills"]) > 0

    # The comparison itself: what is taken away, or put beside, is noticed.
    outcome, log = load("outcome"), find_paths({"HOME": str(scratch_home)}).log
    transcript = next((scratch_home / ".claude").rglob("*.jsonl"))
    record = json.loads(transcript.read_bytes().splitlines()[0])
    record["message"]["content"] = "never captured"
    with transcript.open("a") as file:
        file.write(json.dumps(record) + "\n")
    missing = outcome.read_transcripts(scratch_home) - outcome.read_sentences(log)
    assert [text for _, _, text in missing] == ["never captured"]
    project = next(scratch_home.glob("code/*/was.claude/skills/*")).parents[2]
    shutil.rmtree(project / ".claude")
    (project / "was.claude").rename(project / ".claude")
    skill = next(project.glob(".claude/skills/*/SKILL.md"))
    before = outcome.read_outcome(scratch_home, log)
    twin = skill.parent.with_name("twin") / skill.name
    twin.parent.mkdir()
    twin.write_bytes(skill.read_bytes())
    skill.write_text("- something else\n")
    after = outcome.read_outcome(scratch_home, log)
    assert outcome.compare(before.bags, after.bags)["skills"] == (1, 2)
    said = {fault for fault in after.faults if fault not in before.faults}
    assert said == {f"{twin}: has no row", f"{skill}: is not what was noted"}
