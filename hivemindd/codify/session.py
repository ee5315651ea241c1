"""Codify one session: mine its corrections, have them judged, learn, publish."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hivemindd.clock import Clock
from hivemindd.codify.gate import Gate
from hivemindd.codify.outside import Outside
from hivemindd.codify.shelf import Shelf
from hivemindd.errors import JudgeUnavailableError
from hivemindd.events import AnyEvent
from hivemindd.lessons.check import check, widens
from hivemindd.lessons.corrections import mine
from hivemindd.lessons.judge import Judge, UnansweredError, Verdict
from hivemindd.lessons.known import news
from hivemindd.lessons.promote import is_due, learn, merge_duplicates
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, find_session, put_session, read
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, DUE, LESSONS, SETTINGS, Txn
from hivemindd.records import Correction, Due, Lesson, Session
from hivemindd.sessions.keeper import make_due
from hivemindd.sessions.lifecycle import uncodified

RUNS = b"codified"


class Outcome(msgspec.Struct):
    """What codifying a session came to: accepted corrections, and SKILL.md files written."""

    corrections: int = 0
    skills: list[str] = []


class Codifier:
    """Turns a due row into corrections, lessons and skills; each step may run twice."""

    def __init__(
        self, log: Log, judge: Judge, shelf: Shelf, clock: Clock, outside: Outside | None = None
    ) -> None:
        """Wire the parts; without `outside` only what transcripts tell is known."""
        self._log = log
        self._judge = judge
        self._gate = Gate(clock)
        self._shelf = shelf
        self._clock = clock
        self._outside = outside

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
        session, read_from, lessons = self._load(due)
        if session is None:
            self._log.transact(lambda txn: self._finish(txn, due, None))
            return Outcome()
        known = self._known(session)
        events = [event for _, event in read_from]
        sources = {event.id: path for path, event in read_from}
        outside = self._outside.changes(session, events) if self._outside else []
        candidates = news(_located(mine(session, events, outside), sources), known)
        accepted, failure = 0, None
        if candidates:
            self._keep(session, candidates, "parked")
            verdicts, failure = self._ask(candidates, lessons)
            accepted = self._log.transact(
                lambda txn: self._learn(txn, session, candidates, verdicts)
            )
        written = self._shelf.publish(session.workspace)
        if failure is not None:
            raise failure
        self._log.transact(lambda txn: self._finish(txn, due, session))
        return Outcome(corrections=accepted, skills=written)

    def reopen(self) -> None:
        """Let the judge be asked again, also where it has just failed."""
        self._gate.open()

    def _ask(
        self, candidates: Sequence[Correction], lessons: Sequence[Lesson]
    ) -> tuple[list[Verdict], JudgeUnavailableError | None]:
        """Return the verdicts, and why there are none for some of the candidates.

        Raises:
            JudgeUnavailableError: there is no verdict at all.
        """
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

    def _load(self, due: Due) -> tuple[Session | None, list[tuple[str, AnyEvent]], list[Lesson]]:
        """Return the session, its events with the transcripts they stand in, and the lessons."""
        with self._log.read() as txn:
            session = find_session(txn, due.assistant, due.session)
            if session is None:
                return None, [], []
            packed = blocks(txn, session)
            lessons = LESSONS.rows(txn, workspace_key(session.workspace))
        return session, list(read(packed, BlockCodec())), lessons

    def _known(self, session: Session) -> dict[str, Correction]:
        with self._log.read() as txn:
            return {row.id: row for row in CORRECTIONS.rows(txn, _prefix(session))}

    def _keep(self, session: Session, corrections: Sequence[Correction], state: str) -> None:
        """Store what was mined before it is judged: an outage must not lose it."""

        def keep(txn: Txn) -> None:
            for correction in corrections:
                row = msgspec.structs.replace(correction, state=state)
                CORRECTIONS.put(txn, _key(session, correction.id), row)

        self._log.transact(keep)

    def _learn(
        self,
        txn: Txn,
        session: Session,
        candidates: Sequence[Correction],
        verdicts: Sequence[Verdict],
    ) -> int:
        """Store verdicts and the lessons they change; return the accepted corrections."""
        home = workspace_key(session.workspace)
        by_id = {verdict.correction: verdict for verdict in verdicts}
        # What nobody judged stays parked: it is not the same as "no correction".
        judged = [correction for correction in candidates if correction.id in by_id]
        lessons = {lesson.id: lesson for lesson in LESSONS.rows(txn, home)}
        accepted = 0
        for correction in judged:
            verdict = by_id[correction.id]
            row = msgspec.structs.replace(correction)
            row.state, row.why = "dismissed", "no correction"
            by_hand = row.channel == "user-edit" and bool(row.user_diff)
            row.judge = self._judge.name
            if verdict.is_correction or verdict.teaches or by_hand:
                # What a person changed by hand is a correction, whether or not it holds a rule.
                row.state, row.why = "accepted", ""
                row.lesson, row.why = self._absorb(txn, home, verdict, row, lessons)
                accepted += 1
            CORRECTIONS.put(txn, _key(session, correction.id), row)
        _unite(txn, home, lessons)
        return accepted

    def _absorb(
        self,
        txn: Txn,
        home: bytes,
        verdict: Verdict,
        correction: Correction,
        lessons: dict[str, Lesson],
    ) -> tuple[str, str]:
        """Learn from one verdict; return the lesson's id, or why there is none."""
        if not verdict.teaches:
            return "", "holds no rule worth keeping"
        refusal = check(verdict, correction)
        if refusal:
            return "", refusal
        if widens(verdict):
            return "", "would widen what an assistant may do: that is for you to write"
        changed = learn(verdict, correction, list(lessons.values()), judge=self._judge.name)
        for lesson in changed:
            if is_due(lesson):
                lesson.state = "promoted"
            lessons[lesson.id] = lesson
            LESSONS.put(txn, home + text_key(lesson.id), lesson)
        holders = [
            lesson.id
            for lesson in lessons.values()
            if any(entry.correction == correction.id for entry in lesson.evidence)
        ]
        return (holders[0] if holders else ""), ""

    def _finish(self, txn: Txn, due: Due, read_as: Session | None) -> None:
        """Mark what was read as codified; new events of meanwhile make new work."""
        session = find_session(txn, due.assistant, due.session)
        home = session.workspace if session else due.workspace
        DUE.delete(txn, workspace_key(home) + session_key(due.assistant, due.session))
        _note_run(txn, home, self._clock.now())
        if session is None or read_as is None:
            return
        session.codified_events = read_as.events
        session.codified_turns = read_as.turns
        session.corrections = sum(
            row.state == "accepted" for row in CORRECTIONS.rows(txn, _prefix(session))
        )
        put_session(txn, session)
        if uncodified(session) and session.state != "active":
            make_due(txn, session, session.state, self._clock.now())


def _unite(txn: Txn, home: bytes, lessons: Mapping[str, Lesson]) -> None:
    """Merge lessons that have grown into the same one; their corrections follow."""
    changed, gone = merge_duplicates(list(lessons.values()))
    for lesson in changed:
        if is_due(lesson):
            lesson.state = "promoted"
        LESSONS.put(txn, home + text_key(lesson.id), lesson)
    for lost in gone:
        LESSONS.delete(txn, home + text_key(lost))
    if not gone:
        return
    holders = {entry.correction: lesson.id for lesson in changed for entry in lesson.evidence}
    for key, row in list(CORRECTIONS.scan(txn, home)):
        if row.lesson in gone:
            row.lesson = holders.get(row.id, "")
            CORRECTIONS.put(txn, key, row)


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
