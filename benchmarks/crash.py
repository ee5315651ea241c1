"""Kill the daemon at random moments, again and again, and look for what was lost or doubled.

    python benchmarks/crash.py --kills N [--seed S] [--json]

A process writes to transcripts all the while. In the end the daemon catches up (`--once`),
and what the log holds is compared with what plain JSON decoding finds in the transcripts.
SIGKILL ends a process and not the machine: what a power loss would do is not shown here.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus import report

from hivemindd.events import Prompt, Reply
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.store import open_log_readonly
from hivemindd.log.tables import SESSIONS
from hivemindd.paths import find_paths

LONGEST = 2.5  # seconds that a daemon lives at most: about a second of it is its start
DAEMON = [sys.executable, "-m", "hivemindd", "--log-level", "warning"]

Sentence = tuple[str, str, str]  # assistant, session, text


def read_transcripts(home: Path) -> Counter[Sentence]:
    """Return every sentence that the transcripts hold, by decoding each line as JSON."""
    found: Counter[Sentence] = Counter()
    for path in (home / ".claude").rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            record = json.loads(line)
            content = record["message"]["content"]
            text = content if isinstance(content, str) else content[0]["text"]
            found["claude-code", record["sessionId"], text] += 1
    for path in (home / ".codex").rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            payload = json.loads(line)["payload"]
            if "item" in payload:
                text = payload["item"]["content"][0]["text"]
                found["codex", payload["thread_id"], text] += 1
    return found


def read_log(folder: Path) -> Counter[Sentence]:
    """Return every sentence that the log holds."""
    log = open_log_readonly(folder)
    try:
        with log.read() as txn:
            packed = [data for row in SESSIONS.rows(txn) for data in blocks(txn, row)]
    finally:
        log.close()
    return Counter(
        (event.assistant, event.session, event.text)
        for _, event in read(packed, BlockCodec())
        if isinstance(event, Prompt | Reply)
    )


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


def environment(home: Path) -> dict[str, str]:
    """Return an environment that leads nowhere but into the scratch home."""
    return {"HOME": str(home), "PATH": os.environ["PATH"]}


def kill_once(home: Path, output: Path, seconds: float) -> int | None:
    """Run a daemon for some time and kill it; return its exit code when it left by itself."""
    with (
        output.open("ab") as file,
        subprocess.Popen(
            DAEMON,
            cwd=home,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        ) as daemon,
    ):
        try:
            return daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            daemon.send_signal(signal.SIGKILL)
            return None


def crash(home: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill a daemon many times in a home and count what is missing and what is there twice."""
    chance = random.Random(seed)
    output = home / "daemon.out"
    log = find_paths(environment(home)).log
    started, left = time.monotonic(), []
    with writing(home, seed):
        for _ in range(kills):
            code = kill_once(home, output, chance.uniform(0, LONGEST))
            if code is not None:
                left.append(code)
    finish = subprocess.run(
        [*DAEMON, "--once"],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    if finish.returncode or left:
        sys.exit(f"daemons left by themselves: {left}\n{output.read_text()}{finish.stderr}")
    wanted, got = read_transcripts(home), read_log(log)
    return {
        "kills": kills,
        "lost": (wanted - got).total(),
        "duplicated": sum(count - 1 for count in got.values()),
        "foreign": len(got.keys() - wanted.keys()),
        "sentences": wanted.total(),
        "caught_up_at_the_end": int(finish.stdout.split()[0]),
        "logs_set_aside": len(list(log.glob("*.damaged-*"))),
        "seconds": round(time.monotonic() - started, 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how often to kill (200)")
    parser.add_argument("--seed", type=int, default=0, help="of moments and transcripts (0)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hivemind-crash-") as folder:
        result = crash(Path(folder).resolve(), options.kills, options.seed)
    report(result, as_json=options.json)


if __name__ == "__main__":
    main()
