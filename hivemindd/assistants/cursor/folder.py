"""Which folder a Cursor project is: its slug is all that the path of a transcript tells.

Cursor names `projects/<slug>` after the folder with everything but ASCII letters and
digits turned into dashes, so that `a-b`, `a_b` and `a.b` look the same. The way back is
a search, and an answer counts only when it is the only one.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import msgspec

from hivemindd.assistants.base import Places, SessionFacts
from hivemindd.assistants.cursor.data import data_folder

SIDE_LIMIT = 65_536
CHATS = 512
LISTINGS = 2_000
ENTRIES = 10_000
SLUG_LIMIT = 84

_OTHER = re.compile(r"[^a-zA-Z0-9]+")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_CUT = re.compile(r"-?[0-9a-f]{7}")
_NO_FOLDER = re.compile(r"\d{13}|empty-window|var-folders-.*|.*-Temp-[0-9a-f]{8}-[-0-9a-f]+")
_HOMES = (Path("/home"), Path("/Users"))
_VIRTUAL = frozenset({Path("/proc"), Path("/sys"), Path("/dev")})


def slugify(path: str) -> str:
    """Return the name that Cursor gives a folder's project."""
    return _OTHER.sub("-", path).strip("-")


def is_absolute(path: str) -> bool:
    """Tell whether a path says where it lies, on any system."""
    return path.startswith("/") or _DRIVE.match(path) is not None


def matches(path: str, slug: str) -> bool:
    """Tell whether a folder may be the project with this slug.

    Letter case counts, but not on Windows drives, whose letter comes in both. Long slugs
    end after 84 characters in 7 digits of a hash.
    """
    own = slugify(path)
    if _DRIVE.match(path):
        own, slug = own.casefold(), slug.casefold()
    if own == slug:
        return True
    if len(own) <= SLUG_LIMIT or not slug.startswith(own[:SLUG_LIMIT]):
        return False
    return _CUT.fullmatch(slug, SLUG_LIMIT) is not None


def locate(facts: SessionFacts, known: Iterable[str], places: Places) -> str | None:
    """Return the folder of a project from the cheapest source that has one answer only."""
    slug = facts.slug
    if not slug or _NO_FOLDER.fullmatch(slug):
        return None
    data = data_folder(places)
    return (
        _only(folder for folder in known if matches(folder, slug))
        or _trusted(data / "projects" / slug)
        or _only(folder for folder in _chat_folders(data / "chats") if matches(folder, slug))
        or _only(folder for path in facts.paths if (folder := _ancestor(path, slug)))
        or _only(_search(slug, places.home))
    )


def _only(found: Iterable[str]) -> str | None:
    """Return the one answer, None where there is none or a choice."""
    answers = set(islice(dict.fromkeys(found), 2))
    return answers.pop() if len(answers) == 1 else None


def _trusted(project: Path) -> str | None:
    """Return the folder that was written down when a person trusted it."""
    folder = _field(project / ".workspace-trusted", "workspacePath")
    return folder if is_absolute(folder) else None


def _chat_folders(chats: Path) -> Iterator[str]:
    """Yield the folders of chats; each lies in a folder named by the md5 of the path."""
    for group in islice(_subfolders(chats), CHATS):
        for chat in _subfolders(group):
            folder = _field(chat / "meta.json", "cwd")
            if hashlib.md5(folder.encode(), usedforsecurity=False).hexdigest() == group.name:
                yield folder
                break


def _ancestor(path: str, slug: str) -> str | None:
    """Return the longest of a path and its parents that has the slug."""
    if not is_absolute(path):
        return None
    pure: PurePath = PureWindowsPath(path) if _DRIVE.match(path) else PurePosixPath(path)
    return next((str(each) for each in (pure, *pure.parents) if matches(str(each), slug)), None)


def _search(slug: str, home: Path) -> list[str]:
    """Return the folders of this machine whose names, one after the other, spell the slug.

    The search lists a bounded number of folders, follows no link and enters no other
    home. One that it could not finish has found nothing, since it cannot be sure.
    """
    own = slugify(str(home))
    if slug == own:
        return [str(home)]
    inside = slug.startswith(f"{own}-")
    todo = [(home, slug[len(own) + 1 :])] if inside else [(Path("/"), slug)]
    found: list[str] = []
    for _ in range(LISTINGS):
        if not todo:
            return found
        folder, rest = todo.pop()
        for child in _subfolders(folder):
            piece = slugify(child.name)
            if _off_limits(child, home):
                continue
            if piece == rest:
                found.append(str(child))
            elif not piece:
                todo.append((child, rest))
            elif rest.startswith(f"{piece}-"):
                todo.append((child, rest[len(piece) + 1 :]))
    return []


def _off_limits(folder: Path, home: Path) -> bool:
    """Tell whether a folder is another user's home, or none of a disk."""
    homes = (*_HOMES, home.parent) if home.parent != Path("/") else _HOMES
    return folder in _VIRTUAL or (folder.parent in homes and folder != home)


def _subfolders(folder: Path) -> Iterator[Path]:
    """Yield the real folders in a folder, none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name
                for entry in islice(entries, ENTRIES)
                if entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return
    yield from (folder / name for name in sorted(names))


def _field(path: Path, name: str) -> str:
    """Return a text field of a small JSON file, empty where there is none."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            value = msgspec.json.decode(file.read(SIDE_LIMIT))
    except (OSError, ValueError, RecursionError):
        return ""
    field = value.get(name) if isinstance(value, dict) else None
    return field if isinstance(field, str) else ""
