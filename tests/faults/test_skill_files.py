"""Skills where the disk, its owner or their names are not as one would wish."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hivemindd.log.tables import DEEDS, RECEIPTS, SKILLS
from tests.codify.library import NAME as PUBLISHED
from tests.codify.library import Library
from tests.ctl.runner import spawn
from tests.faults.folding import fold
from tests.faults.lessons import NAME, Lessons, left_over
from tests.faults.mounted import Disk, disk, why_not
from tests.records import SESSION, ClaudeSession
from tests.snapshots import snapshot

HERE = "before:hivemindd.skills.contents:read_file"  # the last look, right before each rename
RENAMES = {"lineage": f"{HERE}:3", "skill": f"{HERE}:4"}
THEIRS = "---\nname: package-commands\ndescription: mine\n---\n\nmine\n"


@pytest.fixture(name="lessons")
def _lessons(scratch_home: Path) -> Lessons:
    return Lessons(scratch_home, None, 'kind = "local"')


def teach_more(lessons: Lessons) -> None:
    """Write sessions that teach the same skill a second rule."""
    for number in range(3, 6):
        session = ClaudeSession(lessons.home, lessons.project, f"{SESSION[:-1]}{number}")
        session.prompt("add zod")
        session.reject(session.call("Bash", command="yarn add zod"), "use pnpm instead of yarn")
        session.result(session.call("Bash", command="pnpm add zod"), "done")


def run(lessons: Lessons, **options: Any) -> str:
    """Run the daemon once, and return what it said."""
    done = lessons.once(**options)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("file", RENAMES)
def test_55_killed_before_a_first_file_is_in_place(lessons: Lessons, file: str) -> None:
    """There is no skill, but a half one beside its place; the next run clears it away."""
    assert lessons.once(RENAMES[file]).returncode == -signal.SIGKILL
    assert not lessons.skill.exists()
    assert len(left_over(lessons.project)) == 1
    run(lessons)

    assert "- Use pnpm instead of npm." in lessons.skill.read_text()
    assert sorted(path.name for path in lessons.skill.parent.iterdir()) == [
        "SKILL.md",
        "lineage.json",
    ]
    assert [path.name for path in lessons.skill.parent.parent.iterdir()] == [NAME]


@pytest.mark.parametrize("file", RENAMES)
def test_55_killed_before_the_next_version_is_in_place(lessons: Lessons, file: str) -> None:
    """The old file is whole, and loaded as ever; the next run replaces it."""
    run(lessons)
    before = lessons.skill.read_bytes()
    teach_more(lessons)
    assert lessons.once(RENAMES[file]).returncode == -signal.SIGKILL
    assert lessons.skill.read_bytes() == before
    assert len(left_over(lessons.project)) == 1
    run(lessons)

    assert "yarn" in lessons.skill.read_text()
    assert left_over(lessons.project) == []


def test_55_a_first_skill_whose_row_was_lost_is_gone_on_with(tmp_path: Path) -> None:
    """Also where more was learned meanwhile: no second skill, and no stranger's."""
    library = Library(tmp_path / "library")
    library.teach("pnpm")
    library.publish()
    with library.log.read() as txn:
        [(key, receipt)] = RECEIPTS.scan(txn)
        [(row, _)] = SKILLS.scan(txn)
        [*_, (deed, _)] = DEEDS.scan(txn)
    receipt.done = False
    library.log.transact(lambda txn: RECEIPTS.put(txn, key, receipt))
    library.log.transact(lambda txn: SKILLS.delete(txn, row))
    library.log.transact(lambda txn: DEEDS.delete(txn, deed))
    library.teach("exact")
    library.publish()

    assert [(row.name, row.state) for row in library.rows()] == [(PUBLISHED, "active")]
    assert "Pin exact versions" in library.file(PUBLISHED).read_text()
    assert [path.name for path in library.file(PUBLISHED).parents[1].iterdir()] == [PUBLISHED]
    with library.log.read() as txn:
        assert [deed.what for deed in DEEDS.rows(txn)].count("written") == 2
    library.close()


