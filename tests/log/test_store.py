"""The log as a file: how it grows, who may read it, and what it survives."""

import os
import random
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import lmdb
import pytest

from hivemindd.errors import ConfigError
from hivemindd.log import store
from hivemindd.log.store import SCHEMA, Log, LogError, open_log, open_log_readonly
from hivemindd.log.tables import NAMES, SETTINGS, Txn
from tests.children import Child
from tests.log.conftest import SMALL_MAP

DATA = "data.mdb"
MEGABYTE = "x" * 1_000_000


def put(log: Log, key: bytes, value: str) -> None:
    """Store one setting."""

    def change(txn: Txn) -> None:
        SETTINGS.put(txn, key, value)

    log.transact(change)


def get(log: Log, key: bytes) -> str | None:
    """Read one setting."""
    with log.read() as txn:
        return SETTINGS.get(txn, key)


def damaged(folder: Path) -> list[str]:
    """Return the names of what was set aside."""
    return sorted(file.name for file in folder.iterdir() if ".damaged-" in file.name)


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

        with pytest.raises(LogError, match="restart hivemindd once"):
            open_log_readonly(folder)
        open_log(folder).close()
        open_log_readonly(folder).close()


class TestSchema:
    """Logs of other versions."""

    @pytest.mark.parametrize("opens", [open_log, open_log_readonly])
    def test_a_newer_log_is_left_alone(self, folder: Path, opens: Callable[[Path], Log]) -> None:
        """It is a matter of configuration (exit code 78), and not a byte is changed."""
        log = open_log(folder, map_size=SMALL_MAP)
        put(log, b"schema", str(SCHEMA + 1))
        log.close()
        before = (folder / DATA).read_bytes()

        with pytest.raises(ConfigError, match="upgrade hivemindd") as caught:
            opens(folder)

        assert caught.value.exit_code == 78
        assert (folder / DATA).read_bytes() == before
        assert damaged(folder) == []

    def test_a_log_says_its_schema(self, log: Log) -> None:
        """So that a later version knows what it meets."""
        assert get(log, b"schema") == str(SCHEMA)

    def test_opening_writes_nothing_needlessly(self, folder: Path) -> None:
        """A start on a full disk must not fail for a row that is there already."""
        open_log(folder, map_size=SMALL_MAP).close()
        before = (folder / DATA).read_bytes()

        open_log(folder, map_size=SMALL_MAP).close()

        assert (folder / DATA).read_bytes() == before


