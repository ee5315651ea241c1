"""What a person decides about a rule that waits for their word."""

from collections.abc import Callable

import msgspec

from hivemindd.codify.learned import renew
from hivemindd.codify.shelf import Shelf
from hivemindd.deeds import Deed, What
from hivemindd.errors import HivemindError
from hivemindd.log.audit import note
from hivemindd.log.keys import text_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import LESSONS, Txn
from hivemindd.records import Lesson, LessonState, SkillState
from hivemindd.skills import guard


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a decision: the state then, and the files that were written because of it."""

    state: SkillState | LessonState
    written: list[str] = []


class Rulings:
    """Carries out what a person has decided about a rule, by the id of its lesson.

    It holds in all projects of the workspace. Each takes the rule as the person read it: new
    evidence may have brought another wording since.
    """

    def __init__(self, log: Log, shelf: Shelf) -> None:
        """Wire the parts."""
        self._log = log
        self._shelf = shelf

    def allow(self, workspace: str, lesson_id: str, rule: str) -> Decided:
        """Let a rule that would widen what an assistant may do count like any other.

        Raises:
            HivemindError: it does not wait for that, is worded otherwise by now, or no skill
                may hold it all the same.
            PublishError: it counts, but what is due cannot be written.
        """

        def allow(lesson: Lesson) -> None:
            if reason := guard.check(lesson.rule):
                raise HivemindError(
                    f"no skill may hold this rule, {reason}: add it to your own instructions"
                )
            lesson.allowed = lesson.rule

        state = self._decide(workspace, lesson_id, rule, allow, "allowed")
        return Decided(state=state, written=self._shelf.publish(workspace))

    def refuse(self, workspace: str, lesson_id: str, rule: str) -> Decided:
        """Take out a rule that waits for a person, for good.

        Raises:
            HivemindError: it does not wait for that, or is worded otherwise by now.
        """

        def refuse(lesson: Lesson) -> None:
            lesson.state = "retired"

        return Decided(state=self._decide(workspace, lesson_id, rule, refuse, "refused"))

    def _decide(
        self,
        workspace: str,
        lesson_id: str,
        rule: str,
        decide: Callable[[Lesson], None],
        what: What,
    ) -> LessonState:
        deed = Deed(
            ts=self._shelf.clock.now(), what=what, who="user", workspace=workspace, lesson=lesson_id
        )

        def settle(txn: Txn) -> LessonState:
            state = _settle(txn, workspace, lesson_id, rule, decide)
            note(txn, deed)
            return state

        return self._log.transact(settle)


def _settle(
    txn: Txn, workspace: str, lesson_id: str, rule: str, decide: Callable[[Lesson], None]
) -> LessonState:
    """Decide about a lesson that waits; store what follows from it and return its state then."""
    key = workspace_key(workspace) + text_key(lesson_id)
    lesson = LESSONS.get(txn, key)
    if lesson is None or lesson.state != "review":
        raise HivemindError(f"no rule {lesson_id!r} waits: `hivemindctl skills` lists them")
    if lesson.rule != rule:
        raise HivemindError("the rule is worded otherwise by now: `hivemindctl skills` shows it")
    decide(lesson)
    LESSONS.put(txn, key, lesson)
    renew(txn, workspace)
    found = LESSONS.get(txn, key)
    return found.state if found else lesson.state
