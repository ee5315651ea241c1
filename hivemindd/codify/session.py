"""Codify one session: mine its corrections, have them judged, learn, publish."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
import structlog

from hivemindd.clock import Clock
from hivemindd.codify.gate import Gate
from hivemindd.codify.learned import count, decide, lessons_for, renew
from hivemindd.codify.outside import Outside
from hivemindd.codify.shelf import Shelf
from hivemindd.config import ASSISTANTS
from hivemindd.errors import EncoderError, JudgeUnavailableError
from hivemindd.events import AnyEvent
from hivemindd.lessons.corrections import mine
from hivemindd.lessons.judge import Judge, UnansweredError
from hivemindd.lessons.judge_local import MODEL
from hivemindd.lessons.known import news
from hivemindd.lessons.prefilter import Prefilter, Selection
from hivemindd.lessons.traces import trace
from hivemindd.lessons.unasked import SURPLUS, UNANSWERED, UNLIKELY, UNTAUGHT, was_asked
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.homes import find_session, is_as_read
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, DUE, SETTINGS, TRACES, Txn
from hivemindd.records import Correction, Session, Trace, Verdict
from hivemindd.sessions.keeper import make_due
from hivemindd.sessions.lifecycle import uncodified
from hivemindd.work import Due

RUNS = b"codified"


class Outcome(msgspec.Struct):
    """What codifying a session came to: accepted corrections, and SKILL.md files written."""

    corrections: int = 0
    skills: list[str] = []


class Codifier:
    """Turns a due row into corrections, lessons and skills; each step may run twice."""

    def __init__(
        self,
        log: Log,
        judge: Judge,
        shelf: Shelf,
        clock: Clock,
        *,
        outside: Outside | None = None,
        prefilter: Prefilter | None = None,
        learn_from: Collection[str] = ASSISTANTS,
    ) -> None:
        """Wire the parts; without `outside` only what transcripts tell is known.

        No judge is asked about sessions of assistants that are not in `learn_from`.
        """
        self._log = log
        self._judge = judge
        self._gate = Gate(clock)
        self._shelf = shelf
        self._clock = clock
        self._outside = outside
        self._prefilter = prefilter or Prefilter()
        self._learn_from = frozenset(learn_from)

    @property
    def judge_name(self) -> str:
        """The judge in use."""
        return self._judge.name

    def codify(self, due: Due) -> Outcome:
        """Codify a session and delete its due row.

        Raises:
            JudgeUnavailableError: the corrections are kept as parked, the due row stays.
            PublishError: lessons are kept, the skill could not be written; the row stays.
            LogError: the log cannot be read or written.
        """
        session, mined, traced = self._mine(due)
        if session is None:
            self._log.transact(lambda txn: self._finish(txn, due))
            return Outcome()
        accepted, failure = self._study(session, mined)
        del mined  # others may be publishing, and what waits for them is in memory
        written = self._shelf.publish(session.workspace, session.id)
        if failure is not None:
            raise failure
        # Only now: a session whose corrections nobody has judged would look like one without.
        self._log.transact(lambda txn: self._finish(txn, due, session, traced))
        return Outcome(corrections=accepted, skills=written)

    def _mine(self, due: Due) -> tuple[Session | None, list[Correction], Trace | None]:
        """Return the session, what is to be judged of it, and what it tells of skills."""
        session, read_from = self._load(due)
        if session is None:
            return None, [], None
        events = [event for _, event in read_from]
        sources = {event.id: path for path, event in read_from}
        outside = self._outside.changes(session, events) if self._outside else []
        mined = news(
            _located(mine(session, events, outside), sources),
            self._known(session),
            granted=self._judge.name == MODEL,  # no other judge heeds it
        )
        return session, mined, trace(session, events)

    def _study(
        self, session: Session, mined: list[Correction]
    ) -> tuple[int, JudgeUnavailableError | None]:
        """Have corrections judged and learn from them.

        Return how many were accepted, and why there are no verdicts on some.
        """
        teaches = session.assistant in self._learn_from
        candidates, dropped, surplus = self._select(mined) if teaches else Selection([], mined)
        accepted, failure = 0, None
        if candidates:
            self._keep(session, candidates)
            verdicts, failure = self._ask(session, candidates)
            accepted = self._log.transact(
                lambda txn: self._learn(txn, session, candidates, verdicts)
            )
        for rows, why in ((dropped, UNLIKELY if teaches else UNTAUGHT), (surplus, SURPLUS)):
            self._dismiss(session, rows, why)
        return accepted, failure

    def _select(self, mined: Sequence[Correction]) -> Selection:
        """Choose what to ask the judge; where nothing can choose, it is asked everything."""
        try:
            return self._prefilter.select(mined)
        except EncoderError as error:
            structlog.get_logger().warning("prefilter skipped", cause=str(error))
            return Prefilter().select(mined)

    def _dismiss(self, session: Session, dropped: Sequence[Correction], why: str) -> None:
        """Store what no judge was asked about, unless one has spoken of it before.

        Of what was to be asked before it is said: a judge that did not answer may have seen it.
        """

        def dismiss(txn: Txn) -> None:
            for correction in dropped if is_as_read(txn, session) else ():
                key = _key(session, correction.id)
                known = CORRECTIONS.get(txn, key)
                if known is None or (known.state == "parked" and known.verdict is None):
                    reason = UNANSWERED if known and why != UNTAUGHT else why
                    row = msgspec.structs.replace(correction, state="dismissed", why=reason)
                    CORRECTIONS.put(txn, key, row)

        if dropped:
            self._log.transact(dismiss)

    def reopen(self) -> None:
        """Let the judge be asked again, also where it has just failed."""
        self._gate.open()

    def _ask(
        self, session: Session, candidates: Sequence[Correction]
    ) -> tuple[list[Verdict], JudgeUnavailableError | None]:
        """Return the verdicts, and why there are none for some of the candidates.

        Raises:
            JudgeUnavailableError: there is no verdict at all.
        """
        lessons = lessons_for(self._log, session.workspace, candidates)
        try:
            verdicts = self._gate.ask(self._judge, candidates, lessons)
        except UnansweredError as error:
            if not error.verdicts:
                raise error.cause or error from error
            return error.verdicts, error.cause or error
        left = {each.id for each in candidates} - {each.correction for each in verdicts}
        if left:
            return verdicts, UnansweredError(f"{self._judge.name} left out {len(left)} corrections")
        return verdicts, None

    def _load(self, due: Due) -> tuple[Session | None, list[tuple[str, AnyEvent]]]:
        """Return the session, and its events with the transcripts that they stand in."""
        with self._log.read() as txn:
            session = find_session(txn, due.assistant, due.session)
            if session is None:
                return None, []
            packed = blocks(txn, session)
        return session, list(read(packed, BlockCodec()))

    def _known(self, session: Session) -> dict[str, Correction]:
        with self._log.read() as txn:
            return {row.id: row for row in CORRECTIONS.rows(txn, _prefix(session))}

    def _keep(self, session: Session, corrections: Sequence[Correction]) -> None:
        """Store what was mined before it is judged: an outage must not lose it.

        What was judged before keeps its verdict until there is a new one.
        """

        def keep(txn: Txn) -> None:
            for correction in corrections if is_as_read(txn, session) else ():
                key = _key(session, correction.id)
                row = msgspec.structs.replace(correction, state="parked")
                if (known := CORRECTIONS.get(txn, key)) is not None:
                    row.verdict, row.judge = known.verdict, known.judge
                    row.why = known.why if was_asked(known) else ""
                    row.lesson = known.lesson
                CORRECTIONS.put(txn, key, row)

        self._log.transact(keep)

    def _learn(
        self,
        txn: Txn,
        session: Session,
        candidates: Sequence[Correction],
        verdicts: Sequence[Verdict],
    ) -> int:
        """Store verdicts and the lessons that come of them; return the accepted corrections."""
        if not is_as_read(txn, session):
            return 0
        by_id = {verdict.correction: verdict for verdict in verdicts}
        # What nobody judged stays parked: it is not the same as "no correction".
        judged = [
            decide(correction, by_id[correction.id], self._judge.name)
            for correction in candidates
            if correction.id in by_id
        ]
        for row in judged:
            CORRECTIONS.put(txn, _key(session, row.id), row)
        renew(txn, session.workspace)
        return sum(row.state == "accepted" for row in judged)

    def _finish(
        self, txn: Txn, due: Due, read_as: Session | None = None, traced: Trace | None = None
    ) -> None:
        """Mark what was read as codified; new events of meanwhile make new work."""
        session = find_session(txn, due.assistant, due.session)
        if session is not None and read_as is not None and not is_as_read(txn, read_as):
            return  # what it is now is due on its own account
        home = session.workspace if session else due.workspace
        DUE.delete(txn, workspace_key(home) + session_key(due.assistant, due.session))
        if session is None or read_as is None:
            return
        _note_run(txn, home, self._clock.now())
        if traced is not None:
            TRACES.put(txn, _prefix(session), traced)
        session.codified_events = read_as.events
        session.codified_turns = read_as.turns
        count(txn, session)
        if uncodified(session) and session.state != "active":
            make_due(txn, session, session.state, self._clock.now())


def _note_run(txn: Txn, workspace: str, now: int) -> None:
    """Remember when a workspace was last codified, for `hivemindctl skillify`."""
    runs = msgspec.json.decode(SETTINGS.get(txn, RUNS) or "{}", type=dict[str, int])
    SETTINGS.put(txn, RUNS, msgspec.json.encode({**runs, workspace: now}).decode())


def _located(corrections: Sequence[Correction], sources: Mapping[str, str]) -> Iterator[Correction]:
    """Yield the corrections with the transcript that each of them stands in."""
    for correction in corrections:
        path = next((sources[event] for event in correction.events if event in sources), "")
        yield msgspec.structs.replace(correction, transcript=path)


def _prefix(session: Session) -> bytes:
    return workspace_key(session.workspace) + session_key(session.assistant, session.id)


def _key(session: Session, correction: str) -> bytes:
    return _prefix(session) + text_key(correction)
