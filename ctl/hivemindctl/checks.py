"""What `hivemindctl doctor` looks at: one function a check, each with its mend."""

import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from hivemindctl.client import Client
from hivemindctl.probe import look_at_daemon
from hivemindctl.render import describe_bytes, describe_span, label, one_line, plural
from hivemindctl.service.base import bare_environment, find_fault
from hivemindctl.service.choose import choose_service
from hivemindd import __version__
from hivemindd.assistants.base import Places
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.control.queries import list_sessions
from hivemindd.control.queries_forget import is_left_on_disk
from hivemindd.control.queries_skillify import describe_skillify
from hivemindd.control.queries_status import describe_judge, list_tallies
from hivemindd.errors import HivemindError

DISK_MIN = 500_000_000
WATCHES = Path("/proc/sys/fs/inotify/max_user_watches")
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
INSTANCES_MIN = 16
FUTURE_MS = 300_000
COUNTED = 200_000  # folders, past which counting them only to compare takes too long
_DAMAGED = frozenset({"malformed line", "oversized line"})


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What one check found; `note` is worth knowing and no failure."""

    check: str
    state: Literal["ok", "note", "fail"]
    found: str
    mend: str = ""


def run_checks(client: Client) -> Iterator[Check]:
    """Do all checks, one after the other; one that cannot be done has failed."""
    for name, check, mend in CHECKS:
        try:
            yield from check(client)
        except HivemindError as error:
            yield _fail(name, str(error), mend)


def check_home(client: Client) -> Iterable[Check]:
    """Look at the home folder, from which every other path follows."""
    home = client.paths.home
    if home.stat().st_uid != os.getuid():
        yield _fail("home", f"{home} belongs to somebody else", "set HOME to your own folder")
    else:
        yield _ok("home", str(home))


def check_config(client: Client) -> Iterable[Check]:
    """Read the settings."""
    config, file = client.config, client.paths.config_file
    shown = client.terminal.path(str(file))
    if not file.exists():
        yield _ok("settings", f"{shown} does not exist, the defaults hold")
    elif not config.publish:
        yield _note("settings", f"{shown}: no skill is written", "set publish = true")
    else:
        yield _ok("settings", shown)


def check_state(client: Client) -> Iterable[Check]:
    """Make sure that nobody else can read what was captured."""
    folder = client.paths.state
    if not folder.exists():
        yield _note("state folder", f"{folder} does not exist yet", "`hivemindctl install`")
        return
    wrong = [path for path in (folder, *sorted(folder.rglob("*"))) if not _is_private(path)]
    if wrong:
        names = " ".join(map(str, wrong[:3]))
        yield _fail("state folder", f"others can reach {names}", f"chmod -R go= {folder}")
    else:
        yield _ok("state folder", f"{client.terminal.path(str(folder))} is yours alone")


def check_log(client: Client) -> Iterable[Check]:
    """Open the log and read all session rows."""
    if not client.has_log:
        yield _note("log", "nothing has been captured yet", "`hivemindctl install`")
        return
    sessions = client.read(list_sessions)
    events = sum(row.events for row in sessions)
    yield _ok("log", f"{plural(len(sessions), 'session')} with {plural(events, 'event')}")
    for kept in sorted(client.paths.log.glob("data.mdb.schema-*")):
        size = describe_bytes(kept.stat().st_size)
        yield _note("log", f"{kept} is kept from before an upgrade, {size}", f"rm {kept}")
    if client.read(is_left_on_disk):
        found = "what was forgotten still lies in its file, which could not be written anew"
        yield _fail("log", found, "free some disk space: it is tried again every hour")


def check_daemon(client: Client) -> Iterable[Check]:
    """Ask the daemon whether it lives, answers, and is of our version."""
    daemon = look_at_daemon(client)[0]
    if not daemon.running:
        yield _fail("daemon", "hivemindd is not running", "`hivemindctl install` starts it")
    elif not daemon.answers:
        found = f"pid {daemon.pid} lives, but does not answer on {client.paths.socket}"
        yield _fail("daemon", found, "`hivemindctl uninstall`, then `install` again")
    elif daemon.version != __version__:
        found = f"version {one_line(daemon.version, 20)} runs, hivemindctl is {__version__}"
        yield _fail("daemon", found, "`hivemindctl install` restarts it")
    elif daemon.prefix and not Path(daemon.prefix).is_dir():
        found = f"pid {daemon.pid} runs from {daemon.prefix}, which is gone"
        yield _fail("daemon", found, _ELSEWHERE)
    else:
        yield _ok("daemon", f"pid {daemon.pid}, up {describe_span(daemon.uptime_s)}")


def check_service(client: Client) -> Iterable[Check]:
    """See whether the daemon comes back after a restart of the machine."""
    service = choose_service(client.paths, client.env)
    if not service.survives_login:
        found = "neither systemd nor launchd answers: nothing starts it after a restart"
        yield _note("service", found, "run `hivemindctl install` after each restart")
    elif not service.is_installed():
        yield _fail("service", f"{service.name} is not installed", "`hivemindctl install`")
    elif not service.is_current():
        python = service.interpreter()
        fault = find_fault(python, bare_environment(client.env)) if python else ""
        if fault:
            yield _fail("service", f"its unit names a Python that is of no use: {fault}", _ANEW)
        else:
            found = "its unit was written by another installation, or edited"
            yield _note("service", found, _ANEW)
    else:
        yield _ok("service", service.name)


def check_assistants(client: Client) -> Iterable[Check]:
    """See which assistants have a folder of transcripts."""
    places = Places(client.paths.home, client.env)
    found = [
        label(assistant.name)
        for assistant in ASSISTANTS
        if any(root.is_dir() for root in assistant.roots(places))
    ]
    if found:
        yield _ok("assistants", ", ".join(found))
        return
    names = ", ".join(label(assistant.name) for assistant in ASSISTANTS)
    mend = "use one of them, or set CLAUDE_CONFIG_DIR or CODEX_HOME where its folder is elsewhere"
    yield _fail("assistants", f"no transcripts of {names}", mend)


def check_watches(client: Client) -> Iterable[Check]:
    """Compare the folders to watch with what the kernel allows."""
    limit, instances = _number(WATCHES), _number(INSTANCES)
    if limit is None or instances is None:
        yield _ok("watching", "this system has no limit of watches")
        return
    places = Places(client.paths.home, client.env)
    roots = [root for assistant in ASSISTANTS for root in assistant.roots(places)]
    needed = sum(1 for root in roots for _ in islice(os.walk(root), COUNTED))
    if needed > limit // 2:
        found = f"{needed:,} folders to watch, and {limit:,} watches for all programs together"
        mend = f"sudo sysctl fs.inotify.max_user_watches={max(524_288, 4 * needed)}"
        yield _fail("watching", found, mend)
    elif instances < INSTANCES_MIN:
        found = f"only {instances} programs may watch"
        yield _fail("watching", found, "sudo sysctl fs.inotify.max_user_instances=128")
    else:
        yield _ok("watching", f"{plural(needed, 'folder')}, {limit:,} watches allowed")


def check_formats(client: Client) -> Iterable[Check]:
    """Tell of records that no rule knows, by assistant and version, and of broken lines."""
    tallies = client.read(list_tallies) if client.has_log else []
    unknown = [row for row in tallies if row.what not in _DAMAGED]
    broken = [row for row in tallies if row.what in _DAMAGED]
    if not unknown:
        yield _ok("record types", "all are known")
    for row in unknown[:8]:
        what = one_line(f"{label(row.assistant)} {row.version}: {row.what}", 60)
        yield _note("record types", f"{what}, {plural(row.count, 'time')}", "upgrade hivemindd")
    if not broken:
        yield _ok("lines", "all could be read")
    for row in broken:
        found = f"{label(row.assistant)}: {plural(row.count, row.what)}, last in {row.path}"
        yield _note("lines", found, "nothing to do: what could be read was kept")


def check_disk(client: Client) -> Iterable[Check]:
    """See whether the log has room to grow."""
    folder = client.paths.state
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < DISK_MIN:
        yield _fail("disk", f"{describe_bytes(free)} are free at {folder}", "free some disk space")
    else:
        yield _ok("disk", f"{describe_bytes(free)} are free")


def check_judge(client: Client) -> Iterable[Check]:
    """See which judge is configured, without asking it, and whether work waits for it."""
    judge = describe_judge(client.paths, client.config, client.env)
    key = client.paths.key_file
    if judge.fault:
        no_key = "no API key" in judge.fault
        mend = f"write the key into {key} and chmod 600 it" if no_key else _SETTINGS
        yield _fail("judge", judge.fault, mend)
    elif key.exists() and not _is_private(key):
        yield _fail("judge", f"others can read {key}", f"chmod 600 {key}")
    else:
        yield _ok("judge", f"{judge.kind} {judge.model}".strip() + f" ({judge.why})")
    if not client.has_log:
        return
    waiting = client.read(lambda log: describe_skillify(log, every_n_turns=1))
    failed = [item for row in waiting for item in row.pending if item.attempts]
    if failed:
        found = f"{plural(len(failed), 'session')} failed: {one_line(failed[0].error, 200)}"
        yield _note("judge", found, "it is tried again; `hivemindctl skillify --now` does not wait")


def check_clock(client: Client) -> Iterable[Check]:
    """Compare the clock with the newest event: one from the future tells of a wrong clock."""
    sessions = client.read(list_sessions) if client.has_log else []
    ahead = max((row.last_event for row in sessions), default=0) - client.now
    if ahead > FUTURE_MS:
        found = f"the newest event lies {describe_span(ahead / 1000)} in the future"
        yield _note("clock", found, "set the clock of this machine")
    else:
        yield _ok("clock", "agrees with the transcripts")


_ANEW = "`hivemindctl install` writes it anew"
_ELSEWHERE = "`hivemindctl install` starts it from where hivemindctl is"
_REBUILD = "restart the daemon: it builds a damaged log anew from the transcripts"
_SETTINGS = "mend the file, or move it away"
CHECKS: tuple[tuple[str, Callable[[Client], Iterable[Check]], str], ...] = (
    ("home", check_home, "set HOME to your own folder"),
    ("settings", check_config, _SETTINGS),
    ("state folder", check_state, "make it a folder of yours"),
    ("log", check_log, _REBUILD),
    ("daemon", check_daemon, "`hivemindctl install` starts it"),
    ("service", check_service, "install hivemindd again"),
    ("assistants", check_assistants, "set HOME to your own folder"),
    ("watching", check_watches, "set HOME to your own folder"),
    ("record types", check_formats, _REBUILD),
    ("judge", check_judge, _SETTINGS),
    ("disk", check_disk, "free some disk space"),
    ("clock", check_clock, _REBUILD),
)
"""Each check with its name, and the mend where it cannot even be done."""


def _ok(check: str, found: str) -> Check:
    return Check(check=check, state="ok", found=found)


def _note(check: str, found: str, mend: str) -> Check:
    return Check(check=check, state="note", found=found, mend=mend)


def _fail(check: str, found: str, mend: str) -> Check:
    return Check(check=check, state="fail", found=found, mend=mend)


def _is_private(path: Path) -> bool:
    """Tell whether only its owner, who is us, can reach a file."""
    status = path.stat(follow_symlinks=False)
    return status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None
