"""Which assistants teach: what was said to another is kept, and teaches nothing."""

from collections.abc import Collection

import msgspec

from hivemindd.codify.learned import decide
from hivemindd.lessons.unasked import UNTAUGHT
from hivemindd.log.homes import find_session
from hivemindd.log.keys import workspace_key
from hivemindd.log.tables import CORRECTIONS, Txn
from hivemindd.records import Correction
from hivemindd.sessions.keeper import make_due


def heed(txn: Txn, workspace: str, learn_from: Collection[str], now: int) -> None:
    """Have the corrections of a workspace teach or not, as the settings say by now.

    A verdict is kept meanwhile; what no judge was asked about is due when it may teach.
    """
    for key, row in list(CORRECTIONS.scan(txn, workspace_key(workspace))):
        teaches = row.assistant in learn_from
        if teaches and row.why == UNTAUGHT:
            CORRECTIONS.put(txn, key, _freed(row))
            session = find_session(txn, row.assistant, row.session)
            if row.verdict is None and session is not None:
                make_due(txn, session, "asked", now)
        elif not teaches and not row.why and (row.verdict or row.state == "accepted"):
            CORRECTIONS.put(txn, key, msgspec.structs.replace(row, why=UNTAUGHT))


def _freed(row: Correction) -> Correction:
    if row.verdict is None:
        return msgspec.structs.replace(row, state="parked", why="")
    return decide(row, row.verdict, row.judge)
