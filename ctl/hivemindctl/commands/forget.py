"""`hivemindctl forget`: what was captured goes, with what was learned from it."""

from datetime import datetime
from typing import Annotated, TypedDict

import click
import msgspec

from hivemindctl import complete, options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, describe_bytes, fold, label, one_line, plural, to_json
from hivemindd.control.queries import find_session
from hivemindd.control.queries_forget import FallingSkill, Plan, Selection, plan_forgetting
from hivemindd.errors import NotRunningError, UnconfirmedError, UsageError
from hivemindd.log.store import Log

_SHOWN = 10
_PATIENCE = 600


class _Followed(TypedDict):
    name: str
    path: str
    state: str | None
    rewritten: bool
    rules: int


class _Done(TypedDict):
    sessions: int
    events: int
    corrections: int
    lost: list[str]
    skills: list[_Followed]
    freed: Annotated[int, msgspec.Meta(ge=0, le=2**62)]
    unfinished: list[str]


@click.command(
    "forget",
    epilog=options.example(
        "forget --session 3f2a9c1b", "forget --workspace . --before 2026-01-31 --yes"
    ),
)
@click.option(
    "--session",
    "-s",
    "sessions",
    metavar="S",
    multiple=True,
    shell_complete=complete.sessions,
    help="This session; may be repeated.",
)
@options.workspace
@click.option("--before", metavar="DATE", help="Only what ended before this day: 2026-01-31.")
@click.option("--yes", is_flag=True, help="Do it, instead of saying what it would do.")
@options.as_json
@pass_client
def command(
    client: Client,
    sessions: tuple[str, ...],
    workspace: str | None,
    before: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Forget sessions, with all that was learned from them; first it says what falls.

    Events, corrections and the evidence of lessons go, from the log and from its file on the
    disk. Lessons and skills are made anew from what is left: a skill that nothing supports any
    more is taken back, one that you have edited stays as it is. Without --yes nothing is done,
    and the exit code is 3.

    The transcripts belong to the assistants and stay. What was forgotten is not read from them
    again; what is said in a forgotten session from now on is captured, as anywhere else.
    """
    if not sessions and workspace is None and before is None:
        raise UsageError("say what: --session, --workspace or --before")
    if sessions and not (workspace is None and before is None):
        raise UsageError("--session says it all: leave --workspace and --before out")
    until = None if before is None else _day(before)
    wanted = client.read(lambda log: _select(client, log, sessions, workspace, until))
    plan = client.read(lambda log: plan_forgetting(log, wanted))
    if not yes:
        _tell(client, plan, as_json=as_json)
        raise UnconfirmedError("nothing is forgotten yet: add --yes to do it")
    args = {
        "sessions": wanted.sessions,
        "workspace": wanted.workspace,
        "before": wanted.before,
    }
    try:
        done = client.ask("forget", kind=_Done, timeout=_PATIENCE, **args)
    except NotRunningError:
        from hivemindctl.offline import Offline  # noqa: PLC0415  imports all of the daemon

        done = Offline(client.paths, client.config, client.env).forget(args)
    if as_json:
        client.say(to_json(done))
        return
    went = plural(done["sessions"], "session") + _of(plan), plural(done["events"], "event")
    client.say(
        fold(f"Forgot {went[0]} with {went[1]} and {plural(done['corrections'], 'correction')}.")
    )
    for skill in done["skills"]:
        client.say(fold(_became(client, skill)))
    if done["freed"] > 0:
        client.say(f"{describe_bytes(done['freed'])} of the disk are free again.")
    client.say("It is not read again from the transcripts, which stay where they are.")
    for sentence in done["unfinished"]:
        client.note(sentence)


def _day(text: str) -> int:
    """Return the beginning of a day here, in ms since 1970 UTC."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").astimezone().timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter(
            f"{text!r} is no day: write it as 2026-01-31", param_hint="--before"
        ) from error


def _select(
    client: Client, log: Log, sessions: tuple[str, ...], workspace: str | None, before: int | None
) -> Selection:
    return Selection(
        sessions=tuple(find_session(log, name).id for name in sessions),
        workspace=client.workspace(log, workspace),
        before=before,
    )


def _tell(client: Client, plan: Plan, *, as_json: bool) -> None:
    """Print what would go and what falls."""
    if as_json:
        client.say(to_json(plan))
        return
    went = plural(len(plan.sessions), "session") + _of(plan), plural(plan.events, "event")
    client.say(
        fold(f"Would forget {went[0]} with {went[1]}, {plural(plan.corrections, 'correction')}:")
    )
    for row in plan.sessions[:_SHOWN]:
        when = client.terminal.time(row.last_event)
        client.say(f"  {when:16}  {label(row.assistant)}  {one_line(row.id, 40)}")
    if len(plan.sessions) > _SHOWN:
        client.say(f"  and {len(plan.sessions) - _SHOWN:,} more: --json has them all")
    client.say()
    if not plan.lost:
        client.say("No rule stands on them alone: all skills stay as they are.")
    for rule in plan.lost:
        client.say(f"This rule counts no more: {one_line(rule, WIDTH - 26)}")
    for skill in plan.skills:
        client.say(fold(_ending(client, skill)))
    if plan.copies:
        files = plural(len(plan.copies), "file")
        client.say(f"{files} of older logs, which hold the same words, would be deleted too.")
    for name in plan.kin:
        client.say(f"Session {one_line(name, 40)} has words in common with them, and stays.")


def _of(plan: Plan) -> str:
    """Name the workspace that would lose sessions, or say how many would."""
    if len(plan.workspaces) > 1:
        return f" of {len(plan.workspaces)} workspaces"
    return f" of {one_line(plan.workspaces[0], 40)}"


def _ending(client: Client, skill: FallingSkill) -> str:
    """Say what would become of a skill that loses rules."""
    name, path = one_line(skill.name, 64), client.terminal.path(skill.path)
    count = plural(len(skill.rules), "rule")
    if skill.ending == "stays":
        return f"{name} is yours: it stays as it is, with {count} of these: {path}"
    if skill.state == "waiting":
        return f"{name} was never written: what is proposed for it goes, or loses {count}"
    if client.config.review or not client.config.publish:
        waits = "until you approve it" if client.config.review else "while publish = false"
        return f"{name} loses {count}; its file stays as it is {waits}: {path}"
    if skill.state == "absent":
        return f"{name} loses {count}; it is not here now, and follows when it is back: {path}"
    if skill.ending == "falls":
        return f"{name} is taken back: {path}"
    return f"{name} is written anew, without {count}: {path}"


def _became(client: Client, skill: _Followed) -> str:
    """Say what has become of a skill that lost rules."""
    name, path = one_line(skill["name"], 64), client.terminal.path(skill["path"])
    if skill["state"] is None:
        return f"Took back {name}."
    if skill["rewritten"]:
        return f"Wrote {path}, without {plural(skill['rules'], 'rule')}."
    if client.config.review and skill["state"] == "active":
        return f"{name} is as it was, and waits for your word: `hivemindctl skills`"
    return f"{name} is as it was: {path}"
