"""What in a project is whose: the rules that we are held to, told apart from how we keep them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hivemindd.records import Skill, SkillState
from hivemindd.skills.contents import LINEAGE


class Holdings:
    """What we have written into a project, and what a person has said or done about it.

    `ours` are all the bytes that we have written, by file, and `newest` those that we may
    write over: whatever else lies in the project, put there by hand or by git, is a person's.
    `kept` are skills that they asked to leave alone, `removed` those that they threw away, here
    or on a branch, since we wrote them last. `replaced` are texts of theirs that gave place to
    ours because they said so, `fresh` skills that were undone and may begin anew.
    """

    def __init__(self, file: Callable[[str], Path]) -> None:
        """Begin with nothing; `file` says where a skill of some name lies."""
        self.file = file
        self.ours: dict[Path, list[bytes]] = {}
        self.newest: dict[Path, bytes] = {}
        self.kept: set[str] = set()
        self.removed: set[str] = set()
        self.replaced: dict[Path, list[bytes]] = {}
        self.fresh: set[str] = set()

    def has(self, path: Path) -> bool:
        """Tell whether what lies there now is a text of ours, of whatever version."""
        return path.exists() and path.read_bytes() in self.ours.get(path, [])

    def older(self, path: Path) -> list[bytes]:
        """Return all that we have ever written there but the newest."""
        return [text for text in self.ours.get(path, []) if text != self.newest[path]]

    def take(
        self,
        before: Mapping[Path, bytes],
        after: Mapping[Path, bytes],
        said: str = "",
        about: Path | None = None,
    ) -> None:
        """Hold what we have changed to the rules, and know it for ours from then on.

        What a person has said about a skill may allow more: where they approve, their own text
        may give place, where they retire it, any version of ours may, and where they undo,
        what had given place comes back.
        """
        for path in before.keys() | after.keys():
            old, new = before.get(path), after.get(path)
            if old == new:
                continue
            name = path.parent.name
            ours = self.ours.setdefault(path, [])
            if path == self.file(name):
                self._allow(path, old, new, said if path == about else "")
                self.removed.discard(name)
                self.fresh.discard(name)
            else:
                assert path == self.file(name).with_name(LINEAGE), f"{path} is no file of a skill"
                assert old is None or old in ours, f"{path} was a person's"
            if old is not None and old not in ours:
                self.replaced.setdefault(path, []).append(old)
            if new is not None and said != "undo":
                self.ours[path] = [*ours, *([] if new in ours else [new])]
                self.newest[path] = new

    def _allow(self, path: Path, old: bytes | None, new: bytes | None, said: str) -> None:
        """Hold a change of ours to what may be changed, where a person has said this of it."""
        name, ours = path.parent.name, self.ours[path]
        if said == "undo":
            assert old is None or old in ours, f"{path} was a person's"
            assert new is None or new in [*ours, *self.replaced.get(path, [])], new
        elif old is None:
            assert not ours or name in self.fresh, f"{path} was written again after it was gone"
        elif said == "retire":
            assert new is None, new
            assert old in ours, f"{path} was a person's"
        elif said != "approve":
            assert name not in self.kept, f"{path} was to stay as it is"
            assert old == self.newest.get(path), f"{path} was a person's, or they went back to it"

    def check(self, row: Skill) -> None:
        """Hold the state of a skill to its file: as it was before, where git brings it back."""
        path = self.file(row.name)
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
