"""Asks git what was committed, and whether the work tree was moved; never writes, runs no hook.

The settings of a repository can name programs, so whatever runs one is off, and nothing of
the user's own settings or environment is seen, but for where they have their hooks. Git itself
is never a program of the project.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

LIMIT = 1_048_576
MOST_COMMITS = 200
MOST_REFS = 5_000
MOST_STASHES = 50
TIMEOUT = 10.0
NOTE_CHARS = 200

_MOVES = re.compile(r"checkout:|reset:|pull|merge|rebase|cherry-pick|revert|am:|clone:|switch")
_OPTIONS = (
    "--no-pager",
    "--no-optional-locks",
    "--no-replace-objects",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "log.showSignature=false"),
    *("-c", "protocol.allow=never"),
)
_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")


class Commit(msgspec.Struct, frozen=True):
    """A commit: its name, its time in ms, and the asked-for files that it touches."""

    name: str
    ts: int
    paths: list[str]


class Step(msgspec.Struct, frozen=True):
    """One entry of HEAD's own log: where HEAD went, when (ms), and by what."""

    name: str
    ts: int
    what: str


class Repository:
    """The repository whose top is a folder; without one, or without git, it knows nothing.

    `notes` says why something could not be told.
    """

    def __init__(self, root: Path, *, home: Path | None = None, search: str = "") -> None:
        """Name the top folder; `search` is where git is looked for, as in `PATH`.

        `home` has the user's own settings, None where nobody needs them.
        """
        self.notes: list[str] = []
        self._root = root
        # What git reads by itself: the settings of the user and of the machine.
        self._open = {
            "PATH": os.pathsep.join(_places(search or os.defpath, root)),
            "LC_ALL": "C",
            "HOME": str(home or "/nonexistent"),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_CEILING_DIRECTORIES": str(root.parent),
        }
        self._env = self._open | {
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def folder(self) -> Path | None:
        """Return the folder that git keeps for this work tree, None where git cannot tell."""
        found = self._run("rev-parse", "--absolute-git-dir")
        return Path(os.fsdecode(found.rstrip(b"\n"))) if found else None

    def hooks(self) -> Path | None:
        """Return the folder of the hooks that a commit of the user runs, None if git cannot tell.

        It is only named, and nothing in it is run.
        """
        found = self._ask([*_OPTIONS, "rev-parse", "--git-path", "hooks"], self._open)
        return self._root / os.fsdecode(found.rstrip(b"\n")) if found else None

    def have(self, names: Iterable[str]) -> set[str]:
        """Return those of some objects, such as `commit:path`, that there are."""
        asked = list(names)
        told = self._run("cat-file", "--batch-check", given=_lines(asked)) if asked else None
        lines = (told or b"").decode(errors="replace").splitlines()
        return {
            name
            for name, line in zip(asked, lines, strict=False)
            if not line.endswith((" missing", " ambiguous"))
        }

    def tips(self) -> list[str]:
        """Return what all branches, here and remote, and tags point to."""
        limit = f"--count={MOST_REFS + 1}"
        places = ("refs/heads", "refs/remotes", "refs/tags")
        names = _words(self._run("for-each-ref", "--format=%(objectname)", limit, *places))
        if len(names) > MOST_REFS:
            self._note(f"there are more than {MOST_REFS} branches and tags")
        return names

    def stashed(self) -> list[str]:
        """Return the commits that the stash consists of: work tree, index, untracked files."""
        if not self.have(["refs/stash"]):
            return []
        limit = f"--max-count={MOST_STASHES}"
        told = self._run("log", "-g", limit, "--format=%H %P", "refs/stash", "--")
        entries = [line.split() for line in (told or b"").decode(errors="replace").splitlines()]
        return [name for entry in entries for name in (*entry[:1], *entry[2:])]

    def tags(self, names: Sequence[str]) -> str:
        """Return the letters of `git ls-files -t` for what the index has of some files."""
        told = self._run("ls-files", "-t", "-z", "--", *names) or b""
        return "".join(entry[:1] for entry in told.decode(errors="replace").split("\0"))

    def ignores(self, names: Sequence[str]) -> bool:
        """Tell whether any of some files is one that git is told to leave alone."""
        return bool(self._run("--no-literal-pathspecs", "check-ignore", "--", *names))

    def branch(self) -> str:
        """Return the branch that is checked out, empty when none is or it is not known."""
        head = self._run("symbolic-ref", "--short", "-q", "HEAD")
        return head.decode(errors="replace").strip() if head else ""

    def steps(self) -> list[Step]:
        """Return what HEAD's own log tells, the newest first."""
        format_ = "--format=%H %gd %gs"
        limit = f"--max-count={MOST_COMMITS}"
        told = self._run("log", "-g", limit, "--date=unix", format_, "HEAD") or b""
        entries = (
            re.match(r"([0-9a-f]+) HEAD@\{(\d+)\} (.*)", line)
            for line in told.decode(errors="replace").splitlines()
        )
        return [Step(entry[1], int(entry[2]) * 1000, entry[3]) for entry in entries if entry]

    def commits(self, names: Sequence[str], since: int) -> Iterator[Commit]:
        """Yield the commits since a time (ms) that touch some files, the oldest first.

        Merges are left out: what they bring was written elsewhere.
        """
        told = self._run(
            "log",
            *("--no-merges", "--no-ext-diff", "--no-textconv", "--no-renames"),
            *(f"--max-count={MOST_COMMITS}", f"--since={since // 1000 - 1}"),
            *("--format=%x01%H %ct", "--name-only", "-z", "HEAD", "--"),
            *names,
        )
        records = (told or b"").decode("utf-8", errors="replace").split("\x01")[1:]
        for record in reversed(records):
            head, _, rest = record.partition("\0")
            name, _, moment = head.strip().partition(" ")
            if moment.isdecimal():
                touched = (path.strip("\n") for path in rest.split("\0"))
                yield Commit(name, int(moment) * 1000, [path for path in touched if path])

    def removals(self, names: Sequence[str], since: int) -> list[str]:
        """Return the commits since a time (ms), on whatever branch, that removed some files."""
        told = self._run(
            "log",
            *("--no-merges", "--no-ext-diff", "--no-textconv", "--no-renames", "--diff-filter=D"),
            *(f"--max-count={MOST_COMMITS}", f"--since={since // 1000 - 1}"),
            *("--format=%H", "--all", "--reflog", "--"),
            *names,
        )
        return _words(told)

    def fork(self, name: str) -> str:
        """Return the commit up to which HEAD and a commit are one, empty where there is none."""
        return "".join(_words(self._run("merge-base", "HEAD", name)))

    def blobs(self, named: Mapping[str, str]) -> dict[str, bytes]:
        """Return the content of `commit:path` objects under their keys, at most 1 MB each."""
        sizes = self._run("cat-file", "--batch-check", given=_lines(named.values())) or b""
        told = sizes.decode(errors="replace").splitlines()
        objects: dict[str, tuple[str, int]] = {}
        for key, line in zip(named, told, strict=False):
            match line.split(" "):
                case [found, "blob", length] if int(length) <= LIMIT:
                    objects[key] = found, int(length)
        names = [name for name, _ in objects.values()]
        data = self._run("cat-file", "--batch", given=_lines(names)) if names else None
        if data is None:
            return {}
        texts = {}
        at = 0
        for key, (_, size) in objects.items():
            at = data.index(b"\n", at) + 1
            texts[key] = data[at : at + size]
            at += size + 1
        return texts

    def _run(self, *words: str, given: bytes = b"") -> bytes | None:
        """Return what git prints, None where it cannot tell."""
        return self._ask([*_OPTIONS, *_NO_HOOKS, *words], self._env, given)

    def _ask(
        self, words: Sequence[str], env: Mapping[str, str], given: bytes = b""
    ) -> bytes | None:
        try:
            git = shutil.which("git", path=env["PATH"])
            if git is None or not self._root.is_dir():
                self._note("git is not installed, or the workspace has gone")
                return None
            done = subprocess.run(  # noqa: S603  fixed words, and paths after `--`
                [git, *words],
                cwd=self._root,
                env=env,
                input=given,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self._note(f"git did not answer: {type(error).__name__}")
            return None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            if said:
                self._note(f"git said: {said[0]}"[:NOTE_CHARS])
            return None
        return done.stdout

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def is_local(step: Step) -> bool:
    """Tell whether a step is a commit that was made in this very tree."""
    return step.what.startswith("commit")


def is_move(step: Step) -> bool:
    """Tell whether a step changed the files of the tree."""
    return bool(_MOVES.match(step.what))


def _places(search: str, root: Path) -> list[str]:
    """Return the entries of `PATH` that no project decides on.

    A relative or empty one would be looked up in whatever folder git is run in.
    """
    top = os.path.realpath(root)
    places = filter(os.path.isabs, search.split(os.pathsep))
    return [place for place in places if not Path(os.path.realpath(place)).is_relative_to(top)]


def _words(told: bytes | None) -> list[str]:
    return (told or b"").decode(errors="replace").split()


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()
