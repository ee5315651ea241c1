"""Finds in a session what a person may have corrected: candidates, for a judge to read.

A prompt speaks of what the agent did *before* it. Only words and changes of a person's own
count; subagents and sessions that a program drives hold none.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

import msgspec

from hivemindd.events import (
    AnyEvent,
    Denial,
    Edit,
    Event,
    Interrupt,
    Prompt,
    Reply,
    Rewind,
    ToolCall,
)
from hivemindd.lessons.admission import is_admission
from hivemindd.lessons.exchange import Outcome, is_plan, outcome, told
from hivemindd.lessons.hand_edits import Change, HandEdit, HandEdits
from hivemindd.lessons.prefilter import Signal, is_candidate
from hivemindd.lessons.terms import closeness
from hivemindd.lessons.words import own_words, segments
from hivemindd.records import Channel, Correction, DiffSource, Origin, Session

WORDS = 1.0
EDIT_WITHOUT_WORDS = 0.7
RESTATED = 0.6
ASKED_AGAIN = 0.5
ALIKE_REQUESTS = 0.8
RECENT = 3
REASON_CHARS = 2_000
QUOTE_CHARS = 300
DIFF_CHARS = 4_000
MOST_EVENTS = 40

# How far an exact diff of each source can be trusted to be the person's, and whole.
TRUST: dict[DiffSource, float] = {
    "file-history": 0.95,
    "original-file": 0.9,
    "commit": 0.8,
    "disk": 0.8,
    "notice": 0.7,
}
DOUBTED = 0.5
BEFORE_WORDS = 0.8
NAMED = 1.0

_TURNS = frozenset({"typed", "queued", "headless"})


class _Found(msgspec.Struct, frozen=True):
    """A candidate and what it is made of; `main` is the person's own event, at `at`."""

    channel: Channel
    at: int
    main: Event | HandEdit
    text: str
    before: Sequence[AnyEvent]
    weight: float = WORDS
    edits: Sequence[HandEdit] = ()


def mine(
    session: Session, events: Sequence[AnyEvent], outside: Sequence[Change] = ()
) -> list[Correction]:
    """Return the candidates of one session in their order.

    `events` are all events of the session in their order, `outside` the changes of files
    that no event tells of. An id depends only on the person's own event, so that a longer
    session keeps its ids.
    """
    if session.headless:
        return []
    own = [event for event in events if not event.sidechain]
    others = [event for event in events if event.sidechain]
    found = _Miner(own, HandEdits(own, others, outside)).run()
    return [_correction(session, own, each) for each in sorted(found, key=lambda e: e.at)]


