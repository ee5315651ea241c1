"""The rows that the log keeps beside events: sessions, corrections, lessons, skills."""

from typing import Literal

import msgspec

SessionState = Literal["active", "idle", "ended"]
Channel = Literal[
    "rejection",
    "rejection-then-prompt",
    "interrupt-then-prompt",
    "plan-rejection",
    "queued-prompt",
    "follow-up",
    "comment",
    "user-edit",
    "rewind",
]
DiffSource = Literal["file-history", "original-file", "notice", "disk", "commit"]
CorrectionState = Literal["pending", "parked", "accepted", "dismissed"]
LessonState = Literal["open", "promoted", "contested", "superseded", "review", "retired"]
SkillState = Literal[
    "waiting",
    "rejected",
    "active",
    "absent",
    "user-owned",
    "pinned",
    "undone",
    "deleted",
    "retired",
    "blocked",
]
STANDING: frozenset[SkillState] = frozenset({"active", "user-owned", "pinned"})
GONE: frozenset[SkillState] = frozenset({"deleted", "retired"})
UNWRITTEN: frozenset[SkillState] = frozenset({"waiting", "rejected"})
LessonType = Literal["style", "tool", "file", "approach", "scope", "fact", "process"]
Durability = Literal[0, 1, 2, 3]
Scope = Literal["repo", "user", "task"]
MISSED = "it was over before its process could be asked"  # of a session: why it is left out
Directive = Literal["none", "always", "reversal"]
RelationKind = Literal["same", "refines", "contradicts", "unrelated"]


