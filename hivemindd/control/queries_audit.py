"""Answers what was done: in projects, by the judge, and because a person said so."""

from typing import Literal

import msgspec

from hivemindd.deeds import What, Who
from hivemindd.log.keys import workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CALLS, DEEDS, SESSIONS, WORKSPACES


class AuditView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done; `ts` in ms since 1970 UTC.

    Of a judge that was asked it has the session, the model, how many corrections it was shown,
    and whether its answer could be used; `hivemindctl status --json` has the rest. `before` and
    `after` are the hex SHA-256 of a SKILL.md, empty where there is none.
    """

    ts: int
    what: What | Literal["judged"]
    who: Who
    workspace: str = ""
    workspace_name: str = ""
    root: str = ""
    skill: str = ""
    skill_id: str = ""
    lesson: str = ""
    before: str = ""
    after: str = ""
    session: str = ""
    model: str = ""
    candidates: int = 0
    usable: bool = True


def list_audit(log: Log, workspace: str = "") -> list[AuditView]:
    """Return what was done in a workspace (in all, when empty), the newest first.

    What was done to all workspaces at once is told of each. Calls of the judge are those that
    the ledger still has.
    """
    with log.read() as txn:
        deeds, calls = DEEDS.rows(txn), CALLS.rows(txn)
        sessions = SESSIONS.rows(txn, workspace_key(workspace) if workspace else b"")
        names = {row.id: row.name for row in WORKSPACES.rows(txn)}
    homes = {row.id: row.workspace for row in sessions}
    rows = [
        AuditView(
            workspace_name=names.get(deed.workspace, deed.workspace),
            **{name: getattr(deed, name) for name in deed.__struct_fields__},
        )
        for deed in deeds
        if not workspace or deed.workspace in {"", workspace}
    ]
    rows += [
        AuditView(
            ts=call.ts,
            what="judged",
            who="daemon",
            workspace=homes.get(call.session, ""),
            workspace_name=names.get(homes.get(call.session, ""), ""),
            session=call.session,
            model=call.model,
            candidates=call.candidates,
            usable=call.outcome == "ok",
        )
        for call in calls
        if not workspace or call.session in homes
    ]
    rows.sort(key=lambda row: row.ts)
    rows.reverse()  # of one moment the later row comes first as well
    return rows
