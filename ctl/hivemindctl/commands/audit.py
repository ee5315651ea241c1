"""`hivemindctl audit`: what was done, and by whom."""

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import plural, print_json, table
from hivemindd.control.queries_audit import AuditView, list_audit

_SHOWN = 7
_EVERYTHING = frozenset({"paused", "resumed"})


@click.command("audit", epilog=options.example("audit --workspace ."))
@options.workspace
@options.as_json
@pass_client
def command(client: Client, workspace: str | None, *, as_json: bool) -> None:
    """List every write into a project, question to a judge and decision of yours, newest first.

    A write shows the first digits of the SHA-256 of its SKILL.md, before and after. Rows are
    kept for a year (10,000 at most), questions to a judge for 90 days.
    """
    rows = client.rows(
        lambda log: list_audit(log, client.workspace(log, workspace)), "nothing was done yet"
    )
    if as_json:
        print_json(rows)
    elif rows:
        lines = table(
            ("when", "who", "what", "about", "workspace", "before", "after"),
            (
                (
                    client.terminal.time(row.ts),
                    row.who,
                    row.what if row.usable else "not judged",
                    _about(row),
                    row.workspace_name or ("all" if row.what in _EVERYTHING else ""),
                    *_hashes(row),
                )
                for row in rows
            ),
            grow=3,
        )
        client.say_table(lines)


def _about(row: AuditView) -> str:
    if row.what == "judged":
        return plural(row.candidates, "correction")
    if row.what == "prepared":
        return ".claude/skills"
    # The name of a skill goes with the sessions that it was learned from, where these do.
    unnamed = f"skill {row.skill_id[:8]}" if row.skill_id else ""
    return row.skill or (f"rule {row.lesson[:8]}" if row.lesson else unnamed)


def _hashes(row: AuditView) -> tuple[str, str]:
    if not row.before and not row.after:
        return "", ""
    return row.before[:_SHOWN] or "-", row.after[:_SHOWN] or "-"
