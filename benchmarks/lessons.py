"""Whether the right lessons come out of groups of corrections, through the whole daemon.

    python benchmarks/lessons.py --groups FILE.jsonl --negatives FILE.jsonl
        [--judge local|replies|live] [--replies FILE] [--write-requests FILE] [--json]

Real transcripts of Claude Code, Codex and Cursor are written into a scratch home with a
repository for each workspace; `hivemindd` runs there until everything is codified. Scored is
the evidence behind each promoted lesson, never its wording. Exits 1 when sessions were not
captured or work was given up.

With `--judge replies` the API judge is asked, at a server of this benchmark that answers
from recorded verdicts; `--write-requests` keeps what it was asked. With `--judge live` the
key in ANTHROPIC_API_KEY is used, and costs money.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import msgspec
from groups import Correction as Row
from groups import Negative, plan, read_corrections, read_negatives, words_of
from learned import Missed, Result, Rule, Unmet, assess, read_learned
from replies import Recording, Server, read_replies, write_requests
from scratch import lay_out, learn, open_learned

CONFIG = ".config/hivemind/config.toml"
PATIENCE = 900.0  # seconds


class Run(msgspec.Struct, frozen=True):
    """A result with how it was had; `unanswered` are rows without a recorded verdict."""

    judge: str
    seconds: float
    gave_up: list[str]
    unpublished: list[str]
    unanswered: list[str]
    strangers: int
    result: Result


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Who judges, the files of recorded verdicts and kept requests, and a budget in USD."""

    judge: str = "local"
    replies: Path | None = None
    requests: Path | None = None
    budget: float = 1.0


def measure(rows: list[Row], negatives: list[Negative], options: Options) -> Run:
    """Write, learn, and score in a scratch home.

    Raises:
        click.ClickException: something cannot be used or did not come to an end.
    """
    scripts = plan(rows, negatives)
    recording = Recording(
        words_of(scripts), read_replies(options.replies) if options.replies else {}
    )
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hivemind-lessons-"))
        home = Path(folder).resolve()
        transcripts = lay_out(home, scripts)
        extra: dict[str, str] = {}
        server = None
        if options.judge == "replies":
            server = stack.enter_context(Server(recording))
            extra = {"ANTHROPIC_API_KEY": "recorded", "ANTHROPIC_BASE_URL": server.url}
        elif options.judge == "live":
            extra = _live_environment()
        _configure(home, options)
        start = time.perf_counter()
        outcome = learn(home, extra, patience=PATIENCE)
        seconds = time.perf_counter() - start
        with open_learned(home) as log:
            learned = read_learned(log, home, transcripts)
        result = assess(learned, transcripts, rows, negatives)
        if server is not None and options.requests:
            write_requests(options.requests, server.requests)
    return Run(
        judge=options.judge,
        seconds=round(seconds, 1),
        gave_up=[*outcome.gave_up, *(server.failures if server else ())],
        unpublished=outcome.unpublished,
        unanswered=sorted(recording.unanswered),
        strangers=recording.strangers,
        result=result,
    )


def _configure(home: Path, options: Options) -> None:
    file = home / CONFIG
    file.parent.mkdir(parents=True)
    kind = "local" if options.judge == "local" else "api"
    file.write_text(f'[judge]\nkind = "{kind}"\ndaily_budget = {options.budget}\n', "utf-8")


def _live_environment() -> dict[str, str]:
    names = ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")
    found = {name: os.environ[name] for name in names if os.environ.get(name)}
    if names[0] not in found:
        raise click.ClickException(
            "set ANTHROPIC_API_KEY to a key of yours, or use recorded verdicts: "
            "--judge replies --replies FILE"
        )
    return found


