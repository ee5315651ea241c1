"""Whether a daemon runs and answers, as far as a client can tell."""

from pathlib import Path

import msgspec

from hivemindd.control.protocol import ask
from hivemindd.control.queries_status import DaemonStatus, JudgeStatus
from hivemindd.errors import HivemindError, NotRunningError
from hivemindd.log.lock import holder
from hivemindd.paths import Paths
from hivemindd.runtime.progress import Progress

LOCAL = "local"


class _Answer(msgspec.Struct, frozen=True):
    """What the daemon's `status` says; a newer daemon may say more."""

    pid: int
    version: str = ""
    prefix: str = ""
    settings: str = ""
    started_ms: int = 0
    backlog: int = 0
    live: bool = False
    judge: str = ""
    progress: Progress | None = None
    learned_per_min: float | None = None


def look_at_daemon(paths: Paths, now: int) -> tuple[DaemonStatus, JudgeStatus | None]:
    """Return what is known of the daemon at a time (ms), and its judge where it names one."""
    pid = holder(paths.lock_file)
    if pid is None:
        return DaemonStatus(), None
    try:
        answer = msgspec.convert(ask(paths, "status"), _Answer)
    except (NotRunningError, HivemindError, msgspec.ValidationError):
        return DaemonStatus(running=True, pid=pid or None), None
    return DaemonStatus(
        running=True,
        answers=True,
        pid=answer.pid,
        version=answer.version,
        prefix=answer.prefix,
        settings=answer.settings,
        started_ms=answer.started_ms,
        uptime_s=max(0, now - answer.started_ms) // 1000,
        backlog=answer.backlog,
        live=answer.live,
        progress=answer.progress,
        learned_per_min=answer.learned_per_min,
    ), _judge(answer.judge)


def reads_older_settings(paths: Paths, daemon: DaemonStatus) -> bool:
    """Tell whether the daemon that runs was started before the settings or the key changed."""
    changed = max(_changed(settings_file(paths, daemon)), _changed(paths.key_file))
    return daemon.answers and changed > daemon.started_ms


def settings_file(paths: Paths, daemon: DaemonStatus) -> Path:
    """Return the file that the daemon reads; the usual one where it does not say."""
    return Path(daemon.settings or paths.config_file)


def _changed(file: Path) -> int:
    """Return when a file, or who may read it, was last changed, in ms; 0 for none."""
    try:
        found = file.stat()
    except OSError:
        return 0
    return max(found.st_mtime_ns, found.st_ctime_ns) // 1_000_000


def _judge(name: str) -> JudgeStatus | None:
    """Return the judge by its name: `local`, or "api:MODEL/PROMPT" with any kind for "api"."""
    if not name:
        return None
    kind, _, model = name.partition(":")
    if not model:
        return JudgeStatus(kind=LOCAL, model="", why="")
    model, _, prompt = model.rpartition("/")
    return JudgeStatus(kind=kind, model=model, prompt=prompt, why="")
