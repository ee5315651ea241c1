"""Which workspace a folder belongs to, and what its project says about being captured.

Files are only read and never run: neither git nor a shell has a part in it. Nothing here
fails over a project's broken file; it may say no, so it counts as a no.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any, Literal

import msgspec

from hivemindd.ignored import find_pattern
from hivemindd.records import Workspace

VARIABLE = "HIVEMIND_WORKSPACE_ID"
SWITCH = "HIVEMIND_CAPTURE"
CAPTURE_OFF = frozenset({"false", "0", "no", "off"})
ENVRC = ".envrc"
FILES = (".hivemind.local", ".hivemind")
FILE_LIMIT = 65_536
ID_LIMIT = 256
PATH_LIMIT = 4_096

_EXPORT = re.compile(
    rf"^[ \t]*export[ \t]+({VARIABLE}|{SWITCH})="
    r"""(?:"([^"$`\\\n]+)"|'([^'\n]+)'|([\w.:@/+-]+))[ \t]*(?:#.*)?$""",
    re.MULTILINE,
)
# What may be repeated never reaches over a line, or a file of blanks would take for ever.
_FLAGS = re.MULTILINE | re.IGNORECASE
_SECTION = re.compile(r"^[ \t]*\[[ \t]*core[ \t]*\]([^\[]*)", _FLAGS)
_BARE = re.compile(r"^[ \t]*bare[ \t]*(?:=[ \t]*(?:true|yes|on|1)[ \t]*)?\r?$", _FLAGS)
_WORKTREE = re.compile(r"^[ \t]*worktree[ \t]*=[ \t]*(\S.*)$", _FLAGS)


class Settings(msgspec.Struct, frozen=True):
    """What the files of a project say; each value comes from the nearest file that has it.

    `id_file` and `collect_file` are the files that said it, `refusal` is a no as a sentence.
    """

    workspace_id: str = ""
    id_file: str = ""
    collect: bool = True
    collect_file: str = ""
    refusal: str = ""


def resolve(cwd: str, *, home: Path, env: Mapping[str, str]) -> Workspace:
    """Return the workspace of a folder, which need not exist any more.

    `env` is the environment of the session where it is known. The root is the main
    working tree of the repository, or the folder itself, empty for a path that means
    nothing on this machine.
    """
    folder = real_folder(cwd)
    named = _usable(env.get(VARIABLE))
    source: Literal["environment", "file", "repository", "folder"]
    if folder is None:
        source = "environment" if named else "folder"
        return Workspace(id=named or cwd, name=PureWindowsPath(cwd).name or cwd, source=source)
    top = repository(folder, home=home)
    settings = read_settings(cwd, home=home)
    root = top or folder
    if named:
        source = "environment"
    elif named := settings.workspace_id:
        source = "file"
        holder = Path(settings.id_file).parent
        root = top or (folder if holder == _real(home) else holder)
    else:
        source = "repository" if top else "folder"
    return Workspace(
        id=named or str(root), name=root.name or str(root), root=str(root), source=source
    )


def refusal(cwd: str, *, home: Path, ignore: Sequence[str] = ()) -> str:
    """Say why a folder is not to be captured, empty where nothing speaks against it.

    `ignore` are the patterns of the settings; a worktree is ignored with its repository.
    """
    folder = real_folder(cwd)
    if folder is None:
        return ""
    tree = repository(folder, home=home)
    if pattern := find_pattern([folder, *([tree] if tree else [])], ignore, home=home):
        return f"the settings ignore {pattern}"
    return read_settings(cwd, home=home).refusal


def read_settings(cwd: str, *, home: Path) -> Settings:
    """Read `.hivemind.local`, `.hivemind` and `.envrc` of a folder and the ones above it.

    The nearest folder goes first, and in it the files in that order; of all `.envrc` only the
    nearest counts, as for direnv. The search ends at the home folder. A linked worktree also
    obeys the main one, where the files lie that nobody commits.
    """
    folder = real_folder(cwd)
    if folder is None:
        return Settings()
    folders = list(_upwards(folder, home))
    top = repository(folder, home=home)
    if top and top not in folders:
        folders += [each for each in _upwards(top, home) if each not in folders]
    exports = next((each for each in folders if _is_file(each / ENVRC)), None)
    settings = Settings()
    for each in folders:
        for name in FILES:
            settings = _add(settings, each / name)
        if each == exports:
            settings = _add_exports(settings, each / ENVRC)
    return settings


def repository(folder: Path, *, home: Path) -> Path | None:
    """Return the main working tree that a folder belongs to, None outside of repositories.

    Worktrees lead to their main tree, and where the repository is bare to themselves. A
    home folder under version control is no repository of the projects in it.
    """
    ends = {_real(home), Path(folder.anchor)}
    for each in _upwards(folder, home):
        if each != folder and each in ends:
            return None
        if top := _main_tree(each):
            return each if top in ends else top
    return None


def real_folder(cwd: str) -> Path | None:
    """Return the real path of a folder, None for text that is no path here."""
    return _real(Path(cwd)) if cwd.startswith("/") and _is_path(cwd) else None


def _is_path(text: str) -> bool:
    """Tell whether a text can name anything in a file system."""
    try:
        return len(os.fsencode(text)) < PATH_LIMIT and "\0" not in text
    except UnicodeEncodeError:
        return False


def _real(path: Path) -> Path:
    """Resolve links; what does not exist stays as it is."""
    return Path(os.path.realpath(path))


def _upwards(folder: Path, home: Path) -> Iterator[Path]:
    """Yield a folder and those above it, up to the home folder."""
    end = _real(home)
    for each in (folder, *folder.parents):
        yield each
        if each == end:
            return


def _main_tree(folder: Path) -> Path | None:
    """Return the main working tree when a folder is the top of a tree that git knows."""
    dot = folder / ".git"
    if _is_file(dot / "HEAD"):
        return folder
    git = _pointed(dot, "gitdir:")
    if git is None or not _is_file(git / "HEAD"):
        return None
    common = _pointed(git / "commondir")
    back = _pointed(git / "gitdir")
    # A repository that does not know this worktree does not speak for it.
    if common is None or back != _real(dot) or not _is_file(common / "HEAD"):
        return folder
    core = "".join(_SECTION.findall(_text(common / "config")))
    found = _WORKTREE.search(core)
    if found and _is_path(named := found[1].strip().strip('"')):
        return _real(common / named)
    return folder if common.name != ".git" or _BARE.search(core) else common.parent


def _pointed(file: Path, label: str = "") -> Path | None:
    """Return the path that a file of git's holds, relative ones from the file's folder."""
    text = _text(file).strip()
    if not text.startswith(label) or not _is_path(text) or text == label:
        return None
    return _real(file.parent / text.removeprefix(label).strip())


def _text(file: Path) -> str:
    """Return the text of a small file, empty where there is none."""
    try:
        return os.fsdecode(_read(file) or b"")
    except OSError:
        return ""


def _read(file: Path) -> bytes | None:
    """Read a small regular file; a pipe or a device would not come to an end."""
    if not _is_file(file):
        return None
    with file.open("rb") as opened:
        return opened.read(FILE_LIMIT)


def _is_file(path: Path) -> bool:
    """Tell whether there is a regular file; a path that cannot be looked at is none."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _add(settings: Settings, path: Path) -> Settings:
    """Add what one file says where nothing nearer has said it."""
    try:
        data = _read(path)
        if not data or data.isspace():
            return settings
        value = msgspec.json.decode(data)
    except OSError as error:
        return _say(settings, path, f"{path} cannot be read ({error.strerror})")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        return _say(settings, path, f"{path} is no JSON object")
    return _add_collect(_add_id(settings, path, value), path, value)


def _add_id(settings: Settings, path: Path, value: dict[str, Any]) -> Settings:
    """Take the workspace's id over."""
    if "workspaceId" not in value:
        return settings
    named = _usable(value["workspaceId"])
    if settings.workspace_id or not named:
        return settings
    return msgspec.structs.replace(settings, workspace_id=named, id_file=str(path))


def _add_collect(settings: Settings, path: Path, value: dict[str, Any]) -> Settings:
    """Take over whether to capture; whoever wrote something unclear wanted to say no."""
    if "collect" not in value:
        return settings
    wanted = value["collect"]
    if not isinstance(wanted, bool):
        return _say(settings, path, f'"collect" in {path} is neither true nor false')
    return _say(settings, path, "" if wanted else f"{path} says collect: false")


def is_off(value: str) -> bool:
    """Tell whether a value of `HIVEMIND_CAPTURE` means that nothing is to be captured."""
    return value.strip().lower() in CAPTURE_OFF


def _add_exports(settings: Settings, path: Path) -> Settings:
    """Add what an `.envrc` says where nothing nearer has said it."""
    found = _EXPORT.findall(_text(path))
    said = {name: "".join(values) for name, *values in found}
    named = _usable(said.get(VARIABLE))
    if named and not settings.workspace_id:
        settings = msgspec.structs.replace(settings, workspace_id=named, id_file=str(path))
    if is_off(said.get(SWITCH, "")):
        settings = _say(settings, path, f"{path} says {SWITCH}=false")
    return settings


def _usable(named: object) -> str:
    """Return an id as it is when it is a short line of text, else an empty one."""
    if not isinstance(named, str) or len(named) > ID_LIMIT or not named.isprintable():
        return ""
    return named if named.strip() else ""


def _say(settings: Settings, path: Path, refusal: str) -> Settings:
    """Take over what a file says about capturing, unless a nearer one has said something."""
    if settings.collect_file:
        return settings
    return msgspec.structs.replace(
        settings, collect=not refusal, collect_file=str(path), refusal=refusal
    )
