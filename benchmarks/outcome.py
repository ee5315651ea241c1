"""What came of transcripts: what the log holds of them, what was learned, what was written.

An outcome is a bag of things for each kind. What is in one bag more often than in the other is
lost, or doubled.
"""

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path

import msgspec

from hivemindd.deeds import Deed, Receipt
from hivemindd.events import Prompt, Reply
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import blocks, read
from hivemindd.log.keys import skill_key
from hivemindd.log.opening import open_log_readonly
from hivemindd.log.tables import (
    CHECKPOINTS,
    CORRECTIONS,
    DEEDS,
    LESSONS,
    RECEIPTS,
    SESSIONS,
    SKILLS,
    Txn,
)
from hivemindd.records import Correction, Lesson
from hivemindd.skills.contents import LINEAGE, SKILL, digest
from hivemindd.skills.files import TEMPORARY

Bag = Counter[Hashable]
KINDS = ("sentences", "checkpoints", "corrections", "lessons", "skills")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The bags by kind; how rows and files disagree, and where receipts or audit have gaps.

    `edited` are the skills that are taken for edited by a person.
    """

    bags: dict[str, Bag]
    faults: list[str] = []
    gaps: list[str] = []
    edited: list[str] = []
    writes: int = 0


def read_transcripts(home: Path) -> Bag:
    """Return every sentence that the transcripts hold, by decoding each line as JSON."""
    found: Bag = Counter()
    for path in (home / ".claude").rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            record = json.loads(line)
            content = record["message"]["content"] if "message" in record else []
            parts = [{"text": content}] if isinstance(content, str) else content
            for text in (part["text"] for part in parts if "text" in part):
                found["claude-code", record["sessionId"], text] += 1
    for path in (home / ".codex").rglob("*.jsonl"):
        for line in path.read_bytes().splitlines():
            payload = json.loads(line)["payload"]
            if "item" in payload:
                text = payload["item"]["content"][0]["text"]
                found["codex", payload["thread_id"], text] += 1
    return found


def read_ends(home: Path) -> Bag:
    """Return where the transcripts end, which is how far each is to be read."""
    files = [*(home / ".claude").rglob("*.jsonl"), *(home / ".codex").rglob("*.jsonl")]
    return Counter((str(path), path.stat().st_size) for path in files)


def read_sentences(folder: Path) -> Bag:
    """Return every sentence that a log holds."""
    log = open_log_readonly(folder)
    try:
        with log.read() as txn:
            packed = [data for row in SESSIONS.rows(txn) for data in blocks(txn, row)]
    finally:
        log.close()
    return Counter(
        (event.assistant, event.session, event.text)
        for _, event in read(packed, BlockCodec())
        if isinstance(event, Prompt | Reply)
    )


def read_outcome(home: Path, folder: Path) -> Outcome:
    """Read the log in a folder, and the skills in the projects of a home."""
    files = sorted(home.glob(f"code/*/.claude/skills/*/{SKILL}"))
    log = open_log_readonly(folder)
    try:
        with log.read() as txn:
            bags: dict[str, Bag] = {
                "checkpoints": Counter((row.path, row.offset) for row in CHECKPOINTS.rows(txn)),
                "corrections": Counter(map(_correction, CORRECTIONS.rows(txn))),
                "lessons": Counter(map(_lesson, LESSONS.rows(txn))),
                "skills": Counter(map(_skill, files)),
            }
            deeds = [deed for deed in DEEDS.rows(txn) if deed.what in {"written", "removed"}]
            faults = list(_faults(txn, home, files))
            gaps = list(_gaps(txn, deeds))
            edited = [row.path for row in SKILLS.rows(txn) if row.state == "user-owned"]
    finally:
        log.close()
    bags["sentences"] = read_sentences(folder)
    return Outcome(bags=bags, faults=faults, gaps=gaps, edited=edited, writes=len(deeds))


def compare(wanted: dict[str, Bag], got: dict[str, Bag]) -> dict[str, tuple[int, int]]:
    """Return by kind how much is missing, and how much is there that should not, or too often."""
    return {
        kind: ((wanted[kind] - got[kind]).total(), (got[kind] - wanted[kind]).total())
        for kind in KINDS
    }


def _correction(row: Correction) -> Hashable:
    # What was accepted in the end is not known yet of who was learned from in between.
    return row.assistant, row.session, row.channel, row.reason, row.state, row.why


def _lesson(row: Lesson) -> Hashable:
    evidence = tuple(sorted((each.correction, each.quote, each.weight) for each in row.evidence))
    names = row.workspace, row.rule, row.trigger, row.right, row.wrong, row.activity
    return *names, row.state, tuple(sorted(row.not_when)), evidence


def _skill(file: Path) -> Hashable:
    # In which order its rules stand, and which the description begins with, says in which order
    # they were promoted, and that depends on when the daemon looked.
    lines = file.read_text("utf-8").splitlines()
    return str(file), tuple(sorted(line for line in lines if line.startswith(("- ", "name:"))))


def _faults(txn: Txn, home: Path, files: list[Path]) -> Iterator[str]:
    """Yield how the rows of the skills disagree with what lies there."""
    rows = SKILLS.rows(txn)
    known = Counter(row.path for row in rows)
    yield from (f"{path}: has {count} rows" for path, count in known.items() if count > 1)
    yield from (f"{file}: has no row" for file in files if str(file) not in known)
    yield from (f"{file}: was left behind" for file in home.glob(f"code/**/{TEMPORARY}*"))
    for row in rows:
        file = Path(row.path)
        there = digest(file.read_bytes()) if file.is_file() else "nothing"
        if row.state == "user-owned":
            continue
        if row.state != "active":
            yield f"{file}: is {row.state}"
        if there != row.sha256:
            yield f"{file}: is not what was noted"
        elif json.loads(file.with_name(LINEAGE).read_bytes())["version"] != row.version:
            yield f"{file}: has the lineage of another version"


def _gaps(txn: Txn, deeds: list[Deed]) -> Iterator[str]:
    """Yield where what was kept of writes does not lead from nothing to what lies there."""
    for row in SKILLS.rows(txn):
        chain = sorted(
            (deed for deed in deeds if deed.skill_id == row.id), key=lambda deed: deed.ts
        )
        receipts = RECEIPTS.rows(txn, skill_key(row.workspace, row.id, row.root))
        if not all(receipt.done for receipt in receipts):
            yield f"{row.path}: a receipt is unfinished"
        told: dict[str, Sequence[Deed | Receipt]] = {"audit": chain, "receipts": receipts}
        for name, steps in told.items():
            texts = [*(step.before for step in steps), row.sha256]
            if texts[1:] != [step.after for step in steps]:
                yield f"{row.path}: its {name} lead to another text"
            if len(set(texts)) != len(texts) or (name == "audit" and texts[0]):
                yield f"{row.path}: its {name} tell of something twice, or of no beginning"
