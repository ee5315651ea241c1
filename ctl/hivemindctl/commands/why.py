"""`hivemindctl why`: the words that taught a skill."""

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, label, one_line, print_json
from hivemindd.control.queries_lessons import LessonView, Lineage, Source, explain


@click.command("why")
@click.argument("name")
@options.workspace
@options.as_json
@pass_client
def command(client: Client, name: str, workspace: str | None, *, as_json: bool) -> None:
    """Show why the skill NAME exists: each rule, and the words of yours behind it.

    Every quote comes with its session, its transcript and its place in there.
    """
    rows = client.read(lambda log: explain(log, name, client.workspace(log, workspace)))
    if as_json:
        print_json(rows)
        return
    for number, row in enumerate(rows):
        if number:
            client.say()
        _show(client, row)


def _show(client: Client, row: Lineage) -> None:
    head = client.terminal.paint(row.skill.name, bold=True)
    client.say(f"{head} in {row.skill.workspace_name}, {client.terminal.path(row.skill.path)}")
    for lesson in row.lessons:
        client.say()
        _show_lesson(client, lesson)


def _show_lesson(client: Client, lesson: LessonView) -> None:
    client.say(client.terminal.paint(one_line(lesson.rule, WIDTH), "cyan"))
    if lesson.state != "promoted":
        client.say(f"  {lesson.state}")
    for source in lesson.sources:
        client.say(f"  {client.terminal.time(source.ts):16}  {_who(source)}")
        if source.quote:
            quote = f"“{one_line(source.quote, WIDTH - 6)}”"
            client.say("    " + client.terminal.paint(quote, "green"))
        if source.agent_output:
            client.say(f"    on: {one_line(source.agent_output, WIDTH - 8)}")
        if source.transcript:
            where = f"    {client.terminal.path(source.transcript)} at {source.seq}"
            client.say(client.terminal.paint(where, dim=True))
    judges = sorted({source.judge or lesson.judge for source in lesson.sources} - {""})
    if judges:
        client.say(client.terminal.paint(f"  judged by {', '.join(judges)}", dim=True))
    for exception in lesson.not_when:
        client.say(f"  not when: {one_line(exception, WIDTH - 12)}")


def _who(source: Source) -> str:
    parts = [label(source.assistant), f"session {source.session[:8]}", source.channel]
    if source.weight <= 0:
        parts.append("speaks against it" if source.weight < 0 else "an exception")
    return "  ".join(part for part in parts if part)
