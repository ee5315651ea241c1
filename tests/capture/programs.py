"""Real processes under the name of an assistant's program."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_WAIT = "print('here', flush=True); input()"


@contextmanager
def running(name: str, folder: Path, *words: str, **env: str) -> Iterator[int]:
    """Run a program with a name in a folder until the block ends; give its process id.

    The system names a process after the link that was executed.
    """
    with TemporaryDirectory() as place:
        program = Path(place, name)
        if words and words[0].endswith(".js"):  # an interpreter is given its script first
            script = Path(place, words[0].lstrip("/"))
            script.parent.mkdir(parents=True)
            script.write_text(_WAIT, "utf-8")
            command: list[str | Path] = [program, script, *words[1:]]
        else:
            command = [program, "-c", _WAIT, *words]
        program.symlink_to(sys.executable)
        with subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "here\n"
            try:
                yield process.pid
            finally:
                process.kill()
