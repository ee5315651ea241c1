"""`hivemindctl status`: what runs, what was captured, what waits, what it cost."""

import time
from collections.abc import Iterator

import click
import msgspec

from hivemindctl import options
from hivemindctl.client import Client, make_client, pass_client
from hivemindctl.render import (
    WIDTH,
    describe_bytes,
    describe_span,
    label,
    one_line,
    plural,
    table,
    to_json,
)
from hivemindd.assistants.registry import ASSISTANTS
from hivemindd.control.queries_status import (
    AssistantStatus,
    DaemonStatus,
    JudgeStatus,
    PausedStatus,
    SessionCounts,
    SpendStatus,
    Status,
    describe_judge,
    describe_status,
)
from hivemindd.errors import HivemindError
from hivemindd.log.store import Log
from hivemindd.runtime.progress import Progress

_EVERY = 2.0
_MOMENT = 1.0
_REASONS = 3


@click.command("status", epilog=options.example("status", "status --watch"))
@click.option("--watch", is_flag=True, help="Keep it up to date until Ctrl-C.")
@options.as_json
@pass_client
def command(client: Client, *, watch: bool, as_json: bool) -> None:
    """Show what runs, what was captured of each assistant, what waits, what it cost."""
    lines = _show(client, as_json=as_json)
    if not watch:
        client.say("\n".join(lines))
        return
    from hivemindctl.live import LiveLines, LiveScreen  # noqa: PLC0415  only who watches pays

    live = client.terminal.is_tty and not as_json
    with LiveScreen() if live else LiveLines() as screen:
        while True:
            screen.draw(lines)
            time.sleep(_EVERY)
            client = make_client()
            try:
                lines = _show(client, as_json=as_json)
            except HivemindError as error:  # the daemon may be at it: whoever watches sees it mend
                from textwrap import wrap  # noqa: PLC0415  hardly ever needed

                lines = [] if as_json else wrap(f"hivemindctl: {error}", WIDTH)


def _show(client: Client, *, as_json: bool) -> list[str]:
    status = describe(client)
    return [to_json(status)] if as_json else [*_lines(client, status)]


def describe(client: Client) -> Status:
    """Return the status, from the log and from the daemon where one answers."""
    daemon, named = client.daemon
    judge = _merge(client, named, describe_judge(client.paths, client.config, client.env))

    def query(log: Log | None) -> Status:
        return describe_status(
            log,
            daemon,
            judge,
            paths=client.paths,
            config=client.config,
            assistants=ASSISTANTS,
            env=client.env,
            now=client.now,
        )

    return client.read(query) if client.has_log else query(None)


def _merge(client: Client, named: JudgeStatus | None, ours: JudgeStatus) -> JudgeStatus:
    """Return the judge that the daemon names, with what our own environment says of it.

    The two differ where a service does not see the key of this shell.
    """
    if named is None:
        return ours
    if named.kind == ours.kind:
        return msgspec.structs.replace(named, why=ours.why, fault=ours.fault)
    why = {
        "local": f"the daemon found no key in {client.paths.key_file}",
        "api": "the daemon has an API key",
    }.get(named.kind, "the daemon was started with it")
    return msgspec.structs.replace(named, why=why)


def _lines(client: Client, status: Status) -> Iterator[str]:
    terminal = client.terminal
    yield _daemon(client, status.daemon)
    if status.daemon.progress:
        yield from _progress(status.daemon.progress)
    if status.paused:
        yield terminal.paint(f"paused      {_paused(client, status.paused)}", "yellow")
    yield ""
    lines = table(
        ("assistant", "transcripts>", "sessions>", "events>", "last event", "behind"),
        (_assistant(client, row) for row in status.assistants),
    )
    yield terminal.paint(lines[0], bold=True)
    yield from lines[1:]
    yield ""
    counts = status.sessions
    yield f"sessions    {counts.active} active, {counts.idle} idle, {counts.ended:,} ended"
    yield from _refused(client, counts)
    yield f"due         {_due(client, status)}"
    learned = (
        plural(status.corrections, "correction"),
        plural(status.lessons, "lesson"),
        plural(status.skills, "skill"),
    )
    yield f"learned     {', '.join(learned)} in {plural(status.workspaces, 'workspace')}"
    asked = {"rule": status.reviews, "proposal": status.proposals}
    waiting = " and ".join(plural(count, noun) for noun, count in asked.items() if count)
    if waiting:
        yield f"review      {waiting} waiting for you: see `hivemindctl skills`"
    yield f"judge       {_judge(client, status.judge)}"
    yield f"spend       {_spend(status.spend)}"
    yield f"log         {describe_bytes(status.log.bytes)} in {terminal.path(status.log.path)}"


