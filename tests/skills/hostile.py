"""A process that swaps the folders of a project for links while somebody writes into it.

`python -m tests.skills.hostile BASE PROJECT OUTSIDE NAME` says "swapping", goes on until it
reads a line, puts everything back and says how often it has swapped. OUTSIDE mirrors BASE,
so that whoever follows a link finds there all that he would find in the project.
"""

import ctypes
import os
import random
import select
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_LONGEST = 2_000  # turns of an empty loop, while a link is in place
_OFTEN = 5  # the places in the project, against the ways to it
_ROUNDS = 64  # between two looks at what we are told


class Hostile:
    """Swaps what lies at the places that a skill's path leads through."""

    def __init__(self, base: Path, project: Path, outside: Path, name: str) -> None:
        """Take the folders; all places lie in `base`, which is not touched itself."""
        self.base = base
        self.outside = outside
        self.swaps = 0
        skills = [project / folder / "skills" for folder in (".claude", ".agents")]
        inner = [path for each in skills for path in (each.parent, each, each / name)]
        # What is moved stays in the project, unless it is the project that is moved.
        self.places = [(place, project / "stage") for place in inner]
        self.places += [(place, base / "stage") for place in (project, project.parent)]
        self.weights = [*(_OFTEN for _ in inner), 1, 1]
        for _, stage in self.places:
            stage.mkdir(exist_ok=True)
        self.exchange = _find_exchange()
        self.hop = project / "hop"
        self.hop.symlink_to(outside)

    def swap(self) -> None:
        """Put a link in place of a folder for a moment."""
        ((place, stage),) = random.choices(self.places, self.weights)
        link, aside = stage / "link", stage / "aside"
        with suppress(OSError):
            link.symlink_to(self._target(place))
        with suppress(OSError):
            if self.exchange is not None and random.random() < 0.7 and place.is_dir():
                with self._exchanged(place, link):
                    _hold()
                return
        with suppress(OSError):
            place.rename(aside)
            _hold()  # there is nothing now: somebody may create it
        with suppress(OSError):
            link.rename(place)
            self.swaps += 1
            _hold()
        self._restore(place, aside)

    @contextmanager
    def _exchanged(self, place: Path, link: Path) -> Iterator[None]:
        """Have a folder and a link change places at once, and change them back."""
        assert self.exchange is not None
        self.exchange(place, link)
        self.swaps += 1
        try:
            yield
        finally:
            self.exchange(place, link)

    def _target(self, place: Path) -> str:
        """Return a way out of the project, in one of the forms that a link may have."""
        mirror = self.outside / place.relative_to(self.base)
        forms = [
            str(mirror),
            os.path.relpath(mirror, place.parent),
            f"{self.hop}/{mirror.relative_to(self.outside)}",
        ]
        return random.choice(forms)

    def _restore(self, place: Path, aside: Path) -> None:
        """Bring the folder back, whatever was made in its place meanwhile."""
        if place.is_symlink():
            with suppress(OSError):
                place.unlink()
        if not aside.is_dir():
            return
        while True:
            with suppress(OSError):
                aside.rename(place)
                return
            shutil.rmtree(place, ignore_errors=True)

    def leave(self) -> None:
        """Remove what we have put there."""
        self.hop.unlink()
        for _, stage in self.places:
            shutil.rmtree(stage, ignore_errors=True)


class _Exchange:
    """`renameat2` with RENAME_EXCHANGE, which Linux has."""

    def __init__(self, function: "ctypes._NamedFuncPointer") -> None:
        self._function = function

    def __call__(self, one: Path, other: Path) -> None:
        paths = os.fsencode(one), os.fsencode(other)
        if self._function(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE):
            raise OSError(ctypes.get_errno(), "renameat2")


def _find_exchange() -> _Exchange | None:
    libc = ctypes.CDLL(None, use_errno=True)
    return _Exchange(libc.renameat2) if hasattr(libc, "renameat2") else None


def _hold() -> None:
    """Let a moment pass, too short to sleep."""
    for _ in range(random.randrange(_LONGEST)):
        pass


def _is_told() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


def main() -> None:
    """Swap until told to stop."""
    base, project, outside = map(Path, sys.argv[1:4])
    hostile = Hostile(base, project, outside, sys.argv[4])
    sys.stdout.write("swapping\n")
    sys.stdout.flush()
    while not _is_told():
        for _ in range(_ROUNDS):
            hostile.swap()
    hostile.leave()
    sys.stdout.write(f"{hostile.swaps}\n")


if __name__ == "__main__":
    main()
