"""All that is fuzzed: each takes bytes, and raises when something promised does not hold."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.fuzz import texts, transcripts, wire
from tests.fuzz.rows import Rows

Target = Callable[[bytes], None]


def make_targets(folder: Path) -> Mapping[str, Target]:
    """Return the targets by name, each with a scratch folder of its own below a folder."""

    def place(name: str) -> Path:
        (folder / name).mkdir(mode=0o700)
        return folder / name

    return {
        **{name: transcripts.parser(name) for name in transcripts.PATHS},
        "state": transcripts.state,
        "ingest": transcripts.Whole(place("ingest")).check,
        "config": texts.config(place("config")),
        "project": texts.project(place("project")),
        "side": texts.side(place("side")),
        "skill": texts.skill(place("skill")),
        "reply": texts.reply,
        "rows": Rows(place("rows")).check,
        "tombstones": texts.tombstones(place("tombstones")),
        "request": wire.Service(place("request")).check,
        "answer": wire.answer(place("answer")),
    }


def _scratch() -> Path:
    folder = tempfile.mkdtemp(prefix="hivemind-fuzz-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


TARGETS = make_targets(_scratch())
