"""The daemon under SIGKILL: the benchmark in small, and a look at the benchmark itself."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from hivemindd.paths import find_paths
from tests.children import CHECKOUT


@pytest.fixture(name="benchmark")
def _benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(CHECKOUT / "benchmarks")
    return importlib.import_module("crash")


@pytest.fixture(name="result")
def _result(benchmark: Any, scratch_home: Path) -> dict[str, Any]:
    result = benchmark.crash(scratch_home, 10, 1)
    assert isinstance(result, dict)
    return result


@pytest.mark.timeout(300)
def test_nothing_is_lost_and_nothing_is_twice(
    benchmark: Any, result: dict[str, Any], scratch_home: Path
) -> None:
    """Killed at any moment, also of its start, the daemon goes on where its log stands."""
    assert result["kills"] == 10
    assert (result["lost"], result["duplicated"], result["foreign"]) == (0, 0, 0)
    assert result["logs_set_aside"] == 0
    assert result["sentences"] > 100

    # The comparison itself: what the daemon has not seen is missing in the log.
    transcript = next((scratch_home / ".claude").rglob("*.jsonl"))
    record = json.loads(transcript.read_bytes().splitlines()[0])
    record["message"]["content"] = "never captured"
    with transcript.open("a") as file:
        file.write(json.dumps(record) + "\n")
    log = find_paths({"HOME": str(scratch_home)}).log
    missing = benchmark.read_transcripts(scratch_home) - benchmark.read_log(log)
    assert [text for _, _, text in missing] == ["never captured"]
