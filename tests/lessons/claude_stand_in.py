"""A program in the place of `claude`: it writes down its call and prints what it is told."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from hivemindd.records import Verdict

_SCRIPT = """#!{python} -I
import json, os, subprocess, sys, time
folder = {folder!r}
call = {{
    "arguments": sys.argv[1:],
    "cwd": os.getcwd(),
    "found": os.listdir("."),
    "env": dict(os.environ),
    "words": sys.stdin.read(),
}}
with open(folder + "/calls.jsonl", "a") as file:
    file.write(json.dumps(call) + "\\n")
with open(folder + "/answers.json") as file:
    answers = json.load(file)
done = sum(1 for _ in open(folder + "/calls.jsonl")) - 1
answer = answers[min(done, len(answers) - 1)]
if answer.get("hangs"):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(folder + "/child", "w") as file:
        file.write(str(child.pid))
    time.sleep(600)
sys.stderr.write(answer.get("complaint", ""))
sys.stdout.write(answer.get("text") or json.dumps(answer.get("result", "")))
sys.exit(answer.get("code", 0))
"""


class StandIn:
    """The program in a folder of its own, and what it was called with."""

    def __init__(self, folder: Path, *answers: dict[str, Any]) -> None:
        """Write the program; it gives the answers in turn, the last one again and again."""
        self.folder = folder
        self.program = folder / "claude"
        self.program.write_text(_SCRIPT.format(python=sys.executable, folder=str(folder)))
        self.program.chmod(0o755)
        (folder / "answers.json").write_text(json.dumps(answers))

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Return how it was called so far, oldest first."""
        lines = (self.folder / "calls.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


def result(text: str = "", *, structured: object = None, **fields: object) -> dict[str, Any]:
    """Return what `claude -p --output-format json` prints, as 2.1.329 does."""
    return {
        "result": {
            "type": "result",
            "subtype": "success",
            "is_error": False,
            "duration_ms": 1_204,
            "num_turns": 2,
            "result": text,
            "session_id": "5e551000-0000-4000-8000-00000000000a",
            "total_cost_usd": 0.0021,
            "usage": {
                "input_tokens": 900,
                "cache_creation_input_tokens": 100,
                "cache_read_input_tokens": 200,
                "output_tokens": 150,
                "server_tool_use": {"web_search_requests": 0},
            },
            "permission_denials": [],
            "structured_output": structured,
            **fields,
        }
    }


def given(*verdicts: Verdict) -> dict[str, Any]:
    """Return the result of a model that follows the schema."""
    return result(structured={"verdicts": msgspec.to_builtins(verdicts)})
