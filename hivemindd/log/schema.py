"""The version of the log's rows: what older ones become, and what is refused.

A step from one version to the next reads rows as plain maps, never as the types of today:
those will be others when somebody takes the step.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import lmdb
import msgspec

from hivemindd.errors import ConfigError
from hivemindd.log.datafile import DATA, LogError, settle
from hivemindd.log.tables import SETTINGS, Txn

SCHEMA = 2
_KEY = b"schema"
_ASIDE = "upgrade"


class OldLogError(ConfigError):
    """The log has to be brought up to date before it can be read."""


def read_schema(environment: lmdb.Environment, folder: Path) -> int:
    """Return the version of a log, that of today where it is new.

    Raises:
        ConfigError: a newer version has written it.

    """
    try:
        handle = environment.open_db(SETTINGS.name.encode(), create=False)
    except lmdb.NotFoundError:
        return SCHEMA
    with environment.begin() as raw:
        stored = SETTINGS.get(Txn(raw, {SETTINGS.name: handle}), _KEY)
    if stored is None:
        return SCHEMA
    if not stored.isdecimal() or int(stored) > SCHEMA:
        raise ConfigError(
            f"the log in {folder} has schema {stored}, this version knows {SCHEMA}: "
            "upgrade hivemindd, or move the folder away to begin anew"
        )
    return int(stored)


def is_new(environment: lmdb.Environment) -> bool:
    """Tell whether a log has no tables yet: another process is about to make them."""
    try:
        environment.open_db(SETTINGS.name.encode(), create=False)
    except lmdb.NotFoundError:
        return True
    return False


def too_old(folder: Path) -> OldLogError:
    """Return the error for who may only read a log that has to be brought up to date first."""
    return OldLogError(
        f"the log in {folder} is from an older version: `hivemindctl install` starts the daemon, "
        "which brings it up to date and keeps a copy"
    )


def stamp(txn: Txn) -> None:
    """Write down the version of today, unless it stands there."""
    _stamp(txn, SCHEMA)


def keep(environment: lmdb.Environment, folder: Path, found: int) -> Path:
    """Copy an older log, whole and durably, to a name that tells its version.

    Raises:
        ConfigError: no copy can be kept.

    """
    from shutil import rmtree  # noqa: PLC0415  only an upgrade needs it

    aside, kept = folder / _ASIDE, folder / f"{DATA}.schema-{found}"
    try:
        rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        environment.copy(os.fspath(aside), compact=True)
        copy = aside / DATA
        copy.chmod(0o600)
        with copy.open("rb") as opened:
            os.fsync(opened.fileno())
        copy.rename(kept)
        settle(folder)
    except (lmdb.Error, OSError) as error:
        raise ConfigError(
            f"the log in {folder} is from an older version, and no copy of it can be kept before "
            f"it is brought up to date ({error}): free some disk space"
        ) from error
    finally:
        rmtree(aside, ignore_errors=True)
    return kept


def drop_kept(folder: Path, before: int) -> list[Path]:
    """Delete the copies of older logs that were kept before a time (ms); return which.

    Raises:
        LogError: one cannot be deleted.

    """
    try:
        old = [
            kept
            for kept in sorted(folder.glob(f"{DATA}.schema-*"))
            if kept.stat().st_mtime_ns // 1_000_000 < before
        ]
        for kept in old:
            kept.unlink()
    except OSError as error:
        raise LogError(f"cannot delete {error.filename}: {error.strerror}") from error
    return old


def upgrade(transact: Callable[[Callable[[Txn], None]], None], folder: Path, found: int) -> None:
    """Bring an older log up to date, of which a copy has been kept.

    Each step commits together with the version that it leads to, so that one that was cut
    short is taken again.

    Raises:
        ConfigError: a row cannot be read.
        LogError: the disk is full or fails.

    """
    try:
        for version in range(found, SCHEMA):
            transact(partial(_take, version=version))
    except msgspec.MsgspecError as error:
        raise ConfigError(
            f"the log in {folder} cannot be brought up to date, a row of it cannot be read: "
            "move the folder away, and a new one is filled from the transcripts"
        ) from error


def _take(txn: Txn, *, version: int) -> None:
    _STEPS[version](txn)
    _stamp(txn, version + 1)


def _stamp(txn: Txn, version: int) -> None:
    if SETTINGS.get(txn, _KEY) != str(version):
        SETTINGS.put(txn, _KEY, str(version))


def _date_rules(txn: Txn) -> None:
    """From 1: a skill knew only when its file was written, not since when each rule stands."""
    for key, data in list(txn.scan("skills")):
        row = msgspec.msgpack.decode(data)
        if row.get("written") and not row.get("since"):
            row["since"] = dict.fromkeys(row.get("lessons", ()), row["written"])
            txn.put("skills", key, msgspec.msgpack.encode(row))


_STEPS: dict[int, Callable[[Txn], None]] = {1: _date_rules}
"""By the version that a step begins with."""
