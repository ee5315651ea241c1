"""What we were at in a project when we died: carried on to where it is noted.

A receipt that is not done says what was about to happen, and the disk whether it has.
"""

from collections.abc import Callable, Sequence

from hivemindd.codify import receipts
from hivemindd.codify.copies import Copies
from hivemindd.codify.place import Place
from hivemindd.codify.rows import retire_with_lessons
from hivemindd.deeds import Receipt, What
from hivemindd.log.keys import skill_key, workspace_key
from hivemindd.log.store import Log
from hivemindd.log.tables import LESSONS, SKILLS
from hivemindd.records import Lesson, Skill
from hivemindd.skills.contents import SKILL
from hivemindd.skills.render import read_mark


def finish(log: Log, place: Place, make_copies: Callable[[What | None], Copies]) -> None:
    """Note what has happened in a project, and finish what had begun; what has not is dropped.

    `make_copies` gives its skills to what a person has decided, or to nobody's decision. What is
    not there just now is left for another time.

    Raises:
        PublishError: the project cannot be read or written.
    """
    home = place.workspace.id
    with log.read() as txn:
        begun = [
            (SKILLS.get(txn, key) or _find(place, key, receipt), receipt)
            for key, receipt in receipts.under_way(txn, home)
        ]
        lessons = LESSONS.rows(txn, workspace_key(home))
    for skill, receipt in begun:
        if skill and skill.root == place.root and place.project.is_at(skill.name, skill.path):
            _finish(log, make_copies(_decision(receipt)), skill, receipt, lessons)


def _find(place: Place, key: bytes, receipt: Receipt) -> Skill | None:
    """Return the row that a first text would have had, None where it is not as we wrote it."""
    if not receipt.name or not receipt.after or place.project.look(receipt.name) != receipt.after:
        return None
    mark = read_mark(place.project.read(receipt.name).get(SKILL, b""))
    if mark is None or skill_key(place.workspace.id, mark[0], place.root) != key:
        return None
    return Skill(
        id=mark[0],
        workspace=place.workspace.id,
        root=place.root,
        name=receipt.name,
        path=str(place.project.path(receipt.name)),
    )


def _decision(receipt: Receipt) -> What | None:
    if receipt.undoes:
        return "undone"
    return "retired" if receipt.retired else None


def _finish(
    log: Log, copies: Copies, skill: Skill, receipt: Receipt, lessons: Sequence[Lesson]
) -> None:
    there = copies.look(skill.name)
    if there and there != receipt.after:
        log.transact(lambda txn: receipts.finish(txn, skill, there))
    elif there != receipt.after or not (there or copies.is_removed(skill)):
        return
    elif receipt.undoes:
        with log.read() as txn:
            undone = receipts.undone(txn, skill)
        if undone is not None:
            copies.note_undone(skill, undone)
    elif there:
        copies.adopt(skill, lessons)
    elif receipt.retired:
        copies.remove(skill, ())
        log.transact(lambda txn: copies.account(txn, skill, "", retire_with_lessons(txn, skill)))
    else:
        copies.withdraw(skill)
