"""What the log survives: files that cannot be trusted, and a disk that is full."""

import os
import random
from pathlib import Path

import pytest

from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import Txn
from tests.children import Child
from tests.log.settings import DATA, MEGABYTE, damaged, get, put


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
        """LMDB gives no cause then; the next start begins anew."""
        log.close()

        with Child("tests.log.breaking", "bad_root", log.folder) as child:
            assert [child.hear() for _ in range(3)] == ["ok", "DamagedLogError", "False"]
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