def show(run: Run) -> None:
    """Print the figures for people, then what stands behind them."""
    result = run.result
    lines = {
        "judge": run.judge,
        "precision": _share(result.precision, result.pure, result.promoted, "promoted rules"),
        "recall": _share(result.recall, result.found, result.groups, "groups"),
        "duplicates": str(result.duplicates),
        "distractor leakage": _share(
            result.distractor_leakage, result.leaked, result.distractors, "distractors"
        ),
        "negative leakage": f"{result.negatives_leaked} of {result.negatives}"
        f" ({result.negatives_unmet} not as expected)",
        "skills": f"{result.skills} with {result.published} of {result.promoted} rules",
        "captured": f"{result.turns_captured} of {result.turns} turns",
        "sessions": str(result.sessions),
        "seconds": f"{run.seconds:.1f}",
    }
    lines |= {
        f"groups of {name}": f"{found} of {every}"
        for name, (found, every) in result.by_workspace.items()
    }
    width = max(map(len, lines))
    for name, value in lines.items():
        click.echo(f"{name:{width}}  {value}")
    for error in run.gave_up:
        click.echo(f"given up: {error}")
    for cause in run.unpublished:
        click.echo(f"not published as it is: {cause}")
    for session in result.misplaced:
        click.echo(f"not where it ran: {session}")
    if run.judge == "replies":
        click.echo(f"rows asked for without a verdict: {', '.join(run.unanswered) or 'none'}")
        click.echo(f"candidates that are no row: {run.strangers}")
    _show_impure("impure", result.impure)
    _show_impure("duplicated", result.duplicated)
    _show_unmet(result.unmet)
    _show_missed(result.missed)


def _show_impure(title: str, rules: Iterable[Rule]) -> None:
    for rule in rules:
        click.echo(f"\n{title}: {rule.rule}  ({rule.workspace})")
        for each in rule.support:
            group = each.group.rpartition("/")[2] or "distractor"
            click.echo(f"  {each.row}  {group}  {each.weight:g}  “{each.quote}”")


def _show_unmet(unmet: Iterable[Unmet]) -> None:
    for each in unmet:
        how = "leaked" if each.leaked else "missed"
        rules = "; ".join(each.rules) or "no rule"
        click.echo(f"\n{how}: {each.kind}, expected {each.expect}: {rules}, {each.skills} skills")


def _show_missed(missed: Iterable[Missed]) -> None:
    for each in missed:
        click.echo(f"\nno rule: {each.group}")
        for said in each.corrections:
            click.echo(f"  {said.row}  {' '.join(said.words.split())[:100]}")
            rule = f"; {said.lesson} ({said.weight:g}): {said.rule}" if said.rule else ""
            click.echo(f"      {said.state}{f': {said.why}' if said.why else ''}{rule}")


def _share(value: float | None, part: int, whole: int, of: str) -> str:
    return f"{'-' if value is None else f'{value:.3f}'}  ({part} of {whole} {of})"


@click.command(help=__doc__)
@click.option("--groups", type=click.Path(path_type=Path), required=True, help="The corrections.")
@click.option("--negatives", type=click.Path(path_type=Path), help="What must become no skill.")
@click.option(
    "--judge",
    type=click.Choice(["local", "replies", "live"]),
    default="local",
    show_default=True,
    help="Who judges.",
)
@click.option("--replies", type=click.Path(path_type=Path), help="Recorded verdicts by row.")
@click.option(
    "--write-requests", "requests", type=click.Path(path_type=Path), help="Keep what is asked."
)
@click.option("--budget", default=1.0, show_default=True, help="USD that a live run may spend.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(groups: Path, negatives: Path | None, *, as_json: bool, **given: Any) -> None:
    """Measure and print."""
    options = Options(**given)
    recorded = options.judge == "replies"
    if recorded != bool(options.replies or options.requests):
        raise click.UsageError("--judge replies goes with --replies, --write-requests, or both")
    rows = read_corrections(groups)
    others = read_negatives(negatives) if negatives else []
    run = measure(rows, others, options)
    if as_json:
        click.echo(msgspec.json.encode(run).decode())
    else:
        show(run)
    complete = run.result.turns_captured == run.result.turns and not run.result.misplaced
    sys.exit(0 if complete and not run.gave_up else 1)


if __name__ == "__main__":
    main()
