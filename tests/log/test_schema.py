"""Logs of other versions: an older one is brought up to date, a newer one is left alone.

`schema-1.mdb.zst` is a log as hivemindd wrote it while the schema was 1: that of
`hivemindctl demo`, from before skills knew since when each of their rules stands.
"""

import stat
from collections.abc import Callable
from pathlib import Path

import lmdb
import pytest
import zstandard

from hivemindd.control.queries import list_sessions
from hivemindd.control.queries_lessons import list_skills
from hivemindd.errors import ConfigError
from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.log.schema import SCHEMA
from hivemindd.log.store import Log
from hivemindd.log.tables import SKILLS, Txn
from tests.children import Child
from tests.log.conftest import SMALL_MAP
from tests.log.settings import DATA, damaged, get, put
from tests.untouched import state

_OLD = Path(__file__).parent / "schema-1.mdb.zst"
_KEPT = "data.mdb.schema-1"


@pytest.fixture(name="old")
def _old(folder: Path) -> Path:
    """Give the folder of a log that an older version has written."""
    folder.mkdir(mode=0o700)
    (folder / DATA).write_bytes(zstandard.ZstdDecompressor().decompress(_OLD.read_bytes()))
    (folder / DATA).chmod(0o600)
    return folder


def contents(data: Path) -> dict[bytes, list[tuple[bytes, bytes]]]:
    """Return every row of every table of a data file that is not empty, as bytes."""
    environment = lmdb.open(str(data), subdir=False, readonly=True, lock=False, max_dbs=64)
    try:
        with environment.begin() as txn:
            tables = {bytes(key): environment.open_db(key, txn=txn) for key, _ in txn.cursor()}
            return {
                name: [(bytes(key), bytes(value)) for key, value in txn.cursor(db=table)]
                for name, table in tables.items()
                if txn.stat(table)["entries"]
            }
    finally:
        environment.close()


class TestOlder:
    """What an older version has written."""

    def test_it_is_brought_up_to_date_with_all_that_it_holds(self, old: Path) -> None:
        """Every row is there; what the new version needs to know is filled in."""
        before = contents(old / DATA)

        log = open_log(old)
        try:
            assert get(log, b"schema") == str(SCHEMA)
            assert sum(row.events for row in list_sessions(log)) == 31
            [skill] = list_skills(log)
            assert skill.name == "package-commands"
            with log.read() as txn:
                [row] = SKILLS.rows(txn)
            assert row.since == {row.lessons[0]: row.written}
        finally:
            log.close()
        after = contents(old / DATA)
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {b"skills", b"settings"}
        assert [len(after[name]) for name in changed] == [len(before[name]) for name in changed]

    def test_a_copy_is_kept_as_it_was(self, old: Path) -> None:
        """Only its owner can read it, and what was done is said."""
        before = contents(old / DATA)

        log = open_log(old)
        log.close()

        assert contents(old / _KEPT) == before
        assert stat.S_IMODE((old / _KEPT).stat().st_mode) == 0o600
        assert log.upgraded == (
            f"the log was brought from schema 1 to {SCHEMA}, kept is {old / _KEPT}"
        )
        assert sorted(file.name for file in old.iterdir()) == [DATA, _KEPT, "lock.mdb"]

    def test_once_is_enough(self, old: Path) -> None:
        """The next start finds it up to date, and the copy stays."""
        open_log(old).close()
        kept = state(old / _KEPT)

        log = open_log(old)
        log.close()

        assert log.upgraded == ""
        assert state(old / _KEPT) == kept

    def test_the_copy_can_be_put_back(self, old: Path) -> None:
        """It is a whole log: for the older version, or to be brought up to date again."""
        open_log(old).close()
        (old / _KEPT).rename(old / DATA)

        log = open_log(old)
        assert log.upgraded
        assert len(list_skills(log)) == 1
        log.close()

    def test_one_who_only_reads_asks_for_the_daemon(self, old: Path) -> None:
        """And changes nothing."""
        before = (old / DATA).read_bytes()

        with pytest.raises(ConfigError, match="from an older version: `hivemindctl install`"):
            open_log_readonly(old)

        assert (old / DATA).read_bytes() == before
        open_log(old).close()
        open_log_readonly(old).close()

    def test_without_room_for_a_copy_nothing_is_changed(self, old: Path) -> None:
        """The daemon leaves with a sentence, and does it when there is room."""
        before = contents(old / DATA)

        with Child("tests.log.breaking", "full_disk_at_upgrade", old) as child:
            assert child.hear().endswith("free some disk space")
            assert child.hear() == "78"
            assert child.wait() == 0

        assert contents(old / DATA) == before
        assert not (old / _KEPT).exists()
        log = open_log(old)
        assert log.upgraded
        log.close()

    @pytest.mark.parametrize("when", ["copied", "changed"])
    def test_one_that_was_cut_short_is_done_again(self, old: Path, when: str) -> None:
        """A step and its version commit together: killed before, it has not happened."""
        before = contents(old / DATA)

        with Child("tests.log.breaking", "killed_at_upgrade", old, when) as child:
            assert child.wait() == -9

        assert contents(old / DATA) == before
        log = open_log(old)
        assert log.upgraded
        assert [row.name for row in list_skills(log)] == ["package-commands"]
        log.close()
        assert contents(old / _KEPT) == before

    def test_a_row_that_cannot_be_read_is_said(self, old: Path) -> None:
        """The log stays as it is, with its copy."""
        log = open_log(old)

        def spoil(txn: Txn) -> None:
            txn.put("skills", b"key", b"\xc1")
            txn.put("settings", b"schema", b"\xa11")

        log.transact(spoil)
        log.close()

        with pytest.raises(ConfigError, match="a row of it cannot be read: move the folder away"):
            open_log(old)


class TestNewer:
    """What a newer version has written."""

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

    @pytest.mark.parametrize("schema", ["", "x", "-1", "²"])
    def test_a_schema_that_is_no_number_is_as_good_as_newer(self, log: Log, schema: str) -> None:
        """Nobody knows what it means."""
        put(log, b"schema", schema)
        log.close()

        with pytest.raises(ConfigError, match="upgrade hivemindd"):
            open_log(log.folder)

    def test_a_log_says_its_schema(self, log: Log) -> None:
        """So that a later version knows what it meets."""
        assert get(log, b"schema") == str(SCHEMA)

    def test_opening_writes_nothing_needlessly(self, folder: Path) -> None:
        """A start on a full disk must not fail for a row that is there already."""
        open_log(folder, map_size=SMALL_MAP).close()
        before = (folder / DATA).read_bytes()

        open_log(folder, map_size=SMALL_MAP).close()

        assert (folder / DATA).read_bytes() == before