@pytest.mark.parametrize("place", [".claude", ".claude/skills"])
def test_56_a_link_that_stays_inside_is_followed(lessons: Lessons, place: str) -> None:
    """Some repositories keep their skills elsewhere."""
    link, target = lessons.project / place, lessons.project / "tools" / "for-agents"
    target.mkdir(parents=True)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(os.path.relpath(target, link.parent))
    run(lessons)

    assert lessons.skill.resolve().is_relative_to(target)
    assert "- Use pnpm instead of npm." in lessons.skill.read_text()


@pytest.mark.parametrize("place", [".claude", ".claude/skills"])
def test_56_a_link_that_leads_out_is_refused(lessons: Lessons, tmp_path: Path, place: str) -> None:
    """Nothing is written through it; the reason is kept, and without the link all is well."""
    link, outside = lessons.project / place, tmp_path / "outside"
    (outside / "skills").mkdir(parents=True)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside)
    before = snapshot(outside, times=True)
    run(lessons)

    assert snapshot(outside, times=True) == before
    assert any("leads out of the project" in row.error for row in lessons.due)
    link.unlink()
    run(lessons)
    assert lessons.skill.is_file()
    assert lessons.due == []


def test_57_a_skill_of_that_name_is_somebodys(lessons: Lessons) -> None:
    """It is left alone, and ours gets another name."""
    lessons.skill.parent.mkdir(parents=True)
    lessons.skill.write_text(THEIRS)
    before = snapshot(lessons.skill.parent, times=True)
    run(lessons)

    assert snapshot(lessons.skill.parent, times=True) == before
    ours = lessons.skill.parents[1] / f"{NAME}-2" / "SKILL.md"
    assert "- Use pnpm instead of npm." in ours.read_text()


def test_57_an_edited_skill_gets_a_proposal(lessons: Lessons) -> None:
    """What was learned since is written when its owner says so, and never before."""
    run(lessons)
    lessons.skill.write_text(lessons.skill.read_text() + "\nAnd mind the lock file.\n")
    before = snapshot(lessons.skill.parent, times=True)
    teach_more(lessons)
    run(lessons)
    assert snapshot(lessons.skill.parent, times=True) == before

    shown = spawn(lessons.home, "skills", "show", NAME, "--diff")
    assert "yarn" in shown.stdout
    approved = spawn(lessons.home, "skills", "approve", NAME)
    assert approved.returncode == 0, approved.stderr
    assert "yarn" in lessons.skill.read_text()


@pytest.fixture(name="small")
def _small(lessons: Lessons) -> Iterator[Disk]:
    """Give the project a disk of its own."""
    if reason := why_not():
        pytest.skip(reason)
    with disk(lessons.project) as small:
        (small.root / ".git").mkdir()
        yield small


@pytest.mark.parametrize("fault", ["full", "read-only"])
def test_58_a_disk_that_takes_nothing(lessons: Lessons, small: Disk, fault: str) -> None:
    """No partial file; it is said once, and written when there is room."""
    small.fill() if fault == "full" else small.lock()
    said = run(lessons, before=small.before)
    assert {path.name for path in (small.root / ".claude").rglob("*")} <= {"skills"}
    reason = {"full": "No space left on device", "read-only": "Read-only file system"}[fault]
    assert said.count(reason) == 1
    assert [reason in row.error for row in lessons.due] == [True] * len(lessons.due)
    assert lessons.due[0].needs_person
    small.empty() if fault == "full" else small.unlock()
    run(lessons, before=small.before)

    skill = small.root / lessons.skill.relative_to(lessons.project)
    assert "- Use pnpm instead of npm." in skill.read_text()
    assert lessons.due == []
    assert left_over(small.root) == []


