"""What a running daemon does when hivemindctl asks."""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from hivemindd import __version__
from hivemindd.clock import Clock
from hivemindd.codify.decisions import Decided, Decisions
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.pool import CodifyPool
from hivemindd.codify.selection import Selection
from hivemindd.control.server import Operation
from hivemindd.ingest.service import IngestService
from hivemindd.runtime.pulse import Pulse


def make_operations(
    capture: IngestService, codify: CodifyPool, *, clock: Clock, pid: int, stop: Callable[[], None]
) -> Mapping[str, Operation]:
    """Return the operations by name; each takes the arguments of the request."""
    started = clock.now()

    def status(_args: dict[str, Any]) -> dict[str, Any]:
        return {
            "pid": pid,
            "version": __version__,
            "prefix": sys.prefix,
            "started_ms": started,
            "backlog": capture.backlog,
            "live": capture.live.is_set(),
            "progress": capture.progress,
            "judge": codify.judge,
            "learned_per_min": codify.pace.per_minute(),
        }

    def pause(args: dict[str, Any]) -> None:
        capture.pause(str(args.get("workspace", "")), int(args.get("until_ms", 0)))

    def resume(args: dict[str, Any]) -> dict[str, int]:
        caught_up = capture.resume(
            str(args.get("workspace", "")), catch_up=bool(args.get("catch_up"))
        )
        return {"caught_up": caught_up}

    def skillify(args: dict[str, Any]) -> dict[str, int]:
        return {"queued": codify.ask(str(args.get("workspace", "")))}

    def shut_down(_args: dict[str, Any]) -> None:
        stop()

    return {
        "status": status,
        "pause": pause,
        "resume": resume,
        "skillify": skillify,
        "stop": shut_down,
    }


def decision_operations(decisions: Decisions) -> Mapping[str, Operation]:
    """Return by name what carries out a person's decisions, also where no daemon runs.

    Each takes the ids of a workspace, and of a skill or of a lesson that waits; of a skill
    also the root, where it does not lie in the first project of its workspace. To show and
    to approve a skill also take the id of the proposal, to show it the hash of what it was
    compared with.
    """

    def operation(
        on_skill: Callable[[str, str, str], Decided],
        on_lesson: Callable[[str, str], Decided] | None,
    ) -> Operation:
        def run(args: dict[str, Any]) -> dict[str, Any]:
            workspace, lesson = str(args.get("workspace", "")), str(args.get("lesson", ""))
            if lesson and on_lesson:
                decided = on_lesson(workspace, lesson)
            else:
                skill, root = str(args.get("skill", "")), str(args.get("root", ""))
                decided = on_skill(workspace, skill, root)
            return msgspec.structs.asdict(decided)

        return run

    def approve(args: dict[str, Any]) -> Any:
        meant = str(args.get("proposal", ""))
        return operation(partial(decisions.approve, proposal=meant), decisions.allow)(args)

    def show(args: dict[str, Any]) -> None:
        fields = ("workspace", "skill", "root", "proposal", "over")
        decisions.show(*(str(args.get(name, "")) for name in fields))

    return {
        "approve": approve,
        "show": show,
        "reject": operation(decisions.reject, decisions.refuse),
        "retire": operation(decisions.retire, None),
        "pin": operation(decisions.pin, None),
        "release": operation(decisions.release, None),
        "undo": operation(decisions.undo, None),
    }


def forget_operations(
    forgetting: Forgetting, pulse: Pulse | None = None
) -> Mapping[str, Operation]:
    """Return by name what forgets, also where no daemon runs.

    It takes the fields of a `Selection`, and answers with those of `Forgotten`.
    """
    beating = pulse or Pulse()

    def forget(args: dict[str, Any]) -> Any:
        with beating.alone():
            done = forgetting.forget(msgspec.convert(args, Selection))
        return msgspec.to_builtins(done)

    return {"forget": forget}
