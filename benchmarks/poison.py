"""Cases of a red team, and the transcripts and projects that they make of a scratch home.

A case is a JSON file, or a folder with a home and a project of its own; the format stands in
`tests/redteam/README.md`.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import click
import msgspec
from groups import Script
from scratch import BEGIN, BETWEEN_SESSIONS, CHECKOUT, run_git
from transcripts import MINUTE, WRITERS, Transcript

from hivemindd.assistants.cursor.folder import slugify

Record = dict[str, Any]

SESSIONS = (2, 1)
"""How often a case happens in each of its sessions: enough for a lesson to be promoted."""
POISON = "poison.txt"
_DAY = 86_400
_FILLED = re.compile(r"\{\{(N|SESSION|PROJECT|HOME|SLUG)\}\}")


class Act(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that happens; the first of these fields that is given says what.

    `place` names one of `tests/planting`, where `text` is put as that place has it; `hand`
    is a file that a person changes to `text`.
    """

    prompt: str | None = None
    say: str | None = None
    run: str | None = None
    edit: str | None = None
    records: list[Record] | None = None
    place: str | None = None
    hand: str | None = None
    output: str = ""
    text: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case of the JSON form: what happens three times, and what must not come of it."""

    assistant: Literal["claude-code", "codex", "cursor"]
    where: str
    poison: list[str]
    acts: list[Act]
    learned: list[str] = []
    folder: str = "project"
    inside: str = ""
    branch: str = "main"
    workspace: str = ""
    files: dict[str, str] = {}


class Ground(msgspec.Struct, frozen=True):
    """A case that lies in a scratch home: its project, and the names of its sessions.

    Of a case that is a folder no sessions are known.
    """

    name: str
    poison: list[str]
    learned: list[str]
    project: Path
    sessions: list[str]


def read_cases(folder: Path) -> tuple[dict[str, Case], dict[str, Path]]:
    """Return the cases of a folder by name: those that are files, and those that are folders.

    Raises:
        click.ClickException: one is no case, or there is none.
    """
    files = {path.stem: _read_case(path) for path in sorted(folder.glob("*.json"))}
    folders = {path.parent.name: path.parent for path in sorted(folder.glob(f"*/{POISON}"))}
    if not files and not folders:
        raise click.ClickException(f"{folder} holds no case: no *.json, and no */{POISON}")
    return files, folders


def _read_case(path: Path) -> Case:
    try:
        case = msgspec.json.decode(path.read_bytes(), type=Case)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} is no case: {error}") from error
    if not all(map(str.strip, case.poison)):
        raise click.ClickException(f"{path}: a poison is empty")
    return case


def lay_cases(home: Path, cases: dict[str, Case]) -> list[Ground]:
    """Lay out the projects of some cases in one home, and write their transcripts."""
    return [_lay(home, name, case, number) for number, (name, case) in enumerate(cases.items())]


def lay_folder(home: Path, name: str, source: Path) -> Ground:
    """Copy a case that is a folder into a home of its own.

    Raises:
        click.ClickException: it lacks something, or cannot be copied.
    """
    project = home / "code" / name / "project"
    values = {"PROJECT": str(project), "HOME": str(home), "SLUG": slugify(str(project))}
    try:
        poison = (source / POISON).read_text("utf-8").splitlines()
        if (source / "project").is_dir():
            shutil.copytree(source / "project", project, symlinks=True)
        project.mkdir(parents=True, exist_ok=True)
        _copy(source / "home", home, values)
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{source} is no case: {error}") from error
    if not (project / ".git").exists():
        run_git(project)
    return Ground(name, [line for line in poison if line.strip()], [], project, [])


def _copy(source: Path, target: Path, values: dict[str, str]) -> None:
    """Copy the files of a home, filled in, as if they had been written a day ago."""
    then = time.time() - _DAY
    for path in sorted(source.rglob("*")):
        if path.is_file():
            name = _fill(path.relative_to(source).as_posix(), values)
            file = target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            data = path.read_bytes()
            with suppress(UnicodeDecodeError):  # what is compressed, or no text, stays as it is
                data = _fill(data.decode(), values).encode()
            file.write_bytes(data)
            os.utime(file, (then, then))


def _lay(home: Path, name: str, case: Case, number: int) -> Ground:
    project = home / "code" / name / case.folder
    project.mkdir(parents=True)
    run_git(project, branch=case.branch)
    if case.workspace:
        (project / ".hivemind").write_text(json.dumps({"workspaceId": case.workspace}), "utf-8")
    for path, text in case.files.items():
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    cwd = project / case.inside
    cwd.mkdir(parents=True, exist_ok=True)
    played = 0
    sessions = []
    for at, times in enumerate(SESSIONS):
        script = Script(name=f"{name} {at}", workspace=name, assistant=case.assistant, steps=[])
        begin = BEGIN + (number * len(SESSIONS) + at) * BETWEEN_SESSIONS
        transcript = WRITERS[case.assistant](home, cwd, script, begin)
        transcript.branch = case.branch
        for _ in range(times):
            played += 1
            values = {
                "N": str(played),
                "SESSION": transcript.session,
                "PROJECT": str(project),
                "HOME": str(home),
                "SLUG": slugify(str(project)),
            }
            _play(transcript, case, values)
        transcript.save()
        sessions.append(transcript.session)
    return Ground(name, case.poison, case.learned, project, sessions)


def _play(transcript: Transcript, case: Case, values: dict[str, str]) -> None:
    """Let a case happen once: each prompt ends the turn before it."""
    acted = False
    for act in msgspec.convert(_filled(msgspec.to_builtins(case.acts), values), list[Act]):
        if act.prompt is not None:
            if acted:
                transcript.end_turn()
            transcript.ask(act.prompt)
            acted = False
            continue
        acted = True
        if act.say is not None:
            transcript.say(act.say)
        elif act.run is not None:
            transcript.run(act.run, act.output)
        elif act.edit is not None:
            transcript.change(act.edit, act.text)
        elif act.hand is not None:
            transcript.end_turn()
            transcript.now += MINUTE  # what changes while the agent works may be its own doing
            transcript.write_file(act.hand, act.text)
            acted = False
        for record in act.records or _planted(case.assistant, act, transcript):
            transcript.plant(record)
    transcript.say("Changed as you said.")
    transcript.end_turn()


def _planted(assistant: str, act: Act, transcript: Transcript) -> Iterator[Record]:
    """Yield the records of a place, with ids that no other record has."""
    if act.place is None:
        return
    plant = _places().get((assistant, act.place))
    if plant is None:
        raise click.ClickException(
            f"there is no place {act.place!r} in a transcript of {assistant}"
        )
    text = json.dumps(plant(act.text)).replace("_planted", f"_{transcript.unique(act.place)}")
    yield from json.loads(text)


def _places() -> dict[tuple[str, str], Callable[[str], list[Record]]]:
    """Return the places of `tests/planting` that lie in the transcript of a person's session."""
    if str(CHECKOUT) not in sys.path:
        sys.path.append(str(CHECKOUT))
    from tests.planting import claude_code, codex, cursor, people  # noqa: PLC0415  wants hypothesis

    all_places = (*claude_code.PLACES, *codex.PLACES, *cursor.PLACES, *people.CHANNELS)
    return {
        (place.dialect.assistant, place.name): place.plant
        for place in all_places
        if not place.session and place.path == "{folder}/{stem}.jsonl"
    }


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, str):
        return _fill(value, values)
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    if isinstance(value, dict):
        return {_fill(name, values): _filled(each, values) for name, each in value.items()}
    return value


def _fill(text: str, values: dict[str, str]) -> str:
    return _FILLED.sub(lambda found: values.get(found[1], found[0]), text)
