"""`hivemindctl skillify`: what waits to be learned from, and why."""

import click
import msgspec

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, label, one_line, plural, prefix, print_json
from hivemindd.control.queries_skillify import (
    Growing,
    OpenSession,
    SkillifyStatus,
    describe_skillify,
)

_REASONS = {
    "idle": "it went quiet",
    "ended": "it ended",
    "turns": "the agent took many turns",
    "asked": "you asked for it",
}


class _Queued(msgspec.Struct, frozen=True):
    queued: int


@click.command("skillify", epilog=options.example("skillify", "skillify --now"))
@options.workspace
@click.option("--now", is_flag=True, help="Ask the daemon to learn from everything unread now.")
@options.as_json
@pass_client
def command(client: Client, workspace: str | None, *, now: bool, as_json: bool) -> None:
    """Show for each workspace what waits to be learned from, and which lessons are growing.

    A session is read when it goes quiet, when it ends, and every 20 turns of the agent. A
    lesson becomes part of a skill when enough corrections of two sessions support it.
    """
    if now:
        wanted = client.read(lambda log: client.workspace(log, workspace)) if workspace else ""
        answer = client.ask("skillify", kind=_Queued, timeout=60, workspace=wanted)
        if as_json:
            print_json([answer])
            return
        queued = int(answer.queued)
        client.say(f"{plural(queued, 'session')} will be read now: `hivemindctl skillify` shows it")
        return
    turns = client.config.skillify_every_n_turns
    rows = client.rows(
        lambda log: describe_skillify(log, client.workspace(log, workspace), every_n_turns=turns),
        "no session has been captured yet",
    )
    if as_json:
        print_json(rows)
        return
    for number, row in enumerate(rows):
        if number:
            client.say()
        _show(client, row)


def _show(client: Client, row: SkillifyStatus) -> None:
    time = client.terminal.time
    head = client.terminal.paint(one_line(row.name, 40), bold=True)
    client.say(f"{head}  {client.terminal.path(row.root) if row.root else '(folder unknown)'}")
    client.say(f"  read      {row.codified} of {plural(row.sessions, 'session')}")
    if row.last_run:
        client.say(f"  last run  {time(row.last_run)}")
    if row.next_due is not None:
        client.say(f"  next due  {time(row.next_due) if row.next_due > client.now else 'now'}")
    for item in row.pending:
        session = f"{label(item.assistant)} {prefix(item.session)}"
        client.say(f"  pending   {session}, because {_REASONS[item.reason]}")
        if item.attempts:
            again = f"failed {plural(item.attempts, 'time')}, again {time(item.not_before)}"
            client.say(f"            {again}: {one_line(item.error, WIDTH - 14 - len(again))}")
    for each in row.open:
        client.say(f"  open      {_open(each)}")
    for lesson in row.lessons:
        client.say(f"  growing   {one_line(lesson.rule, WIDTH - 12)}")
        client.say(f"            {_evidence(lesson)}")
    if not (row.pending or row.open or row.lessons):
        client.say("  nothing waits")


def _open(row: OpenSession) -> str:
    session = f"{label(row.assistant)} {prefix(row.session)}"
    return f"{session}, {row.state}: due when quiet, or in {plural(row.turns_left, 'turn')}"


def _evidence(row: Growing) -> str:
    if row.state == "contested":
        return "contested: your latest words speak against it"
    return (
        f"weight {row.weight:g} of {row.needs_weight:g}, "
        f"{row.sessions} of {plural(row.needs_sessions, 'session')}"
    )
