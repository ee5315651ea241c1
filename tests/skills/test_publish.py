"""Publishing: whole files, written and removed as one, or not at all."""

import errno
import os
import stat
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from hivemindd.errors import PublishError
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.publish import Project
from tests.skills.make import ID, NAME, NOTHING, ONE, TWO, digest, tree, write
from tests.untouched import state


class TestWriting:
    """Into an ordinary project."""

    def test_a_skill_is_written_with_its_lineage(self, project: Project, root: Path) -> None:
        """And nothing else is."""
        assert write(project, ONE) == "written"
        assert tree(root) == {
            f".claude/skills/{NAME}/SKILL.md": ONE,
            f".claude/skills/{NAME}/lineage.json": NOTHING,
        }
        assert project.look(NAME) == digest(ONE)

    def test_a_second_time_nothing_is_done(self, project: Project, folder: Path) -> None:
        """Equal bytes are taken for what they are, also when the receipt was lost."""
        write(project, ONE)
        before = state(folder / SKILL)

        assert write(project, ONE, was=ONE) == "unchanged"
        assert write(project, ONE) == "unchanged"
        assert state(folder / SKILL) == before

    def test_lineage_is_renewed_under_an_unchanged_skill(
        self, project: Project, folder: Path
    ) -> None:
        """More evidence for the same rules."""
        write(project, ONE)

        files, older = {SKILL: ONE, LINEAGE: b"[]\n"}, [digest(NOTHING)]
        outcome = project.write(NAME, files, expected=digest(ONE), skill_id=ID, older=older)

        assert outcome == "unchanged"
        assert (folder / LINEAGE).read_bytes() == b"[]\n"

    def test_lineage_that_a_person_has_edited_is_left(self, project: Project, folder: Path) -> None:
        """Neither written over nor removed; the skill itself goes its way."""
        write(project, ONE)
        (folder / LINEAGE).write_bytes(b"mine")

        assert write(project, TWO, was=ONE) == "written"
        assert project.remove(NAME, expected=digest(TWO), older=[digest(NOTHING)]) == "removed"
        assert tree(folder) == {LINEAGE: b"mine"}

    def test_what_we_wrote_last_is_replaced(self, project: Project, folder: Path) -> None:
        """By the next version, at once and whole."""
        write(project, ONE)

        assert write(project, TWO, was=ONE) == "written"
        assert (folder / SKILL).read_bytes() == TWO

    def test_modes_do_not_depend_on_our_umask(self, root: Path, scratch_home: Path) -> None:
        """The daemon hides its own files; a project is read by others too."""
        program = (
            "import os, sys; from pathlib import Path; os.umask(0o077)\n"
            "from hivemindd.skills.publish import Project\n"
            "with Project(Path(sys.argv[1]), Path(sys.argv[2])) as project:\n"
            "    files = {'SKILL.md': sys.stdin.buffer.read(), 'lineage.json': b'{}'}\n"
            f"    project.write({NAME!r}, files, expected='', skill_id={ID!r})\n"
        )
        subprocess.run(
            [sys.executable, "-c", program, str(root), str(scratch_home)],
            input=ONE,
            check=True,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
        )

        for path in (root / ".claude").rglob("*"):
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o755 if path.is_dir() else 0o644)

    def test_folders_that_were_there_keep_their_mode(self, project: Project, root: Path) -> None:
        """We do not open up what somebody closed."""
        (root / ".claude" / "skills" / "theirs").mkdir(parents=True)
        (root / ".claude").chmod(0o700)

        write(project, ONE)

        assert stat.S_IMODE((root / ".claude").stat().st_mode) == 0o700

    def test_prepare_makes_the_empty_folder(self, project: Project, root: Path) -> None:
        """So that a running session notices the first skill; twice is as good as once."""
        project.prepare()
        project.prepare()

        assert list((root / ".claude" / "skills").iterdir()) == []

    def test_leftovers_of_a_crash_are_swept(self, project: Project, folder: Path) -> None:
        """Only those of ours."""
        folder.mkdir(parents=True)
        (folder / ".hivemindd-00ff").write_bytes(b"half")

        assert write(project, ONE) == "written"
        assert sorted(path.name for path in folder.iterdir()) == [SKILL, LINEAGE]

    def test_a_crash_before_the_rename_leaves_the_old_file(
        self, project: Project, root: Path, folder: Path, scratch_home: Path
    ) -> None:
        """A process that dies there, with the new file written beside it, is made up for."""
        write(project, ONE)
        program = (
            "import os, sys; from pathlib import Path\n"
            "from hivemindd.skills.publish import Project\n"
            "os.rename = lambda *a, **k: os._exit(9)\n"
            "with Project(Path(sys.argv[1]), Path(sys.argv[2])) as project:\n"
            "    files = {'SKILL.md': sys.stdin.buffer.read()}\n"
            f"    project.write({NAME!r}, files, expected={digest(ONE)!r}, skill_id={ID!r})\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(root), str(scratch_home)],
            input=TWO,
            check=False,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
        )

        assert done.returncode == 9
        assert (folder / SKILL).read_bytes() == ONE
        assert len(list(folder.iterdir())) == 3
        assert write(project, TWO, was=ONE) == "written"
        assert sorted(path.name for path in folder.iterdir()) == [SKILL, LINEAGE]

    @pytest.mark.parametrize("name", ["", "..", "../out", "/etc", "a/b", "A", ".x", "a\n"])
    def test_a_name_is_never_a_path(self, project: Project, root: Path, name: str) -> None:
        """Whoever asks."""
        with pytest.raises(PublishError, match="not written"):
            project.write(name, {SKILL: ONE}, expected="", skill_id=ID)
        with pytest.raises(PublishError):
            project.link(name)
        for act in (project.look, lambda name: project.remove(name, expected="")):
            # A person may call a skill what they like, as long as it is one folder.
            with nullcontext() if name in {"A", ".x", "a\n"} else pytest.raises(PublishError):
                act(name)
        assert tree(root) == {}

    @pytest.mark.parametrize(
        "files",
        [
            {},
            {LINEAGE: b"{}"},
            {SKILL: b"# mine"},
            {SKILL: ONE.replace(b"Use pnpm.\n", b"Use !`id`.\n")},
            {SKILL: ONE, "scripts.sh": b"id"},
            {SKILL: ONE, "../x": b""},
            {SKILL: ONE, LINEAGE: b"x" * 300_000},
        ],
    )
    def test_only_a_guarded_skill_is_written(
        self, project: Project, root: Path, files: dict[str, bytes]
    ) -> None:
        """The last door looks once more."""
        with pytest.raises(PublishError, match="not written"):
            project.write(NAME, files, expected="", skill_id=ID)
        assert tree(root) == {}


