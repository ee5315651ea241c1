"""What a shell may offer after a command: names that the log holds, read without a daemon."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from hivemindctl.client import Client, make_client
from hivemindctl.render import label, one_line
from hivemindd.control.queries_names import (
    Named,
    correction_names,
    session_names,
    skill_names,
    waiting_names,
    workspace_names,
)
from hivemindd.errors import HivemindError
from hivemindd.log.store import Log

MOST = 200
_TYPED = re.compile(r"\w[\w.@+/-]*")  # what every shell takes as one plain word

Query = Callable[[Log], Iterable[Named]]
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _offering(*queries: Query) -> Completer:
    """Return what click calls to complete an argument; it never fails and never writes."""

    def complete(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
        return offer(make_client(), begun, *queries)

    return complete


def offer(client: Client, begun: str, *queries: Query) -> list[CompletionItem]:
    """Return at most 200 names that begin as typed; none where there is no log to read."""

    def read(log: Log) -> list[Named]:
        return [row for query in queries for row in query(log)]

    try:
        rows = client.read(read)
    except (HivemindError, OSError):
        return []
    found = {row.name: row for row in rows if row.name.startswith(begun)}
    fit = [row for row in found.values() if _TYPED.fullmatch(row.name)]
    return [CompletionItem(row.name, help=_about(client, row)) for row in fit[:MOST]]


def _about(client: Client, row: Named) -> str:
    parts: list[Any] = [label(row.assistant), one_line(row.about, 40)]
    if row.when:
        parts.append(client.terminal.time(row.when))
    return ", ".join(part for part in parts if part)


skills = _offering(skill_names)
waiting = _offering(waiting_names)
sessions = _offering(session_names)
workspaces = _offering(workspace_names)
sources = _offering(skill_names, session_names, correction_names)
