"""A model that is reached through Claude Code's own client, `claude -p`, and its login.

The client gets no tools, no settings, no project and nothing of our environment but what it
needs to reach its model. It is told to leave no transcript. Should an older one leave one
all the same, it lies in a folder that is no workspace, and opens with words that the parser
knows to be ours.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from hivemindd.errors import JudgeUnavailableError
from hivemindd.lessons.judge_model import Question, Reply, count_tokens
from hivemindd.lessons.judge_prompt import schema
from hivemindd.paths import make_private

OUTPUT_BYTES = 1_000_000
LONGEST_NOTE = 200
PAUSE = 60.0

# How a person's client finds its home, its login, its model and the way there.
PASSED = frozenset({
    "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CONFIG_DIR", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "LANG", "LOGNAME",
    "NODE_EXTRA_CA_CERTS", "NO_PROXY", "PATH", "SSL_CERT_FILE", "TMPDIR", "USER",
    "XDG_CONFIG_HOME", "https_proxy", "http_proxy", "no_proxy",
})  # fmt: skip
SET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "CLAUDE_CODE_MAX_RETRIES": "1",
    "CLAUDE_CODE_SKIP_PROMPT_HISTORY": "1",
    "DISABLE_AUTOUPDATER": "1",
    "HIVEMIND_CAPTURE": "false",
}


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None


class _Result(msgspec.Struct):
    """What `--output-format json` prints; `subtype` says "success" of failures too."""

    is_error: bool
    result: str | None = None
    structured_output: msgspec.Raw = msgspec.Raw()
    total_cost_usd: float | None = None
    api_error_status: int | None = None
    usage: _Usage | None = None


class CliModel:
    """Asks by running the client once a question; satisfies `judge_model.Model`."""

    def __init__(
        self, *, program: str, model: str, folder: Path, env: Mapping[str, str], timeout: float
    ) -> None:
        """Remember how to run it: in an empty `folder`, for at most `timeout` seconds."""
        self._program = program
        self._model = model
        self._folder = folder
        self._env = {name: text for name, text in env.items() if name in PASSED} | SET
        self._timeout = timeout

    @property
    def name(self) -> str:
        """Name the model, and that it is reached through the client."""
        return f"claude-cli:{self._model}"

    def most_usd(self, question: Question) -> float:
        """Return nothing: only the client knows its prices, and says afterwards."""
        del question
        return 0.0

    def ask(self, question: Question) -> Reply:
        """Put a question, with the turns before it where there are any.

        Raises:
            JudgeUnavailableError: the client is missing, too old, not signed in, too slow,
                or its service failed; `permanent` where a person has to see to it.
        """
        program = shutil.which(self._program, path=self._env.get("PATH"))
        if program is None:
            raise JudgeUnavailableError(
                f"{self._program} is not found: install Claude Code or set judge.program",
                permanent=True,
            )
        make_private(self._folder)
        _clear(self._folder)
        code, printed, complained = self._run(self._command(program, question), _words(question))
        if len(printed) > OUTPUT_BYTES:
            return Reply(fault="the reply is too long")
        try:
            result = msgspec.json.decode(printed, type=_Result)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if code == 0:
                return Reply(fault="the reply is no result")
            raise _unable(program, code, complained) from error
        return _read(result)

    def _command(self, program: str, question: Question) -> list[str]:
        return [
            program,
            "-p",
            "--model",
            self._model,
            "--no-session-persistence",
            "--safe-mode",
            "--tools",
            "",
            "--strict-mcp-config",
            "--system-prompt",
            question.system,
            "--output-format",
            "json",
            "--json-schema",
            msgspec.json.encode(schema()).decode(),
        ]

    def _run(self, command: Sequence[str], words: str) -> tuple[int, bytes, str]:
        """Run the client to its end; return its code, what it printed and its last complaint."""
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as printed,
            tempfile.TemporaryFile() as complained,
        ):
            given.write(words.encode())
            given.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603  the program is the user's own choice
                    command,
                    stdin=given,
                    stdout=printed,
                    stderr=complained,
                    cwd=self._folder,
                    env=self._env,
                    start_new_session=True,
                )
            except OSError as error:
                raise JudgeUnavailableError(
                    f"{command[0]} cannot be run ({error.strerror})", permanent=True
                ) from error
            try:
                code = process.wait(self._timeout)
            except subprocess.TimeoutExpired as error:
                raise JudgeUnavailableError(
                    f"{command[0]} did not answer within {self._timeout:g} s"
                ) from error
            finally:
                _end(process)
            note = _head(complained, 10 * LONGEST_NOTE).decode("utf-8", "replace").strip()
            return code, _head(printed, OUTPUT_BYTES + 1), note


def _words(question: Question) -> str:
    """Return the turns as one prompt: the client takes one, and each run is a new session."""
    first, *later = question.messages
    parts = [first.content]
    for message in later:
        own = message.role == "assistant"
        parts.append(f"You replied:\n{message.content}" if own else message.content)
    return "\n\n".join(parts)


def _read(result: _Result) -> Reply:
    used = result.usage or _Usage()
    cached = used.cache_creation_input_tokens, used.cache_read_input_tokens
    structured = bytes(result.structured_output).decode("utf-8", "replace")
    text = (result.result or "") if structured in {"", "null"} else structured
    reply = Reply(
        text=text,
        input_tokens=count_tokens(used.input_tokens, *cached),
        output_tokens=count_tokens(used.output_tokens),
        usd=max(0.0, result.total_cost_usd or 0.0),
    )
    if result.is_error:
        raise _failed(result, reply)
    return reply


def _failed(result: _Result, reply: Reply) -> JudgeUnavailableError:
    """Return the error for a client that says why there is no answer; it has its cost."""
    note = " ".join((result.result or "").split())[:LONGEST_NOTE]
    status = result.api_error_status
    signed_out = status in {401, 403} or "/login" in note
    why = "is not signed in: run `claude` and /login" if signed_out else "could not answer"
    return JudgeUnavailableError(
        f"claude {why} ({note})",
        retry_after=PAUSE if status == 429 and not signed_out else None,
        permanent=signed_out,
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        usd=reply.usd,
    )


def _unable(program: str, code: int, complained: str) -> JudgeUnavailableError:
    """Return the error for a client that printed no result at all."""
    note = complained.splitlines()[0][:LONGEST_NOTE] if complained else f"it left with {code}"
    if "unknown option" in note:
        return JudgeUnavailableError(
            f"{program} is too old to judge ({note}): update Claude Code", permanent=True
        )
    return JudgeUnavailableError(f"{program} failed ({note})")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a client that still runs, with all that it started."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _clear(folder: Path) -> None:
    """Leave nothing in the folder that a client could take for a project's settings."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _head(file: IO[bytes], most: int) -> bytes:
    file.seek(0)
    return file.read(most)
