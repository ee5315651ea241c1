"""What a shell command may have done to one file: nothing, a rewrite, or nobody can tell.

Read as text, never run. Only what is known to read or to test is taken to leave a file alone.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal

from hivemindd.lessons.programs import (
    BY_ADDRESS,
    FIX_BY_SETTING,
    FORMATTERS,
    GIT_MOVES,
    GIT_READS,
    MANIFEST,
    NAMED_WRITERS,
    READERS,
    RUNNERS,
    RUNNING_WORDS,
    SAVED_AS,
    TASK_TESTS,
    TASK_WRITES,
    TESTERS,
    WRAPPERS,
    WRITING_WORDS,
    Formatter,
)
from hivemindd.lessons.shell import split, without_heredocs

Effect = Literal["none", "layout", "writes", "hooks", "unknown"]

LONGEST = 20_000
DEPTH = 4

_RANK: dict[Effect, int] = {"none": 0, "hooks": 1, "unknown": 2, "layout": 3, "writes": 4}
_KEYWORDS = frozenset(
    {"do", "then", "else", "elif", "if", "while", "until", "time", "!", "{", "}", "fi", "done"}
    | {"esac", "exec", "command", "builtin"}
)
_LOOPS = frozenset({"for", "case", "in", "select"})
_SHELLS = frozenset({"bash", "sh", "zsh", "dash"})
_SCRIPTED = frozenset({"sed", "perl", "awk", "gawk", "ruby"})
_READING_SCRIPTED = frozenset({"sed", "awk", "gawk"})
_PACKAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_INSTALLS = frozenset({"add", "install", "ci", "sync", "i", "lock", "remove"})
_LISTS = frozenset({"view", "ls", "list", "outdated", "why"})
_CHECKS = frozenset(
    {"--check", "--check-only", "--diff", "--dry-run", "-n", "-l", "-d", "--list-different"}
    | {"--verify", "--lint", "-c"}
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_UPDATES = re.compile(
    r"-{1,2}update(?:Snapshots?)?\b.*|-{1,2}\w[\w-]*-update|-u|--ci=false|--inline-snapshot.*"
)
_UPDATING = re.compile(r"(?:\w*UPDATE\w*|\w*GOLDEN\w*|INSTA_\w+|\w*BLESS\w*)=(?!0|false|no\b).+")
_INNER = re.compile(r"\$\(([^()]*)\)|`([^`]*)`")
_NUMBER = re.compile(r"[\d.]+[smhd]?")
_SAFE_TARGET = re.compile(r"/dev/\w+|&\d|/tmp/.*|/var/tmp/.*")
_IN_PLACE = re.compile(r"-[a-zA-Z]*i.*|--in-place.*")


def effect(command: str, path: str, *, depth: int = 0) -> Effect:
    """Return what a command may have done to the file at `path`.

    `layout` is a formatter, which changes no meaning; `writes` anything else that rewrites
    files; `hooks` a commit, which may run either; `unknown` what no rule knows. `depth` is
    how many commands this one stands in.
    """
    if len(command) > LONGEST or depth > DEPTH:
        return "unknown"
    found: Effect = "none"
    command = without_heredocs(command)
    while inner := _INNER.search(command):
        found = _worse(found, effect(inner[1] or inner[2] or "", path, depth=depth + 1))
        command = f"{command[: inner.start()]}$_{command[inner.end() :]}"
    parts = split(command)
    if parts is None:
        return "unknown"
    for words in parts:
        found = _worse(found, _of_words(words, path, depth))
    return found


def covers(argument: str, path: str) -> bool:
    """Tell whether an argument of a command can mean a file: itself, its folder, a pattern."""
    if "$" in argument or argument in {"", ".", "./", "..", "...", "./...", "/", "~"}:
        return True
    name = argument.removeprefix("~/").removesuffix("/...").removesuffix("/").split("::", 1)[0]
    if any(mark in name for mark in "*?[{"):
        ends = re.search(r"\.\w+$", name)
        return ends is None or path.endswith(ends[0])
    name = posixpath.normpath(name).lstrip("./") if not name.startswith("/") else name
    return not name or f"/{name.strip('/')}/" in f"/{path}/"


def _worse(one: Effect, other: Effect) -> Effect:
    return max(one, other, key=_RANK.__getitem__)


def _of_words(words: Sequence[str], path: str, depth: int) -> Effect:
    """Return what one simple command may have done, its redirections included."""
    targets = {at + 1 for at, word in enumerate(words) if word == ">"}
    plain = [w for at, w in enumerate(words) if w != ">" and at not in targets]
    for at in targets:
        target = words[at] if at < len(words) else ""
        safe = _SAFE_TARGET.fullmatch(target) and "/tmp/" not in path  # noqa: S108 (a name)
        if not safe and covers(target, path):
            return "writes"
    updating = False
    while plain and (plain[0] in _KEYWORDS or _ASSIGNMENT.fullmatch(plain[0])):
        updating = updating or bool(_UPDATING.fullmatch(plain[0]))
        plain.pop(0)
    if not plain or plain[0] in _LOOPS:
        return "none"
    return "writes" if updating else _of_program(plain, path, depth)


def _of_program(words: Sequence[str], path: str, depth: int) -> Effect:
    program, rest = posixpath.basename(words[0]), list(words[1:])
    if program in _SHELLS:
        return _script(rest, path, depth)
    if program in WRAPPERS:
        return _wrapped(program, rest, path, depth)
    judges: tuple[tuple[bool, Callable[[str, list[str], str], Effect]], ...] = (
        (program == "git", _git),
        (program in RUNNERS, _task),
        (program in FORMATTERS, _formatter),
        (program in _SCRIPTED, _in_place),
        (program in NAMED_WRITERS | SAVED_AS.keys(), _named),
        (program in TESTERS, _test),
        (program in READERS, _read),
    )
    for fits, judge in judges:
        if fits:
            return judge(program, rest, path)
    return "unknown"


def _script(rest: Sequence[str], path: str, depth: int) -> Effect:
    """Look into `bash -c '...'`; a script in a file is not known."""
    if rest[:1] == ["-n"]:
        return "none"
    for flag, word in pairwise(rest):
        if flag in {"-c", "-lc"}:
            return effect(word, path, depth=depth + 1)
    return "unknown"


def _wrapped(program: str, rest: Sequence[str], path: str, depth: int) -> Effect:
    """Look at the command that another one runs: `npx`, `uv run`, `timeout 5`, `python -m`."""
    verbs = WRAPPERS[program]
    left = list(rest)
    if verbs:
        while left and left[0].startswith("-") and left[0] not in verbs:
            left.pop(0)
        if not left or left[0] not in verbs:
            if left and left[0] in _INSTALLS:
                return _manifest(path)
            return _task(program, left, path) if program in RUNNERS else "unknown"
        left.pop(0)
    while left and (
        left[0].startswith("-") or _NUMBER.fullmatch(left[0]) or _ASSIGNMENT.fullmatch(left[0])
    ):
        left.pop(0)
    if program == "xargs":
        left.append("$_")  # whatever it reads
    return _of_words(left, path, depth) if left else "none"


def _in_place(program: str, rest: list[str], path: str) -> Effect:
    """Judge an editor for streams: it writes its files only in place."""
    if not any(_IN_PLACE.fullmatch(word) for word in rest):
        return "none" if program in _READING_SCRIPTED else "unknown"
    # The first argument is the script; macOS has an empty one before it.
    files = [word for word in _arguments(rest) if word][1:]
    return "writes" if not files or any(covers(word, path) for word in files) else "none"


def _named(program: str, rest: list[str], path: str) -> Effect:
    """Judge a program that writes what its arguments name."""
    files = [word.removeprefix("of=") for word in _arguments(rest)]
    if program in SAVED_AS:
        files = [name for name in _saved(program, rest) if name]
    return "writes" if any(covers(word, path) for word in files) else "none"


def _saved(program: str, rest: Sequence[str]) -> Iterator[str]:
    """Yield the files into which a download may go."""
    named = False
    for flag, word in pairwise([*rest, ""]):
        if found := SAVED_AS[program].fullmatch(flag):
            named = True
            yield found["name"] or found["whole"] or word
    if any(map(BY_ADDRESS.fullmatch, rest)) if program == "curl" else not named:
        paths = (re.split(r"[?#]", word)[0] for word in rest if "://" in word)
        yield from map(posixpath.basename, paths)


def _read(program: str, rest: list[str], path: str) -> Effect:
    """Judge a program that reads, unless a word on its line makes it write."""
    if program in RUNNING_WORDS and any(map(RUNNING_WORDS[program].fullmatch, rest)):
        return "unknown"
    if program == "uniq":
        writes = len(_arguments(rest)) > 1
    else:
        writes = program in WRITING_WORDS and any(map(WRITING_WORDS[program].fullmatch, rest))
    named = writes and any(covers(word.rpartition("=")[2], path) for word in rest)
    return "unknown" if named else "none"


def _test(program: str, rest: list[str], path: str) -> Effect:
    """Judge a test runner or checker: it reads, unless it is to update what it expects."""
    del path  # what it updates is not named
    if any(_UPDATES.fullmatch(word) for word in rest) or "--fix" in rest:
        return "writes"
    wanted = TESTERS[program]
    return "none" if not wanted or next(iter(_arguments(rest)), "") in wanted else "unknown"


def _git(program: str, rest: list[str], path: str) -> Effect:
    """Return what git did: most of it leaves the files alone."""
    del program
    words = list(rest)
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in {"-C", "-c"} else words[1:]
    verb, given = (words[0], words[1:]) if words else ("", [])
    if verb == "commit":
        return "none" if {"--no-verify", "--dry-run"} & set(given) else "hooks"
    if verb in GIT_READS or _leaves_files(verb, given):
        return "none"
    if verb not in GIT_MOVES:
        return "unknown"
    named = given[given.index("--") + 1 :] if "--" in given else []
    return "writes" if not named or any(covers(word, path) for word in named) else "none"


def _leaves_files(verb: str, given: Sequence[str]) -> bool:
    """Tell whether this use of a verb that can move the work tree does not."""
    first = given[0] if given else ""
    if verb in {"checkout", "switch"}:
        return first in {"-b", "-c", "-B", "-C"} and len(_arguments(given)) <= 1
    return (
        (verb == "stash" and first in {"list", "show", "drop", "create", "clear"})
        or (verb == "reset" and not {"--hard", "--keep", "--merge"} & set(given))
        or (verb == "apply" and "--stat" in given)
        or verb == "worktree"
    )


def _task(program: str, rest: list[str], path: str) -> Effect:
    """Judge a task of make, npm, mise and the like by its name: all that there is."""
    own = rest[: rest.index("--")] if "--" in rest else rest
    names = [word for word in _arguments(own) if word not in {"run", "run-script", "exec", "x"}]
    if not names:
        return "unknown"
    if program in _PACKAGERS and names[0] in _INSTALLS:
        return _manifest(path)
    if program in _PACKAGERS and names[0] in _LISTS:
        return "none"
    updates = program != "make" and any(_UPDATES.fullmatch(word) for word in rest)
    if updates or any(TASK_WRITES.search(name) for name in names):
        return "writes"
    return "none" if all(TASK_TESTS.fullmatch(name) for name in names) else "unknown"


def _formatter(program: str, rest: list[str], path: str) -> Effect:
    """Judge a formatter or linter: does it write, and this kind of file?"""
    first = rest[0] if rest else ""
    rules = (rule for rule in FORMATTERS[program] if not rule.verbs or first in rule.verbs)
    rule = next(rules, None)
    if rule is None:
        return _test(program, rest, path) if program in TESTERS else "unknown"
    flags = {w.partition("=")[0] for w in rest if w[:1] == "-" and not w.endswith("=false")}
    if (rule.suffixes and not path.endswith(rule.suffixes)) or not _means(rule, rest, path):
        return "none"
    if (flags & _CHECKS or rule.flags) and not flags & rule.flags:
        silent = not {"--no-fix", "--fix"} & {word.partition("=")[0] for word in rest}
        by_setting = program in FIX_BY_SETTING and silent and not flags & _CHECKS
        return "unknown" if by_setting else "none"
    return "layout" if rule.layout else "writes"


def _arguments(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


def _means(rule: Formatter, rest: Sequence[str], path: str) -> bool:
    """Tell whether arguments can mean a file; none at all means all files."""
    words = rest[1:] if rule.verbs else rest
    named = [word for word in _arguments(words) if re.search(r"[./*$]", word)]
    return not named or any(covers(word, path) for word in named)


def _manifest(path: str) -> Effect:
    """Return what installing does: it writes manifests and lock files only."""
    return "writes" if MANIFEST.search(path) else "none"
