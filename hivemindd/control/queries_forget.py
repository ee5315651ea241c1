"""Answers what forgetting would come to, before anything is forgotten."""

import msgspec

from hivemindd.codify.fate import Ending, Fate, foresee
from hivemindd.codify.selection import Selection, last_word, select
from hivemindd.errors import HivemindError
from hivemindd.log.compact import copies, is_compaction_due
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, SESSIONS, WORKSPACES, Txn
from hivemindd.records import Session, SkillState

__all__ = ["Selection"]


class GoingSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that would be forgotten; `last_event` in ms since 1970 UTC."""

    id: str
    assistant: str
    workspace: str
    state: str
    events: int
    corrections: int
    last_event: int


class FallingSkill(msgspec.Struct, frozen=True, kw_only=True):
    """A skill that loses rules.

    It `falls` when none is left, and is taken back; it `changes` when some are; it `stays`
    as it is when a person has made it their own or pinned it.
    """

    name: str
    path: str
    state: SkillState
    ending: Ending
    rules: list[str]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What would go, and what falls with it.

    `workspaces` are the names of those that the sessions belong to. `lost` are rules that would
    not count any more. `kin` are sessions that go on from one of these, or hold a correction of
    it too, and would stay. `copies` are files of older logs.
    """

    sessions: list[GoingSession]
    workspaces: list[str]
    events: int
    corrections: int
    lost: list[str]
    skills: list[FallingSkill]
    kin: list[str]
    copies: list[str]


def plan_forgetting(log: Log, wanted: Selection) -> Plan:
    """Return what forgetting would come to.

    Raises:
        HivemindError: there is no such session.
    """
    with log.read() as txn:
        chosen = select(txn, wanted)
        if not chosen:
            raise HivemindError(_nothing(txn, wanted))
        fates = _fates(txn, chosen)
        kin = _kin(txn, chosen, fates)
        ids = sorted({row.workspace for row in chosen})
        places = [WORKSPACES.get(txn, workspace_key(each)) for each in ids]
    counts = {(row.assistant, row.session): 0 for fate in fates for row in fate.gone}
    for fate in fates:
        for row in fate.gone:
            counts[row.assistant, row.session] += 1
    return Plan(
        sessions=[_going(row, counts.get((row.assistant, row.id), 0)) for row in chosen],
        workspaces=[place.name if place else each for place, each in zip(places, ids, strict=True)],
        events=sum(row.events for row in chosen),
        corrections=sum(counts.values()),
        lost=[rule for fate in fates for rule in fate.lost],
        skills=[
            FallingSkill(
                name=each.skill.name,
                path=each.skill.path,
                state=each.skill.state,
                ending=each.ending,
                rules=each.rules,
            )
            for fate in fates
            for each in fate.skills
        ],
        kin=kin,
        copies=[str(path) for path in copies(log.folder)],
    )


def is_left_on_disk(log: Log) -> bool:
    """Tell whether what was forgotten may still be read from the file of the log."""
    with log.read() as txn:
        return is_compaction_due(txn)


def _fates(txn: Txn, chosen: list[Session]) -> list[Fate]:
    prefixes: dict[str, set[bytes]] = {}
    for row in chosen:
        key = workspace_key(row.workspace) + session_key(row.assistant, row.id)
        prefixes.setdefault(row.workspace, set()).add(key)
    return [foresee(txn, workspace, keys, ()) for workspace, keys in prefixes.items()]


def _kin(txn: Txn, chosen: list[Session], fates: list[Fate]) -> list[str]:
    going = {row.id for row in chosen}
    parents = {row.parent for row in chosen} - {""}
    shared = {row.id for fate in fates for row in fate.gone}
    kin = {row.id for row in SESSIONS.rows(txn) if row.parent in going or row.id in parents}
    kin |= {row.session for row in CORRECTIONS.rows(txn) if row.id in shared}
    return sorted(kin - going)


def _going(row: Session, corrections: int) -> GoingSession:
    return GoingSession(
        id=row.id,
        assistant=row.assistant,
        workspace=row.workspace,
        state=row.state,
        events=row.events,
        corrections=corrections,
        last_event=last_word(row),
    )


def _nothing(txn: Txn, wanted: Selection) -> str:
    """Say in a sentence why nothing would be forgotten."""
    if wanted.sessions:
        return f"there is no session {wanted.sessions[0]!r}: `hivemindctl sessions` lists them"
    where = ""
    if wanted.workspace:
        place = WORKSPACES.get(txn, workspace_key(wanted.workspace))
        where = f" of {place.name if place else wanted.workspace}"
    old = wanted.before is not None
    return f"no session{where} is that old" if old else f"there is no session{where}"
