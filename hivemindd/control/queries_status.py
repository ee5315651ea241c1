"""Answers about the daemon's own work: what runs, what waits, what it has cost."""

from collections import Counter
from collections.abc import Iterable, Mapping
from heapq import nlargest
from operator import attrgetter
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Assistant, Places
from hivemindd.codify.choice import choose
from hivemindd.codify.ledger import day, total
from hivemindd.config import Config
from hivemindd.control.refusal import refusal
from hivemindd.control.status_rows import CheckpointHead, Rows, read_rows
from hivemindd.lessons.judge_prompt import PROMPT
from hivemindd.log.pauses import EVERYTHING, Pauses
from hivemindd.log.store import Log
from hivemindd.log.tables import TALLIES, WORKSPACES
from hivemindd.paths import Paths
from hivemindd.records import Tally
from hivemindd.runtime.progress import Progress
from hivemindd.work import Call

_STATS = 200  # transcripts that are looked at for the lag, the latest ones


class DaemonStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The process: `running` says that it lives, `answers` that it also replies.

    `prefix` is the installation of Python (a virtual environment) that it runs from,
    `settings` the file that it was told to read, and `started_ms` is before it read that.
    `live` says that it has looked through everything once, `learned_per_min` from how many
    sessions it has learned of late.
    """

    running: bool = False
    answers: bool = False
    pid: int | None = None
    version: str = ""
    prefix: str = ""
    settings: str = ""
    started_ms: int = 0
    uptime_s: int = 0
    backlog: int = 0
    live: bool = False
    progress: Progress | None = None
    learned_per_min: float | None = None


class AssistantStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What was captured of an assistant.

    `lag_ms` is the age of the oldest append that is not in the log yet, 0 when all are.
    `found` says that its folder exists.
    """

    name: str
    found: bool
    transcripts: int
    sessions: int
    events: int
    last_event: int
    lag_ms: int


class SessionCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many captured sessions are in which state; `refused` counts the others by reason.

    Of those nothing is known but that they are left alone, also not whether they are over.
    """

    active: int = 0
    idle: int = 0
    ended: int = 0
    refused: dict[str, int] = {}


class DueStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Codification that waits; `parked` of the pending failed before. `next_at` in ms.

    `left_s` are the seconds that those take which wait for nothing but their turn, at the
    pace of late; None where there is none to go by.
    """

    pending: int = 0
    parked: int = 0
    next_at: int | None = None
    left_s: float | None = None


class JudgeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Who judges, and why that one.

    `prompt` is the version of what a model is asked, `fault` what keeps the judge from work.
    """

    kind: str
    model: str
    why: str
    prompt: str = ""
    fault: str = ""


class SpendStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the judge has cost since midnight, call by call, and what it may cost.

    `parked` sessions wait for nothing but a new day's budget, which begins at `renewed` (ms).
    """

    today_usd: float
    budget_usd: float
    input_tokens: int
    output_tokens: int
    failed: int
    parked: int
    renewed: int
    calls: list[Call]


class PausedWorkspace(msgspec.Struct, frozen=True, kw_only=True):
    """A paused workspace; `until` in ms, None until it is resumed."""

    id: str
    name: str
    until: int | None


class PausedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is paused; `until` belongs to `everything`."""

    everything: bool
    until: int | None
    workspaces: list[PausedWorkspace]


class LogStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The log on disk."""

    bytes: int
    path: str


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `hivemindctl status` shows.

    `reviews` are rules, `proposals` are versions of skills that wait for a person.
    """

    daemon: DaemonStatus
    assistants: list[AssistantStatus]
    sessions: SessionCounts
    due: DueStatus
    judge: JudgeStatus
    spend: SpendStatus
    workspaces: int
    corrections: int
    lessons: int
    skills: int
    reviews: int
    proposals: int
    paused: PausedStatus | None
    log: LogStatus


def describe_status(
    log: Log | None,
    daemon: DaemonStatus,
    judge: JudgeStatus,
    *,
    paths: Paths,
    config: Config,
    assistants: Iterable[Assistant],
    env: Mapping[str, str],
    now: int,
) -> Status:
    """Return the status at a time (ms); `log` is None when nothing was captured yet."""
    rows = Rows()
    if log is not None:
        with log.read() as txn:
            rows = read_rows(txn, now)
    places = Places(paths.home, env)
    reasons = [refusal(row) for row in rows.sessions]
    states = Counter(row.state for row, why in zip(rows.sessions, reasons, strict=True) if not why)
    times = [row.not_before or row.since for row in rows.due]
    return Status(
        daemon=daemon,
        assistants=[_assistant(item, places, rows, now) for item in assistants],
        sessions=SessionCounts(
            active=states["active"],
            idle=states["idle"],
            ended=states["ended"],
            refused=dict(Counter(filter(None, reasons)).most_common()),
        ),
        due=DueStatus(
            pending=len(rows.due),
            parked=sum(row.attempts > 0 for row in rows.due),
            next_at=min(times, default=None),
            left_s=_left(sum(time <= now for time in times), daemon.learned_per_min),
        ),
        judge=judge,
        spend=SpendStatus(
            today_usd=total(rows.calls),
            budget_usd=config.judge.daily_budget,
            input_tokens=sum(call.input_tokens for call in rows.calls),
            output_tokens=sum(call.output_tokens for call in rows.calls),
            failed=sum(call.outcome != "ok" for call in rows.calls),
            parked=sum(row.over_budget for row in rows.due),
            renewed=day(now)[1],
            calls=rows.calls,
        ),
        workspaces=len(rows.names),
        corrections=rows.corrections,
        lessons=rows.lessons,
        skills=rows.skills,
        reviews=rows.reviews,
        proposals=rows.proposals,
        paused=_paused(rows, now),
        log=LogStatus(bytes=log.disk_bytes() if log else 0, path=str(paths.log)),
    )


def describe_pauses(log: Log, now: int) -> PausedStatus | None:
    """Return what is paused at a time (ms), None where nothing is."""
    with log.read() as txn:
        names = {row.id: row.name for row in WORKSPACES.rows(txn)}
        return _paused(Rows(names=names, paused=Pauses.load(txn).until), now)


def describe_judge(paths: Paths, config: Config, env: Mapping[str, str]) -> JudgeStatus:
    """Say which judge a daemon with this environment would use."""
    choice, wanted = choose(paths, config, env), config.judge
    if choice.kind == "local":
        return JudgeStatus(kind="local", model="", why=choice.why)
    if choice.kind == "api":
        model, fault = wanted.api_model, choice.fault
    else:
        from shutil import which  # noqa: PLC0415  most have another judge

        model, fault = wanted.cli_model, ""
        if which(wanted.program, path=env.get("PATH")) is None:
            fault = f"{wanted.program} is not found: install Claude Code or set judge.program"
    return JudgeStatus(kind=choice.kind, model=model, why=choice.why, prompt=PROMPT, fault=fault)


def list_tallies(log: Log) -> list[Tally]:
    """Return what no rule knew, the most frequent first."""
    with log.read() as txn:
        return sorted(TALLIES.rows(txn), key=lambda row: row.count, reverse=True)


def _left(ready: int, per_minute: float | None) -> float | None:
    return 60 * ready / per_minute if ready and per_minute else None


def _assistant(assistant: Assistant, places: Places, rows: Rows, now: int) -> AssistantStatus:
    checkpoints = [row for row in rows.checkpoints if row.assistant == assistant.name]
    sessions = [row for row in rows.sessions if row.assistant == assistant.name]
    return AssistantStatus(
        name=assistant.name,
        found=any(root.is_dir() for root in assistant.roots(places)),
        transcripts=len(checkpoints),
        sessions=len(sessions),
        events=sum(row.events for row in sessions),
        last_event=max((row.last_event for row in sessions), default=0),
        lag_ms=_lag(checkpoints, now),
    )


def _lag(checkpoints: list[CheckpointHead], now: int) -> int:
    """Return the age in ms of the oldest append that was not read, 0 when all were."""
    latest = nlargest(_STATS, checkpoints, key=attrgetter("mtime_ns"))
    lag = 0
    for row in latest:
        try:
            status = Path(row.path).stat(follow_symlinks=False)
        except OSError:
            continue  # the assistant deleted it; what was captured stays
        if status.st_size != row.size:
            lag = max(lag, now - status.st_mtime_ns // 1_000_000)
    return lag


def _paused(rows: Rows, now: int) -> PausedStatus | None:
    until = {name: end for name, end in rows.paused.items() if not end or end > now}
    if not until:
        return None
    return PausedStatus(
        everything=EVERYTHING in until,
        until=until.get(EVERYTHING) or None,
        workspaces=[
            PausedWorkspace(id=name, name=rows.names.get(name, name), until=end or None)
            for name, end in until.items()
            if name != EVERYTHING
        ],
    )
