"""Whatever people, git, new evidence and restarts do in any order: no byte of theirs is lost."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError
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
from hivemindd.records import Skill, SkillState
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.render import unmarked
from tests.codify.library import Library
from tests.codify.repositories import git

NAMES = ("package-commands", "package-commands-2", "code-style")
BRANCHES = ("main", "bare", "topic")
FILES = (SKILL, SKILL, SKILL, LINEAGE, "notes.md")
AGAINST: dict[str, Any] = {"rule": "Use npm instead of pnpm", "right": "npm", "wrong": "pnpm"}
# An example makes hundreds of calls, none of which has to outlive a power cut.
QUICK = {"core.fsync": "none", "core.looseCompression": "0", "maintenance.auto": "false"}
MINUTE = 60.0  # longer than what is taken for one moment with a step of git

# Most of it happens to one skill, else little would follow on each other.
names = st.sampled_from([*[NAMES[0]] * 4, *NAMES[1:]])
topics = st.sampled_from(["pnpm", "pnpm", "pnpm", "exact", "tabs"])
reviews = st.sampled_from([False, False, True])
events = st.sampled_from(["", "evidence", "publish"])
rare = st.sampled_from([*[False] * 3, True])
final = st.sampled_from([*[False] * 5, True])


class Ownership(RuleBasedStateMachine):
    """A repository, with a model of what in it is whose.

    `ours` are all the bytes that we have written, by file, and `newest` those that we may
    write over: whatever else lies in the project, put there by hand or by git, is a person's.
    `kept` are skills that they asked to leave alone, `removed` those that they threw away, here
    or on a branch, since we wrote them last. `replaced` are texts of theirs that gave place to
    ours because they said so, `fresh` skills that were undone and may begin anew.
    """

    def __init__(self) -> None:
        """Begin with a repository of one commit."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.library = Library(self.folder / "library")
        self.root = self.library.root
        self.review = False
        self.ours: dict[Path, list[bytes]] = {}
        self.newest: dict[Path, bytes] = {}
        self.kept: set[str] = set()
        self.removed: set[str] = set()
        self.rejected: set[str] = set()
        self.replaced: dict[Path, list[bytes]] = {}
        self.fresh: set[str] = set()
        self.edits = 0
        self.limits = 0
        self.sides = 0
        self.branch = "main"
        self.branches = {"main", "bare"}
        self.touched: dict[Path, int] = {}

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.library.log.close()
        shutil.rmtree(self.folder)

    # What is learned.

    @initialize(review=rare)
    def begin(self, review: bool) -> None:  # noqa: FBT001  by name
        """Begin with a first skill, with or without review, and a branch from before it."""
        git(self.root, "init", "-q", "--template=")
        with (self.root / ".git" / "config").open("a") as file:
            file.writelines("[{}]\n{} = {}\n".format(*key.split("."), QUICK[key]) for key in QUICK)
        (self.root / "app.py").write_text("one\n")
        assert self._git("add", "--all")
        assert self._git("commit", "-qm", "first")
        assert self._git("branch", "bare")
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
        before = self._files()
        with self._us():
            self.library.publish()
        if self.review:
            assert self._files() == before
        for row in self.library.skills.values():
            if row.written and row.state != "retired":
                self._is_known(row)

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
        with self._hand():
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
        self.removed.add(name)
        with self._hand():
            if folder:
                shutil.rmtree(path.parent)
            else:
                path.unlink()
        self._follow(then)

    @rule(name=names, version=st.integers(0, 2), then=events)
    def roll_back(self, name: str, version: int, then: str) -> None:
        """An older version of ours is put back, over whatever is there."""
        path = self.library.file(name)
        older = [text for text in self.ours.get(path, []) if text != self.newest[path]]
        if not older or not path.exists():
            return
        with self._hand():
            path.write_bytes(older[version % len(older)])
        self._follow(then)

    # What a person does with git, which may refuse it.

    @rule(everything=st.booleans(), then=events)
    def commit(self, everything: bool, then: str) -> None:  # noqa: FBT001  by name
        """All that there is is committed, or all that git knows already."""
        self._commit("--all" if everything else "--update")
        self._follow(then)

    @rule(number=st.sampled_from([0, 0, 1]), clean=st.booleans(), then=events)
    def switch(self, number: int, clean: bool, then: str) -> None:  # noqa: FBT001  by name
        """Another branch is checked out, or begun, perhaps with all committed before."""
        if clean:
            self._commit("--all")
        branch = [name for name in BRANCHES if name != self.branch][number]
        new = [] if branch in self.branches else ["-b"]
        if self._git("checkout", "-q", *new, branch):
            self.branch = branch
            self.branches.add(branch)
        self._follow(then)

    @rule(pop=st.booleans(), untracked=st.booleans(), then=events)
    def stash(self, pop: bool, untracked: bool, then: str) -> None:  # noqa: FBT001  by name
        """What is not committed is put away, or taken out with the marks of what does not fit."""
        if not pop or not (self.root / ".git" / "refs" / "stash").exists():
            self._git("stash", "push", "-q", *(["--include-untracked"] if untracked else []))
        elif not self._git("stash", "pop", "-q") and git(self.root, "ls-files", "--unmerged"):
            assert self._git("add", "--all")
        self._follow(then)

    @rule(name=names, folder=st.booleans(), really=rare, then=events)
    def remove(self, name: str, folder: bool, really: bool, then: str) -> None:  # noqa: FBT001  by name
        """All is committed, and then that a skill is no more."""
        path = self.library.file(name)
        if not really or not path.exists():
            return
        self._commit("--all")
        assert self._git("rm", "-q", "-r", "--", str(path.parent if folder else path))
        self._commit()
        self.removed.add(name)
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
        self._commit("--all")
        row = self.library.skills.get(name)
        if not path.exists() or (row and row.state == "deleted"):
            return
        self.sides += 1
        assert self._git("checkout", "-q", "-b", f"side-{self.sides}")
        assert self._git("rm", "-q", "-r", "--", str(path.parent if folder else path))
        self._commit()
        self.removed.add(name)
        self.publish()
        assert self._git("checkout", "-q", self.branch)
        self.removed.discard(name)
        self.publish()

    # What a person decides.

    @precondition(lambda self: self._proposed())
    @rule(number=st.integers(0, 2))
    def approve(self, number: int) -> None:
        """A person wants what is proposed: the one way in which their text gives place to ours."""
        proposed = self._proposed()
        row = proposed[number % len(proposed)]
        path, before = self.library.file(row.name), self._files()
        assert row.proposal is not None
        with self._us("approve" if row.sha256 else "", path):
            try:
                self.library.decide("approve", row.name)
            except HivemindError:
                assert self._files() == before
                return
        assert path.read_text() == row.proposal.text if row.proposal.text else True
        self.kept.discard(row.name)

    @precondition(lambda self: self._proposed())
    @rule(number=st.integers(0, 2))
    def reject(self, number: int) -> None:
        """A person does not want it: the same text does not come again."""
        proposed = self._proposed()
        row = proposed[number % len(proposed)]
        before = self._files()
        assert row.proposal is not None
        with self._us():
            self.library.decide("reject", row.name)
        assert self._files() == before
        self.rejected.add(unmarked(row.proposal.text) or row.sha256)

    @rule(name=names, really=final)
    def retire(self, name: str, really: bool) -> None:  # noqa: FBT001  by name
        """A person does not want a skill: all that is ours of it goes."""
        path = self.library.file(name)
        if not really or name not in self.library.skills:
            return
        with self._us("retire", path):
            self.library.decide("retire", name)
        assert not path.exists() or path.read_bytes() not in self.ours.get(path, [])
        self.kept.discard(name)

    @rule(name=names)
    def undo(self, name: str) -> None:
        """A person does not want what was done last, unless they did something since."""
        if name not in self.library.skills:
            return
        path, before = self.library.file(name), self._files()
        with self._us("undo", path):
            try:
                decided = self.library.decide("undo", name)
            except HivemindError:
                assert self._files() == before
                return
        assert path.exists() == bool(decided.written)
        self.kept.add(name)
        if not decided.written:
            self.removed.add(name)  # for git it is as if they had thrown it away

    @rule(name=names, release=st.booleans())
    def pin(self, name: str, release: bool) -> None:  # noqa: FBT001  by name
        """A person wants a skill to stay as it is, or to grow again."""
        if name not in self.library.skills:
            return
        path, kept, newest = self.library.file(name), set(self.kept), dict(self.newest)
        fresh = set(self.fresh)
        if release:
            if self.library.skills[name].state == "undone":
                self.fresh.add(name)
            self.kept.discard(name)
            if path.exists() and path.read_bytes() in self.ours.get(path, []):
                self.newest[path] = path.read_bytes()
        with self._us():
            try:
                self.library.decide("release" if release else "pin", name)
            except HivemindError:
                self.kept, self.newest, self.fresh = kept, newest, fresh
                return
        if not release:
            self.kept.add(name)

    # What must hold.

    @contextmanager
    def _us(self, said: str = "", about: Path | None = None) -> Iterator[None]:
        """Hold us to the rules while we act, whatever comes of it.

        What a person has said about a skill may allow more: where they approve, their own text
        may give place, where they retire it, any version of ours may, and where they undo,
        what had given place comes back.
        """
        repository, before = self._repository(), self._files()
        yield
        self._touch()
        after = self._files()
        assert self._repository() == repository
        for path in before.keys() | after.keys():
            old, new = before.get(path), after.get(path)
            if old == new:
                continue
            name = path.parent.name
            ours = self.ours.setdefault(path, [])
            if path == self.library.file(name):
                self._is_allowed(path, old, new, said if path == about else "")
                self.removed.discard(name)
                self.fresh.discard(name)
            else:
                assert path == self.library.file(name).with_name(LINEAGE)
                assert old is None or old in ours, f"{path} was a person's"
            if old is not None and old not in ours:
                self.replaced.setdefault(path, []).append(old)
            if new is not None and said != "undo":
                self.ours[path] = [*ours, *([] if new in ours else [new])]
                self.newest[path] = new

    def _is_allowed(self, path: Path, old: bytes | None, new: bytes | None, said: str) -> None:
        """Hold a change of ours to what may be changed, where a person has said this of it."""
        name, ours = path.parent.name, self.ours[path]
        if said == "undo":
            assert old is None or old in ours, f"{path} was a person's"
            assert new is None or new in [*ours, *self.replaced.get(path, [])], new
        elif old is None:
            assert not ours or name in self.fresh, f"{path} was written again after it was gone"
        elif said == "retire":
            assert new is None
            assert old in ours, f"{path} was a person's"
        elif said != "approve":
            assert name not in self.kept, f"{path} was to stay as it is"
            assert old == self.newest.get(path), f"{path} was a person's, or they went back to it"

    def _is_known(self, row: Skill) -> None:
        """Hold the state of a skill to its file: as it was before, where git brings it back."""
        path = self.library.file(row.name)
        if not path.exists():
            away = {"absent", "user-owned", "pinned", "undone"}
            assert row.state in away or row.name in self.removed, row
            return
        there = path.read_bytes()
        state: SkillState = "user-owned"
        if row.name in self.kept:
            state = "pinned"
        elif there in self.ours[path]:
            state = "active" if there == self.newest[path] else "pinned"
        # What a person threw away, or undid, comes back by what is ours only.
        gone = {"deleted": row.name in self.removed, "undone": row.name in self.kept}
        alone = gone.get(row.state, False) and there not in self.ours[path]
        assert row.state == state or alone, (row, there)

    @invariant()
    def only_what_may_grow_has_a_proposal(self) -> None:
        """Nobody is asked about a skill that is gone or pinned, nor asked the same again."""
        for row in self._proposed():
            assert row.state in {"waiting", "active", "user-owned"}, row.state
            assert row.proposal is not None
            assert (unmarked(row.proposal.text) or row.sha256) not in self.rejected

    def _proposed(self) -> list[Skill]:
        return [row for row in self.library.skills.values() if row.proposal is not None]

    def _files(self) -> dict[Path, bytes]:
        """Return what lies in the work tree."""
        found = {}
        for folder, folders, files in os.walk(self.root):
            if ".git" in folders:
                folders.remove(".git")
            paths = (Path(folder, file) for file in files)
            found.update({path: path.read_bytes() for path in paths})
        return found

    def _repository(self) -> dict[str, tuple[int, int]]:
        """Return what tells whether anything has changed in what git keeps."""
        found = {}
        for folder, folders, files in os.walk(self.root / ".git"):
            for path in (f"{folder}/{name}" for name in (*folders, *files)):
                status = os.lstat(path)
                found[path] = status.st_mtime_ns, status.st_size
        return found

    def _git(self, *words: str) -> bool:
        """Have a person run git; tell whether it did what they asked for."""
        with self._hand():
            try:
                git(self.root, *words, at=self.library.clock.now() // 1000)
            except CalledProcessError:
                return False
        return True

    def _commit(self, *what: str) -> None:
        if what:
            assert self._git("add", *what)
        self._git("commit", "-qm", "work")

    def _follow(self, then: str) -> None:
        """Have the daemon see what a person did at once, with something new to say, or not yet."""
        if then == "evidence":
            self.limit("pnpm")
        elif then:
            self.publish()

    @contextmanager
    def _hand(self) -> Iterator[None]:
        """Have a person do something, a while after all else."""
        self.library.clock.step(MINUTE)
        yield
        self._touch()

    def _touch(self) -> None:
        """Have the folders that were changed just now tell the time of our own clock."""
        now = self.library.clock.now() * 1_000_000
        for folder, folders, _ in os.walk(self.root):
            if ".git" in folders:
                folders.remove(".git")
            path = Path(folder)
            if self.touched.get(path) != path.stat().st_mtime_ns:
                os.utime(path, ns=(now, now))
                self.touched[path] = now


# To make a failure shorter would take longer than a test may.
Ownership.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
TestOwnership = Ownership.TestCase
