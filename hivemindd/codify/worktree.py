"""Looks at files of a project: what lies on the disk, and what was committed next.

A project is not trusted: nothing outside of its root is opened, no link is followed, no
program of its settings is run, and nothing is ever written.
"""

import os
import re
import stat
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from hivemindd.codify.repository import Commit, Repository, Step, is_local, is_move
from hivemindd.lessons.outside import Look

LIMIT = 1_048_576
MOST_FILES = 50
SHOWN = 60

_SECRET = re.compile(
    r"\.env(?:\..*|rc)?|.*\.(?:pem|key|p12|pfx|keystore|jks|kdbx|gpg|asc|ppk|ovpn|tfstate)"
    r"|id_(?:rsa|dsa|ecdsa|ed25519).*|\.(?:netrc|npmrc|pypirc|pgpass|htpasswd|git-credentials)"
    r"|(?:.*[._-])?(?:credentials?|secrets?|passwords?|tokens?)(?:\.\w+)?|authorized_keys",
    re.IGNORECASE,
)
_PRIVATE = frozenset({".git", ".ssh", ".aws", ".gnupg", ".kube", ".docker"})
_HOOKS = (
    *(".pre-commit-config.yaml", ".husky", "lefthook.yml", ".lefthook.yml", ".lintstagedrc"),
    *(".lintstagedrc.json", "lint-staged.config.js"),
)


class Worktree:
    """The files of one project, as `lessons.outside.Files`."""

    def __init__(
        self, root: Path, *, home: Path, cwd: str = "", branch: str = "", search: str = ""
    ) -> None:
        """Name the project's root; `cwd` and `branch` are the session's.

        `home` has the settings of git, `search` is where git is looked for, as in `PATH`.
        """
        self._root = root
        self._cwd = cwd or str(root)
        self._branch = branch
        self._git = Repository(root, home=home, search=search)

    @property
    def notes(self) -> Sequence[str]:
        """Why git could not be asked."""
        return self._git.notes

    def look(self, wanted: Mapping[str, int]) -> dict[str, list[Look] | str]:
        """Return, by path, the next commit of a file and what lies on the disk.

        `wanted` names the time (ms) after which a commit counts. What cannot be told is a
        text that says why.
        """
        found: dict[str, list[Look] | str] = {}
        inside: dict[str, str] = {}
        for path in wanted:
            name = self._inside(path)
            if len(inside) >= MOST_FILES:
                found[path] = f"more than {MOST_FILES} files were written"
            elif name is None:
                found[path] = "it lies outside of the workspace"
            elif _is_private(name):
                found[path] = "its name says that it may hold a secret"
            else:
                inside[path] = name
        if not inside:
            return found
        steps = self._git.steps()
        branch = self._git.branch()
        committed = self._committed({name: wanted[path] for path, name in inside.items()}, steps)
        for path, name in inside.items():
            here = self._read(name)
            looks = [committed[name]] if name in committed else []
            if isinstance(here, Look):
                doubt = self._moved(wanted[path], steps, branch)
                looks.append(Look(here.text, here.ts, "disk", doubt))
            found[path] = looks or (here if isinstance(here, str) else "")
        return found

    def _inside(self, path: str) -> str | None:
        """Return the path of a file from the root; its folders are resolved, itself not."""
        if not path or "\0" in path or "\n" in path:
            return None
        whole = os.path.normpath(os.path.join(self._cwd, path))  # noqa: PTH118  names no file yet
        folder, name = os.path.split(whole)
        try:
            return str(Path(os.path.realpath(folder), name).relative_to(self._root))
        except (ValueError, OSError):
            return None

    def _read(self, name: str) -> Look | str:
        """Read one file beneath the root, where no part of its path may be a link."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        *folders, last = Path(name).parts
        opened: list[int] = []
        try:
            opened.append(os.open(self._root, flags | os.O_DIRECTORY))
            for folder in folders:
                opened.append(os.open(folder, flags | os.O_DIRECTORY, dir_fd=opened[-1]))
            opened.append(os.open(last, flags | os.O_NONBLOCK, dir_fd=opened[-1]))
            status = os.fstat(opened[-1])
            if not stat.S_ISREG(status.st_mode):
                return "it is no regular file"
            if status.st_size > LIMIT:
                return "it is larger than 1 MB"
            with os.fdopen(opened.pop(), "rb") as file:
                text = _text(file.read(LIMIT + 1))
        except OSError as error:
            return f"it cannot be read: {error.strerror}"
        finally:
            for descriptor in opened:
                os.close(descriptor)
        if text is None:
            return "it is no text"
        return Look(text, status.st_mtime_ns // 1_000_000, "disk")

    def _committed(self, since: Mapping[str, int], steps: Sequence[Step]) -> dict[str, Look]:
        """Return the first committed text of each file after its time."""
        first: dict[str, Commit] = {}
        for commit in self._git.commits(list(since), min(since.values())):
            for name in commit.paths:
                # Times of commits are whole seconds: one in the same second may be older.
                if name in since and commit.ts > since[name]:
                    first.setdefault(name, commit)
        contents = self._git.blobs({name: f"{each.name}:{name}" for name, each in first.items()})
        ours = {step.name for step in steps if is_local(step)}
        looks = {}
        for name, data in contents.items():
            text = _text(data)
            if text is not None:
                doubt = self._hooks if first[name].name in ours else "it was not committed here"
                looks[name] = Look(text, first[name].ts, "commit", doubt)
        return looks

    def _moved(self, since: int, steps: Sequence[Step], branch: str) -> str:
        """Return what else than a hand may have changed a file since a time (ms)."""
        if self._branch and branch and branch != self._branch:
            return f"another branch is checked out: {branch[:SHOWN]}"
        later = [step for step in steps if step.ts + 999 >= since]
        for step in later:
            if is_move(step):
                return f"git moved the work tree: {step.what[:SHOWN]}"
        return self._hooks if any(map(is_local, later)) else ""

    @cached_property
    def _hooks(self) -> str:
        """That commits of this project run hooks, or may do; empty when none are seen."""
        folder = self._git.hooks()
        if folder is None:
            return "git cannot tell where the hooks of a commit lie"
        for path in (*(self._root / name for name in _HOOKS), folder / "pre-commit"):
            try:
                os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                return f"the hooks of a commit cannot be looked for: {error.strerror}"
            return f"the hooks of a commit may have done it: {path.name}"
        return ""


def _is_private(name: str) -> bool:
    parts = Path(name).parts
    return bool(_SECRET.fullmatch(parts[-1])) or not _PRIVATE.isdisjoint(parts)


def _text(data: bytes) -> str | None:
    if len(data) > LIMIT or b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
