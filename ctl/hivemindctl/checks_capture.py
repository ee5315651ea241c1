"""What doctor looks at on the way from the transcripts into the log."""

import shlex
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from hivemindctl.check import Check, fail, note, ok
from hivemindctl.client import Client
from hivemindctl.commands.status import describe
from hivemindctl.render import describe_span, label, one_line, plural
from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.control.queries_health import (
    Unread,
    count_folders,
    count_watches,
    last_successes,
    list_unread,
)
from hivemindd.control.queries_status import list_tallies

WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
INSTANCES_MIN = 16
BEHIND_MS = 120_000
PATIENCE = 2.0  # seconds
_SHOWN = 8
_DAMAGED = frozenset({"malformed line", "oversized line"})
_LOGS = "`hivemindctl logs` says why; `hivemindctl install` starts it anew"


def check_assistants(client: Client) -> Iterable[Check]:
    """See which assistants have a folder of transcripts."""
    places = Places(client.paths.home, client.env)
    found, missing = [], []
    for assistant in ASSISTANTS:
        roots = assistant.roots(places)
        if any(root.is_dir() for root in roots):
            found.append(label(assistant.name))
        else:
            missing.append(f"{label(assistant.name)} ({client.terminal.path(str(roots[0]))})")
    if not found:
        mend = "use one of them, or set CLAUDE_CONFIG_DIR, CODEX_HOME or CURSOR_DATA_DIR"
        yield fail("assistants", f"none has a folder: {', '.join(missing)}", mend)
    elif missing:
        yield ok("assistants", f"{', '.join(found)}; not used: {', '.join(missing)}")
    else:
        yield ok("assistants", ", ".join(found))


def check_transcripts(client: Client) -> Iterable[Check]:
    """Look for transcripts that cannot be read, and for those that wait too long."""
    places = Places(client.paths.home, client.env)
    if client.has_log:
        count, unread = client.read(lambda log: list_unread(log, ASSISTANTS, places))
    else:
        count, unread = list_unread(None, ASSISTANTS, places)
    barred = [row for row in unread if row.cause]
    for row in barred[:_SHOWN]:
        found = f"{client.terminal.path(row.path)} cannot be read: {row.cause}"
        yield fail("transcripts", found, _bar(Path(row.path)))
    if len(barred) > _SHOWN:
        found = f"{len(barred) - _SHOWN:,} more cannot be read"
        yield fail("transcripts", found, "give yourself the right to read them")
    waiting = [row for row in unread if not row.cause]
    if waiting:
        yield _waiting(client, waiting)
    elif not barred:
        yield ok("transcripts", f"{count:,}, none waits to be read" if count else "none yet")


def check_paused(client: Client) -> Iterable[Check]:
    """Say what is not captured because somebody has paused it."""
    paused = describe(client).paused
    if paused is not None:
        names = [one_line(each.name, 30) for each in paused.workspaces]
        what = "everything" if paused.everything else ", ".join(names)
        yield note("paused", f"nothing is captured of {what}", "`hivemindctl resume`")


def check_watches(client: Client) -> Iterable[Check]:
    """Count the folders that the daemon watches, and compare with what the kernel allows."""
    limit, instances = _number(WATCHES), _number(INSTANCES)
    if limit is None or instances is None:
        yield ok("watching", "this system has no limit of watches")
        return
    needed = count_folders(ASSISTANTS, Places(client.paths.home, client.env))
    daemon = client.daemon[0]
    watched = _count_patiently(daemon.pid, needed) if daemon.live and daemon.pid else None
    raised = f"sudo sysctl fs.inotify.max_user_watches={max(524_288, 4 * needed)}"
    if daemon.live and needed and watched is None:
        found = "nothing can be watched: changes are seen after half a minute"
        yield fail("watching", found, f"sudo sysctl fs.inotify.max_user_instances={2 * instances}")
    elif watched is not None and watched < needed:
        found = f"{watched:,} of {plural(needed, 'folder')} are watched, the others looked through"
        yield fail("watching", f"{found} every half minute", raised)
    elif watched is None and needed > limit // 2:
        found = f"{needed:,} folders to watch, and {limit:,} watches for all programs together"
        yield fail("watching", found, raised)
    elif watched is None and instances < INSTANCES_MIN:
        found = f"only {plural(instances, 'program')} may watch"
        yield fail("watching", found, "sudo sysctl fs.inotify.max_user_instances=128")
    else:
        yield ok("watching", f"{plural(needed, 'folder')}, {limit:,} watches allowed")


def _count_patiently(pid: int, needed: int) -> int | None:
    """Return how many folders a daemon watches; one that has just started still adds some."""
    end = time.monotonic() + PATIENCE
    watched = count_watches(pid)
    while (watched or 0) < needed and time.monotonic() < end:
        time.sleep(0.1)
        watched = count_watches(pid)
    return watched


def check_formats(client: Client) -> Iterable[Check]:
    """Tell of records that no rule knows, by assistant and version, and of broken lines."""
    tallies = client.read(list_tallies) if client.has_log else []
    unknown = [row for row in tallies if row.what not in _DAMAGED]
    broken = [row for row in tallies if row.what in _DAMAGED]
    if not unknown:
        yield ok("record types", "all are known")
    for row in unknown[:_SHOWN]:
        what = one_line(f"{label(row.assistant)} {row.version}: {row.what}", 60)
        mend = "upgrade hivemindd; until then these records are left out"
        yield note("record types", f"{what}, {plural(row.count, 'time')}", mend)
    if len(unknown) > _SHOWN:
        found = f"{len(unknown) - _SHOWN:,} more types that are not known"
        yield note("record types", found, "`hivemindctl doctor --json` after an upgrade")
    if not broken:
        yield ok("lines", "all could be read")
    for row in broken:
        place = client.terminal.path(row.path)
        found = f"{label(row.assistant)}: {plural(row.count, row.what)}, last in {place}"
        yield note("lines", found, "nothing to do: all that could be read was kept")


def check_success(client: Client) -> Iterable[Check]:
    """Say what went well last."""
    if not client.has_log:
        return
    last = client.read(last_successes)
    when = client.terminal.time
    if last.captured:
        yield ok("captured", f"last {when(last.captured)}, {label(last.assistant)}")
    if last.learned:
        yield ok("learned", f"last {when(last.learned)}")


def _waiting(client: Client, waiting: Sequence[Unread]) -> Check:
    """Judge how long transcripts have been waiting: that some do is no fault."""
    daemon = client.daemon[0]
    oldest = min(waiting, key=lambda row: row.since)
    behind = client.now - oldest.since
    many = plural(len(waiting), "transcript")
    if not daemon.answers:
        return note("transcripts", f"{many} to read once it runs", "`hivemindctl install`")
    if daemon.progress is not None or not daemon.live:
        return note("transcripts", f"{many} to read, it is at it", "`hivemindctl status --watch`")
    if behind < BEHIND_MS:
        return ok("transcripts", f"{many} to read, written to just now")
    path = client.terminal.path(oldest.path)
    found = f"{many} not read, for up to {describe_span(behind / 1000)}: {path}"
    return fail("transcripts", found, _LOGS)


def _bar(path: Path) -> str:
    """Return how to let us read a file or a folder."""
    shown = shlex.quote(str(path))
    if sys.platform == "darwin":
        return f"give {sys.executable} Full Disk Access, or chmod u+r {shown}"
    return f"chmod u+rx {shown}" if path.is_dir() else f"chmod u+r {shown}"


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None
