"""What an agent did, from a few words about it: a command, an edit, or something it said.

The rows of a benchmark tell an action as a person would ("npm install zod", "raise
ValueError('bad')", "Wrote a 40-line summary"). It is guessed what a transcript would show.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

LONGEST_NAME = 100

_COMMANDS = frozenset(
    [
        *("alembic", "ansible", "apt", "apt-get", "aws", "bazel", "black", "brew", "bun", "bundle"),
        *("cargo", "cat", "chmod", "cmake", "cp", "curl", "dart", "deno", "docker", "eslint"),
        *("expo", "flutter", "gcloud", "gem", "gh", "git", "go", "gradle", "./gradlew", "helm"),
        *("kubectl", "ls", "make", "mix", "mkdir", "mv", "mvn", "mypy", "node", "npm", "npx"),
        *("pip", "pip3", "pipenv", "pnpm", "pod", "podman", "poetry", "prettier", "psql"),
        *("pytest", "python", "python3", "rails", "rake", "rm", "rsync", "ruff", "rustup", "sed"),
        *("ssh", "sudo", "swift", "systemctl", "terraform", "tofu", "touch", "tox", "tsc", "uv"),
        *("uvx", "wget", "xcodebuild", "yarn"),
    ]
)
_RAN = re.compile(r"(?:ran|running|executed?)\s+", re.IGNORECASE)
_ASIDE = re.compile(r"\s+(?:for|in|on|with|without|to|after|before)\s")
_TOOL = re.compile(r"(?:Multi)?(?:Edit|Write|Create)\(([^()\s]+)\)")
_PATH = re.compile(r"[\w@.~-]*(?:/[\w@.\[\]()~-]+)*\.[A-Za-z]\w{0,9}(?![\w(/.'\"])")
_PLACE = re.compile(r"\s+(?:in|into|to|at|of|from)\s+$")
_PROSE = re.compile(
    r"(?:[A-Z][a-z]+(?:ed|ing)|[A-Z](?:rote|ut|et|an|old|ade|eft|ave|aid|plit|hose|ong|hort))\b"
)
_CODE = re.compile(
    r"\w\(|\w\[|=>|\s[-+*/|&:]?=\s|[{};]|</?\w|\w\.\w+\(|::|#\[|@\w|\w/>|[\"'`]\w"
    r"|^(?:import|export|const|let|var|def|fn|func|class|return|raise|throw|from|SELECT|JOIN"
    r"|INSERT|UPDATE|DELETE|LEFT|CREATE|ALTER|async|await|public|private|val|fun|struct|type)\b"
)
_LANGUAGES = (
    ("py", re.compile(r"\b(?:def|raise|self|None|elif|print|import \w+$|Any|dict|float)\b")),
    ("sql", re.compile(r"\b(?:SELECT|JOIN|INSERT|UPDATE|ALTER|CREATE TABLE)\b")),
    ("go", re.compile(r":=|\bfunc\b|\bfmt\.|\berr\b|\bpanic\b")),
    ("rs", re.compile(r"\bfn\b|unwrap|::|#\[|\blet mut\b")),
    ("kt", re.compile(r"\bfun\b|\bval\b|!!")),
)

Kind = Literal["command", "edit", "words"]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """An action: the command or the code, the file that it went to, what the agent said."""

    kind: Kind
    text: str = ""
    path: str = ""
    said: str = "Done."


def read_action(told: str, number: int, suffix: str = "ts") -> Action:
    """Return the action that is told; `number` and `suffix` name the file where none is named."""
    told = told.strip()
    if (tool := _TOOL.fullmatch(told)) and (path := _inside(tool[1])):
        return Action(kind="edit", path=path)
    command = _RAN.sub("", told, count=1)
    if command.split(" ", 1)[0] in _COMMANDS:
        return _command(command, told)
    named = next((found for found in _PATH.finditer(told) if _is_path(found[0])), None)
    prose = bool(_PROSE.match(told))
    path = _inside(named[0]) if named else ""
    if named and path and prose:
        return Action(kind="edit", path=path, said=told)
    if named and path and (place := _PLACE.search(told, 0, named.start())):
        code = told[: place.start()]
        return Action(kind="edit", text=code, path=path, said=f"That is in {path}.")
    if told and not prose and _CODE.search(told):
        return Action(kind="edit", text=told, path=f"src/part{number}.{_language(told) or suffix}")
    return Action(kind="words", said=told or "Done.")


def _command(command: str, told: str) -> Action:
    """Return a command without the words that explain it; the agent says those."""
    aside = None if set(command) & set("\"'`") else _ASIDE.search(command)
    if aside is None:
        return Action(kind="command", text=command)
    return Action(kind="command", text=command[: aside.start()], said=told)


def _inside(path: str) -> str:
    """Return a path as one inside of a project, empty where nothing is left of it."""
    parts = [part for part in path.split("/") if part not in {"", ".", "..", "~"}]
    return "/".join(parts) if all(len(part) <= LONGEST_NAME for part in parts) else ""


def _is_path(text: str) -> bool:
    return "/" in text or text.rsplit(".", 1)[-1] in _SUFFIXES


_SUFFIXES = frozenset(
    """c cfg cpp cs css csv dart ex exs go gradle graphql h html java js json jsx kt kts less lock
    lua md mod php pl proto py rb rs scala scss sh sql svelte swift tf toml ts tsx txt vue xml
    yaml yml""".split()  # noqa: SIM905  a column of names
)


def usual_suffix(told: Iterable[str]) -> str:
    """Return the suffix of most files that some actions speak of."""
    found: Counter[str] = Counter()
    for action in told:
        paths = (each[0] for each in _PATH.finditer(action) if _is_path(each[0]))
        found.update(path.rsplit(".", 1)[-1] for path in paths)
        found.update(filter(None, [_language(action)]))
    return max(sorted(found), key=lambda name: found[name], default="ts")


def _language(code: str) -> str:
    return next((name for name, signs in _LANGUAGES if signs.search(code)), "")
