"""`hivemindctl corrections`: what people put right."""

import textwrap
from collections.abc import Sequence

import click

from hivemindctl import options
from hivemindctl.client import Client, pass_client
from hivemindctl.render import WIDTH, Colour, clean, label, one_line, print_json
from hivemindd.control.queries import workspace_names
from hivemindd.control.queries_lessons import list_corrections
from hivemindd.records import Channel, Correction, CorrectionState

_COLOURS: dict[str, Colour] = {"+": "green", "-": "red", "@": "cyan"}
_DIFF_LINES = 24
_TOLD_LINES = 8
_WORD_LINES = 6
_NOTE_LINES = 2
HOW: dict[Channel, str] = {
    "rejection": "refused, with words",
    "rejection-then-prompt": "refused, words after it",
    "interrupt-then-prompt": "interrupted, words after it",
    "plan-rejection": "plan refused",
    "queued-prompt": "said while it was at work",
    "follow-up": "said after it",
    "comment": "accepted with a comment",
    "user-edit": "changed by hand",
    "rewind": "taken back, asked anew",
}
_STATES: dict[CorrectionState, str] = {
    "pending": "not judged yet",
    "parked": "not judged yet, tried again later",
    "accepted": "counts",
    "dismissed": "does not count",
}
_SOURCES = {
    "file-history": "the copy that the assistant kept",
    "original-file": "what the assistant found at its next edit",
    "notice": "the assistant's own remark",
    "disk": "the file on the disk",
    "commit": "the next commit",
}
_FIELDS = {
    "agent_output": "agent",
    "user_diff": "change",
    "accepted": "accepted",
    "reason": "words",
}


@click.command("corrections", epilog=options.example("corrections --workspace ."))
@options.workspace
@click.option(
    "--all", "dismissed", is_flag=True, help="Also show what the judge found to be no correction."
)
@options.as_json
@pass_client
def command(client: Client, workspace: str | None, *, dismissed: bool, as_json: bool) -> None:
    """List corrections, the newest first: what was done, what was said, where it stands."""
    rows = client.rows(
        lambda log: list_corrections(log, client.workspace(log, workspace), dismissed=dismissed),
        "no correction was found yet: `hivemindctl skillify` shows what is still to be read",
    )
    if as_json:
        print_json(map(fields, rows))
    elif rows:
        names = client.read(workspace_names)
        for number, row in enumerate(rows):
            if number:
                client.say()
            show(client, row, names.get(row.workspace, row.workspace))


def fields(row: Correction) -> dict[str, object]:
    """Return every field of a correction, those with defaults too."""
    return {name: getattr(row, name) for name in row.__struct_fields__}


def show(client: Client, row: Correction, workspace: str) -> None:
    """Print one correction: who, what was done, the words, the change, and where from."""
    terminal = client.terminal
    head = f"{terminal.time(row.ts)}  {label(row.assistant)}  {one_line(workspace, 30)}"
    client.say(terminal.paint(head, bold=True) + f"  {HOW[row.channel]}; {_STATES[row.state]}")
    _show_words(client, row.reason or row.quote)
    _show_text(client, "agent", row.agent_output, _TOLD_LINES)
    show_change(client, row.paths, row.user_diff)
    if row.accepted and row.accepted == row.user_diff:
        client.say("  accepted: the change")
    else:
        _show_text(client, "accepted", row.accepted, _TOLD_LINES)
    if row.why:
        client.say(f"  note: {one_line(row.why, WIDTH - 8)}")
    _show_sources(client, row)
    source = f"correction {one_line(row.id[:8], 8)}, session {one_line(row.session[:8], 8)}"
    if row.transcript:
        source += f", {terminal.path(row.transcript)} at {row.seq}"
    client.say(terminal.paint(f"  {source}", dim=True))


def show_change(client: Client, paths: Sequence[str], diff: str, *, indent: int = 2) -> None:
    """Print which files a person changed, and the diff; nothing where there is none."""
    if diff:
        names = ", ".join(client.terminal.path(path) for path in paths) or "a file"
        _show_text(client, "changed", f"{names}\n{diff}", _DIFF_LINES, indent=indent)


def _show_words(client: Client, words: str) -> None:
    """Print a person's words, wrapped, at most six lines of them."""
    if not words:
        return
    flat = one_line(words, _WORD_LINES * (WIDTH - 4))
    for line in textwrap.wrap(f"“{flat}”", WIDTH - 2):
        client.say("  " + client.terminal.paint(line, "green"))


def _show_text(client: Client, name: str, text: str, most: int, *, indent: int = 2) -> None:
    """Print a text after its name; one with several lines below it, diffs in colour."""
    lines = clean(text).strip("\n").splitlines()
    if not lines:
        return
    margin = " " * indent
    client.say(f"{margin}{name}: {one_line(lines[0], WIDTH - len(name) - indent - 2)}")
    for line in lines[1:most]:
        client.say(f"{margin}  " + client.terminal.paint(line, _COLOURS.get(line[:1])))
    if len(lines) > most:
        client.say(f"{margin}  ({len(lines) - most} more lines: --json has them all)")


def _show_sources(client: Client, row: Correction) -> None:
    """Print where each field comes from and how sure it is, and why others are missing."""
    for field, name in _FIELDS.items():
        origin = row.origins.get(field)
        told = []
        if origin is not None:
            sources = (_SOURCES.get(each, each) for each in origin.source.split(", "))
            told.append(f"{', '.join(sources)} ({origin.confidence:.0%} sure)")
        note = row.missing.get(field, "")
        # A guess names its source itself.
        if note and (origin is None or origin.source not in note):
            told.append(note)
        doubtful = origin is None or origin.confidence < 1 or field in row.missing
        if told and doubtful:
            text = one_line(f"{name}: {'; '.join(told)}", _NOTE_LINES * (WIDTH - 4))
            for number, line in enumerate(textwrap.wrap(text, WIDTH - 4)):
                lead = "    " if number else "  - "
                client.say(client.terminal.paint(lead + line, dim=True))