class Workspace(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a history belongs to. `root` is where skills go, empty when it is unknown.

    `more_roots` are those of its further projects, where one history spans several.
    """

    id: str
    name: str
    root: str = ""
    source: Literal["environment", "file", "repository", "folder", "slug"] = "folder"
    first_seen: int = 0
    assistants: list[str] = []
    more_roots: list[str] = []

    @property
    def roots(self) -> list[str]:
        """The roots of all its projects, the first one first."""
        return [self.root, *self.more_roots] if self.root else []

    def root_of(self, folder: str) -> str:
        """Return the root of the project that a folder lies in, the first where it is in none."""
        around = [root for root in self.roots if f"{folder}/".startswith(f"{root}/")]
        return max(around, key=len, default=self.root)


class Session(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One conversation. Times are ms since 1970 UTC; `last_append` is when its file grew.

    One is `headless` where a program drives it and no person has spoken in it yet.
    Of one that is left out only `started` and `last_append` tell when it ran.
    `forgotten` is until when what was said in it is forgotten, 0 where nothing is.
    `passed_over` events were written while it was paused. `left_out` names the transcripts
    of a session that could not be asked whether it wants to be captured.
    """

    id: str
    assistant: str
    workspace: str
    cwd: str = ""
    state: SessionState = "active"
    started: int = 0
    last_event: int = 0
    last_append: int = 0
    events: int = 0
    prompts: int = 0
    turns: int = 0
    corrections: int = 0
    captured: bool = True
    why_not: str = ""
    headless: bool = False
    version: str = ""
    branch: str = ""
    parent: str = ""
    path: str = ""
    blocks: int = 0
    in_turn: bool = False
    codified_turns: int = 0
    codified_events: int = 0
    forgotten: int = 0
    passed_over: int = 0
    left_out: list[str] = []


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a field of a correction comes from, and how sure it is, from 0 to 1."""

    source: str
    confidence: float


class Verdict(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What a judge read in one correction.

    `durable` runs from 0 (only this task) to 3 (a standing order). `quote` is copied from
    the person's words. `wrong` and `right` are the shortest names of what to leave and what
    to do. `refines` names an exception to a lesson or narrows it, and is no support for it.
    `meaning` is what the small model saw in the words, signed bytes in a space of its own, and
    `limit` how likely it found that they only say where some rule ends, from 0 to 1.
    """

    correction: str
    is_correction: bool
    type: LessonType
    durable: Durability
    scope: Scope
    trigger: str
    rule: str
    wrong: str
    right: str
    reason: str
    not_when: list[str]
    quote: str
    directive: Directive
    activity: str
    relates_to: str
    relation: RelationKind
    meaning: bytes = b""
    limit: float = 0.0

    @property
    def teaches(self) -> bool:
        """Tell whether a lesson may come from it, or a limit to the lesson that it refines."""
        spoken = self.is_correction or self.directive != "none"
        limits = self.relation == "refines" and bool(self.not_when)
        return spoken and self.durable > 0 and self.scope != "task" and bool(self.rule or limits)


class Correction(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the agent did, what the person said or changed, what was accepted, and why.

    A field that the transcript does not hold is empty and has its cause in `missing`.
    `events` are the ids that it was mined from; `quote` is a person's exact words.
    `origins` says of each field that is there where it comes from. `changes` names the
    changes of files in it, so that one that is found again by another trace stays one.
    `verdict` is what a judge said of it, also where `why` says that it teaches nothing;
    `judge` is who gave it, with the version of the prompt. `conversation` is the session that
    its own is a fork of, empty where that is none. `admitted` says that the agent then granted
    that the person was right.
    """

    id: str
    workspace: str
    session: str
    assistant: str
    ts: int
    channel: Channel
    agent_output: str = ""
    user_diff: str = ""
    accepted: str = ""
    reason: str = ""
    quote: str = ""
    weight: float = 0.0
    state: CorrectionState = "pending"
    lesson: str = ""
    why: str = ""
    transcript: str = ""
    seq: int = 0
    events: list[str] = []
    paths: list[str] = []
    missing: dict[str, str] = {}
    origins: dict[str, Origin] = {}
    changes: list[str] = []
    judge: str = ""
    conversation: str = ""
    verdict: Verdict | None = None
    admitted: bool = False


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One correction that a lesson stands on, with the weight it counts for.

    `did` is in a line what the agent had done; it serves to compare, and is never published.
    `conversation` names what its session is a part of, by one of the sessions of it, empty
    where it is the only one.
    """

    correction: str
    session: str
    ts: int
    weight: float
    quote: str
    did: str = ""
    conversation: str = ""

    @property
    def talk(self) -> str:
        """What counts as one: a session with its forks."""
        return self.conversation or self.session


class Lesson(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A rule and the evidence behind it; `allowed` is the rule that a person let pass."""

    id: str
    workspace: str
    rule: str
    trigger: str = ""
    right: str = ""
    wrong: str = ""
    type: LessonType = "process"
    activity: str = ""
    not_when: list[str] = []
    state: LessonState = "open"
    evidence: list[Evidence] = []
    skill: str = ""
    created: int = 0
    updated: int = 0
    judge: str = ""
    allowed: str = ""

    @property
    def asked(self) -> str:
        """The short name, for people, of this very rule: worded otherwise it has another."""
        from hashlib import sha256  # noqa: PLC0415  of the many who read rows hardly any asks

        return sha256(f"{self.id}\0{self.rule}".encode()).hexdigest()[:8]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A SKILL.md that is written when a person approves it; an empty one takes the skill back.

    `made` is when it was first proposed, in ms since 1970 UTC.
    """

    text: str
    version: int
    made: int
    rules: list[str] = []
    lessons: list[str] = []

    @property
    def id(self) -> str:
        """The short name of this very text, for people: 8 hex digits of its SHA-256."""
        from hashlib import sha256  # noqa: PLC0415  of the many who read rows hardly any asks

        text = self.text or f"removal of v{self.version}"
        return sha256(text.encode()).hexdigest()[:8]


class Skill(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A SKILL.md of ours; `sha256` is of the bytes that we wrote last, empty before the first.

    Each project of a workspace has its own; `root` is empty in the first of them. `since`
    says by lesson when its rule first stood in the file. `hashes` are those of every file of
    it that we have written, `rejected` the fingerprints of proposals that a person did not
    want, both with the newest first and bounded. `kept` says that a person asked to leave it
    as it is, `shown` is the id of the proposal that they have looked at last, until they decide,
    and `shown_over` the hash of the file that it was compared with, empty where there was none.
    `stale` says that its file may hold words that are forgotten: no receipt keeps them.
    """

    id: str
    workspace: str
    name: str
    path: str
    state: SkillState = "active"
    version: int = 1
    rules: list[str] = []
    lessons: list[str] = []
    sha256: str = ""
    written: int = 0
    note: str = ""
    root: str = ""
    since: dict[str, int] = {}
    hashes: list[str] = []
    proposal: Proposal | None = None
    rejected: list[str] = []
    kept: bool = False
    shown: str = ""
    shown_over: str = ""
    stale: bool = False


class Trace(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What the events of a session tell of skills, so that nobody has to read them again.

    `activities` are the slugs of what its agent was at. `lists` tells whether it was said at
    all which skills could be seen, `listed` which, `opened` those that were read. `version`
    is that of the reading.
    """

    session: str
    assistant: str
    version: int = 0
    activities: list[str] = []
    lists: bool = False
    listed: list[str] = []
    opened: list[str] = []


class Checkpoint(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How far a transcript has been read, and how to tell that it is still the same.

    `marker` is a checksum of the bytes just before `offset` (in the decompressed text
    where the file is compressed), `size`, `mtime_ns` and `ctime_ns` are what stat said then; a
    `size` of 0 says that there was more to read.
    `skipping` means that `offset` lies inside a line that is too long to keep. `forgotten`
    says that nobody looks into it again before it changes.
    """

    path: str
    assistant: str
    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int = 0
    offset: int = 0
    marker: bytes = b""
    skipping: bool = False
    state: bytes = b""
    forgotten: bool = False


class Tally(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How often something that no rule knows was seen: for doctor."""

    assistant: str
    version: str
    what: str
    count: int
    path: str = ""
