"""The judge that runs `claude -p`: how it is called, what is believed, how it ends."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge import UnansweredError, nothing_learned
from hivemindd.lessons.judge_cli import CliModel
from hivemindd.lessons.judge_model import ModelJudge
from hivemindd.lessons.judge_prompt import PROMPT, SYSTEM, schema
from tests.lessons.book import Book
from tests.lessons.claude_stand_in import StandIn, given, result
from tests.lessons.make import make_correction, make_verdict
from tests.process import await_true

ONE = make_correction("pnpm please", "npm install", name="c1")
TWO = make_correction("continue", name="c2")
BOTH = [make_verdict("c1"), nothing_learned("c2")]

Make = Callable[..., ModelJudge]


def _is_over(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "judge"


@pytest.fixture(name="book")
def _book() -> Book:
    return Book()


@pytest.fixture(name="make")
def _make(folder: Path, book: Book, tmp_path: Path) -> Make:
    """Make judges that run a stand-in, in an environment with things that must not get through."""
    folder.parent.mkdir()
    env = {
        "HOME": str(tmp_path),
        "PATH": str(tmp_path),
        "LANG": "C.UTF-8",
        "CLAUDE_CONFIG_DIR": "/elsewhere",
        "CLAUDECODE": "1",
        "CLAUDE_CODE_CHILD_SESSION": "1",
        "CLAUDE_CODE_MAX_RETRIES": "99",
        "HIVEMIND_WORKSPACE_ID": "shop",
        "AWS_SECRET_ACCESS_KEY": "not yours",
        "LD_PRELOAD": "",
    }

    def make(program: str = "claude", *, timeout: float = 60.0) -> ModelJudge:
        model = CliModel(program=program, model="haiku", folder=folder, env=env, timeout=timeout)
        return ModelJudge(model, book)

    return make


class TestCall:
    """How the client is run."""

    def test_command_line(self, make: Make, tmp_path: Path) -> None:
        """No tools, no settings, no servers, no transcript; our prompt and our schema."""
        client = StandIn(tmp_path, given(*BOTH))
        assert make().judge([ONE, TWO], []) == BOTH

        (call,) = client.calls
        assert call["arguments"][:10] == [
            "-p",
            "--model",
            "haiku",
            "--no-session-persistence",
            "--safe-mode",
            "--tools",
            "",
            "--strict-mcp-config",
            "--system-prompt",
            SYSTEM,
        ]
        assert call["arguments"][10:13] == ["--output-format", "json", "--json-schema"]
        assert json.loads(call["arguments"][13]) == schema()
        assert len(call["arguments"]) == 14

    def test_a_persons_words_are_on_no_command_line(self, make: Make, tmp_path: Path) -> None:
        """Others can read those of a process; the question goes through its input."""
        client = StandIn(tmp_path, given(*BOTH))
        make().judge([ONE, TWO], [])

        (call,) = client.calls
        assert "pnpm please" in call["words"]
        assert "pnpm please" not in json.dumps(call["arguments"])

    def test_environment_is_scrubbed(self, make: Make, tmp_path: Path) -> None:
        """Only what leads to the login and the model; retries, traffic and capture are set."""
        client = StandIn(tmp_path, given(*BOTH))
        make().judge([ONE, TWO], [])

        env = client.calls[0]["env"]
        assert env.pop("LC_CTYPE", "") in {"", "C.UTF-8"}  # Python's own
        assert env == {
            "HOME": str(tmp_path),
            "PATH": str(tmp_path),
            "LANG": "C.UTF-8",
            "CLAUDE_CONFIG_DIR": "/elsewhere",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_MAX_RETRIES": "1",
            "CLAUDE_CODE_SKIP_PROMPT_HISTORY": "1",
            "DISABLE_AUTOUPDATER": "1",
            "HIVEMIND_CAPTURE": "false",
        }

    def test_folder_is_private_and_empty(self, make: Make, folder: Path, tmp_path: Path) -> None:
        """Whatever somebody put there is no project's settings."""
        client = StandIn(tmp_path, given(*BOTH))
        (folder / ".claude").mkdir(parents=True)
        (folder / ".claude" / "settings.json").write_text("{}")
        (folder / "CLAUDE.md").symlink_to(tmp_path / "claude")
        make().judge([ONE, TWO], [])

        (call,) = client.calls
        assert (call["cwd"], call["found"]) == (str(folder), [])
        assert folder.stat().st_mode & 0o777 == 0o700
        assert client.program.exists()

    def test_calls_are_booked_as_the_client_counts_them(
        self, make: Make, book: Book, tmp_path: Path
    ) -> None:
        """It knows its prices; the name tells the client from the API."""
        StandIn(tmp_path, given(*BOTH))
        judge = make()
        judge.judge([ONE, TWO], [])

        (call,) = book.calls
        assert (call.input_tokens, call.output_tokens, call.usd) == (1_200, 150, 0.0021)
        assert (call.model, call.prompt, call.outcome) == ("claude-cli:haiku", PROMPT, "ok")
        assert judge.name == f"claude-cli:haiku/{PROMPT}"


