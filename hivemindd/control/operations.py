"""What a running daemon does when hivemindctl asks."""

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from hivemindd import __version__
from hivemindd.codify.decisions import Decisions
from hivemindd.codify.forget import Forgetting
from hivemindd.codify.pool import CodifyPool
from hivemindd.codify.rulings import Decided, Rulings
from hivemindd.codify.selection import Selection
from hivemindd.control.server import Operation
from hivemindd.errors import UsageError
from hivemindd.ingest.service import IngestService
from hivemindd.runtime.pulse import Pulse

Arguments = TypeVar("Arguments")


class _Pause(msgspec.Struct, frozen=True):
    workspace: str = ""
    until_ms: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0


class _Resume(msgspec.Struct, frozen=True):
    workspace: str = ""
    catch_up: bool = False


class _Skillify(msgspec.Struct, frozen=True):
    workspace: str = ""


class _Decision(msgspec.Struct, frozen=True):
    workspace: str = ""
    lesson: str = ""
    skill: str = ""
    root: str = ""
    proposal: str = ""
    over: str = ""
    rule: str = ""


def make_operations(
    capture: IngestService,
    codify: CodifyPool,
    *,
    settings: Path,
    started: int,
    stop: Callable[[], None],
) -> Mapping[str, Operation]:
    """Return the operations by name; each takes the arguments of the request."""

    def status(_args: dict[str, Any]) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "version": __version__,
            "prefix": sys.prefix,
            "settings": os.fsencode(settings).decode(errors="replace"),
            "started_ms": started,
            "backlog": capture.backlog,
            "live": capture.live.is_set(),
            "progress": capture.progress,
            "judge": codify.judge,
            "learned_per_min": codify.pace.per_minute(),
        }

    def pause(args: dict[str, Any]) -> None:
        wanted = _read(args, _Pause)
        capture.pause(wanted.workspace, wanted.until_ms)

    def resume(args: dict[str, Any]) -> dict[str, int]:
        wanted = _read(args, _Resume)
        return {"caught_up": capture.resume(wanted.workspace, catch_up=wanted.catch_up)}

    def skillify(args: dict[str, Any]) -> dict[str, int]:
        return {"queued": codify.ask(_read(args, _Skillify).workspace)}

    def shut_down(_args: dict[str, Any]) -> None:
        stop()

    return {
        "status": status,
        "pause": pause,
        "resume": resume,
        "skillify": skillify,
        "stop": shut_down,
    }


def decision_operations(decisions: Decisions, rulings: Rulings) -> Mapping[str, Operation]:
    """Return by name what carries out a person's decisions, also where no daemon runs.

    Each takes the ids of a workspace, and of a skill or of a lesson that waits; of a lesson
    also its rule as it was read, of a skill the root, where it does not lie in the first
    project of its workspace. To show and
    to approve a skill also take the id of the proposal, to show it the hash of what it was
    compared with.
    """

    def operation(
        on_skill: Callable[[str, str, str], Decided],
        on_lesson: Callable[[str, str, str], Decided] | None,
    ) -> Operation:
        def run(args: dict[str, Any]) -> dict[str, Any]:
            wanted = _read(args, _Decision)
            if wanted.lesson and on_lesson:
                decided = on_lesson(wanted.workspace, wanted.lesson, wanted.rule)
            else:
                decided = on_skill(wanted.workspace, wanted.skill, wanted.root)
            return msgspec.structs.asdict(decided)

        return run

    def approve(args: dict[str, Any]) -> Any:
        meant = _read(args, _Decision).proposal
        return operation(partial(decisions.approve, proposal=meant), rulings.allow)(args)

    def show(args: dict[str, Any]) -> None:
        wanted = _read(args, _Decision)
        decisions.show(wanted.workspace, wanted.skill, wanted.root, wanted.proposal, wanted.over)

    return {
        "approve": approve,
        "show": show,
        "reject": operation(decisions.reject, rulings.refuse),
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
            done = forgetting.forget(_read(args, Selection))
        return msgspec.to_builtins(done)

    return {"forget": forget}


def _read(args: dict[str, Any], kind: type[Arguments]) -> Arguments:
    """Return the arguments of a request; who asks may be older, newer, or no hivemindctl.

    Raises:
        UsageError: they are of another type.
    """
    try:
        return msgspec.convert(args, kind)
    except msgspec.ValidationError as error:
        raise UsageError(f"the request is not understood: {error}") from error
