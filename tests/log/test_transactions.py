"""Changes of the log: all or nothing, in as much room as they need, and who sees them."""

import threading
from itertools import count

import pytest

from hivemindd.log import store
from hivemindd.log.ahead import MOST
from hivemindd.log.opening import open_log
from hivemindd.log.store import Log, LogError
from hivemindd.log.tables import SETTINGS, Txn
from tests.children import Child
from tests.log.conftest import SMALL_MAP
from tests.log.settings import DATA, MEGABYTE, get, put


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

    def test_what_takes_long_is_worked_out_while_others_write(self, log: Log) -> None:
        """The change is done anew with it, and what an earlier try had written is gone."""

        def doubled(text: str) -> str:
            put(log, b"other", "written meanwhile")  # waits for ever while the log is held
            return 2 * text

        def change(txn: Txn) -> None:
            known = SETTINGS.get(txn, b"name")
            SETTINGS.put(txn, b"tried", "yes" if known else "no")
            SETTINGS.put(txn, b"name", txn.work_out(doubled, known or "a"))

        log.transact(change)
        assert [get(log, key) for key in (b"name", b"other", b"tried")] == [
            "aa",
            "written meanwhile",
            "no",
        ]

    def test_what_has_changed_meanwhile_is_worked_out_again(self, log: Log) -> None:
        """What counts is what the change stands on when it commits."""
        asked = []

        def work(text: str | None) -> str:
            asked.append(text)
            if len(asked) < 3:
                put(log, b"name", str(len(asked)))
            return f"made of {text}"

        log.transact(
            lambda txn: SETTINGS.put(txn, b"made", txn.work_out(work, SETTINGS.get(txn, b"name")))
        )
        assert asked == [None, "1", "2"]
        assert get(log, b"made") == "made of 2"

    def test_what_is_still_true_is_not_worked_out_again(self, log: Log) -> None:
        """Many things may be wanted by one change, each of them once."""
        asked = []

        def work(number: int) -> int:
            asked.append(number)
            return number * number

        assert log.transact(lambda txn: sum(txn.work_out(work, n) for n in range(20))) == 2470
        assert asked == [*range(20)]

    def test_what_never_rests_is_worked_out_in_the_end(self, log: Log) -> None:
        """With the log held, so that nobody can get ahead of it any more."""
        numbers = count()

        def change(txn: Txn) -> int:
            return txn.work_out(int, next(numbers))

        assert log.transact(change) == MOST + 1

    def test_a_reader_works_it_out_at_once(self, log: Log) -> None:
        """It holds nobody up."""
        with log.read() as txn:
            assert txn.work_out(abs, -1) == 1

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
