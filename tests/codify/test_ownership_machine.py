"""Whatever people, new evidence and restarts do in whatever order: no byte of theirs is lost."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from hivemindd.errors import HivemindError
from hivemindd.records import Skill
from hivemindd.skills.render import unmarked
from tests.codify.library import Library

NAMES = ("package-commands", "package-commands-2", "code-style")
EXCEPTIONS = tuple(f"in folder {number}" for number in range(20, 10, -1))
FILES = ("SKILL.md", "SKILL.md", "lineage.json", "notes.md")
AGAINST: dict[str, Any] = {"rule": "Use npm instead of pnpm", "right": "npm", "wrong": "pnpm"}

# Most of it happens to one skill, else little would follow on each other.
names = st.sampled_from([*[NAMES[0]] * 4, *NAMES[1:]])
topics = st.sampled_from(["pnpm", "pnpm", "pnpm", "exact", "tabs"])
reviews = st.sampled_from([False, False, True])
rare = st.sampled_from([False, False, False, False, True])


class Ownership(RuleBasedStateMachine):
    """A project, with a model of what in it is whose.

    `theirs` is what a person wrote and nobody may change, by path. `gone` are skills whose
    file a person removed, `frozen` those that they went back to or pinned, with what has to
    lie there, until they say otherwise.
    """

    def __init__(self) -> None:
        """Begin with an empty project."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.library = Library(self.folder / "library")
        self.review = False
        self.theirs: dict[Path, bytes] = {}
        self.gone: set[str] = set()
        self.frozen: dict[str, bytes] = {}
        self.ours: dict[str, list[bytes]] = {}
        self.rejected: set[str] = set()
        self.edits = 0
        self.edited: dict[Path, list[bytes]] = {}

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.library.log.close()
        shutil.rmtree(self.folder)

    # What is learned.

    @initialize(review=reviews)
    def begin(self, review: bool) -> None:  # noqa: FBT001  by name
        """Begin with a first skill, with or without review."""
        self.review = review
        self.library.wire(review=review)
        self.library.teach("pnpm")
        self.publish()

    @rule(topic=topics)
    def learn(self, topic: str) -> None:
        """A rule is taught, enough to be promoted."""
        self.library.teach(topic)

    @rule(exception=st.sampled_from(EXCEPTIONS), topic=topics)
    def limit(self, exception: str, topic: str) -> None:
        """New evidence changes the text of a skill, and the daemon does its work."""
        self.library.say(topic, relation="refines", rule="", not_when=[exception])
        self.publish()

    @rule(really=rare)
    def reverse(self, really: bool) -> None:  # noqa: FBT001  by name
        """A rule is taken back."""
        if really:
            self.library.say("pnpm", directive="reversal", **AGAINST)

    @rule()
    def publish(self) -> None:
        """The daemon does its work."""
        before = self.library.tree()
        self.library.publish()
        self._note()
        if self.review:
            assert self.library.tree() == before

    @rule(review=reviews)
    def restart(self, review: bool) -> None:  # noqa: FBT001  by name
        """It starts anew, perhaps with the other setting."""
        self.review = review
        self.library.restart(review=review)

    # What a person does to the files.

    @rule(name=names, file=st.sampled_from(FILES), whole=st.booleans())
    def edit(self, name: str, file: str, whole: bool) -> None:  # noqa: FBT001  by name
        """A file is written into, or written anew; also where there is none of ours."""
        path = self.library.file(name).with_name(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.edits += 1
        old = b"" if whole or not path.exists() else path.read_bytes()
        path.write_bytes(old + b"mine, the %d\n" % self.edits)
        self.theirs[path] = path.read_bytes()
        self.edited.setdefault(path, []).append(self.theirs[path])
        if file == "SKILL.md":
            self._forget(name)

    @rule(name=names, folder=st.booleans(), really=rare)
    def delete(self, name: str, folder: bool, really: bool) -> None:  # noqa: FBT001  by name
        """A skill is thrown away, alone or with its folder."""
        path = self.library.file(name)
        if not really or not path.exists():
            return
        ours = path not in self.theirs
        for each in list(path.parent.iterdir()) if folder else [path]:
            each.unlink()
            self.theirs.pop(each, None)
        if folder:
            path.parent.rmdir()
        self._forget(name)
        if ours and self.ours.get(name):
            self.gone.add(name)

    @rule(name=names, version=st.integers(0, 5))
    def roll_back(self, name: str, version: int) -> None:
        """An older version of ours is put back, over whatever is there."""
        versions = self.ours.get(name, [])
        path = self.library.file(name)
        if version >= len(versions) - 1 or not path.exists():
            return
        path.write_bytes(versions[version])
        self.theirs.pop(path, None)
        self._forget(name)
        self.frozen[name] = versions[version]

    # What a person decides.

    @precondition(lambda self: self._proposed())
    @rule(number=st.integers(0, 2))
    def approve(self, number: int) -> None:
        """A person wants what is proposed: the one way in which their text gives place to ours."""
        proposed = self._proposed()
        row = proposed[number % len(proposed)]
        path, before = self.library.file(row.name), self.library.tree()
        assert row.proposal is not None
        try:
            self.library.decide("approve", row.name)
        except HivemindError:
            assert self.library.tree() == before
            return
        if row.proposal.text:
            assert path not in self.theirs or row.sha256
            assert path.read_text() == row.proposal.text
            self.theirs.pop(path, None)
        self._forget(row.name)
        self._note()

    @precondition(lambda self: self._proposed())
    @rule(number=st.integers(0, 2))
    def reject(self, number: int) -> None:
        """A person does not want it: the same text does not come again."""
        proposed = self._proposed()
        row = proposed[number % len(proposed)]
        before = self.library.tree()
        assert row.proposal is not None
        self.library.decide("reject", row.name)
        assert self.library.tree() == before
        self.rejected.add(unmarked(row.proposal.text) or row.sha256)

    @rule(name=names, really=rare)
    def retire(self, name: str, really: bool) -> None:  # noqa: FBT001  by name
        """A person does not want a skill."""
        path = self.library.file(name)
        if not really or name not in self.library.skills:
            return
        self.library.decide("retire", name)
        self._forget(name)
        assert not path.exists() or path in self.theirs
        self.gone.add(name)

    @rule(name=names)
    def undo(self, name: str) -> None:
        """A person does not want what was done last; what they did since goes before."""
        if name not in self.library.skills:
            return
        path, before = self.library.file(name), self.library.tree()
        try:
            decided = self.library.decide("undo", name)
        except HivemindError:
            assert self.library.tree() == before
            return
        assert path not in self.theirs
        self._forget(name)
        if not decided.written:
            self.gone.add(name)
            return
        self.frozen[name] = path.read_bytes()
        if self.frozen[name] not in self.ours.get(name, []):
            assert self.frozen[name] in self.edited.get(path, [])
            self.theirs[path] = self.frozen[name]

    @rule(name=names, release=st.booleans())
    def pin(self, name: str, release: bool) -> None:  # noqa: FBT001  by name
        """A person wants a skill to stay as it is, or to grow again."""
        if name not in self.library.skills:
            return
        try:
            self.library.decide("release" if release else "pin", name)
        except HivemindError:
            return
        path = self.library.file(name)
        self._forget(name)  # also what was undone away: it may come back
        if not release and path.exists():
            self.frozen[name] = path.read_bytes()
        self._note()

    # What must hold.

    @invariant()
    def nothing_of_theirs_is_lost(self) -> None:
        """Every byte that a person wrote is where they wrote it."""
        for path, data in self.theirs.items():
            assert path.read_bytes() == data, path

    @invariant()
    def what_was_removed_stays_removed(self) -> None:
        """A skill that a person threw away or retired is not written again."""
        for name in self.gone:
            path = self.library.file(name)
            assert not path.exists() or path in self.theirs, name

    @invariant()
    def what_was_frozen_stays_as_it_is(self) -> None:
        """A skill that a person went back to, or pinned, is not written over."""
        for name, data in self.frozen.items():
            assert self.library.file(name).read_bytes() == data, name

    @invariant()
    def only_what_may_grow_has_a_proposal(self) -> None:
        """Nobody is asked about a skill that is gone or pinned, nor asked the same again."""
        for row in self._proposed():
            assert row.state in {"waiting", "active", "user-owned"}, row.state
            assert row.proposal is not None
            assert (unmarked(row.proposal.text) or row.sha256) not in self.rejected

    def _proposed(self) -> list[Skill]:
        return [row for row in self.library.skills.values() if row.proposal is not None]

    def _forget(self, name: str) -> None:
        self.gone.discard(name)
        self.frozen.pop(name, None)

    def _note(self) -> None:
        """Remember the versions that we have written."""
        for name in NAMES:
            path = self.library.file(name)
            if path.exists() and path not in self.theirs:
                versions = self.ours.setdefault(name, [])
                if path.read_bytes() not in versions:
                    versions.append(path.read_bytes())


Ownership.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestOwnership = Ownership.TestCase
