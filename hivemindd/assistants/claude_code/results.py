"""Results of tools in a Claude Code transcript, and what a person said about them."""

import re
from typing import Any

import msgspec

from hivemindd.assistants.claude_code.edits import decode_change, diff_of, diff_of_input
from hivemindd.assistants.claude_code.files import Files
from hivemindd.assistants.claude_code.memory import Memory, checksum
from hivemindd.assistants.claude_code.records import Block, Record, text_of
from hivemindd.assistants.claude_code.words import Refusal, refusal, spoken
from hivemindd.assistants.claude_code.writer import Writer, joined
from hivemindd.events import Denial, Edit, EditState, PromptOrigin, SkillUsed, ToolResult, UserEdit

_EXIT = re.compile(r"Exit code (-?\d{1,9})\b")
# What these reports begin with: most reports are long, and none of these.
_OUTCOMES = (b'{"questions":', b'{"answers":', b'{"success":', b'{"status":', b'{"isAsync":')


class Annotation(msgspec.Struct, gc=False):
    """What a person noted beside an answer."""

    notes: str | None = None


class Outcome(msgspec.Struct, rename="camel"):
    """What the tools report that ask a person, open a skill or start an agent."""

    answers: dict[str, Any] | None = None
    annotations: dict[str, Annotation] | None = None
    success: bool | None = None
    command_name: str | None = None
    agent_id: str | None = None


class Results:
    """Adds the events of `user` records that hold results of tools."""

    def __init__(self, writer: Writer, memory: Memory, files: Files) -> None:
        """Add to a writer, and remember edits and refusals."""
        self._writer = writer
        self._memory = memory
        self._files = files

    def take(self, record: Record, blocks: list[Block]) -> None:
        """Take the results of a record, and the words that stand beside them."""
        report = bytes(record.tool_use_result)
        asides = [block for block in blocks if block.type != "tool_result"]
        results = [block for block in blocks if block.type == "tool_result"]
        refused = False
        for number, block in enumerate(results):
            suffix = str(number) if number else ""
            refused = self._result(record, block, b"" if number else report, suffix)
        call = results[-1].tool_use_id or ""
        words = spoken(asides, labelled=False) if asides else ""
        if words and not self._writer.sidechain:
            origin: PromptOrigin = "feedback" if refused else "comment"
            self._writer.say(words, origin, suffix=origin, call=call)
        if report.startswith(_OUTCOMES):
            self._outcome(report, call)

    def _result(self, record: Record, block: Block, report: bytes, suffix: str) -> bool:
        """Take one result; tell whether a person refused the call."""
        call, output = block.tool_use_id or "", text_of(block.content)
        failed = bool(block.is_error)
        code = _EXIT.match(output) if failed else None
        self._writer.add(
            ToolResult,
            "tool",
            suffix,
            call=call,
            output=output,
            failed=failed,
            exit_code=int(code.group(1)) if code else None,
        )
        refused = refusal(record, output) if failed and not self._writer.headless else None
        if refused is not None:
            self._refused(refused, call, suffix)
            self._asked(call, suffix, "declined")
        elif failed:
            self._asked(call, suffix, "failed")
        else:
            self._edited(call, report, suffix)
        return refused is not None

    def _refused(self, refused: Refusal, call: str, suffix: str) -> None:
        """Add a refusal; calls made side by side are refused together with the same words."""
        self._memory.refused = True
        feedback = refused.feedback
        if feedback:
            mark = checksum(feedback)
            feedback = "" if mark == self._memory.feedback else feedback
            self._memory.feedback = mark
        self._writer.add(Denial, "human", joined(suffix, "denial"), call=call, feedback=feedback)
        if feedback:
            name = joined(suffix, "feedback")
            self._writer.say(feedback, "feedback", suffix=name, call=call)
        if refused.answers:
            name = joined(suffix, "answer")
            self._writer.say(refused.answers, "answer", suffix=name, call=call)

    def _edited(self, call: str, report: bytes, suffix: str) -> None:
        """Add an edit as it was reported, and what others had done to the file before it."""
        change = decode_change(report)
        if change is None:
            path = self._asked(call, suffix, "applied")
            self._memory.bases.pop(path, None)
            return
        self._memory.calls.pop(call, None)
        path, writer = change.file_path, self._writer
        outside = "" if writer.sidechain else self._files.changed_before(change)
        if outside:
            writer.add(
                UserEdit,
                writer.person,
                joined(suffix, "outside"),
                path=path,
                diff=outside,
                source="original-file",
            )
        self._files.wrote(change, writer.seq, writer.length, writer.ts)
        if diff := diff_of(change):
            writer.add(Edit, "agent", joined(suffix, "edit"), path=path, diff=diff, call=call)

    def _asked(self, call: str, suffix: str, state: EditState) -> str:
        """Add an edit as it was asked for, for want of a report; return its path."""
        if call not in self._memory.calls:
            return ""
        path, diff = diff_of_input(self._files.asked(call))
        if path and diff:
            name = joined(suffix, "edit")
            self._writer.add(Edit, "agent", name, path=path, diff=diff, call=call, state=state)
        return path

    def _outcome(self, report: bytes, call: str) -> None:
        """Take a person's answers, a skill that was opened, an agent that was at work."""
        try:
            outcome = msgspec.json.decode(report, type=Outcome)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            return
        answers = [_text(answer) for answer in (outcome.answers or {}).values()]
        notes = [note.notes for note in (outcome.annotations or {}).values()]
        words = "\n".join(line for line in (*answers, *notes) if line and line.strip())
        if words:
            self._writer.say(words, "answer", suffix="answer", call=call)
        if outcome.success and outcome.command_name:
            self._writer.add(SkillUsed, "agent", "skill", name=outcome.command_name)
        if outcome.agent_id:
            self._memory.bases.clear()


def _text(answer: object) -> str:
    """Return an answer as text; of several, one a line."""
    if isinstance(answer, list):
        return "\n".join(item for item in answer if isinstance(item, str))
    return answer if isinstance(answer, str) else ""
