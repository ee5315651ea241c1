"""How well the prefilter and the local judge find corrections in labelled turns.

    python benchmarks/corrections.py --data FILE.jsonl [--weights FILE.npz | --wordings]
        [--missed N] [--json]

Each turn becomes a session of its own, of real events, and is mined and judged as the
daemon does it; nothing is learned from one turn for the next. Turns without a label count
for the share that is sent and for speed only. The words of a turn are shown to people and
never stand in the JSON.
"""

import resource
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
import msgspec
from scores import Interval, Intervals, Score, intervals, score, share
from turns import Turn, read_turns, stage

from hivemindd.encoder.process import SHIPPED, Encoder
from hivemindd.lessons.corrections import mine
from hivemindd.lessons.judge import Judge
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.lessons.prefilter import Prefilter
from hivemindd.lessons.small_model import SmallModel
from hivemindd.lessons.words import own_words
from hivemindd.redaction.redactor import Redactor
from hivemindd.runtime.output import configure

WORDS_CHARS = 200
DID_CHARS = 100


class Judged(msgspec.Struct, frozen=True):
    """A turn with what became of it: `sent` by the prefilter, then what the judge said."""

    turn: Turn
    sent: bool = False
    said: bool = False
    durable: bool = False
    rule: str = ""


class Part(msgspec.Struct, frozen=True):
    """The figures of some labelled turns."""

    n: int
    corrections: int
    sent: float | None
    prefilter_recall: float | None
    judge: Score


class Durable(msgspec.Struct, frozen=True):
    """What was made of the corrections that are worth keeping, as shares."""

    n: int
    judged_correction: float | None
    judged_durable: float | None


class Result(msgspec.Struct, frozen=True):
    """Everything that is printed but the words."""

    turns: int
    labelled: int
    share_sent: float | None
    judged_corrections: int
    all: Part
    judge_95: Intervals
    durable: Durable
    sure: Part
    strata: dict[str, Part]
    languages: dict[str, Part]
    repositories: dict[str, Part]
    first_turn_s: float
    turns_per_s: float
    peak_rss_mb: float


def judge_turn(turn: Turn, prefilter: Prefilter, judge: Judge, redactor: Redactor) -> Judged:
    """Mine and judge the session of one turn, and pick out what concerns the turn itself."""
    exchange = stage(turn, redactor)
    candidates = prefilter.select(mine(exchange.session, exchange.events)).sent
    ours = {each.id for each in candidates if exchange.own.intersection(each.events)}
    verdicts = judge.judge(candidates, []) if candidates else []
    own = [verdict for verdict in verdicts if verdict.correction in ours]
    return Judged(
        turn,
        sent=bool(ours),
        said=any(verdict.is_correction for verdict in own),
        durable=any(verdict.durable > 0 for verdict in own),
        rule=next((verdict.rule for verdict in own if verdict.rule), ""),
    )


def measure(
    turns: Sequence[Turn], prefilter: Prefilter, judge: Judge
) -> tuple[Result, list[Judged]]:
    """Judge all turns and count.

    The first turn is timed apart: what a judge loads, it loads then.
    """
    redactor = Redactor()
    start = time.perf_counter()
    judged = [judge_turn(turns[0], prefilter, judge, redactor)]
    first = time.perf_counter()
    judged += [judge_turn(turn, prefilter, judge, redactor) for turn in turns[1:]]
    seconds = time.perf_counter() - first
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    labelled = [each for each in judged if each.turn.correction is not None]
    durable = [each for each in labelled if each.turn.durable]
    result = Result(
        turns=len(turns),
        labelled=len(labelled),
        share_sent=share(sum(each.sent for each in judged), len(judged)),
        judged_corrections=sum(each.said for each in judged),
        all=part(labelled),
        judge_95=intervals(_answers(labelled)) if labelled else Intervals(None, None, None),
        durable=Durable(
            n=len(durable),
            judged_correction=share(sum(each.said for each in durable), len(durable)),
            judged_durable=share(sum(each.durable for each in durable), len(durable)),
        ),
        sure=part([each for each in labelled if not each.turn.unsure]),
        strata=parts(labelled, lambda turn: turn.stratum),
        languages=parts(labelled, lambda turn: turn.lang),
        repositories=parts(labelled, lambda turn: turn.repo),
        first_turn_s=round(first - start, 3),
        turns_per_s=round((len(turns) - 1) / seconds, 1) if len(turns) > 1 else 0.0,
        peak_rss_mb=round(peak, 1),
    )
    return result, judged


def part(judged: Sequence[Judged]) -> Part:
    """Return the figures of some labelled turns."""
    true = [each for each in judged if each.turn.correction]
    return Part(
        n=len(judged),
        corrections=len(true),
        sent=share(sum(each.sent for each in judged), len(judged)),
        prefilter_recall=share(sum(each.sent for each in true), len(true)),
        judge=score(_answers(judged)),
    )


