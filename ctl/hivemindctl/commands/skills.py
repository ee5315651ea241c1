"""`hivemindctl skills`: what was written into your projects, and what waits to be."""

from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

import click

from hivemindctl import complete, options
from hivemindctl.client import Client, pass_client
from hivemindctl.commands.skills_decisions import DECISIONS, decide
from hivemindctl.effect import at_a_glance, in_detail
from hivemindctl.groups import Group
from hivemindctl.render import Colour, clean, fold, plural, print_json, table
from hivemindd.control.queries_lessons import (
    SkillView,
    find_skills,
    list_reviews,
    list_skills,
)
from hivemindd.errors import HivemindError

_COLOURS: dict[str, Colour] = {"+": "green", "-": "red", "@": "cyan"}


@click.group(
    "skills",
    cls=Group,
    invoke_without_command=True,
    epilog=options.example("skills", "skills show package-commands"),
)
@options.workspace
@options.as_json
@click.pass_context
def command(ctx: click.Context, workspace: str | None, *, as_json: bool) -> None:
    """List the skills that were learned, show one, or decide about it.

    Without a command it lists.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_all, workspace=workspace, as_json=as_json)


@command.command("list", epilog=options.example("skills list --workspace ."))
@options.workspace
@options.as_json
@pass_client
def list_all(client: Client, workspace: str | None, *, as_json: bool) -> None:
    """List skills, the newest first. What waits for your word comes last.

    The effect is how often their rules had to be said again, per 10 sessions that they bear
    on: before they were written, and since. `skills show` has the details.
    """
    rows = client.rows(
        lambda log: list_skills(log, client.workspace(log, workspace)),
        "no skill has been learned yet: `hivemindctl skillify` shows what is growing",
    )
    if as_json:
        print_json(rows)
        return
    if rows:
        lines = table(
            ("skill", "workspace", "state", "written", "effect per 10 sessions"),
            (
                (
                    row.name,
                    _place(row),
                    row.state if row.proposal is None else "waiting",
                    client.terminal.time(row.written),
                    at_a_glance(row.effect),
                )
                for row in rows
            ),
            grow=1,
        )
        client.say_table(lines)
    if waiting := sum(row.proposal is not None for row in rows):
        what = f"{plural(waiting, 'proposal')} {_wait(waiting)}"
        client.say(f"{what}: `hivemindctl skills show NAME --diff`, then approve or reject")
    if client.has_log:
        _show_reviews(client, workspace)


def _place(row: SkillView) -> str:
    """Name the workspace, and the project where it spans several and this is not the first."""
    return f"{row.workspace_name}: {Path(row.root).name}" if row.root else row.workspace_name


def _wait(count: int) -> str:
    return "waits" if count == 1 else "wait"


def _show_reviews(client: Client, workspace: str | None) -> None:
    """Name the rules that only a person may allow: they give powers, or nobody said them."""
    rows = client.read(lambda log: list_reviews(log, client.workspace(log, workspace)))
    if rows:
        what = f"{plural(len(rows), 'rule')} {_wait(len(rows))} for your review"
        client.say(f"{what}: `hivemindctl skills approve ID` or `reject ID`")
    for row in rows:
        rule = " ".join(clean(row.rule).split())  # whole: nobody can allow what they cannot read
        client.say(fold(rule, first=f"  {row.asked}  ", indent=" " * 12))


@command.command("show", epilog=options.example("skills show package-commands"))
@click.argument("name", shell_complete=complete.skills)
@options.workspace
@click.option("--diff", is_flag=True, help="Show what approving its proposal would change.")
@options.as_json
@pass_client
def show(client: Client, name: str, workspace: str | None, *, diff: bool, as_json: bool) -> None:
    """Show the skill NAME: where it lies, what it stands on, what it changed, and its text."""
    rows = client.read(lambda log: find_skills(log, name, client.workspace(log, workspace)))
    for row in rows:
        file = _read(row)
        text = None if file is None else file.decode("utf-8", "replace")
        if as_json:
            fields = {field: getattr(row, field) for field in row.__struct_fields__}
            print_json([{**fields, "text": text, **({"diff": _diff(row, text)} if diff else {})}])
        elif diff:
            _show_diff(client, row, text)
        if diff and row.proposal is not None:
            _remember(client, row, file)
        if as_json or diff:
            continue
        client.say(client.terminal.paint(row.name, bold=True) + f"  {row.state}, v{row.version}")
        client.say(f"  {client.terminal.path(row.path)}")
        client.say(
            f"  from {plural(len(row.corrections), 'correction')} "
            f"in {plural(len(row.sessions), 'session')}: `hivemindctl why {row.name}`"
        )
        if row.note:
            client.say(f"  {clean(row.note)}")
        if row.proposal is not None:
            again = f"hivemindctl skills show {row.name} --diff"
            client.say(f"  the proposal {row.proposal_id} waits: `{again}`")
        for line in in_detail(row.effect, row.name, client.terminal):
            client.say(line)
        client.say()
        if text is not None:
            client.say(clean(text).rstrip())
        else:
            client.say("(the file is gone)" if row.written else "(it was never written)")


def _show_diff(client: Client, row: SkillView, text: str | None) -> None:
    """Print what a proposal changes in the file as it is now."""
    if row.proposal is None:
        client.note(f"nothing is proposed for {row.name}")
        return
    for line in clean(_diff(row, text)).splitlines():
        client.say(client.terminal.paint(line, _COLOURS.get(line[:1])))
    client.note(f"to approve it: `hivemindctl skills approve {row.name}`")


def _remember(client: Client, row: SkillView, file: bytes | None) -> None:
    """Have it remembered what was shown, so that nothing else is approved for it."""
    over = "" if file is None else sha256(file).hexdigest()
    try:
        decide(client, "show", row, proposal=row.proposal_id, over=over)
    except HivemindError as error:
        client.note(f"it is not remembered that you were shown this: {error}")


def _diff(row: SkillView, text: str | None) -> str:
    """Return the unified diff from the file to the proposal, empty where they are the same."""
    old, new = (each.splitlines() for each in (text or "", row.proposal or ""))
    return "\n".join(unified_diff(old, new, row.path, f"proposed {row.proposal_id}", lineterm=""))


def _read(row: SkillView) -> bytes | None:
    """Return what the skill's file holds now, None where it cannot be read."""
    path = Path(row.path)
    try:
        return (path / "SKILL.md" if path.is_dir() else path).read_bytes()
    except OSError:
        return None


for _decision in DECISIONS:
    command.add_command(_decision)
