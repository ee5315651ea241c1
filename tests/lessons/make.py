"""Builders of what the tests of lessons speak about."""

from collections.abc import Sequence
from typing import Any

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
    Rewind,
    SkillListed,
    SkillUsed,
    ToolCall,
    ToolResult,
    UserEdit,
)
from hivemindd.lessons.judge import nothing_learned
from hivemindd.records import Channel, Correction, Lesson, Session, Verdict

DIFF = "@@ -1 +1 @@\n-print(x)\n+logger.info(x)"


class Talk:
    """A session that is written down event by event."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.events: list[AnyEvent] = []
        self.session = Session(id="s1", assistant="claude-code", workspace="w1")

    def prompt(
        self,
        text: str,
        origin: PromptOrigin = "typed",
        *,
        call: str = "",
        author: Author = "human",
        sidechain: bool = False,
    ) -> str:
        """Add a prompt; return its id."""
        common = self._common("prompt", author, sidechain=sidechain)
        self.events.append(Prompt(**common, text=text, origin=origin, call=call))
        return self.events[-1].id

    def reply(self, text: str) -> None:
        """Add what the agent said."""
        self.events.append(Reply(**self._common("reply", "agent"), text=text))

    def run(self, command: str, *, name: str = "Bash", exit_code: int | None = None) -> str:
        """Add a tool call, with its result where an exit code is given; return its call id."""
        call = f"call{len(self.events)}"
        self.events.append(
            ToolCall(**self._common("call", "agent"), call=call, name=name, target=command)
        )
        if exit_code is not None:
            common = self._common("result", "tool")
            self.events.append(ToolResult(**common, call=call, output="", exit_code=exit_code))
        return call

    def plan(self, text: str) -> str:
        """Add a plan that waits for a person's word; return its call id."""
        call = f"call{len(self.events)}"
        common = self._common("call", "agent")
        self.events.append(ToolCall(**common, call=call, name="ExitPlanMode", input={"plan": text}))
        return call

    def edit(self, path: str, diff: str, state: EditState = "applied") -> str:
        """Add an edit of the agent with its call; return the call id."""
        call = self.run(path, name="Edit")
        common = self._common("edit", "agent")
        self.events.append(Edit(**common, path=path, diff=diff, call=call, state=state))
        return call

    def deny(self, call: str, feedback: str = "") -> str:
        """Add a person's refusal of a call; return its id."""
        self.events.append(Denial(**self._common("denial", "human"), call=call, feedback=feedback))
        return self.events[-1].id

    def interrupt(self) -> None:
        """Add that a person stopped the agent."""
        self.events.append(Interrupt(**self._common("interrupt", "human")))

    def rewind(self, prompt: str = "", turns: int = 0) -> None:
        """Add that a person went back."""
        common = self._common("rewind", "human")
        self.events.append(Rewind(**common, prompt=prompt, turns=turns))

    def change(
        self, path: str, diff: str, source: Any = "file-history", *, author: Author = "human"
    ) -> str:
        """Add a change from outside; return its id."""
        common = self._common("user-edit", author)
        self.events.append(UserEdit(**common, path=path, diff=diff, source=source))
        return self.events[-1].id

    def lists(self, *names: str) -> None:
        """Add that the agent could see some skills."""
        self.events.append(SkillListed(**self._common("listed", "harness"), names=list(names)))

    def opens(self, name: str, *, author: Author = "agent") -> None:
        """Add that a skill was opened."""
        self.events.append(SkillUsed(**self._common("opened", author), name=name))

    def _common(self, name: str, author: Author, *, sidechain: bool = False) -> dict[str, Any]:
        at = len(self.events)
        return {
            "id": f"{name}{at}",
            "ts": 60_000 * at,
            "seq": 10 * at,
            "session": self.session.id,
            "assistant": self.session.assistant,
            "author": author,
            "sidechain": sidechain,
        }


def make_correction(
    words: str,
    did: str = "",
    *,
    name: str = "c1",
    session: str = "s1",
    ts: int = 1,
    weight: float = 1.0,
    channel: Channel = "follow-up",
    diff: str = "",
    admitted: bool = False,
) -> Correction:
    """Make a correction of plain words."""
    return Correction(
        id=name,
        workspace="w1",
        session=session,
        assistant="claude-code",
        ts=ts,
        channel=channel,
        agent_output=did,
        user_diff=diff,
        reason=words,
        quote=words,
        weight=weight,
        admitted=admitted,
    )


def make_verdict(
    correction: str = "c1", rule: str = "Use pnpm instead of npm", **fields: Any
) -> Verdict:
    """Make a verdict that teaches a rule."""
    values: dict[str, Any] = {
        "rule": rule,
        "right": "pnpm",
        "wrong": "npm",
        "durable": 2,
        "scope": "repo",
        "type": "tool",
        "quote": "pnpm please",
        "activity": "package-commands",
    }
    plain = nothing_learned(correction, is_correction=True)
    return Verdict(
        **{name: getattr(plain, name) for name in plain.__struct_fields__} | values | fields
    )


def make_lesson(rule: str = "Use pnpm instead of npm", **fields: Any) -> Lesson:
    """Make a lesson."""
    values: dict[str, Any] = {"id": "l1", "workspace": "w1", "right": "pnpm", "wrong": "npm"}
    return Lesson(**values | {"rule": rule} | fields)


def quotes(corrections: Sequence[Correction]) -> list[tuple[str, str]]:
    """Return channel and quote of each correction."""
    return [(correction.channel, correction.quote) for correction in corrections]
