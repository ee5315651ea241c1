"""What is left out is remembered beside the log, and known to a log that has to begin anew."""

from collections.abc import Sequence

from hivemindd.log.keys import session_key
from hivemindd.log.omissions import Omission, Omissions, Paused
from hivemindd.log.pauses import Pauses
from hivemindd.log.seen import PASSED_OVER, REFUSED, UNASKED, Encoded
from hivemindd.log.store import Log
from hivemindd.log.tables import DECLINED, SEEN, Txn
from hivemindd.records import MISSED, Session
from hivemindd.workspace import SWITCH


def describe(txn: Txn, session: Session, omitted: Sequence[Encoded]) -> list[Omission]:
    """Return what has to be remembered when events of a session are left out, or none is any more.

    A folder that says no will say it again when it is asked again. A process will not.
    """
    key = session_key(session.assistant, session.id)
    lasting = session.why_not == MISSED or session.why_not.startswith(SWITCH)
    declined = session.why_not if lasting else ""
    if not omitted and declined == (DECLINED.get(txn, key) or ""):
        return []
    _decline(txn, key, declined)
    mark = PASSED_OVER if session.captured else REFUSED
    return [
        Omission(
            session=key,
            mark=UNASKED if session.why_not == MISSED else mark,
            events=b"".join(item.key for item in omitted),
            why_not=declined,
        )
    ]


def recover(log: Log, omissions: Omissions) -> None:
    """Take in what the log does not know: it is new, or we died over it.

    To be called before anything is read. Of what is paused all is captured that was written
    before, as far as its time tells.

    Raises:
        LogError: the log cannot be written, or what was left out not be read.
    """
    with log.read() as txn:
        lines = omissions.unknown(txn)
    if not lines:
        return
    declined = {line.session: line.why_not for line in lines if isinstance(line, Omission)}

    def take_in(txn: Txn) -> None:
        for line in lines:
            if isinstance(line, Paused):
                Pauses(line.until, line.since).save(txn)
                continue
            mark = _mark(line, declined[line.session])
            for key in line.keys:
                txn.put(SEEN, key, mark, overwrite=False)
        for session, why in declined.items():
            _decline(txn, session, why)
        omissions.note_taken_in(txn)

    log.transact(take_in)


def _decline(txn: Txn, session: bytes, why: str) -> None:
    if why:
        DECLINED.put(txn, session, why)
    else:
        DECLINED.delete(txn, session)


def _mark(line: Omission, declined: str) -> bytes:
    """Return the mark of its events in a session that is `declined` by now, or not.

    What nobody could be asked about before a session was captured stays out all the same, until
    it is caught up with.
    """
    if line.mark == REFUSED or (line.mark == UNASKED and declined == MISSED):
        return line.mark
    return PASSED_OVER + line.session
