"""Which workspaces are left alone, and when they were: what capture pauses is not looked at."""

from collections.abc import Iterator

import msgspec

from hivemindd.log.tables import DEEDS, SETTINGS, Txn

EVERYTHING = ""
_KEY = b"paused"
_decoder = msgspec.json.Decoder(dict[str, int])


def is_paused(txn: Txn, workspace: str) -> bool:
    """Tell whether a workspace is paused, by itself or with everything."""
    until = _decoder.decode(SETTINGS.get(txn, _KEY) or "{}")
    return EVERYTHING in until or workspace in until


def past(txn: Txn, workspace: str) -> Iterator[tuple[int, int]]:
    """Yield when the pauses of a workspace that are over began and ended (ms), by the audit."""
    since: dict[str, int] = {}
    for deed in DEEDS.rows(txn):
        if deed.workspace not in {EVERYTHING, workspace}:
            continue
        if deed.what == "paused":
            since.setdefault(deed.workspace, deed.ts)
        elif deed.what == "resumed":
            # Who resumes everything ends each pause; the time of one that is over ends only that.
            every = deed.workspace == EVERYTHING and deed.who == "user"
            for name in list(since) if every else [deed.workspace]:
                if name in since:
                    yield since.pop(name), deed.ts