def parts(judged: Iterable[Judged], key: Callable[[Turn], str | None]) -> dict[str, Part]:
    """Return the figures by a field, the largest part first; without the field there are none."""
    groups: dict[str, list[Judged]] = {}
    for each in judged:
        if name := key(each.turn):
            groups.setdefault(name, []).append(each)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return {name: part(group) for name, group in ordered}


def _answers(judged: Iterable[Judged]) -> list[tuple[bool, bool]]:
    return [(each.said, bool(each.turn.correction)) for each in judged]


def show(result: Result) -> None:
    """Print the figures for people."""
    whole, durable = result.all, result.durable
    said = result.judged_corrections
    click.echo(f"{result.turns} turns, {result.labelled} labelled, {said} judged a correction")
    click.echo(f"prefilter   recall {number(whole.prefilter_recall)}", nl=False)
    click.echo(f"  share sent {number(result.share_sent)}")
    for name in ("precision", "recall", "f1"):
        value, between = getattr(whole.judge, name), getattr(result.judge_95, name)
        label = "judge" if name == "precision" else ""
        click.echo(f"{label:<12}{name:<10}{number(value)}  95 % {_between(between)}")
    click.echo(
        f"durable     judged a correction {number(durable.judged_correction)}, "
        f"judged durable {number(durable.judged_durable)} (n = {durable.n})"
    )
    click.echo(
        f"speed       {result.turns_per_s} turns/s after the first ({result.first_turn_s} s), "
        f"peak RSS {result.peak_rss_mb} MB\n"
    )
    groups = (result.strata, result.languages, result.repositories)
    rows = {"all": whole, "sure labels": result.sure}
    for label, found in zip(("stratum", "language", "repo"), groups, strict=True):
        rows |= {f"{label} {name}": each for name, each in found.items()}
    width = max(map(len, rows))
    click.echo(f"{'':{width}}     n  corr  sent  kept     P     R    F1")
    for name, each in rows.items():
        figures = (each.sent, each.prefilter_recall, *msgspec.structs.astuple(each.judge))
        cells = "".join(f"{number(value):>6}" for value in figures)
        click.echo(f"{name:{width}}{each.n:>6}{each.corrections:>6}{cells}")


def show_wrong(judged: Iterable[Judged], most: int) -> None:
    """Print the first turns that were missed, and the first that were called wrongly."""
    labelled = [each for each in judged if each.turn.correction is not None]
    missed = [each for each in labelled if each.turn.correction and not each.said]
    called = [each for each in labelled if each.said and not each.turn.correction]
    for title, found in (("missed", missed), ("called a correction and is none", called)):
        click.echo(f"\n{len(found)} {title}, the first {min(most, len(found))}:")
        for each in found[:most]:
            _show_turn(each)


def _show_turn(judged: Judged) -> None:
    turn = judged.turn
    traits = [turn.repo, turn.lang, turn.type or turn.other, *(turn.signals or ())]
    traits += ["durable"] if turn.durable else []
    traits += ["unsure"] if turn.unsure else []
    traits += [] if judged.sent else ["dropped by the prefilter"]
    click.echo(f"- {turn.id}  {', '.join(trait for trait in traits if trait)}")
    if turn.agent_last:
        click.echo(f"    agent: …{' '.join(turn.agent_last.split())[-DID_CHARS:]}")
    words = own_words(turn.user) or turn.user
    click.echo(f"    user:  {' '.join(words.split())[:WORDS_CHARS]}")
    if judged.rule:
        click.echo(f"    read:  {judged.rule}")


def number(value: float | None) -> str:
    """Return a share in three digits, a dash for none."""
    return "-" if value is None else f"{value:.3f}"


def _between(interval: Interval | None) -> str:
    return "-" if interval is None else f"[{interval[0]:.3f}, {interval[1]:.3f}]"


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The labelled turns.")
@click.option("--weights", type=click.Path(path_type=Path), default=SHIPPED, help="Another model.")
@click.option("--wordings", is_flag=True, help="Judge by wordings alone.")
@click.option("--missed", default=10, show_default=True, help="How many wrong ones to show.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, without words.")
def main(data: Path, weights: Path, missed: int, *, wordings: bool, as_json: bool) -> None:
    """Measure and print."""
    configure("warning", "console")  # standard output is for figures
    encoder = None if wordings else Encoder(weights.resolve())
    small = SmallModel(encoder) if encoder else None
    result, judged = measure(read_turns(data), Prefilter(small), LocalJudge(small))
    if encoder:
        encoder.close()
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
        return
    show(result)
    show_wrong(judged, missed)


if __name__ == "__main__":
    main()
