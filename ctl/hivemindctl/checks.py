"""What `hivemindctl doctor` looks at, in order: one function a check, each with its mend."""

import os
import shlex
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from hivemindctl import checks_capture, checks_learning
from hivemindctl.check import Check, fail, note, ok
from hivemindctl.client import Client
from hivemindctl.render import describe_bytes, describe_span, one_line, plural
from hivemindctl.service.base import bare_environment, find_fault
from hivemindctl.service.choose import choose_service
from hivemindctl.service.systemd import UNIT, Systemd
from hivemindd import __version__
from hivemindd.control.queries import list_sessions
from hivemindd.control.queries_forget import is_left_on_disk
from hivemindd.errors import ConfigError, HivemindError
from hivemindd.log.lock import read_ending
from hivemindd.log.schema import OldLogError
from hivemindd.mounts import MOUNTS, find_network
from hivemindd.runtime.complaints import last_complaint

DISK_MIN = 500_000_000
FUTURE_MS = 300_000
RECENT_MS = 86_400_000
_GAVE_UP = {
    "start-limit-hit": "systemd gave up on it: it ended again and again",
    "oom-kill": "the kernel ended it: it took too much memory",
    "watchdog": "systemd ended it: it hung",
}


def run_checks(client: Client) -> Iterator[Check]:
    """Do all checks, one after the other; one that cannot be done has failed.

    What keeps several from being done is said once.
    """
    said = set()
    for name, check, mend in CHECKS:
        try:
            yield from check(client)
        except HivemindError as error:
            if str(error) not in said:
                yield fail(name, str(error), mend)
            said.add(str(error))
        except OSError as error:
            yield fail(name, f"{error.filename}: {error.strerror}", mend)


def check_home(client: Client) -> Iterable[Check]:
    """Look at the home folder, from which every other path follows."""
    home = client.paths.home
    if home.stat().st_uid != os.getuid():
        yield fail("home", f"{home} belongs to somebody else", "set HOME to your own folder")
    else:
        yield ok("home", str(home))


def check_config(client: Client) -> Iterable[Check]:
    """Read the settings."""
    config, file = client.config, client.config_file
    shown = client.terminal.path(str(file))
    if not file.exists():
        yield ok("settings", f"no {shown}: the defaults hold")
    elif not config.publish:
        yield note("settings", f"{shown}: no skill is written", "set publish = true")
    else:
        yield ok("settings", shown)


def check_state(client: Client) -> Iterable[Check]:
    """Make sure that nobody else can read what was captured."""
    folder = client.paths.state
    if not folder.exists():
        yield note("state folder", f"{folder} does not exist yet", "`hivemindctl install`")
        return
    if kind := find_network(folder, MOUNTS):
        found = f"{folder} lies on {kind}, where a log breaks"
        yield fail("state folder", found, "set XDG_STATE_HOME to a local disk, then install again")
    files, shown = list(_look_through(folder)), shlex.quote(str(folder))
    foreign = [path for path, status in files if status.st_uid != os.getuid()]
    wrong = [path for path, status in files if stat.S_IMODE(status.st_mode) & 0o077]
    if foreign:
        found = f"{foreign[0]} belongs to somebody else"
        yield fail("state folder", found, f"sudo chown -R {os.getuid()} {shown}")
    elif wrong:
        names = " ".join(map(str, wrong[:3]))
        yield fail("state folder", f"others can reach {names}", f"chmod -R go= {shown}")
    else:
        yield ok("state folder", f"{client.terminal.path(str(folder))} is yours alone")


def check_log(client: Client) -> Iterable[Check]:
    """Open the log and read all session rows."""
    if not client.has_log:
        yield note("log", "nothing has been captured yet", "`hivemindctl install`")
        return
    try:
        sessions = client.read(list_sessions)
    except OldLogError as error:
        yield fail("log", str(error), "`hivemindctl install`")
    except ConfigError as error:
        yield fail("log", str(error), "upgrade hivemindd")
    else:
        events = sum(row.events for row in sessions)
        yield ok("log", f"{plural(len(sessions), 'session')} with {plural(events, 'event')}")
        if client.read(is_left_on_disk):
            found = "what was forgotten still lies in its file, which could not be written anew"
            yield fail("log", found, "free some disk space: it is tried again every hour")
    for kept in sorted(client.paths.log.glob("data.mdb.schema-*")):
        found = f"{kept} is kept from before an upgrade, {describe_bytes(kept.stat().st_size)}"
        yield note("log", found, f"rm {shlex.quote(str(kept))}")
    aside = [*client.paths.log.glob("*.damaged-*")]
    if aside:
        size = sum(path.stat().st_blocks * 512 for path in aside)
        found = f"{plural(len(aside), 'damaged log')} put aside, {describe_bytes(size)}"
        folder = shlex.quote(str(client.paths.log))
        yield note("log", found, f"if nothing is missing: rm {folder}/*.damaged-*")


def check_daemon(client: Client) -> Iterable[Check]:
    """Ask the daemon whether it lives, answers, and is of our version."""
    daemon = client.daemon[0]
    if not daemon.running:
        yield _ended(client)
    elif not daemon.answers:
        found = f"pid {daemon.pid} lives, but does not answer on {client.paths.socket}"
        yield fail("daemon", found, "`hivemindctl install` starts it anew")
    elif daemon.version != __version__:
        found = f"version {one_line(daemon.version, 20)} runs, hivemindctl is {__version__}"
        yield fail("daemon", found, "`hivemindctl install` restarts it")
    elif daemon.prefix and not Path(daemon.prefix).is_dir():
        found = f"pid {daemon.pid} runs from {daemon.prefix}, which is gone"
        yield fail("daemon", found, _ELSEWHERE)
    else:
        yield ok("daemon", f"pid {daemon.pid}, up {describe_span(daemon.uptime_s)}")


