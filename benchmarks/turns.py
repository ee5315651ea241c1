"""Follow-up turns of real people, one JSON object a line, and the events that they stand for.

A turn holds what was asked before (`prev_user`), what the agent did (`agent_last`,
`last_actions`), what the person said then (`user`), what the agent answered (`agent_next`), and
`signals` for what the words do not show. Whoever labelled it added `correction`, `type`, `durable`,
`unsure` and `other`.
"""

import re
from pathlib import Path
from typing import TypedDict

import msgspec
from rows import read_rows

from hivemindd.assistants.claude_code.words import command, spoken
from hivemindd.events import (
    AnyEvent,
    Author,
    Denial,
    Edit,
    EditState,
    Interrupt,
    Prompt,
    PromptOrigin,
    Reply,
    ToolCall,
    ToolResult,
)
from hivemindd.records import Session
from hivemindd.redaction.redactor import Redactor

_ACTION = re.compile(r"([\w.:-]+)\((.*?)\)?", re.DOTALL)
_APPLIED = re.compile(r"Applied edit to (.+)")
_EDITS = frozenset(
    [
        *("Edit", "MultiEdit", "NotebookEdit", "Write", "StrReplace", "ApplyPatch"),
        *("EditNotebook", "apply_patch", "edit_file", "search_replace", "write"),
    ]
)
_PLANS = frozenset({"ExitPlanMode", "exit_plan_mode"})


class Turn(msgspec.Struct, kw_only=True):
    """A row of the file; everything but the words may be missing."""

    user: str
    id: str = ""
    stratum: str | None = None
    repo: str | None = None
    assistant: str | None = None
    lang: str | None = None
    signals: list[str] | None = None
    prev_user: str | None = None
    agent_last: str | None = None
    last_actions: list[str] | None = None
    agent_next: str | None = None
    correction: bool | None = None
    type: str | None = None
    durable: bool | None = None
    unsure: bool | None = None
    other: str | None = None


class Exchange(msgspec.Struct, frozen=True):
    """A session as the log would hold it; `own` are the ids of the turn that is judged."""

    session: Session
    events: list[AnyEvent]
    own: frozenset[str]


class _Common(TypedDict):
    id: str
    ts: int
    seq: int
    session: str
    assistant: str
    author: Author


def read_turns(file: Path) -> list[Turn]:
    """Read the rows of a file; a row without an id is named by its place.

    Raises:
        click.ClickException: the file cannot be read, or a line is no such row.
    """
    turns = read_rows(file, Turn)
    for number, turn in enumerate(turns, 1):
        turn.id = turn.id or f"row {number}"
    return turns


def stage(turn: Turn, redactor: Redactor) -> Exchange:
    """Return the session that holds one turn, without the secrets that ingest takes out."""
    staged = _Stage(turn, redactor)
    staged.play()
    return Exchange(staged.session, staged.events, frozenset(staged.own))


class _Stage:
    """Writes the events of one turn in the order in which an assistant records them."""

    def __init__(self, turn: Turn, redactor: Redactor) -> None:
        self._turn = turn
        self._clean = redactor.text
        assistant = turn.assistant or "claude-code"
        self.session = Session(id=turn.id, assistant=assistant, workspace=turn.repo or "turns")
        self.events: list[AnyEvent] = []
        self.own: list[str] = []

    def play(self) -> None:
        """Write everything; only what the agent answers comes after the person's turn."""
        self._ask()
        if answer := self._turn.agent_next:
            self.events.append(Reply(**self._common("agent"), text=self._clean(answer)))

    def _ask(self) -> None:
        turn, signals = self._turn, set(self._turn.signals or ())
        if turn.prev_user:
            self._prompt(turn.prev_user)
        actions = list(turn.last_actions or ())
        if signals & {"tool_rejected", "reject_feedback"}:
            # An assistant says what it is about to do, asks for it, and is refused.
            refused = actions.pop() if actions else "Tool()"
            self._work(actions)
            call = self._call(refused, refused=True)
            if "reject_feedback" in signals:
                self._refuse(call, turn.user)
                return
            self._refuse(call)
        else:
            self._work(actions)
            if "interrupted" in signals:
                self.events.append(Interrupt(**self._common("human")))
        self.own += self._prompt(turn.user, "queued" if "queued" in signals else "typed")

    def _work(self, actions: list[str]) -> None:
        for action in actions:
            self._call(action)
        if text := self._turn.agent_last:
            self.events.append(Reply(**self._common("agent"), text=self._clean(text)))

    def _prompt(self, text: str, origin: PromptOrigin = "typed", call: str = "") -> list[str]:
        """Add a prompt and return its id; what its assistant's parser drops is not there."""
        words = _spoken(text) if self.session.assistant == "claude-code" else text
        if not words:
            return []
        common = self._common("human")
        self.events.append(Prompt(**common, text=self._clean(words), origin=origin, call=call))
        return [common["id"]]

    def _refuse(self, call: str, words: str = "") -> None:
        """Add a refusal; with words it is recorded twice, as the words are a prompt as well."""
        common = self._common("human")
        self.events.append(Denial(**common, call=call, feedback=self._clean(words)))
        if words:
            self.own += [common["id"], *self._prompt(words, "feedback", call)]

    def _call(self, action: str, *, refused: bool = False) -> str:
        """Add a call with what follows from it; return its id."""
        name, target = _parse(self._clean(action))
        call = f"{self._turn.id}:call{len(self.events)}"
        plan = {"plan": target} if name in _PLANS else {}
        # Where a tool is about no command, path or query, its whole input was written down.
        shown = "" if plan or target.startswith("{") else target
        common = self._common("agent")
        self.events.append(ToolCall(**common, call=call, name=name, target=shown, input=plan))
        answer = self._common("tool")
        self.events.append(ToolResult(**answer, call=call, output="", failed=refused))
        if name in _EDITS:
            edit = self._common("agent")
            state: EditState = "declined" if refused else "applied"
            self.events.append(Edit(**edit, path=shown, diff="", call=call, state=state))
        return call

    def _common(self, author: Author) -> _Common:
        at = len(self.events)
        return {
            "id": f"{self._turn.id}:{at}",
            "ts": 1_000 * at,
            "seq": 100 * at,
            "session": self.session.id,
            "assistant": self.session.assistant,
            "author": author,
        }


def _spoken(text: str) -> str:
    """Return what Claude Code's parser takes for a person's words in a prompt."""
    given = command(text)
    return spoken(text, labelled=False) if given is None else given.words


def _parse(action: str) -> tuple[str, str]:
    """Return the name of a tool and what it was about, from `Name(target)`."""
    if applied := _APPLIED.fullmatch(action):
        return "Edit", applied[1]
    if called := _ACTION.fullmatch(action):
        return called[1], called[2]
    return "Tool", action