class TestTransactions:
    """All or nothing, and as much as is needed."""

    def test_a_change_that_fails_is_not_kept(self, log: Log) -> None:
        """An exception undoes what its transaction had done."""

        def change(txn: Txn) -> None:
            SETTINGS.put(txn, b"name", "value")
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            log.transact(change)

        assert get(log, b"name") is None

    def test_a_full_map_grows(self, log: Log) -> None:
        """The change runs again from its start in a larger map, as often as it takes."""
        runs = []

        def change(txn: Txn) -> str:
            runs.append(1)
            SETTINGS.put(txn, b"large", MEGABYTE)
            return "done"

        assert log.transact(change) == "done"
        assert get(log, b"large") == MEGABYTE
        assert 1 < len(runs) < 6

    def test_a_grown_map_stays(self, log: Log) -> None:
        """The next start has room at once."""
        put(log, b"large", MEGABYTE)
        log.close()

        again = open_log(log.folder, map_size=SMALL_MAP)
        assert get(again, b"large") == MEGABYTE
        assert (log.folder / DATA).stat().st_size > 1_000_000
        again.close()

    def test_a_log_has_a_limit(self, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        """What would go beyond it is refused in a sentence, and small things still fit."""
        monkeypatch.setattr(store, "MAX_MAP", SMALL_MAP)

        with pytest.raises(LogError, match="has reached"):
            put(log, b"large", MEGABYTE)

        put(log, b"small", "value")
        assert get(log, b"small") == "value"

    def test_the_map_grows_beside_readers_and_writers(self, log: Log) -> None:
        """Threads that read and write meanwhile are waited for and lose nothing."""
        seen: list[int] = []

        def write(number: int) -> None:
            for round_ in range(20):
                put(log, f"{number}-{round_}".encode(), "x" * 20_000)

        def read() -> None:
            for _ in range(200):
                with log.read() as txn:
                    seen.append(len(SETTINGS.rows(txn)))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        threads += [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        with log.read() as txn:
            assert txn.count(SETTINGS.name) == 61
        assert len(seen) == 600
        assert max(seen) <= 61

    def test_a_snapshot_does_not_move(self, log: Log) -> None:
        """A reader sees what was there when it began, while another thread goes on."""
        put(log, b"name", "old")
        with log.read() as txn:
            writer = threading.Thread(target=put, args=(log, b"name", "new"))
            writer.start()
            writer.join()
            assert SETTINGS.get(txn, b"name") == "old"

        assert get(log, b"name") == "new"


class TestOtherProcesses:
    """Readers beside the one that writes."""

    def test_a_reader_follows_a_log_that_grows(self, log: Log) -> None:
        """A long-lived reader sees what was written after its own map had become too small."""
        with Child("tests.log.reading", log.folder) as reader:
            reader.tell()
            assert reader.hear() == "1"
            for number in range(8):
                put(log, f"{number}".encode(), MEGABYTE)
            reader.tell()
            assert reader.hear() == "9"

    def test_a_reader_that_was_killed_is_forgotten(
        self, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its slot would otherwise keep old pages from being used again, for ever."""
        with Child("tests.log.reading", log.folder, "hold") as reader:
            assert reader.hear() == "holding"
            assert str(reader.pid) in log._environment.readers()
            reader.kill()

            monkeypatch.setattr(store, "READERS_CHECK", 1)
            put(log, b"name", "value")

            assert str(reader.pid) not in log._environment.readers()

    def test_a_start_forgets_readers_that_were_killed(self, log: Log) -> None:
        """Nothing of an earlier life is left in the way."""
        with Child("tests.log.reading", log.folder, "hold") as reader:
            assert reader.hear() == "holding"
            log.close()
            reader.kill()

            again = open_log(log.folder)
            assert str(reader.pid) not in again._environment.readers()
            again.close()


class TestDamage:
    """Files that cannot be trusted."""

    @pytest.mark.parametrize("share", [0.9, 0.5, 0.1])
    def test_a_truncated_file_is_set_aside(self, log: Log, share: float) -> None:
        """Reading it would kill the process (SIGBUS); it is kept, and a new log is begun."""
        put(log, b"value", MEGABYTE)
        used = log.disk_bytes()
        log.close()
        os.truncate(log.folder / DATA, int(used * share))
        before = (log.folder / DATA).read_bytes()

        with Child("tests.log.breaking", "read_only", log.folder) as child:
            assert child.hear() == "DamagedLogError"
            assert child.wait() == 0
        with Child("tests.log.breaking", "writable", log.folder) as child:
            assert [child.hear() for _ in range(3)] == ["0", "ok", "3"]
            assert child.wait() == 0
        assert damaged(log.folder) == ["data.mdb.damaged-1"]
        assert (log.folder / "data.mdb.damaged-1").read_bytes() == before

    def test_a_hole_that_is_cut_off_is_no_damage(self, log: Log) -> None:
        """A copy that left out the empty end of the file is as good as the original."""
        put(log, b"value", "x" * 1000)
        used = (log._environment.info()["last_pgno"] + 1) * 4096
        log.close()
        os.truncate(log.folder / DATA, used)

        again = open_log(log.folder)
        assert get(again, b"value") == "x" * 1000
        again.close()
        assert damaged(log.folder) == []

    @pytest.mark.parametrize("seed", range(10))
    def test_pages_that_were_never_written_are_no_damage(self, folder: Path, seed: int) -> None:
        """A page taken and freed in one transaction lies beyond all that was written."""
        chance = random.Random(seed)
        log = open_log(folder, map_size=1 << 24)

        def change(txn: Txn) -> None:
            for _ in range(chance.randrange(1, 30)):
                key = chance.randrange(200).to_bytes(4, "big")
                if chance.random() < 0.5:
                    size = chance.choice([10, 500, 5000, 60_000, 200_000])
                    txn.put("blocks", key, chance.randbytes(size))
                else:
                    txn.put("blocks", key, bytes(100_000))
                    txn.delete("blocks", key)

        for _ in range(30):
            log.transact(change)
        log.close()

        open_log(folder).close()
        assert damaged(folder) == []

    @pytest.mark.parametrize("content", [bytes(8192), b"\xff" * 8192, b"short", b"x" * 100_000])
    def test_a_file_without_a_sound_head_is_set_aside(self, log: Log, content: bytes) -> None:
        """Zeroed, overwritten or foreign: it is kept, and a new log is begun."""
        log.close()
        (log.folder / DATA).write_bytes(content)

        with pytest.raises(LogError):
            open_log_readonly(log.folder)
        again = open_log(log.folder)
        put(again, b"name", "value")
        again.close()

        assert (log.folder / "data.mdb.damaged-1").read_bytes() == content

    def test_nothing_that_was_set_aside_is_overwritten(self, log: Log) -> None:
        """Each damaged file gets a name of its own."""
        log.close()
        for number in (1, 2):
            (log.folder / DATA).write_bytes(b"%d" % number)
            open_log(log.folder).close()

        assert damaged(log.folder) == ["data.mdb.damaged-1", "data.mdb.damaged-2"]
        assert (log.folder / "data.mdb.damaged-1").read_bytes() == b"1"

    def test_damage_that_shows_in_use_ends_it(self, log: Log) -> None:
        """The log calls itself unfit, so that the daemon restarts; the next start begins anew."""
        log.close()

        with Child("tests.log.breaking", "bad_page", log.folder) as child:
            assert [child.hear() for _ in range(3)] == ["100", "DamagedLogError", "False"]
            assert child.wait() == 0
        open_log(log.folder).close()
        assert damaged(log.folder) == ["data.mdb.damaged-1"]
        open_log(log.folder).close()
        assert damaged(log.folder) == ["data.mdb.damaged-1"]

    def test_a_log_that_loses_its_root_ends_it(self, log: Log) -> None:
        """LMDB gives no cause then; the next start finds it and begins anew."""
        log.close()

        with Child("tests.log.breaking", "bad_root", log.folder) as child:
            assert [child.hear() for _ in range(3)] == ["ok", "LogError", "False"]
            assert child.wait() == 0
        with Child("tests.log.breaking", "writable", log.folder) as child:
            assert [child.hear() for _ in range(3)] == ["0", "ok", "3"]
        assert damaged(log.folder) == ["data.mdb.damaged-1"]

    def test_a_log_that_is_taken_away_is_noticed(self, log: Log) -> None:
        """Writes would go on into a file that no name leads to."""
        assert log.is_in_place()

        (log.folder / DATA).rename(log.folder / "gone")
        assert not log.is_in_place()

        (log.folder / DATA).touch()
        assert not log.is_in_place()


class TestFullDisk:
    """No space: what was there stays, and writing works again when there is some."""

    def test_a_change_that_does_not_fit_is_not_kept(self, folder: Path) -> None:
        """The transaction is undone, the log stays usable, and the next one succeeds."""
        with Child("tests.log.breaking", "full_disk", folder) as child:
            assert child.hear() == "ok"
            assert [child.hear() for _ in range(4)] == ["LogError", "0", "1000", "True"]
            assert [child.hear() for _ in range(2)] == ["ok", "1000000"]
            assert child.wait() == 0
        assert damaged(folder) == []

    def test_a_map_that_cannot_grow_is_an_error(self, folder: Path) -> None:
        """The next transaction tries again."""
        with Child("tests.log.breaking", "full_disk_while_growing", folder) as child:
            assert [child.hear() for _ in range(3)] == ["LogError", "ok", "1000000"]
            assert child.wait() == 0


def test_every_table_is_there(log: Log) -> None:
    """Each table can be counted and is empty, but for the schema."""
    with log.read() as txn:
        counts = {name: txn.count(name) for name in NAMES}

    assert counts == {**dict.fromkeys(NAMES, 0), SETTINGS.name: 1}
