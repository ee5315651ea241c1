"""What is on a disk after the power went: what was synced, and any of the rest.

`unsynced.c` writes a journal of all that a process did to files. From a place in it on nothing
has happened; what was written before it and not synced is there or not, sector by sector, and
names that were given or taken since their folder was synced are there up to some moment.
"""

import random
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

SECTOR = 512
SOURCE = Path(__file__).with_name("unsynced.c")


class Deed(msgspec.Struct, frozen=True):
    """W(rite), T(runcate), S(ync), R(ename), U(nlink) or C(reate), and what it was done to."""

    what: str
    path: Path
    at: int
    data: bytes

    @property
    def name(self) -> Path:
        """The name that was given, or taken."""
        return Path(self.data.decode()) if self.what == "R" else self.path


def build(folder: Path) -> Path:
    """Compile the library; skip the test where that cannot be done."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or not Path("/proc/self/fd").exists():
        pytest.skip("there is no C compiler, or no Linux, here")
    library = folder / "unsynced.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


def read_journal(journal: Path) -> list[Deed]:
    """Return what was done, in its order."""
    deeds = []
    with journal.open("rb") as file:
        while head := file.readline():
            what, at, length, path = head.decode().rstrip("\n").split(" ", 3)
            deeds.append(Deed(what, Path(path), int(at), file.read(int(length))))
    return deeds


class _File:
    """The sectors of a file that are on the disk, and what is on the way to it."""

    def __init__(self) -> None:
        self.sectors: dict[int, bytes] = {}
        self.length = 0
        self._waiting: list[Deed] = []

    def add(self, deed: Deed) -> None:
        self._waiting.append(deed)

    def settle(self, chance: random.Random | None = None) -> None:
        """Have all that waits on the disk, or by chance some of it."""
        # A disk may take all, nothing, or sectors as it likes.
        share = 1.0 if chance is None else chance.choice([0.0, 0.3, 0.7, 1.0])
        for deed in self._waiting:
            if deed.what == "T":
                if chance is None or chance.random() < share:
                    self.length = deed.at
                continue
            for start in range(0, len(deed.data), SECTOR):
                if chance is None or chance.random() < share:
                    self._put(deed.at + start, deed.data[start : start + SECTOR])
        self._waiting.clear()

    def _put(self, at: int, data: bytes) -> None:
        while data:
            number, offset = divmod(at, SECTOR)
            part = data[: SECTOR - offset]
            old = self.sectors.get(number, bytes(SECTOR))
            self.sectors[number] = old[:offset] + part + old[offset + len(part) :]
            at, data = at + len(part), data[len(part) :]
            self.length = max(self.length, at)

    def write_to(self, path: Path) -> None:
        """Lay it down, with holes where nothing was written."""
        with path.open("wb") as file:
            for number in sorted(self.sectors):
                file.seek(number * SECTOR)
                file.write(self.sectors[number])
            file.truncate(self.length)


class Disk:
    """Files and their names: as processes see them, and as they would be after a power loss."""

    def __init__(self) -> None:
        """Begin without any."""
        self._seen: dict[Path, _File] = {}
        self._durable: dict[Path, _File] = {}
        self._waiting: list[tuple[Deed, _File]] = []

    def carry_out(self, deed: Deed) -> None:
        """Do what was done."""
        if deed.what in "CUR":
            file = self._seen.get(deed.path) or _File()
            _name(self._seen, deed, file)
            self._waiting.append((deed, file))
        elif deed.path in self._seen and deed.what == "S":
            self._seen[deed.path].settle()
        elif deed.path in self._seen:
            self._seen[deed.path].add(deed)
        elif deed.what == "S":
            self._settle(deed.path)

    def _settle(self, folder: Path) -> None:
        for deed, file in self._waiting:
            if deed.name.parent == folder:
                _name(self._durable, deed, file)
        self._waiting = [each for each in self._waiting if each[0].name.parent != folder]

    def lose_power(self, folder: Path, chance: random.Random) -> None:
        """Lay down in a folder what is left of it."""
        for deed, file in self._waiting[: chance.randint(0, len(self._waiting))]:
            _name(self._durable, deed, file)
        for path, file in self._durable.items():
            file.settle(chance)
            if path.is_relative_to(folder):
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                file.write_to(path)


def _name(names: dict[Path, _File], deed: Deed, file: _File) -> None:
    """Give a file a name, another one, or none."""
    if deed.what != "C":
        names.pop(deed.path, None)
    if deed.what != "U":
        names[deed.name] = file
