"""What the reader of a rollout must remember between two lines, and so between two starts."""

import re

import msgspec

from hivemindd.assistants.base import SessionFacts
from hivemindd.assistants.codex.lines import Head
from hivemindd.assistants.codex.records import SessionMeta

_UUID7 = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-")
_TURN_ID = re.compile(rb'"turn_id":"([0-9a-f-]{36})"')
_PROGRAMS = ("exec", "mcp")
_PENDING, _TURNS, _DENIED = 16, 16, 16
LONGEST_ID = 200
_LONGEST_PATH, _LONGEST_WORD = 4_096, 80
# Codex copies a parent's history in one go: milliseconds, a few seconds for a huge one.
# Nothing comes a minute later; where no turn ids tell (up to 0.98), a second of silence does.
_COPY_MS, _SILENCE_MS, _STEP_MS = 60_000, 1_000, 1_000


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where the line of a call stands in the rollout, in bytes."""

    offset: int
    length: int


class State(msgspec.Struct, omit_defaults=True):
    """The standing of one rollout; everything in it is bounded.

    `person` says that a person may be typing: no script, no other agent. `calls` are
    calls that wait for their output and whose text is needed then. `turns` are the ids
    of the prompts that opened the last turns, for rollbacks.
    """

    bare: bool = False
    thread: str = ""
    session: str = ""
    version: str = ""
    sidechain: bool = False
    person: bool = True
    script: bool = False
    trigger: str = ""
    facts: SessionFacts = msgspec.field(default_factory=SessionFacts)
    cwd: str = ""
    cwd_settled: bool = False
    policy: str = ""
    reviewed: bool = False
    ts: int = 0
    started: bool = False
    copying: bool = False
    copy_start: int = 0
    copy_turns: bool = False
    inherited: int = 0
    in_turn: bool = False
    prompted: bool = False
    busy: bool = False
    aborted: bool = False
    nested_denial: bool = False
    denied: list[str] = []
    calls: dict[str, Place] = {}
    turns: list[str] = []
    skills: str = ""

    def identify(self, meta: SessionMeta) -> None:
        """Take the identity of the thread from its first line."""
        source = meta.source if isinstance(meta.source, dict) else {}
        subagent = source.get("subagent")
        spawn = subagent.get("thread_spawn") if isinstance(subagent, dict) else None
        spawned_by = spawn.get("parent_thread_id") if isinstance(spawn, dict) else None
        spawned_by = spawned_by if isinstance(spawned_by, str) else ""
        parent = short(meta.parent_thread_id) or short(spawned_by)
        self.thread, self.version = meta.id, short(meta.cli_version)
        self.sidechain = bool(parent or subagent or meta.thread_source == "subagent")
        self.session = (short(meta.session_id) or parent or meta.id) if self.sidechain else meta.id
        feature = meta.thread_source not in (None, "", "user", "cli")
        custom = bool(source) and meta.thread_source != "user"
        self.script = not self.sidechain and (meta.source in _PROGRAMS or feature or custom)
        self.person = not self.sidechain and not self.script
        self.cwd = short(meta.cwd, _LONGEST_PATH)
        self.facts = SessionFacts(version=self.version)
        if self.session != meta.id:
            # The root thread says where the session runs; this only stands in for it.
            self.facts.paths = [self.cwd] if self.cwd else []
            self.cwd_settled = True
        else:
            self.facts.cwd = self.cwd
            self.facts.branch = short(meta.git.branch if meta.git is not None else None)
            self.facts.parent = "" if self.sidechain else short(meta.forked_from_id)
            self.facts.headless = not self.person
        self.inherited = meta.subagent_history_start_ordinal or 0
        self.copying = bool(
            meta.forked_from_id
            and meta.history_base is None
            and meta.forked_from_ordinal_exclusive is None
            and not self.inherited
        )

    def identify_by_name(self, thread: str) -> None:
        """Take the identity from the name of the file, since its first line is lost.

        Who typed the prompts is lost with it, so nobody is taken for a person.
        """
        self.identify(SessionMeta(id=thread, source=_PROGRAMS[0]))

    def begin_copy(self, ts: int) -> None:
        """Skip what follows as the history of another thread; `ts` is when copying began."""
        self.copying, self.copy_start, self.ts = True, ts, ts

    def is_copied(self, head: Head, ts: int, line: bytes) -> bool:
        """Tell whether a line repeats the history of the thread that this one came from.

        Before 0.148 a fork begins with all lines of its parent, stamped with the time of
        the fork. Turn ids are UUIDs of version 7, so a turn that began before the thread
        did is the parent's. A subagent that inherits history says where its own begins.
        """
        if self.inherited and head.ordinal is not None:
            return head.ordinal < self.inherited
        if not self.copying:
            return False
        late = ts - self.copy_start > _COPY_MS or ts < self.copy_start - _STEP_MS
        turn = _TURN_ID.search(line)
        born, begun = _born(self.thread), _born(turn[1].decode()) if turn is not None else 0
        if born and begun:
            self.copy_turns = True
            self.copying = not late and begun < born
        elif late or (not self.copy_turns and ts - self.ts >= _SILENCE_MS):
            self.copying = False
        self.ts = ts
        return self.copying

    def take_settings(self, cwd: str | None, policy: str) -> None:
        """Take the settings of a turn; the first folder of one stays that of the thread."""
        self.policy = policy[:_LONGEST_WORD]
        if cwd := short(cwd, _LONGEST_PATH):
            self.cwd = cwd
            if not self.cwd_settled:
                self.cwd_settled, self.facts.cwd = True, cwd

    def begin_turn(self, trigger: str) -> None:
        """Start a turn; `trigger` is `user`, `exec` or nothing."""
        self.in_turn, self.trigger = True, trigger[:_LONGEST_WORD]
        self.prompted = self.busy = self.aborted = False
        self.denied = []

    def end_turn(self) -> bool:
        """End a turn; say whether the agent had any part in it."""
        busy = self.busy
        self.in_turn = self.prompted = self.busy = self.aborted = False
        return busy

    def typed_by_person(self) -> bool:
        """Tell whether the prompts of this turn come from a person at a keyboard."""
        if self.sidechain or self.trigger == "exec":
            return False
        return self.person or (self.script and self.trigger == "user")

    def asks_person(self) -> bool:
        """Tell whether a refusal can have come from a person."""
        return self.policy != "never" and not self.reviewed

    def remember_turn(self, prompt: str) -> None:
        """Keep the id of a prompt that opened a turn."""
        self.turns = [*self.turns, prompt][-_TURNS:]

    def take_back(self, count: int) -> str:
        """Forget the last turns; return the id of the first prompt among them, if known."""
        if not 0 < count <= len(self.turns):
            self.turns = []
            return ""
        first = self.turns[-count]
        self.turns = self.turns[:-count]
        return first

    def await_output(self, call: str, place: Place) -> None:
        """Keep the place of a call until its output comes; the oldest are dropped."""
        if len(call) > LONGEST_ID:
            return
        self.calls.pop(call, None)
        self.calls[call] = place
        while len(self.calls) > _PENDING:
            del self.calls[next(iter(self.calls))]

    def deny(self, call: str) -> bool:
        """Note that a call was refused; say whether that is news."""
        if call in self.denied or len(call) > LONGEST_ID:
            return False
        self.denied = [*self.denied, call][-_DENIED:]
        return True


def short(text: str | None, limit: int = LONGEST_ID) -> str:
    """Return an id or a path as it is, nothing where it is too long to be one."""
    return text if text and len(text) <= limit else ""


def _born(identity: str) -> int:
    """Return the ms since 1970 in a UUID of version 7, 0 for another id."""
    found = _UUID7.match(identity)
    return int(found[1] + found[2], 16) if found is not None else 0
