"""Steps of an installation: each can be named before it is done, and afterwards."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from hivemindctl.render import fold
from hivemindd.errors import HivemindError

PATIENCE = 60.0


class Step(msgspec.Struct, frozen=True):
    """One change of the machine: what it is (`write x`), what it was (`wrote x`)."""

    planned: str
    done: str
    act: Callable[[], None]


def perform(steps: Iterable[Step], say: Callable[[str], None], *, dry_run: bool) -> None:
    """Do the steps one by one and say each; with `dry_run` only say them.

    Raises:
        HivemindError: a step failed; those after it were not done.
    """
    for step in steps:
        if dry_run:
            say(fold(f"would {step.planned}", first="  ", indent="    "))
            continue
        step.act()
        say(fold(step.done, first="  ", indent="    "))


def write(file: Path, data: bytes) -> Step:
    """Write a file of ours in one go, in folders that are made where needed."""

    def act() -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
            try:
                with os.fdopen(descriptor, "wb") as temporary:
                    temporary.write(data)
                Path(name).chmod(0o644)
                Path(name).rename(file)
            except OSError:
                Path(name).unlink()
                raise
        except OSError as error:
            raise HivemindError(f"cannot write {file}: {error.strerror}") from error

    return Step(f"write {file}", f"wrote {file}", act)


def remove(file: Path) -> Step:
    """Remove a file of ours; that it is gone already is as good."""

    def act() -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise HivemindError(f"cannot remove {file}: {error.strerror}") from error

    return Step(f"remove {file}", f"removed {file}", act)


def run(*command: str, env: Mapping[str, str], hint: str = "") -> Step:
    """Run a program; what it complains of becomes the error, with a hint where to look."""
    line = " ".join(command)

    def act() -> None:
        done = call(*command, env=env)
        if done.returncode:
            complaint = " ".join(f"{done.stderr} {done.stdout}".split()) or "no reason given"
            raise HivemindError(f"`{line}` failed: {complaint}{hint and f'; {hint}'}")

    return Step(f"run `{line}`", f"ran `{line}`", act)


def call(*command: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end and return what came of it; one that is absent has failed."""
    try:
        return subprocess.run(
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 1, "", f"{command[0]}: {error.strerror}")
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