class TestFailures:
    """What the system refuses leaves nothing half done."""

    @pytest.mark.parametrize("call", ["fsync", "rename", "fchmod"])
    def test_a_full_disk(
        self, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
    ) -> None:
        """The old file stays, the new one is cleared away, and later it works."""
        write(project, ONE)
        with monkeypatch.context() as patch:

            def fail(*_: object, **__: object) -> None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            patch.setattr(os, call, fail)
            with pytest.raises(PublishError, match="No space left"):
                write(project, TWO, was=ONE)

        assert tree(folder) == {SKILL: ONE, LINEAGE: b"{}\n"}
        assert write(project, TWO, was=ONE) == "written"

    def test_a_first_write_that_fails_leaves_no_folder(
        self, project: Project, root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An empty folder would look like a skill without a file."""

        def fail(*_: object, **__: object) -> None:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        project.prepare()
        monkeypatch.setattr(os, "rename", fail)
        with pytest.raises(PublishError, match="Read-only"):
            write(project, ONE)

        assert not folder.exists()
        assert tree(root) == {}

    def test_descriptors_are_given_back(self, project: Project, root: Path) -> None:
        """Whatever happens; a daemon lives long."""
        write(project, ONE)
        (root / ".agents").symlink_to("/etc")
        count = len(list(Path("/dev/fd").iterdir()))

        for _ in range(20):
            write(project, TWO, was=ONE)
            write(project, ONE, was=TWO)
            project.look(NAME)
            with pytest.raises(PublishError):
                project.link(NAME)

        assert len(list(Path("/dev/fd").iterdir())) == count