def _daemon(client: Client, daemon: DaemonStatus) -> str:
    paint = client.terminal.paint
    if not daemon.running:
        stopped = paint("not running", "red", bold=True)
        return f"hivemindd   {stopped}: start it with `hivemindctl install`"
    if not daemon.answers:
        silent = paint("does not answer", "red", bold=True)
        return f"hivemindd   {silent}, pid {daemon.pid}: see `hivemindctl doctor`"
    parts = [
        paint("running", "green", bold=True),
        f"version {one_line(daemon.version, 20)}",
        f"pid {daemon.pid}",
        f"up {describe_span(daemon.uptime_s)}",
    ]
    return "hivemindd   " + ", ".join(parts)


def _progress(progress: Progress) -> Iterator[str]:
    """Tell how far a backfill is; what is read within a moment is none."""
    if progress.elapsed_s < _MOMENT:
        return
    transcripts = progress.transcripts + progress.transcripts_left
    share = progress.bytes / max(1, progress.bytes + progress.bytes_left)
    parts = [f"{progress.transcripts:,} of {plural(transcripts, 'transcript')}"]
    if progress.bytes_per_s:
        parts.append(f"{describe_bytes(round(progress.bytes_per_s))}/s")
    if progress.left_s is not None and progress.left_s >= 1:
        parts.append(f"{describe_span(progress.left_s)} left")
    yield f"reading     {share:.0%}: {', '.join(parts)}"


def _due(client: Client, status: Status) -> str:
    due, per_min = status.due, status.daemon.learned_per_min
    if not due.pending:
        return "nothing"
    parts = [f"{plural(due.pending, 'session')} to learn from"]
    if due.left_s is not None and per_min:
        parts.append(f"{per_min:,.1f} a minute" if per_min < 10 else f"{per_min:,.0f} a minute")
        parts.append(f"{describe_span(due.left_s)} left")
    if due.parked:
        parts.append(f"{due.parked:,} failed before")
    if due.next_at and due.next_at > client.now:
        parts.append(f"next {client.terminal.time(due.next_at)}")
    return ", ".join(parts)


def _assistant(client: Client, row: AssistantStatus) -> tuple[str, ...]:
    return (
        label(row.name) if row.found else f"{label(row.name)} (not found)",
        f"{row.transcripts:,}",
        f"{row.sessions:,}",
        f"{row.events:,}",
        client.terminal.time(row.last_event),
        describe_span(row.lag_ms / 1000) if row.lag_ms else "-",
    )


def _judge(client: Client, judge: JudgeStatus) -> str:
    name = one_line(f"{judge.kind} {judge.model}", 40)
    why = (judge.fault or judge.why).replace(f"{client.paths.home}/", "~/")
    return f"{name} ({one_line(why, WIDTH - 14 - len(name) - 1)})"


def _refused(client: Client, counts: SessionCounts) -> Iterator[str]:
    """Say why sessions are not captured, the most frequent reasons first."""
    reasons = list(counts.refused.items())
    for number, (why, count) in enumerate(reasons[:_REASONS]):
        shown = why.replace(f"{client.paths.home}/", "~/")
        line = f"{plural(count, 'session')}: {shown}"
        yield f"{'' if number else 'left out':12}{one_line(line, WIDTH - 12)}"
    if rest := sum(count for _, count in reasons[_REASONS:]):
        yield f"{'':12}{plural(rest, 'session')} more: see `hivemindctl sessions`"


def _spend(spend: SpendStatus) -> str:
    text = f"${spend.today_usd:.2f} of ${spend.budget_usd:.2f} today"
    if spend.calls:
        text += f" in {plural(len(spend.calls), 'call')}"
    if spend.failed:
        text += f", {spend.failed} without a usable answer"
    if spend.parked:
        text += f"; {plural(spend.parked, 'session')} parked until tomorrow"
    return text


def _paused(client: Client, paused: PausedStatus) -> str:
    each = [(client.terminal.path(row.name), row.until) for row in paused.workspaces]
    if paused.everything:
        each = [("everything", paused.until)]
    parts = [
        one_line(name, 40) + (f" (ends {client.terminal.time(until)})" if until else "")
        for name, until in each
    ]
    return f"{', '.join(parts)}: `hivemindctl resume` ends it"
