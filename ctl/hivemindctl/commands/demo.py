"""`hivemindctl demo`: the whole loop in a scratch home, in seconds."""

import shlex
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.commands import corrections, skills, why
from hivemindctl.service.base import KEPT
from hivemindctl.stage import Stage
from hivemindd.control.queries_lessons import list_skills
from hivemindd.errors import HivemindError

STORY = """\
Three sessions in one project, each with another assistant. In each its owner says the
same: in Claude Code by refusing a command, in Codex and Cursor with the next prompt.
"""


@click.command("demo", epilog=options.example("demo"))
@click.option("--keep", is_flag=True, help="Do not remove the scratch home afterwards.")
@pass_client
def command(client: Client, *, keep: bool) -> None:
    """Show the whole loop on three shipped transcripts: captured, learned, written.

    Runs in a scratch home with the local judge: your own files are neither read nor
    written, and no network is used.
    """
    stage = Stage(Path(tempfile.mkdtemp(prefix="hivemind-demo-")))
    try:
        _play(client, stage)
    finally:
        if keep:
            client.say()
            client.say(f"Kept: {_lead_to(stage.home, client.env)} hivemindctl status")
        else:
            stage.remove()


def _play(client: Client, stage: Stage) -> None:
    stage.build(datetime.fromtimestamp(client.now / 1000, UTC))
    client.say(STORY)
    inner = Client(stage.env(client.env), client.now)
    _head(client, "hivemindd --once")
    for line in stage.run(inner.env):
        client.say(line.replace(str(stage.home), "~"))
    _head(client, "hivemindctl corrections")
    _run(inner, corrections.command)
    learned = inner.read(list_skills)
    if not learned:
        raise HivemindError("the demo learned no skill: run `hivemindctl doctor`")
    for skill in learned:
        _head(client, f"hivemindctl skills show {skill.name}")
        _run(inner, skills.show, skill.name)
        _head(client, f"hivemindctl why {skill.name}")
        _run(inner, why.command, skill.name)


def _lead_to(home: Path, env: Mapping[str, str]) -> str:
    """Return what makes a command see the scratch home, whatever variables this shell has."""
    away = "".join(f"-u {name} " for name in KEPT if env.get(name))
    return f"{'env ' * bool(away)}{away}HOME={shlex.quote(str(home))}"


def _head(client: Client, line: str) -> None:
    client.say()
    client.say(client.terminal.paint(f"$ {line}", bold=True))


def _run(client: Client, command: click.Command, *arguments: str) -> None:
    command.main(list(arguments), obj=client, standalone_mode=False)
