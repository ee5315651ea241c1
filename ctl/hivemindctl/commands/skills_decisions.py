"""`hivemindctl skills approve | reject | retire | pin | undo`: what you decide about a skill."""

from typing import Any, TypedDict

import click

from hivemindctl import complete, options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, one_line
from hivemindd.control.queries_lessons import SkillView, find_skill, find_waiting
from hivemindd.errors import NotRunningError, UsageError
from hivemindd.records import Lesson


class _Decided(TypedDict):
    state: str
    written: list[str]


@click.command(
    "approve",
    epilog=options.example(
        "skills approve package-commands", "skills approve package-commands --proposal 5d0c6a52"
    ),
)
@click.argument("name", shell_complete=complete.waiting)
@options.workspace
@click.option("--proposal", metavar="ID", help="Only if this is still what is proposed.")
@pass_client
def approve(client: Client, name: str, workspace: str | None, proposal: str | None) -> None:
    """Write what is proposed for the skill NAME, or let the rule with the id NAME count.

    The proposal is written over the file as it is now, also where you have edited it;
    `hivemindctl skills show NAME --diff` shows what that changes, and the id of the proposal.
    One that has changed since you were shown it is not written.
    """
    found = _find_waiting(client, name, workspace)
    if proposal is not None and (isinstance(found, Lesson) or not proposal):
        raise UsageError("--proposal takes the id that `skills show NAME --diff` tells of a skill")
    answer = decide(client, "approve", found, **({"proposal": proposal} if proposal else {}))
    if isinstance(found, Lesson):
        client.say(f"Allowed: {one_line(found.rule, WIDTH - 9)}")
        if answer["state"] != "promoted":
            client.say("It becomes part of a skill when enough corrections support it.")
    elif found.proposal == "" and answer["state"] == "retired":
        client.say(f"Took back {found.name}.")
    elif found.proposal == "":
        client.say(f"Nothing was removed: {found.name} is not as it was written.")
    elif not answer["written"]:
        client.say(f"{found.name} says so already.")
    _say_written(client, answer)


@click.command("reject", epilog=options.example("skills reject package-commands"))
@click.argument("name", shell_complete=complete.waiting)
@options.workspace
@pass_client
def reject(client: Client, name: str, workspace: str | None) -> None:
    """Drop what is proposed for the skill NAME, or the rule that waits with the id NAME.

    The same text is not proposed again, and the rule does not return.
    """
    found = _find_waiting(client, name, workspace)
    decide(client, "reject", found)
    if isinstance(found, Lesson):
        client.say(f"Dropped for good: {one_line(found.rule, WIDTH - 18)}")
    else:
        client.say(f"Dropped: the same text is not proposed for {found.name} again.")


@click.command("retire", epilog=options.example("skills retire package-commands"))
@click.argument("name", shell_complete=complete.skills)
@options.workspace
@pass_client
def retire(client: Client, name: str, workspace: str | None) -> None:
    """Take the skill NAME back; its rules do not return by themselves."""
    found = _find_skill(client, name, workspace)
    answer = decide(client, "retire", found)
    client.say(f"Took back {found.name}: its rules do not return by themselves.")
    if answer["state"] == "user-owned":
        client.say(f"You have edited {client.terminal.path(found.path)}: it stays, as yours.")


@click.command(
    "pin",
    epilog=options.example("skills pin package-commands", "skills pin package-commands --release"),
)
@click.argument("name", shell_complete=complete.skills)
@options.workspace
@click.option("--release", is_flag=True, help="Let it grow again, from what it says now.")
@pass_client
def pin(client: Client, name: str, workspace: str | None, *, release: bool) -> None:
    """Keep the skill NAME as it is, whatever is learned."""
    found = _find_skill(client, name, workspace)
    answer = decide(client, "release" if release else "pin", found)
    if release:
        client.say(f"Released: {found.name} grows again.")
        _say_written(client, answer)
    else:
        again = f"hivemindctl skills pin --release {found.name}"
        client.say(f"Pinned: {found.name} stays as it is until `{again}`.")


@click.command("undo", epilog=options.example("skills undo package-commands"))
@click.argument("name", shell_complete=complete.skills)
@options.workspace
@pass_client
def undo(client: Client, name: str, workspace: str | None) -> None:
    """Put back what was there before the skill NAME was last written or removed.

    It stays so until `hivemindctl skills pin --release`. Done again, it goes one step further
    back. A file that you have changed since is left as it is.
    """
    found = _find_skill(client, name, workspace)
    answer = decide(client, "undo", found)
    for path in answer["written"]:
        client.say(f"Put back {client.terminal.path(path)} as it was.")
    if not answer["written"]:
        client.say(f"Took {found.name} away: before it was written nothing was there.")
    client.say(f"It stays so until `hivemindctl skills pin --release {found.name}`.")


DECISIONS = (approve, reject, retire, pin, undo)


def decide(client: Client, what: str, found: SkillView | Lesson, **more: str) -> Any:
    """Have a decision carried out, by the daemon or in its place; return the answer.

    Raises:
        HivemindError: it cannot be.
    """
    kind = "lesson" if isinstance(found, Lesson) else "skill"
    args = {"workspace": found.workspace, kind: found.id, **more}
    if isinstance(found, SkillView):
        args["root"] = found.root
    else:
        args["rule"] = found.rule
    try:
        # To have been shown something decides nothing.
        return client.ask(what, kind=None if what == "show" else _Decided, timeout=60, **args)
    except NotRunningError:
        from hivemindctl.offline import Offline  # noqa: PLC0415  imports all of the daemon

        return Offline(client.paths, client.config, client.env).decide(what, args)


def _find_skill(client: Client, name: str, workspace: str | None) -> SkillView:
    home = client.paths.home
    return client.read(lambda log: find_skill(log, name, workspace or "", home=home))


def _find_waiting(client: Client, name: str, workspace: str | None) -> SkillView | Lesson:
    home = client.paths.home
    return client.read(lambda log: find_waiting(log, name, workspace or "", home=home))


def _say_written(client: Client, answer: Any) -> None:
    for path in answer["written"]:
        client.say(f"Wrote {client.terminal.path(path)}")
