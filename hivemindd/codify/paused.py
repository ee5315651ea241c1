"""Which workspaces are left alone for now: what capture pauses is not looked at either."""

import msgspec

from hivemindd.log.tables import SETTINGS, Txn

EVERYTHING = ""
_KEY = b"paused"
_decoder = msgspec.json.Decoder(dict[str, int])


def is_paused(txn: Txn, workspace: str) -> bool:
    """Tell whether a workspace is paused, by itself or with everything."""
    until = _decoder.decode(SETTINGS.get(txn, _KEY) or "{}")
    return EVERYTHING in until or workspace in until
