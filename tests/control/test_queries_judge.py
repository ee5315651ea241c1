"""Whether the judge can be reached: asked at a real server, and never with a question."""

from pathlib import Path

import pytest

from hivemindd.config import Config, JudgeConfig
from hivemindd.control.queries_judge import Reach, reach_judge
from tests.control.filled_log import make_paths
from tests.ctl.gatekeeper import server

_KEY = {"ANTHROPIC_API_KEY": "k-123"}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Reach("127.0.0.1 answers (200)")),
        (404, Reach("127.0.0.1 answers (404)")),
        (307, Reach("127.0.0.1 answers (307)")),
        (529, Reach("127.0.0.1 answers, but not for now (529)")),
        (401, Reach("the key was refused by 127.0.0.1 (401)", "refused")),
        (403, Reach("the key was refused by 127.0.0.1 (403)", "refused")),
    ],
)
def test_any_answer_shows_that_it_is_there(tmp_path: Path, status: int, outcome: Reach) -> None:
    """A list of models costs nothing; the key goes to no other address."""
    asked: list[tuple[str, str]] = []
    with server(status, asked) as url:
        env = {**_KEY, "ANTHROPIC_BASE_URL": url}
        found = reach_judge(make_paths(tmp_path), Config(), env)

    assert found == outcome
    assert asked == [("/v1/models?limit=1", "k-123")]


def test_what_does_not_answer_cannot_be_reached(tmp_path: Path) -> None:
    """A port that nobody listens on."""
    with server(200) as url:
        pass
    found = reach_judge(make_paths(tmp_path), Config(), {**_KEY, "ANTHROPIC_BASE_URL": url})

    assert found == Reach("127.0.0.1 cannot be reached: Connection refused", "away")


def test_a_proxy_is_used_unless_the_host_is_excepted(tmp_path: Path) -> None:
    """As the judge itself does."""
    asked: list[tuple[str, str]] = []
    with server(200, asked) as proxy:
        env = {**_KEY, "ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "http_proxy": proxy}
        assert reach_judge(make_paths(tmp_path), Config(), env).state == "there"
        assert asked[0][0] == "http://127.0.0.1:9/v1/models?limit=1"

        around = {**env, "NO_PROXY": "127.0.0.1"}
        assert reach_judge(make_paths(tmp_path), Config(), around).state == "away"


def test_the_command_line_client_says_its_version(tmp_path: Path) -> None:
    """One that fails, or is not there, cannot be asked."""
    program = tmp_path / "claude"
    config = Config(judge=JudgeConfig(kind="claude-cli", program=str(program)))

    def reach(script: str) -> Reach:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return reach_judge(make_paths(tmp_path), config, {"PATH": "/usr/bin:/bin"})

    assert reach("echo 2.1.329") == Reach(f"{program} is there (2.1.329)")
    assert reach("exit 3") == Reach(f"{program} --version fails with 3", "away")
    program.unlink()
    found = reach_judge(make_paths(tmp_path), config, {})
    assert found == Reach(f"{program} cannot be run: No such file or directory", "away")
