"""What a running daemon does when hivemindctl asks."""

from collections.abc import Callable, Mapping
from typing import Any

from hivemindd import __version__
from hivemindd.clock import Clock
from hivemindd.codify.pool import CodifyPool
from hivemindd.control.server import Operation
from hivemindd.ingest.service import IngestService


def make_operations(
    capture: IngestService, codify: CodifyPool, *, clock: Clock, pid: int, stop: Callable[[], None]
) -> Mapping[str, Operation]:
    """Return the operations by name; each takes the arguments of the request."""
    started = clock.now()

    def status(_args: dict[str, Any]) -> dict[str, Any]:
        return {
            "pid": pid,
            "version": __version__,
            "started_ms": started,
            "backlog": capture.backlog,
            "live": capture.live.is_set(),
            "judge": codify.judge,
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
