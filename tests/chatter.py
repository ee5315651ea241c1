"""A process that prints much into a log file: FILE CAP THREADS LINES [KEEP [HOW IT ENDS]]."""

import faulthandler
import os
import sys
import threading
from pathlib import Path

from hivemindd.runtime.logfile import LogFile

if __name__ == "__main__":
    path, cap, threads, lines, *more = sys.argv[1:]
    keep = int(more[0]) if more else 2_000
    os.umask(0)
    file = LogFile(Path(path), cap=int(cap), keep=keep)
    file.begin()

    def talk(who: int) -> None:
        """Print the lines of one thread."""
        for number in range(int(lines)):
            file.write(f"{who} {number} and so on\n")
            if "delete" in more and not number:
                Path(path).unlink()

    talkers = [threading.Thread(target=talk, args=(who,)) for who in range(int(threads))]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join()
    if "crash" in more:
        faulthandler.enable()
        os.abort()