class TestAnswers:
    """What is believed."""

    def test_text_is_read_where_there_is_no_structure(self, make: Make, tmp_path: Path) -> None:
        """A client that does not validate prints what the model said."""
        verdicts = given(*BOTH)["result"]["structured_output"]
        StandIn(tmp_path, result(f"```json\n{json.dumps(verdicts)}\n```"))

        assert make().judge([ONE, TWO], []) == BOTH

    @pytest.mark.parametrize(
        ("first", "complaint"),
        [
            (given(BOTH[0]), "- c2: it has no verdict."),
            (given(BOTH[0], nothing_learned("c9")), "- c2: it has no verdict."),
            (result("None of them is a correction."), "does not follow the schema"),
            (result(structured={"verdicts": "none"}), "does not follow the schema"),
        ],
        ids=["partial", "stranger", "prose", "other-shape"],
    )
    def test_the_same_checks_hold_as_for_the_api(
        self, make: Make, tmp_path: Path, first: dict[str, Any], complaint: str
    ) -> None:
        """One repair, in which the model sees its reply and what was wrong with it."""
        client = StandIn(tmp_path, first, given(*BOTH))
        assert make().judge([ONE, TWO], []) == BOTH

        _, second = client.calls
        assert "You replied:" in second["words"]
        assert complaint in second["words"]

    def test_good_verdicts_outlive_a_bad_reply(self, make: Make, tmp_path: Path) -> None:
        """They come with the error."""
        StandIn(tmp_path, given(BOTH[0]), result("no"))
        with pytest.raises(UnansweredError) as caught:
            make().judge([ONE, TWO], [])

        assert caught.value.verdicts == BOTH[:1]

    @pytest.mark.parametrize(
        "answer",
        [{"text": "Warning: deprecated\n"}, {"text": "[]"}, {"text": "x" * 1_100_000}, result()],
        ids=["no-json", "no-result", "huge", "empty"],
    )
    def test_garbage_parks_all(self, make: Make, tmp_path: Path, answer: dict[str, Any]) -> None:
        """After a second attempt."""
        client = StandIn(tmp_path, answer)
        with pytest.raises(UnansweredError) as caught:
            make().judge([ONE], [])

        assert (caught.value.verdicts, len(client.calls)) == ([], 2)


class TestFailures:
    """When there is no answer."""

    @pytest.mark.parametrize(
        ("answer", "sentence", "permanent"),
        [
            (
                result("Not logged in · Please run /login", is_error=True) | {"code": 1},
                "not signed in",
                True,
            ),
            (
                result("API Error: 401", is_error=True, api_error_status=401) | {"code": 1},
                "not signed in",
                True,
            ),
            (
                result("API Error: Overloaded", is_error=True, api_error_status=529) | {"code": 1},
                "could not answer (API Error: Overloaded)",
                False,
            ),
            (
                {"complaint": "error: unknown option '--safe-mode'\n", "text": " ", "code": 1},
                "too old to judge",
                True,
            ),
            ({"complaint": "Segmentation fault\n", "text": " ", "code": 139}, "fault)", False),
            ({"text": " ", "code": 2}, "it left with 2", False),
        ],
        ids=["signed-out", "unauthorized", "overloaded", "old", "crash", "silent"],
    )
    def test_a_failure_is_named(
        self,
        make: Make,
        book: Book,
        tmp_path: Path,
        answer: dict[str, Any],
        sentence: str,
        *,
        permanent: bool,
    ) -> None:
        """`subtype` says "success" all the same; nothing is asked twice."""
        client = StandIn(tmp_path, answer)
        with pytest.raises(JudgeUnavailableError) as caught:
            make().judge([ONE], [])

        assert sentence in str(caught.value)
        assert caught.value.permanent is permanent
        assert len(client.calls) == len(book.calls) == 1

    @pytest.mark.parametrize("note", ["API Error: Overloaded", "Please run /login"])
    def test_what_a_failure_has_cost_is_booked(
        self, make: Make, book: Book, tmp_path: Path, note: str
    ) -> None:
        """A run that ends badly after some turns was paid for."""
        StandIn(tmp_path, result(note, is_error=True, total_cost_usd=0.04) | {"code": 1})
        with pytest.raises(JudgeUnavailableError):
            make().judge([ONE], [])

        (call,) = book.calls
        assert (call.input_tokens, call.output_tokens, call.usd) == (1_200, 150, 0.04)
        assert note in call.outcome

    def test_what_tells_no_cost_has_none(self, make: Make, book: Book, tmp_path: Path) -> None:
        """Nothing is guessed."""
        StandIn(tmp_path, result("no", is_error=True, total_cost_usd=None, usage=None))
        with pytest.raises(JudgeUnavailableError):
            make().judge([ONE], [])

        (call,) = book.calls
        assert (call.input_tokens, call.output_tokens, call.usd) == (0, 0, 0.0)

    def test_a_limit_is_waited_for(self, make: Make, tmp_path: Path) -> None:
        """The client does not say for how long, so a minute at least."""
        StandIn(tmp_path, result("limit", is_error=True, api_error_status=429))
        with pytest.raises(JudgeUnavailableError) as caught:
            make().judge([ONE], [])

        assert caught.value.retry_after == 60.0

    @pytest.mark.parametrize("program", ["claude", "/nowhere/claude"])
    def test_a_missing_client_waits_for_a_person(self, make: Make, program: str) -> None:
        """The sentence says what to do."""
        with pytest.raises(JudgeUnavailableError, match=r"set judge\.program") as caught:
            make(program).judge([ONE], [])

        assert caught.value.permanent

    def test_a_file_that_is_no_program(self, make: Make, tmp_path: Path) -> None:
        """It is there and cannot be run."""
        (tmp_path / "claude").write_bytes(b"\x7fELF")
        (tmp_path / "claude").chmod(0o755)
        with pytest.raises(JudgeUnavailableError, match="cannot be run"):
            make().judge([ONE], [])

    def test_a_client_that_hangs_is_killed_with_its_children(
        self, make: Make, tmp_path: Path
    ) -> None:
        """Nothing of it is left behind."""
        StandIn(tmp_path, {"hangs": True})
        with pytest.raises(JudgeUnavailableError, match="did not answer within 5 s"):
            make(timeout=5).judge([ONE], [])

        child = int((tmp_path / "child").read_text())
        await_true(lambda: _is_over(child), "the child ends after the kill")