def test_58_a_full_disk_keeps_the_skill_of_before(lessons: Lessons, small: Disk) -> None:
    """It is loaded as ever, until the next version has room."""
    run(lessons, before=small.before)
    skill = small.root / lessons.skill.relative_to(lessons.project)
    there = snapshot(skill.parents[1])
    teach_more(lessons)
    small.fill()
    run(lessons, before=small.before)
    assert snapshot(skill.parents[1]) == there

    small.empty()
    run(lessons, before=small.before)
    assert "yarn" in skill.read_text()


def _read_only(project: Path) -> None:
    project.chmod(0o555)


def _foreign(project: Path) -> None:
    os.chown(project, 12_345, 12_345)


def _public(project: Path) -> None:
    project.chmod(0o1777)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_read_only, "Permission denied"),
        (_foreign, "it belongs to another user"),
        (_public, "anybody may write to it"),
    ],
    ids=["read-only", "foreign", "sticky"],
)
def test_58_a_project_that_is_not_ours_to_write(lessons: Lessons, spoil: Any, reason: str) -> None:
    """It is passed over, with the reason; what was learned is written once it is mended."""
    if spoil is _foreign and os.getuid():
        pytest.skip("only root can give a folder away")
    spoil(lessons.project)
    before = snapshot(lessons.project, times=True)
    said = lessons.once("call:tests.skills.pressed:drop_powers:0")
    assert said.returncode == 0, said.stderr
    assert snapshot(lessons.project, times=True) == before
    assert (said.stdout + said.stderr).count(reason) == 1
    assert any(reason in row.error and row.needs_person for row in lessons.due)

    os.chown(lessons.project, os.getuid(), os.getgid())
    lessons.project.chmod(0o755)
    run(lessons)
    assert lessons.skill.is_file()


@pytest.mark.parametrize("case", ["as-it-is", "folded"])
def test_59_names_that_differ_by_case_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Where they are one folder, as on macOS, nothing of somebody else's is touched."""
    library = Library(tmp_path / "library")
    theirs = library.root / ".claude" / "skills" / PUBLISHED.title()
    theirs.mkdir(parents=True)
    (theirs / "SKILL.md").write_text(THEIRS)
    before = snapshot(theirs, times=True)
    library.teach("pnpm")
    if case == "folded":
        fold(monkeypatch)
    library.publish()
    library.teach("exact")
    library.publish()

    assert snapshot(theirs, times=True) == before
    (row,) = library.rows()
    assert (row.name, row.state) == (f"{PUBLISHED}-2", "active")
    assert "Pin exact versions" in library.file(row.name).read_text()
    library.close()


def test_59_folders_of_another_case_are_used_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where case counts for nothing they are the ones that assistants read."""
    library = Library(tmp_path / "library")
    (library.root / ".Claude" / "Skills").mkdir(parents=True)
    library.teach("pnpm")
    fold(monkeypatch)
    library.publish()

    assert [path.name for path in library.root.iterdir()] == [".Claude"]
    assert (library.root / ".Claude" / "Skills" / PUBLISHED / "SKILL.md").is_file()
    library.close()


@pytest.mark.parametrize(
    "activity",
    ["", ".", "..", "../../x", "/etc/x", ".git", "a/b", "A", "x" * 300, "é", "-x", "x--y", "a\n"],
)
def test_59_a_name_is_always_a_plain_word(tmp_path: Path, activity: str) -> None:
    """Whatever a judge calls what was done; and no two skills share one."""
    library = Library(tmp_path / "library")
    for topic in ("pnpm", "tabs"):
        library.say(topic, directive="always", activity=activity)
        library.say(topic, activity=activity)
    library.publish()

    names = [row.name for row in library.rows()]
    assert names
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) and len(name) <= 64 for name in names)
    assert {path.split("/")[:3][-1] for path in library.tree()} == set(names)
    assert all(path.startswith(".claude/skills/") for path in library.tree())
    library.close()
