"""Whatever people, git, new evidence and restarts do in any order: no byte of theirs is lost."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
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
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.render import unmarked
from tests.codify.checkout import Checkout
from tests.codify.holdings import Holdings
from tests.codify.library import Library

NAMES = ("package-commands", "package-commands-2", "code-style")
BRANCHES = ("main", "bare", "topic")
FILES = (SKILL, SKILL, SKILL, LINEAGE, "notes.md")
AGAINST: dict[str, Any] = {"rule": "Use npm instead of pnpm", "right": "npm", "wrong": "pnpm"}

# Most of it happens to one skill, else little would follow on each other.
names = st.sampled_from([*[NAMES[0]] * 4, *NAMES[1:]])
topics = st.sampled_from(["pnpm", "pnpm", "pnpm", "exact", "tabs"])
reviews = st.sampled_from([False, False, True])
events = st.sampled_from(["", "evidence", "publish"])
rare = st.sampled_from([*[False] * 3, True])
final = st.sampled_from([*[False] * 5, True])


class Ownership(RuleBasedStateMachine):
    """All that may happen in a repository, beside a model of what in it is whose.

    `rejected` is what a person did not want: the text of a proposal without its mark.
    """

    def __init__(self) -> None:
        """Begin with an empty folder."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.library = Library(self.folder / "library")
        self.checkout = Checkout(self.library.root, self.library.clock)
        self.holdings = Holdings(self.library.file)
        self.review = False
        self.rejected: set[str] = set()
        self.edits = 0
        self.limits = 0
        self.sides = 0

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.library.log.close()
        shutil.rmtree(self.folder)

    # What is learned.

    @initialize(review=rare)
    def begin(self, review: bool) -> None:  # noqa: FBT001  by name
        """Begin with a first skill, with or without review, and a branch from before it."""
        self.checkout.begin()
        self.review = review
        self.library.wire(review=review)
        self.library.teach("pnpm")
        self.publish()

    @rule(topic=topics)
    def learn(self, topic: str) -> None:
        """A rule is taught, enough to be promoted."""
        self.library.teach(topic)

    @rule(topic=topics)
    def limit(self, topic: str) -> None:
        """New evidence changes the text of a skill, and the daemon does its work."""
        self.limits += 1
        exception = f"in folder {self.limits}"
        self.library.say(topic, relation="refines", rule="", not_when=[exception])
        self.publish()

    @rule(really=final)
    def reverse(self, really: bool) -> None:  # noqa: FBT001  by name
        """A rule is taken back."""
        if really:
            self.library.say("pnpm", directive="reversal", **AGAINST)

    @rule()
    def publish(self) -> None:
        """The daemon does its work, and knows afterwards whose each skill is."""
        before = self.checkout.files()
        with self._us():
            self.library.publish()
        if self.review:
            assert self.checkout.files() == before
        for row in self.library.skills.values():
            if row.written and row.state != "retired":
                self.holdings.check(row)

    @rule(review=reviews)
    def restart(self, review: bool) -> None:  # noqa: FBT001  by name
        """It starts anew, perhaps with the other setting."""
        self.review = review
        with self._us():
            self.library.restart(review=review)

    # What a person does to the files. The daemon may be there to see it, or not.

    @rule(name=names, file=st.sampled_from(FILES), whole=st.booleans(), then=events)
    def edit(self, name: str, file: str, whole: bool, then: str) -> None:  # noqa: FBT001  by name
        """A file is written into, or written anew; also where there is none of ours."""
        path = self.library.file(name).with_name(file)
        self.edits += 1
        with self.checkout.hand():
            path.parent.mkdir(parents=True, exist_ok=True)
            old = b"" if whole or not path.exists() else path.read_bytes()
            path.write_bytes(old + b"mine, the %d\n" % self.edits)
        self._follow(then)

    @rule(name=names, folder=st.booleans(), really=rare, then=events)
    def delete(self, name: str, folder: bool, really: bool, then: str) -> None:  # noqa: FBT001  by name
        """A skill is thrown away, alone or with its folder."""
        path = self.library.file(name)
        if not really or not path.exists():
            return
        self.holdings.removed.add(name)
        with self.checkout.hand():
            if folder:
                shutil.rmtree(path.parent)
            else:
                path.unlink()
        self._follow(then)

    @rule(name=names, version=st.integers(0, 2), then=events)
    def roll_back(self, name: str, version: int, then: str) -> None:
        """An older version of ours is put back, over whatever is there."""
        path = self.library.file(name)
        older = self.holdings.older(path)
        if not older or not path.exists():
            return
        with self.checkout.hand():
            path.write_bytes(older[version % len(older)])
        self._follow(then)

    # What a person does with git, which may refuse it.

    @rule(everything=st.booleans(), then=events)
    def commit(self, everything: bool, then: str) -> None:  # noqa: FBT001  by name
        """All that there is is committed, or all that git knows already."""
        self.checkout.commit("--all" if everything else "--update")
        self._follow(then)

    @rule(number=st.sampled_from([0, 0, 1]), clean=st.booleans(), then=events)
    def switch(self, number: int, clean: bool, then: str) -> None:  # noqa: FBT001  by name
        """Another branch is checked out, or begun, perhaps with all committed before."""
        if clean:
            self.checkout.commit("--all")
        others = [name for name in BRANCHES if name != self.checkout.branch]
        self.checkout.switch(others[number])
        self._follow(then)

    @rule(pop=st.booleans(), untracked=st.booleans(), then=events)
    def stash(self, pop: bool, untracked: bool, then: str) -> None:  # noqa: FBT001  by name
        """What is not committed is put away, or taken out with the marks of what does not fit."""
        if not pop or not (self.checkout.root / ".git" / "refs" / "stash").exists():
            more = ["--include-untracked"] if untracked else []
            self.checkout.git("stash", "push", "-q", *more)
        elif not self.checkout.git("stash", "pop", "-q") and self.checkout.unmerged():
            assert self.checkout.git("add", "--all")
        self._follow(then)

    @rule(name=names, folder=st.booleans(), really=rare, then=events)
    def remove(self, name: str, folder: bool, really: bool, then: str) -> None:  # noqa: FBT001  by name
        """All is committed, and then that a skill is no more."""
        path = self.library.file(name)
        if not really or not path.exists():
            return
        self.checkout.commit("--all")
        assert self.checkout.git("rm", "-q", "-r", "--", str(path.parent if folder else path))
        self.checkout.commit()
        self.holdings.removed.add(name)
        self._follow(then)

    @rule(name=names, rewrite=st.booleans(), folder=st.booleans(), really=rare)
    def remove_elsewhere(self, name: str, rewrite: bool, folder: bool, really: bool) -> None:  # noqa: FBT001  by name
        """A skill is removed on a branch for that, seen to be gone, and left behind there."""
        path = self.library.file(name)
        if not really or not path.exists():
            return
        if rewrite:
            self.edit(name, SKILL, whole=True, then="")
        self.publish()
        self.checkout.commit("--all")
        row = self.library.skills.get(name)
        if not path.exists() or (row and row.state == "deleted"):
            return
        self.sides += 1
        before = name in self.holdings.removed  # on a branch that is not checked out just now
        assert self.checkout.git("checkout", "-q", "-b", f"side-{self.sides}")
        assert self.checkout.git("rm", "-q", "-r", "--", str(path.parent if folder else path))
        self.checkout.commit()
        self.holdings.removed.add(name)
        self.publish()
        assert self.checkout.git("checkout", "-q", self.checkout.branch)
        if not before:
            self.holdings.removed.discard(name)
        self.publish()

    # What a person decides.

    @precondition(lambda self: self._proposed())
    @rule(number=st.integers(0, 2))
    def approve(self, number: int) -> None:
        """A person wants what is proposed: the one way in which their text gives place to ours."""
        proposed = self._proposed()
        row = proposed[number % len(proposed)]
        path, before = self.library.file(row.name), self.checkout.files()
        assert row.proposal is not None
        with self._us("approve" if row.sha256 else "", path):
            try:
                self.library.decide("approve", row.name)
            except HivemindError:
                assert self.checkout.files() == before
                return
        assert path.read_text() == row.proposal.text if row.proposal.text else True
        self.holdings.kept.discard(row.name)

    @precondition(lambda self: self._proposed())
    @rule(number=st.integers(0, 2))
    def reject(self, number: int) -> None:
        """A person does not want it: the same text does not come again."""
        proposed = self._proposed()
        row = proposed[number % len(proposed)]
        before = self.checkout.files()
        assert row.proposal is not None
        with self._us():
            self.library.decide("reject", row.name)
        assert self.checkout.files() == before
        self.rejected.add(unmarked(row.proposal.text) or row.sha256)

    @rule(name=names, really=final)
    def retire(self, name: str, really: bool) -> None:  # noqa: FBT001  by name
        """A person does not want a skill: all that is ours of it goes."""
        path = self.library.file(name)
        if not really or name not in self.library.skills:
            return
        with self._us("retire", path):
            self.library.decide("retire", name)
        assert not self.holdings.has(path)
        self.holdings.kept.discard(name)

    @rule(name=names)
    def undo(self, name: str) -> None:
        """A person does not want what was done last, unless they did something since."""
        if name not in self.library.skills:
            return
        path, before = self.library.file(name), self.checkout.files()
        with self._us("undo", path):
            try:
                decided = self.library.decide("undo", name)
            except HivemindError:
                assert self.checkout.files() == before
                return
        assert path.exists() == bool(decided.written)
        self.holdings.kept.add(name)
        if not decided.written:
            self.holdings.removed.add(name)  # for git it is as if they had thrown it away

    @rule(name=names, release=st.booleans())
    def pin(self, name: str, release: bool) -> None:  # noqa: FBT001  by name
        """A person wants a skill to stay as it is, or to grow again."""
        if name not in self.library.skills:
            return
        path, whose = self.library.file(name), self.holdings
        kept, newest, fresh = set(whose.kept), dict(whose.newest), set(whose.fresh)
        if release:
            if self.library.skills[name].state == "undone":
                whose.fresh.add(name)
            whose.kept.discard(name)
            if whose.has(path):
                whose.newest[path] = path.read_bytes()
        with self._us():
            try:
                self.library.decide("release" if release else "pin", name)
            except HivemindError:
                whose.kept, whose.newest, whose.fresh = kept, newest, fresh
                return
        if not release:
            whose.kept.add(name)

    # What must hold.

    @contextmanager
    def _us(self, said: str = "", about: Path | None = None) -> Iterator[None]:
        """Hold us to the rules while we act, after what a person said about a skill."""
        repository, before = self.checkout.repository(), self.checkout.files()
        yield
        self.checkout.touch()
        after = self.checkout.files()
        assert self.checkout.repository() == repository
        self.holdings.take(before, after, said, about)

    @invariant()
    def only_what_may_grow_has_a_proposal(self) -> None:
        """Nobody is asked about a skill that is gone or pinned, nor asked the same again."""
        for row in self._proposed():
            assert row.state in {"waiting", "active", "user-owned"}, row.state
            assert row.proposal is not None
            assert (unmarked(row.proposal.text) or row.sha256) not in self.rejected

    def _proposed(self) -> list[Skill]:
        return [row for row in self.library.skills.values() if row.proposal is not None]

    def _follow(self, then: str) -> None:
        """Have the daemon see what a person did at once, with something new to say, or not yet."""
        if then == "evidence":
            self.limit("pnpm")
        elif then:
            self.publish()


# To make a failure shorter would take longer than a test may.
Ownership.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
TestOwnership = Ownership.TestCase
