"""The log as a file: how it comes to be, who is let in, and of which version it is."""

import os
import stat
from pathlib import Path

import lmdb
import pytest

from hivemindd.errors import ConfigError
from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import NAMES, SETTINGS
from tests.children import Child
from tests.log.conftest import SMALL_MAP
from tests.log.settings import DATA, damaged, get, put


class TestOpen:
    """How a log comes to be, and who is let in."""

    def test_only_its_owner_can_read_a_log(self, folder: Path) -> None:
        """Whatever the umask, the folder is 0700 and every file in it 0600."""
        before = os.umask(0)
        try:
            open_log(folder).close()
        finally:
            os.umask(before)

        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}

    def test_a_log_keeps_what_it_was_given(self, folder: Path) -> None:
        """What was committed is there after closing and opening."""
        log = open_log(folder)
        put(log, b"name", "value")
        log.close()

        again = open_log(folder)
        assert get(again, b"name") == "value"
        again.close()

    def test_a_new_log_takes_little_space(self, log: Log) -> None:
        """The hole that spans the map is not stored."""
        assert log.disk_bytes() < SMALL_MAP
        assert (log.folder / DATA).stat().st_size == SMALL_MAP

    def test_without_a_log_there_is_nothing_to_read(self, folder: Path) -> None:
        """A reader is told so in a sentence, also when a crash left an empty file."""
        with pytest.raises(LogError, match="nothing has been captured yet"):
            open_log_readonly(folder)
        folder.mkdir()
        (folder / DATA).touch()
        with pytest.raises(LogError, match="nothing has been captured yet"):
            open_log_readonly(folder)

    def test_a_log_that_is_being_made_holds_nothing_yet(self, folder: Path) -> None:
        """Whoever looks before its tables are there meets no log of an older version."""
        folder.mkdir(parents=True)
        lmdb.open(str(folder)).close()

        with pytest.raises(LogError, match="nothing has been captured yet"):
            open_log_readonly(folder)

    def test_one_reader_too_many_is_told_so(self, folder: Path) -> None:
        """LMDB has room for as many as it was made with; when they have left it can be read."""
        open_log(folder).close()
        with Child("tests.log.crowding", folder) as crowd:
            assert crowd.hear() == "full"
            with pytest.raises(
                LogError, match=r"^cannot open the log in .*: too many programs read it"
            ):
                open_log_readonly(folder)

            crowd.tell("leave")
            assert crowd.wait() == 0
        open_log_readonly(folder).close()

    def test_an_empty_file_becomes_a_log(self, folder: Path) -> None:
        """A file without a byte holds nothing that could be damaged."""
        folder.mkdir()
        (folder / DATA).touch()

        log = open_log(folder)
        put(log, b"name", "value")
        log.close()

        assert damaged(folder) == []

    def test_a_folder_that_is_a_file_is_refused(self, folder: Path) -> None:
        """The user is told what is in the way."""
        folder.touch()

        with pytest.raises(ConfigError, match="cannot use"):
            open_log(folder)

    def test_a_data_file_that_is_a_folder_is_refused(self, folder: Path) -> None:
        """It is neither read nor moved away."""
        (folder / DATA).mkdir(parents=True)

        with pytest.raises(LogError, match="Is a directory"):
            open_log(folder)

    def test_a_log_is_not_followed_through_a_link(self, folder: Path, tmp_path: Path) -> None:
        """A link in place of the data file could lead out of our own folder."""
        open_log(folder).close()
        (folder / DATA).rename(tmp_path / "elsewhere")
        (folder / DATA).symlink_to(tmp_path / "elsewhere")

        with pytest.raises(LogError, match="symbolic links"):
            open_log(folder)

    def test_a_reader_cannot_write(self, log: Log) -> None:
        """The error names the log, and nothing is changed."""
        put(log, b"name", "value")
        with Child("tests.log.reading", log.folder) as reader:
            reader.tell()
            assert reader.hear() == "2"
        log.close()

        reading = open_log_readonly(log.folder)
        with pytest.raises(LogError, match="cannot write"):
            put(reading, b"name", "other")
        assert get(reading, b"name") == "value"
        reading.close()

    def test_a_log_of_an_older_version_lacks_tables(self, folder: Path) -> None:
        """A reader asks for the restart that will add them; opening to write does."""
        folder.mkdir(mode=0o700)
        environment = lmdb.open(str(folder), max_dbs=4)
        environment.open_db(b"settings")
        environment.close()

        with pytest.raises(ConfigError, match="brings it up to date"):
            open_log_readonly(folder)
        open_log(folder).close()
        open_log_readonly(folder).close()


def test_every_table_is_there(log: Log) -> None:
    """Each table can be counted and is empty, but for the schema."""
    with log.read() as txn:
        counts = {name: txn.count(name) for name in NAMES}

    assert counts == {**dict.fromkeys(NAMES, 0), SETTINGS.name: 1}
