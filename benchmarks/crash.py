"""Kill the daemon at random moments, again and again, and look for what was lost or doubled.

    python benchmarks/crash.py --kills N [--power-loss] [--history MB] [--seed S] [--json]

A process writes to transcripts all the while, corrections among them, and the daemon reads,
learns and writes skills into real repositories. In the end the daemon catches up (`--once`).
What the log holds is compared with what plain JSON decoding finds in the transcripts, and what
was learned and written with what an undisturbed run makes of the same transcripts.

SIGKILL ends a process and not the machine. With `--power-loss` the log also goes back to an
earlier state at every second kill, as on a disk that has confirmed writes and not made them,
while transcripts and skills stay: what was committed since has to be read and learned again.

With `--history` there are transcripts from before the first start. From 64 MB on a second process
reads them as well, and is killed alone now and then.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import lmdb
import psutil
from corpus import PROJECT, report
from generated import generate
from nursery import Nursery, environment
from outcome import Outcome, compare, read_ends, read_outcome, read_transcripts

from hivemindd.errors import HivemindError
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.tables import DUE, RECEIPTS
from hivemindd.paths import Paths, find_paths

MB = 1_000_000
LONGEST = 0.8  # seconds that a daemon lives at most
BACK = 4  # kills that a power loss takes the log back at most
SETTINGS = """
idle_after = "100ms"
end_after = "2s"
rescan_every = "1s"

