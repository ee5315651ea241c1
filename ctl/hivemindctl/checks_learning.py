"""What doctor looks at on the way from the log to a skill."""

import logging
import shlex
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog

from hivemindctl.check import Check, fail, is_private, note, ok
from hivemindctl.client import Client
from hivemindctl.commands.status import describe
from hivemindctl.render import one_line, plural
from hivemindd.control.queries_health import list_stuck
from hivemindd.control.queries_judge import reach_judge
from hivemindd.control.queries_status import describe_judge
from hivemindd.encoder.process import Encoder
from hivemindd.errors import EncoderError
from hivemindd.work import Due

SETTINGS = "mend the settings, then `hivemindctl install`"
_AGAIN = "then `hivemindctl skillify --now`"


def check_judge(client: Client) -> Iterable[Check]:
    """See which judge is configured and whether it can be reached, without a question to it."""
    judge = describe_judge(client.paths, client.config, client.env)
    key = client.paths.key_file
    if judge.fault:
        no_key = "no API key" in judge.fault
        mend = f"write the key into {key} and chmod 600 it" if no_key else SETTINGS
        yield fail("judge", judge.fault, mend)
        return
    if key.exists() and not is_private(key):
        yield fail("judge", f"others can read {key}", f"chmod 600 {shlex.quote(str(key))}")
        return
    name = f"{judge.kind} {judge.model}".strip()
    used = describe(client)
    if used.daemon.answers and used.judge.kind != judge.kind:
        name = f"{used.judge.kind} {used.judge.model}".strip()
        found = f"{name} judges, not {judge.kind} as for this shell: {used.judge.why}"
        yield note("judge", found, f"write the key into {key} (chmod 600), then install again")
        return
    reach = reach_judge(client.paths, client.config, client.env)
    if reach.state == "there":
        yield ok("judge", f"{name}, {reach.found} ({judge.why})")
    elif reach.state == "refused":
        mend = f"write another key into {key}; what waits is kept"
        yield fail("judge", f"{name}: {reach.found}", mend)
    else:
        mend = f"mend the network, or the judge's address in {client.config_file}"
        yield fail("judge", f"{name}: {reach.found}", f"{mend}; what waits is kept")


def check_model(client: Client) -> Iterable[Check]:
    """Let the small model read two words, as it does for the daemon."""
    if not client.config.judge.small_model:
        yield ok("small model", "switched off in the settings")
        return
    encoder = Encoder()
    try:
        with _silence():
            encoder.read([("use pnpm", "")])
    except EncoderError as error:
        mend = "install hivemindd again, or set judge.small_model = false"
        yield fail("small model", str(error), mend)
    else:
        yield ok("small model", "its weights are there and it reads")
    finally:
        encoder.close()


@contextmanager
def _silence() -> Iterator[None]:
    """Let nothing print of its own accord among our lines."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def check_learning(client: Client) -> Iterable[Check]:
    """Tell of sessions that cannot be learned from, each reason once."""
    if not client.has_log:
        return
    by_reason: dict[str, list[Due]] = {}
    for row in client.read(list_stuck):
        by_reason.setdefault(row.error, []).append(row)
    for reason, rows in list(by_reason.items())[:4]:
        found = f"{plural(len(rows), 'session')} failed: {one_line(reason, 300)}"
        if any(row.needs_person for row in rows):
            yield fail("learning", found, f"mend that, {_AGAIN}")
        elif rows[0].over_budget:
            mend = "wait until midnight, or raise judge.daily_budget, then `hivemindctl install`"
            yield note("learning", found, mend)
        else:
            mend = "it is tried again; `hivemindctl skillify --now` does not wait"
            yield note("learning", found, mend)
    if not by_reason:
        yield ok("learning", "nothing has failed")


def check_git(client: Client) -> Iterable[Check]:
    """See whether git can be asked what became of a skill that is missing."""
    if shutil.which("git", path=client.env.get("PATH")) is None:
        found = "git is not found: commits teach nothing, and no skill is ever called deleted"
        yield note("git", found, "install git, or put it on the PATH of the service")