def check_service(client: Client) -> Iterable[Check]:
    """See whether the daemon comes back after a restart of the machine."""
    service = choose_service(client.paths, client.env)
    if not service.survives_login:
        found = "no systemd or launchd answers, so nothing starts it with this machine"
        yield note("service", found, "`hivemindctl install` after each restart")
    elif not service.is_installed():
        yield fail("service", f"{service.name} is not installed", "`hivemindctl install`")
    elif not service.is_current():
        python = service.interpreter()
        fault = find_fault(python, bare_environment(client.env)) if python else ""
        if fault:
            yield fail("service", f"its unit names a Python that is of no use: {fault}", _ANEW)
        else:
            found = "its unit was written by another installation, or edited"
            yield note("service", found, _ANEW)
    else:
        yield ok("service", service.name)


def check_disk(client: Client) -> Iterable[Check]:
    """See whether the log has room to grow."""
    folder = client.paths.state
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < DISK_MIN:
        found = f"{describe_bytes(free)} are free at {folder}"
        yield fail("disk", found, "free some disk space: on a full disk nothing is captured")
    else:
        yield ok("disk", f"{describe_bytes(free)} are free")


def check_clock(client: Client) -> Iterable[Check]:
    """Compare the clock with the newest event: one from the future tells of a wrong clock."""
    sessions = client.read(list_sessions) if client.has_log else []
    ahead = max((row.last_event for row in sessions), default=0) - client.now
    if ahead > FUTURE_MS:
        found = f"the newest event lies {describe_span(ahead / 1000)} in the future"
        here = datetime.fromtimestamp(client.now / 1000).astimezone()
        yield fail("clock", found, f"set the clock of this machine: it says {here:%Y-%m-%d %H:%M}")
    else:
        yield ok("clock", "agrees with the transcripts")


def check_last_error(client: Client) -> Iterable[Check]:
    """Repeat what the daemon complained of last, if that was not long ago."""
    last = last_complaint(client.paths.complaint_file)
    if last is None:
        yield ok("last error", "none is known")
        return
    when = client.terminal.time(last.ts)
    if client.now - last.ts > RECENT_MS:
        yield ok("last error", f"{when}, none since")
        return
    found = f"{when}: {last.what}" + (f": {last.cause}" if last.cause else "")
    found += f" ({client.terminal.path(last.about)})" if last.about else ""
    yield note("last error", one_line(found, 400), "`hivemindctl logs` has what came before")


def _look_through(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield a folder and all in it, but for what goes meanwhile, as a file that was renamed."""
    for path in (folder, *sorted(folder.rglob("*"))):
        with suppress(FileNotFoundError):
            yield path, path.lstat()


def _ended(client: Client) -> Check:
    """Say that no daemon runs, and as far as it is known why."""
    found, mend = "hivemindd is not running", "`hivemindctl install` starts it"
    words = read_ending(client.paths.lock_file) or ""
    if words.isdecimal():
        found += f": pid {words} was killed, or the machine went down"
    elif words:
        found += f": {one_line(words, 300)}"
        mend = "mend that, then `hivemindctl install`"
    service = choose_service(client.paths, client.env)
    if isinstance(service, Systemd) and (reason := _GAVE_UP.get(service.ending(), "")):
        found += f"; {reason}"
        mend = f"`systemctl --user reset-failed {UNIT}`, then `hivemindctl install`"
    return fail("daemon", found, mend)


_ANEW = "`hivemindctl install` writes it anew"
_ELSEWHERE = "`hivemindctl install` starts it from where hivemindctl is"
_REBUILD = "restart the daemon: it builds a damaged log anew from the transcripts"
_SETTINGS = "mend the file, or move it away"
_HOME = "set HOME to your own folder"
CHECKS: tuple[tuple[str, Callable[[Client], Iterable[Check]], str], ...] = (
    ("home", check_home, _HOME),
    ("settings", check_config, _SETTINGS),
    ("state folder", check_state, "make it a folder of yours"),
    ("log", check_log, _REBUILD),
    ("daemon", check_daemon, "`hivemindctl install` starts it"),
    ("service", check_service, "install hivemindd again"),
    ("last error", check_last_error, "make it a folder of yours"),
    ("paused", checks_capture.check_paused, _REBUILD),
    ("assistants", checks_capture.check_assistants, _HOME),
    ("transcripts", checks_capture.check_transcripts, _REBUILD),
    ("watching", checks_capture.check_watches, _HOME),
    ("record types", checks_capture.check_formats, _REBUILD),
    ("captured", checks_capture.check_success, _REBUILD),
    ("judge", checks_learning.check_judge, checks_learning.SETTINGS),
    ("small model", checks_learning.check_model, "install hivemindd again"),
    ("learning", checks_learning.check_learning, _REBUILD),
    ("git", checks_learning.check_git, "install git"),
    ("disk", check_disk, "free some disk space"),
    ("clock", check_clock, _REBUILD),
)
"""Each check with its name, and the mend where it cannot even be done."""