class _Miner:
    """Walks once through the events of a session."""

    def __init__(self, events: Sequence[AnyEvent], edits: HandEdits) -> None:
        self._events = events
        self._edits = edits
        self._begin = 0
        self._before: Sequence[AnyEvent] = ()
        self._said: list[str] = []
        self._worded: set[tuple[int, str]] = set()

    def run(self) -> Iterator[_Found]:
        """Yield everything found, the changes without a prompt beside them last."""
        for at, event in enumerate(self._events):
            if isinstance(event, Denial) and event.author == "human":
                yield from self._refused(at, event, event.feedback)
            elif isinstance(event, Prompt) and event.author == "human":
                yield from self._spoken(at, event)
            if isinstance(event, Prompt) and event.origin in _TURNS:
                self._begin = at + 1
        for group in self._edits.rest():
            yield from self._changed(group)

    def _spoken(self, at: int, prompt: Prompt) -> Iterator[_Found]:
        if prompt.origin == "feedback":
            yield from self._refused(at, prompt, prompt.text, call=prompt.call)
        elif prompt.origin == "comment":
            if is_candidate(prompt.text, {"comment"}):
                yield _Found("comment", at, prompt, prompt.text, self._of_call(prompt.call))
        elif prompt.origin == "answer":
            if is_candidate(prompt.text, {"first"}):
                yield _Found("follow-up", at, prompt, prompt.text, self._of_call(prompt.call))
        elif prompt.origin in _TURNS and prompt.origin != "headless":
            yield from self._turn(at, prompt)

    def _refused(
        self, at: int, event: Denial | Prompt, words: str, call: str = ""
    ) -> Iterator[_Found]:
        """Yield a refusal with words; calls that were refused together count once."""
        once = (self._begin, own_words(words))
        if once[1] and once not in self._worded and is_candidate(words, {"feedback"}):
            self._worded.add(once)
            before = self._of_call(call or event.call)
            plan = any(isinstance(each, ToolCall) and is_plan(each) for each in before)
            yield _Found("plan-rejection" if plan else "rejection", at, event, words, before)

    def _turn(self, at: int, prompt: Prompt) -> Iterator[_Found]:
        since = self._events[self._begin : at]
        if self._edits.acts_between(self._begin, at):
            self._before = since
        edits = self._edits.beside(at, own_words(prompt.text))
        found = self._classified(at, prompt, since, edits)
        signals: set[Signal] = set()
        if found.channel == "follow-up" and not self._before:
            signals.add("first")
        if is_candidate(prompt.text, signals):
            yield found
            if found.channel != "user-edit":
                yield from self._changed(edits)
        else:
            yield from self._changed(edits)
        self._said = [*self._said, own_words(prompt.text)][-RECENT:]

    def _classified(
        self, at: int, prompt: Prompt, since: Sequence[AnyEvent], edits: Sequence[HandEdit]
    ) -> _Found:
        """Return a prompt as a candidate of the strongest channel that its surroundings show."""
        channel: Channel
        weight = WORDS
        before = self._before
        words = own_words(prompt.text)
        again = any(closeness(words, said) >= ALIKE_REQUESTS for said in self._said)
        if abandoned := self._abandoned(at, since):
            channel, before, weight = "rewind", abandoned, RESTATED if again else WORDS
        elif denied := self._denied(since):
            plan = any(isinstance(each, ToolCall) and is_plan(each) for each in denied)
            channel, before = "plan-rejection" if plan else "rejection-then-prompt", denied
        elif _is_interrupted(since):
            # Who stops the agent and says something new has said it in words.
            channel, weight = "interrupt-then-prompt", RESTATED if again else WORDS
        elif edits:
            channel, before = "user-edit", [each.agent for each in edits]
        elif prompt.origin == "queued":
            channel = "queued-prompt"
        else:
            channel = "follow-up"
            weight = ASKED_AGAIN if again else WORDS
        beside = edits if channel == "user-edit" else ()
        return _Found(channel, at, prompt, prompt.text, before, weight, beside)

    def _changed(self, edits: Sequence[HandEdit]) -> Iterator[_Found]:
        """Yield the changes that no words speak of, as far as a person surely made them.

        Of a remark's lines nobody can tell which are new: without words it says nothing.
        """
        known = (each for each in edits if each.change.source != "notice")
        sure = [each for each in known if each.verdict.author == "human"]
        if sure:
            agent = [each.agent for each in sure]
            weight = EDIT_WITHOUT_WORDS
            yield _Found("user-edit", sure[0].at, sure[0], "", agent, weight, sure)

    def _of_call(self, call: str) -> list[AnyEvent]:
        kinds = ToolCall | Edit
        return [e for e in self._events if isinstance(e, kinds) and call and e.call == call]

    def _denied(self, since: Sequence[AnyEvent]) -> list[AnyEvent]:
        """Return the calls that were refused without words, unless the agent then went on."""
        calls: list[str] = []
        for event in since:
            if isinstance(event, Denial) and not own_words(event.feedback):
                calls.append(event.call)
            elif isinstance(event, ToolCall | Edit) and event.call not in calls:
                calls = []
        return [each for call in calls for each in self._of_call(call)]

    def _abandoned(self, at: int, since: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        """Return what the agent did in the branch that a person went back from."""
        rewinds = [event for event in since if isinstance(event, Rewind)]
        if not rewinds:
            return ()
        prompts = [
            place
            for place, event in enumerate(self._events[:at])
            if isinstance(event, Prompt) and event.origin in _TURNS
        ]
        named = [place for place in prompts if self._events[place].id == rewinds[-1].prompt]
        turns = max(1, rewinds[-1].turns)
        start = named or prompts[-turns:]
        return self._events[start[0] + 1 : at] if start else since


def _is_interrupted(since: Sequence[AnyEvent]) -> bool:
    """Tell whether the last thing that happened was a person stopping the agent."""
    for event in reversed(since):
        if isinstance(event, Interrupt):
            return True
        if isinstance(event, ToolCall | Edit | Reply):
            return False
    return False


def _correction(session: Session, events: Sequence[AnyEvent], found: _Found) -> Correction:
    words = own_words(found.text)[:REASON_CHARS]
    output = told(found.before)
    whole = _diff_of(found.edits)
    diff = whole[:DIFF_CHARS]
    accepted = _accepted(events, found, diff)
    missing = {
        "agent_output": "" if output else "nothing of the agent's came before it",
        "user_diff": _missing_diff(whole),
        "accepted": accepted.note,
        "reason": "" if words else "it was changed without a word",
    }
    named = [event for event in found.before if isinstance(event, ToolCall | Edit)]
    changes = [each.change for each in found.edits]
    paths = [event.path for event in [*named, *changes] if not isinstance(event, ToolCall)]
    own = "" if isinstance(found.main, HandEdit) else found.main.id
    ids = [own, *(change.event for change in changes), *(event.id for event in named)]
    return Correction(
        id=blake2b(
            f"{found.channel == 'user-edit'}\0{found.main.id}".encode(), digest_size=8
        ).hexdigest(),
        workspace=session.workspace,
        session=session.id,
        assistant=session.assistant,
        ts=found.main.ts,
        channel=found.channel,
        agent_output=output,
        user_diff=diff,
        accepted=accepted.text,
        reason=words,
        quote=_quote(found.text),
        weight=found.weight,
        seq=found.main.seq,
        events=list(dict.fromkeys(name for name in [*ids, accepted.event] if name))[:MOST_EVENTS],
        paths=list(dict.fromkeys(paths)),
        missing={field: why for field, why in missing.items() if why},
        origins=_origins(found, accepted, told_of=bool(output), worded=bool(words)),
        changes=list(dict.fromkeys(key for each in found.edits for key in each.keys)),
        admitted=bool(words) and is_admission(_answer(events, found)),
    )


def _origins(found: _Found, accepted: Outcome, *, told_of: bool, worded: bool) -> dict[str, Origin]:
    """Return where each field comes from and how sure it is; what is missing has none."""
    origins: dict[str, Origin] = {}
    beside = bool(found.edits)
    if told_of:
        guessed = found.channel in {"follow-up", "queued-prompt", "interrupt-then-prompt"}
        source = "what came before the words" if guessed else "the very act that was corrected"
        origins["agent_output"] = Origin(
            source=source, confidence=BEFORE_WORDS if guessed else NAMED
        )
    if beside:
        sources = dict.fromkeys(each.change.source for each in found.edits)
        sure = min(_trust(each) for each in found.edits)
        origins["user_diff"] = Origin(source=", ".join(sources), confidence=sure)
    if accepted.text and accepted.source:
        origins["accepted"] = Origin(source=accepted.source, confidence=accepted.confidence)
    if worded:
        source = "the words beside the change" if beside else "the person's words"
        origins["reason"] = Origin(source=source, confidence=BEFORE_WORDS if beside else NAMED)
    return origins


def _trust(edit: HandEdit) -> float:
    sure = TRUST[edit.change.source]
    return sure if edit.verdict.author == "human" else min(sure, DOUBTED)


def _accepted(events: Sequence[AnyEvent], found: _Found, diff: str) -> Outcome:
    """Return what stood when the exchange that a correction opened had ended."""
    if found.channel == "user-edit":
        last, sure = found.edits[-1], min(_trust(each) for each in found.edits)
        return Outcome(diff, "", last.change.event, "the change by hand", sure)
    if found.channel == "comment":
        note = "taken with a comment; it may have changed since"
        return Outcome(told(found.before), note, "", "what was taken", BEFORE_WORDS)
    after: list[AnyEvent] = []
    acted = False
    for event in events[found.at + 1 :]:
        if isinstance(event, Prompt) and event.origin in _TURNS and acted:
            return outcome(found.before, after, over=True)
        acted = acted or isinstance(event, ToolCall | Edit | Reply)
        after.append(event)
    return outcome(found.before, after, over=False)


def _answer(events: Sequence[AnyEvent], found: _Found) -> str:
    """Return what the agent first said to a person's words, empty where they spoke again before.

    A refusal is recorded as such and as words.
    """
    call = found.main.call if isinstance(found.main, Prompt | Denial) else ""
    for event in events[found.at + 1 :]:
        if isinstance(event, Reply) and event.text.strip():
            return event.text
        if isinstance(event, Prompt | Denial) and not (call and event.call == call):
            break
    return ""


def _diff_of(edits: Sequence[HandEdit]) -> str:
    if len(edits) == 1:
        return edits[0].change.diff
    return "\n".join(f"--- {x.change.path}\n{x.change.diff}" for x in edits)


def _missing_diff(diff: str) -> str:
    if not diff:
        return "no file was changed by hand"
    return f"cut after {DIFF_CHARS:,} characters" if len(diff) > DIFF_CHARS else ""


def _quote(text: str) -> str:
    """Return the longest unbroken piece of a person's words, cut where a sentence ends."""
    piece = max(segments(text), key=len, default="")
    if len(piece) <= QUOTE_CHARS:
        return piece
    head = piece[:QUOTE_CHARS]
    end = max(head.rfind(mark) for mark in (". ", "! ", "? ", "\n"))
    return head[: end + 1].strip() if end > QUOTE_CHARS // 3 else head.rsplit(" ", 1)[0]
