"""Where the daemon keeps its files."""

import os
import socket
import stat
from pathlib import Path

import pytest

from hivemindd.errors import ConfigError
from hivemindd.paths import SOCKET_PATH_MAX, Paths, find_paths, make_private


class TestFind:
    """The folders that follow from an environment."""

    def test_a_home_is_enough(self, tmp_path: Path) -> None:
        """The rest has its usual place below it."""
        paths = find_paths({"HOME": str(tmp_path)})

        assert paths.home == tmp_path
        assert paths.config_file == tmp_path / ".config" / "hivemind" / "config.toml"
        assert paths.key_file.parent == paths.config_file.parent
        assert paths.log == tmp_path / ".local" / "state" / "hivemind" / "log"
        assert paths.lock_file.parent == paths.output_file.parent == paths.state

    def test_the_xdg_variables_are_followed(self, tmp_path: Path) -> None:
        """Unless they are empty or relative, which the specification says to ignore."""
        env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}
        paths = find_paths(env)
        assert (paths.config, paths.state) == (Path("/c/hivemind"), Path("/s/hivemind"))

        ignored = find_paths({**env, "XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "state"})
        assert ignored == find_paths({"HOME": str(tmp_path)})

    @pytest.mark.parametrize("home", [None, "", "relative", "/nowhere/at/all", "/etc/hostname"])
    def test_without_a_home_there_is_no_place(self, home: str | None) -> None:
        """The sentence says what HOME is."""
        with pytest.raises(ConfigError, match="set HOME to yours") as caught:
            find_paths({} if home is None else {"HOME": home})

        assert caught.value.exit_code == 78

    @pytest.mark.parametrize("name", ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"])
    def test_a_path_must_be_text(self, tmp_path: Path, name: str) -> None:
        """The log stores paths, and stores text."""
        folder = tmp_path / os.fsdecode(b"bytes-\xff")
        folder.mkdir()

        with pytest.raises(ConfigError, match="not valid UTF-8"):
            find_paths({"HOME": str(tmp_path), name: str(folder)})


class TestSocket:
    """A path that must be short."""

    def test_it_lies_with_the_rest(self, tmp_path: Path) -> None:
        """Where that is short enough."""
        paths = Paths(home=tmp_path, config=tmp_path, state=Path("/home/me/.local/state/hivemind"))

        assert paths.socket == paths.state / "control.sock"

    @pytest.mark.parametrize("extra", [0, 1, 50])
    def test_a_long_path_is_replaced(self, tmp_path: Path, extra: int) -> None:
        """By one of the user's own, which can be bound and is the same every time."""
        room = SOCKET_PATH_MAX - len("/control.sock")
        state = Path("/" + "s" * (room - 1 + extra))
        paths = Paths(home=tmp_path, config=tmp_path, state=state)

        assert len(os.fsencode(paths.socket)) <= SOCKET_PATH_MAX
        assert (paths.socket.parent == state) is (extra == 0)
        assert paths.socket == Paths(home=tmp_path, config=tmp_path, state=state).socket

    def test_bytes_count_and_not_letters(self, tmp_path: Path) -> None:
        """A letter may take several."""
        paths = Paths(home=tmp_path, config=tmp_path, state=Path("/" + "ä" * 60))

        assert len(os.fsencode(paths.socket)) <= SOCKET_PATH_MAX

    def test_users_do_not_share_a_path(self, tmp_path: Path) -> None:
        """Nor do two state folders of one."""
        states = [Path("/" + letter * 200) for letter in "ab"]
        sockets = {Paths(home=tmp_path, config=tmp_path, state=state).socket for state in states}

        assert len(sockets) == 2
        assert all(f"-{os.getuid()}-" in str(path) for path in sockets)

    def test_the_replacement_can_be_bound(self, tmp_path: Path) -> None:
        """With a folder that nobody else can enter."""
        state = tmp_path / ("s" * 200)
        path = Paths(home=tmp_path, config=tmp_path, state=state).socket
        make_private(path.parent)
        try:
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        finally:
            path.unlink()
            path.parent.rmdir()


class TestPrivate:
    """Folders of ours."""

    def test_it_is_made_with_all_above_it(self, tmp_path: Path) -> None:
        """Itself for its owner alone, whatever the umask; what lies above as usual."""
        folder = tmp_path / "a" / "b"
        before = os.umask(0)
        try:
            make_private(folder)
        finally:
            os.umask(before)

        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    @pytest.mark.parametrize("mode", [0o755, 0o777, 0o750, 0o701])
    def test_one_that_is_too_open_is_closed(self, tmp_path: Path, mode: int) -> None:
        """It held what is private all along."""
        folder = tmp_path / "folder"
        folder.mkdir()
        folder.chmod(mode)
        make_private(folder)

        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_one_that_is_there_is_taken(self, tmp_path: Path) -> None:
        """With what it holds."""
        make_private(tmp_path / "folder")
        (tmp_path / "folder" / "file").touch()
        make_private(tmp_path / "folder")

        assert (tmp_path / "folder" / "file").exists()

    def test_a_link_or_a_file_is_refused(self, tmp_path: Path) -> None:
        """In a folder that others can write to, a link may lead anywhere."""
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
        (tmp_path / "dangling").symlink_to("nothing")
        (tmp_path / "file").touch()

        for name in ("link", "dangling", "file", "file/below"):
            with pytest.raises(ConfigError) as caught:
                make_private(tmp_path / name)
            assert str(tmp_path / name) in str(caught.value)

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
    def test_the_folder_of_somebody_else_is_refused(self, tmp_path: Path) -> None:
        """Its owner could read what we write."""
        folder = tmp_path / "folder"
        folder.mkdir(mode=0o700)
        os.chown(folder, 12345, 12345)

        with pytest.raises(ConfigError, match="not a folder of yours"):
            make_private(folder)

    @pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_cannot_be_made_is_an_error(self, tmp_path: Path) -> None:
        """The user is told whose permissions to mend."""
        tmp_path.chmod(0o500)

        with pytest.raises(ConfigError, match="mend its permissions"):
            make_private(tmp_path / "folder")
