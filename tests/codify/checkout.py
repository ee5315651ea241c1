"""A repository in which a person works by hand and with git, on a clock of ours."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError

from tests.clocks import SetClock
from tests.codify.repositories import git

# It is called hundreds of times, and none of that has to outlive a power cut.
QUICK = {"core.fsync": "none", "core.looseCompression": "0", "maintenance.auto": "false"}
MINUTE = 60.0  # longer than what is taken for one moment with a step of git


class Checkout:
    """A work tree of which `branch` is checked out, and `branches` can be."""

    def __init__(self, root: Path, clock: SetClock) -> None:
        """Use an empty folder, and the clock by which all that happens in it is dated."""
        self.root = root
        self.branch = "main"
        self.branches = {"main", "bare"}
        self._clock = clock
        self._touched: dict[Path, int] = {}

    def begin(self) -> None:
        """Make a repository of one commit, on `main` and on `bare`."""
        git(self.root, "init", "-q", "--template=")
        with (self.root / ".git" / "config").open("a") as file:
            file.writelines("[{}]\n{} = {}\n".format(*key.split("."), QUICK[key]) for key in QUICK)
        (self.root / "app.py").write_text("one\n")
        assert self.git("add", "--all")
        assert self.git("commit", "-qm", "first")
        assert self.git("branch", "bare")

    def git(self, *words: str) -> bool:
        """Have a person run git; tell whether it did what they asked for."""
        with self.hand():
            try:
                git(self.root, *words, at=self._clock.now() // 1000)
            except CalledProcessError:
                return False
        return True

    def commit(self, *what: str) -> None:
        """Have a person commit what is staged, and before that stage what is named so to git."""
        if what:
            assert self.git("add", *what)
        self.git("commit", "-qm", "work")

    def unmerged(self) -> str:
        """Return what git has left with the marks of a conflict, empty when there is nothing."""
        return git(self.root, "ls-files", "--unmerged")

    def switch(self, branch: str) -> None:
        """Have a person check out a branch, or begin it; git may refuse."""
        new = [] if branch in self.branches else ["-b"]
        if self.git("checkout", "-q", *new, branch):
            self.branch = branch
            self.branches.add(branch)

    @contextmanager
    def hand(self) -> Iterator[None]:
        """Have a person do something, a while after all else."""
        self._clock.step(MINUTE)
        yield
        self.touch()

    def touch(self) -> None:
        """Have the folders that were changed just now tell the time of our own clock."""
        now = self._clock.now() * 1_000_000
        for folder, folders, _ in os.walk(self.root):
            if ".git" in folders:
                folders.remove(".git")
            path = Path(folder)
            if self._touched.get(path) != path.stat().st_mtime_ns:
                os.utime(path, ns=(now, now))
                self._touched[path] = now

    def files(self) -> dict[Path, bytes]:
        """Return what lies in the work tree."""
        found = {}
        for folder, folders, files in os.walk(self.root):
            if ".git" in folders:
                folders.remove(".git")
            paths = (Path(folder, file) for file in files)
            found.update({path: path.read_bytes() for path in paths})
        return found

    def repository(self) -> dict[str, tuple[int, int]]:
        """Return what tells whether anything has changed in what git keeps."""
        found = {}
        for folder, folders, files in os.walk(self.root / ".git"):
            for path in (f"{folder}/{name}" for name in (*folders, *files)):
                status = os.lstat(path)
                found[path] = status.st_mtime_ns, status.st_size
        return found
