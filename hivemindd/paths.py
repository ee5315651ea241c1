"""Where the daemon keeps its own files; all of it follows HOME and the XDG variables."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from hivemindd.errors import ConfigError

SOCKET_PATH_MAX = 100  # sun_path holds 104 bytes on macOS and 108 on Linux, with the NUL


class Paths(msgspec.Struct, frozen=True):
    """The folders and files of one user's daemon."""

    home: Path
    config: Path
    state: Path

    @property
    def config_file(self) -> Path:
        """The settings, which need not exist."""
        return self.config / "config.toml"

    @property
    def key_file(self) -> Path:
        """The API key, for those who keep it in a file."""
        return self.config / "anthropic.key"

    @property
    def log(self) -> Path:
        """The folder of the LMDB environment."""
        return self.state / "log"

    @property
    def judge_folder(self) -> Path:
        """An empty folder, in which the command line client runs when it judges."""
        return self.state / "judge"

    @property
    def lock_file(self) -> Path:
        """Held by the one daemon that runs."""
        return self.state / "hivemindd.lock"

    @property
    def complaint_file(self) -> Path:
        """The last warning or error of the daemon."""
        return self.state / "last-error.json"

    @property
    def output_file(self) -> Path:
        """What a detached daemon prints."""
        return self.state / "hivemindd.log"

    @property
    def socket(self) -> Path:
        """The control socket; in a short folder of its own where the path would not fit."""
        path = self.state / "control.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_MAX:
            return path
        import hashlib  # noqa: PLC0415  hardly any path is that long

        name = hashlib.blake2b(os.fsencode(path), digest_size=6).hexdigest()
        return Path(f"/tmp/hivemind-{os.getuid()}-{name}") / "control.sock"  # noqa: S108  0700, checked


def find_paths(env: Mapping[str, str]) -> Paths:
    """Return the paths for an environment.

    Raises:
        ConfigError: HOME is not set or is no folder, or a path is no text.

    """
    home = Path(env.get("HOME") or "")
    if not home.is_absolute() or not home.is_dir():
        raise ConfigError(f"HOME is {str(home)!r}, which is no folder: set HOME to yours and retry")
    paths = Paths(
        home=home,
        config=_xdg(env, "XDG_CONFIG_HOME", home / ".config") / "hivemind",
        state=find_state(home, env),
    )
    for path in (paths.home, paths.config, paths.state):
        try:
            str(path).encode()
        except UnicodeEncodeError as error:
            raise ConfigError(f"{str(path)!r} is not valid UTF-8 and cannot be used") from error
    return paths


def find_state(home: Path, env: Mapping[str, str]) -> Path:
    """Return the folder of all that the daemon keeps."""
    return _xdg(env, "XDG_STATE_HOME", home / ".local" / "state") / "hivemind"


def _xdg(env: Mapping[str, str], name: str, default: Path) -> Path:
    """Read one XDG variable; a relative path is to be ignored, says the specification."""
    value = Path(env.get(name) or "")
    return value if value.is_absolute() else default


def make_private(folder: Path) -> None:
    """Create a folder that only its owner can enter, or make sure that it is one.

    Raises:
        ConfigError: it cannot be made, or belongs to somebody else.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.stat(follow_symlinks=False)
    except OSError as error:
        raise ConfigError(f"cannot use {folder}: {error.strerror}; mend its permissions") from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ConfigError(f"{folder} is not a folder of yours: move it away and retry")
    if stat.S_IMODE(status.st_mode) & 0o077:
        folder.chmod(0o700)
