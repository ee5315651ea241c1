"""`hivemindctl why`: the words that taught a skill, and what came of a correction."""

import click

from hivemindctl import complete, options
from hivemindctl.client import Client, pass_client
from hivemindctl.commands import corrections
from hivemindctl.render import WIDTH, label, one_line, prefix, print_json
from hivemindd.control.queries import workspace_names
from hivemindd.control.queries_lineage import (
    LessonView,
    Lineage,
    Source,
    Taught,
    Trace,
    explain,
    trace,
)
from hivemindd.records import LessonState

_STATES: dict[LessonState, str] = {
    "open": "growing",
    "promoted": "enough for a skill",
    "contested": "contested",
    "superseded": "replaced",
    "review": "waiting for your review",
    "retired": "retired",
}


@click.command("why", epilog=options.example("why package-commands", "why 61f0e995"))
@click.argument("name", shell_complete=complete.sources)
@options.workspace
@options.as_json
@pass_client
def command(client: Client, name: str, workspace: str | None, *, as_json: bool) -> None:
    """Show where the skill NAME comes from, or what came of the session or correction NAME.

    A skill leads to its rules, to what each rule was before, and to the words of yours
    behind it, with session, change, transcript and place in there. A session or a
    correction, by its id or how that begins, leads to the lessons and skills that stand
    on it.
    """
    rows = client.read(lambda log: explain(log, name, client.workspace(log, workspace)))
    if not rows:
        found = client.read(lambda log: trace(log, name, client.workspace(log, workspace)))
        _tell(client, found, as_json=as_json)
    elif as_json:
        print_json(rows)
    else:
        for number, row in enumerate(rows):
            if number:
                client.say()
            _show(client, row)


def _show(client: Client, row: Lineage) -> None:
    head = client.terminal.paint(row.skill.name, bold=True)
    where = one_line(row.skill.workspace_name, 40)
    client.say(f"{head} in {where}, {client.terminal.path(row.skill.path)}")
    for lesson in row.lessons:
        client.say()
        _show_lesson(client, lesson)


def _show_lesson(client: Client, lesson: LessonView) -> None:
    client.say(client.terminal.paint(one_line(lesson.rule, WIDTH), "cyan"))
    if lesson.state != "promoted":
        client.say(f"  {_STATES[lesson.state]}")
    _show_versions(client, lesson)
    for source in lesson.sources:
        _show_source(client, source)
    judges = sorted({source.judge or lesson.judge for source in lesson.sources} - {""})
    if judges:
        client.say(client.terminal.paint(f"  judged by {', '.join(judges)}", dim=True))
    for exception in lesson.not_when:
        client.say(f"  not when: {one_line(exception, WIDTH - 12)}")


def _show_versions(client: Client, lesson: LessonView) -> None:
    """Print when the lesson became what, and how its wording changed."""
    before = ""
    for version in lesson.versions:
        when = client.terminal.time(version.ts)
        state = _STATES[version.state]
        client.say(f"  {when:16}  v{version.number} {state}, weight {version.weight:g}")
        if before and before != version.rule:
            client.say(client.terminal.paint(f"    - {one_line(before, WIDTH - 6)}", "red"))
            client.say(client.terminal.paint(f"    + {one_line(version.rule, WIDTH - 6)}", "green"))
        before = version.rule


def _show_source(client: Client, source: Source) -> None:
    client.say(f"  {client.terminal.time(source.ts):16}  {_who(source)}")
    if source.quote:
        quote = f"“{one_line(source.quote, WIDTH - 6)}”"
        client.say("    " + client.terminal.paint(quote, "green"))
    if source.agent_output:
        client.say(f"    on: {one_line(source.agent_output, WIDTH - 8)}")
    corrections.show_change(client, source.paths, source.user_diff, indent=4)
    where = f"    correction {prefix(source.correction)}"
    if source.transcript:
        where += f", {client.terminal.path(source.transcript)} at {source.seq}"
    client.say(client.terminal.paint(where, dim=True))


def _who(source: Source) -> str:
    how = corrections.HOW[source.channel] if source.channel else ""
    parts = [label(source.assistant), f"session {prefix(source.session)}", how]
    if source.weight <= 0:
        parts.append("speaks against it" if source.weight < 0 else "an exception")
    return "  ".join(part for part in parts if part)


def _tell(client: Client, found: Trace, *, as_json: bool) -> None:
    if as_json:
        rows = [
            {**corrections.fields(row), "lessons": found.lessons[row.id]}
            for row in found.corrections
        ]
        print_json([{"session": found.session, "corrections": rows}])
        return
    names = client.read(workspace_names)
    if found.session:
        where = one_line(names.get(found.session.workspace, found.session.workspace), 30)
        name = one_line(found.session.id, WIDTH)
        client.say(f"{label(found.session.assistant)} session {name} in {where}")
    if not found.corrections:
        client.say("no correction was found in it")
    for row in found.corrections:
        client.say()
        corrections.show(client, row, names.get(row.workspace, row.workspace))
        for taught in found.lessons[row.id]:
            _show_taught(client, taught)
        if not found.lessons[row.id]:
            client.say("  no lesson stands on it")


def _show_taught(client: Client, taught: Taught) -> None:
    how = "teaches" if taught.weight > 0 else "limits" if not taught.weight else "speaks against"
    tail = f" ({_STATES[taught.state]})"
    rule = one_line(taught.rule, WIDTH - len(how) - len(tail) - 4)
    client.say(f"  {how}: {client.terminal.paint(rule, 'cyan')}{tail}")
    for skill in taught.skills:
        client.say(
            f"    in the skill {skill.name} ({skill.state}), {client.terminal.path(skill.path)}"
        )
    if not taught.skills:
        client.say("    in no skill")