[judge]
kind = "local"
small_model = false
"""
QUIET = ["--log-level", "warning"]


@contextmanager
def writing(home: Path, seed: int) -> Iterator[None]:
    """Have a process write to transcripts for as long as the block runs."""
    script = Path(__file__).with_name("writer.py")
    command = [sys.executable, str(script), str(home), str(seed)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(home)
    ) as writer:
        if writer.stdin is None or writer.stdout is None or not writer.stdout.readline():
            sys.exit("the writer did not start")
        yield
        if writer.poll() is not None:
            sys.exit(f"the writer has left with {writer.returncode}")
        writer.stdin.close()
        writer.wait()


class Killer:
    """Kills daemons in a home, and counts what they were at."""

    def __init__(self, paths: Paths, chance: random.Random, *, power_loss: bool) -> None:
        """Take the paths of the daemon."""
        self._paths = paths
        self._chance = chance
        self._power_loss = power_loss
        self._copies: list[Path] = []
        self.at: dict[str, int] = {"learning": 0, "writing": 0, "reading along": 0}
        self.lost_power = 0

    def kill(self, nursery: Nursery, number: int) -> None:
        """Run a daemon for some time and kill it."""
        pid = nursery.start(*QUIET)
        code = nursery.wait(self._chance.uniform(0, LONGEST / 2))
        if code is None and number % 2:
            self._kill_reader(pid)
        code = nursery.wait(self._chance.uniform(0, LONGEST / 2)) if code is None else code
        if code is None:
            os.kill(pid, signal.SIGSTOP)
            others = psutil.Process(pid).children(recursive=True) if self._power_loss else []
            os.kill(pid, signal.SIGKILL)
            code = nursery.wait(60)
            for process in others:  # none outlives a power loss, and goes on with what is put back
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(others, timeout=10)
        if code != -signal.SIGKILL:
            sys.exit(f"the daemon left by itself with {code}")
        self._look()
        if self._power_loss and number % 2:
            self._lose_power()

    def _kill_reader(self, pid: int) -> None:
        """Kill the process that reads beside a daemon, if there is one just now."""
        for child in psutil.Process(pid).children():
            with suppress(psutil.NoSuchProcess):
                if "hivemindd.ingest" in child.cmdline():
                    child.kill()
                    self.at["reading along"] += 1

    def _look(self) -> None:
        """Count what the daemon that is dead was at."""
        try:
            log = open_log_readonly(self._paths.log)
        except HivemindError:
            return
        with log.read() as txn:
            self.at["learning"] += bool(DUE.rows(txn))
            self.at["writing"] += any(not receipt.done for receipt in RECEIPTS.rows(txn))
        log.close()

    def _lose_power(self) -> None:
        """Put the log back to one of its last states, and keep the present one for later."""
        data = self._paths.log / "data.mdb"
        if not data.exists():
            return
        copy = Path(tempfile.mkdtemp(dir=self._paths.home))
        with lmdb.open(str(self._paths.log), max_dbs=64, lock=False, readonly=True) as now:
            now.copy(str(copy), compact=True)
        if self._copies:
            shutil.copyfile(self._chance.choice(self._copies) / "data.mdb", data)
            (self._paths.log / "lock.mdb").unlink(missing_ok=True)
            self.lost_power += 1
        self._copies.append(copy)
        while len(self._copies) > BACK // 2:
            shutil.rmtree(self._copies.pop(0))


def run_once(home: Path, state: Path) -> int:
    """Let a daemon catch up, with its state in a folder; return how many events were new."""
    finish = subprocess.run(
        [sys.executable, "-m", "hivemindd", *QUIET, "--once"],
        cwd=home,
        env={**environment(home), "XDG_STATE_HOME": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    if finish.returncode:
        sys.exit(f"the daemon failed:\n{finish.stderr}")
    return int(finish.stdout.split()[0].replace(",", ""))


def learn_undisturbed(home: Path) -> Outcome:
    """Return what a run makes of the transcripts that nobody disturbs; skills are put aside."""
    for project in (home / "code").iterdir():
        for folder in (".claude", ".agents"):
            if (project / folder).exists():
                (project / folder).rename(project / f"was{folder}")
    state = home / "undisturbed"
    run_once(home, state)
    return read_outcome(home, state / "hivemind" / "log")


def crash(
    home: Path, kills: int, seed: int, *, power_loss: bool = False, history: int = 0
) -> dict[str, object]:
    """Kill a daemon many times in a home and count what is missing and what is there twice."""
    if history:
        generate(home / PROJECT, history * MB, history)
    paths = find_paths(environment(home))
    paths.config.mkdir(parents=True)
    paths.config_file.write_text(SETTINGS)
    killer = Killer(paths, random.Random(seed), power_loss=power_loss)
    with Nursery(home, home / "daemon.out") as nursery:
        started = time.monotonic()
        with writing(home, seed):
            for number in range(kills):
                killer.kill(nursery, number)
        seconds = time.monotonic() - started
    state = paths.state.parent
    behind = run_once(home, state)
    again = run_once(home, state)
    got = read_outcome(home, paths.log)
    calm = learn_undisturbed(home)
    said = {"sentences": read_transcripts(home), "checkpoints": read_ends(home)}
    differences = compare({**calm.bags, **said}, got.bags)
    return {
        "kills": kills,
        "lost": sum(lost for lost, _ in differences.values()),
        "duplicated": sum(doubled for _, doubled in differences.values()),
        **{f"{kind}_lost_doubled": both for kind, both in differences.items()},
        **{kind: bag.total() for kind, bag in got.bags.items()},
        "faults": [
            *(*got.faults, *calm.faults),
            *([] if power_loss else [*got.gaps, *(f"{path}: is edited" for path in got.edited)]),
        ],
        "skills_taken_for_edited": len(got.edited),
        "gaps_in_receipts_and_audit": len(got.gaps),
        "power_losses": killer.lost_power,
        **{f"killed_while_{what.replace(' ', '_')}": count for what, count in killer.at.items()},
        "skills_written": got.writes,
        "skills_written_undisturbed": calm.writes,
        "caught_up_at_the_end": behind,
        "added_by_a_second_run": again,
        "logs_set_aside": len(list(paths.log.glob("*.damaged-*"))),
        "seconds_a_kill": round(seconds / max(kills, 1), 3),
        "seconds": round(time.monotonic() - started, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often to kill (200)")
    parser.add_argument("--power-loss", action="store_true", help="let the log go back, too")
    parser.add_argument("--history", type=int, default=0, help="MB from before the start (0)")
    parser.add_argument("--seed", type=int, default=0, help="of moments and transcripts (0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hivemind-crash-") as folder:
        result = crash(
            Path(folder).resolve(),
            options.kills,
            options.seed,
            power_loss=options.power_loss,
            history=options.history,
        )
    report(result, as_json=options.json)


if __name__ == "__main__":
    main()
