"""Publishing: whole files, only ours, only within the project, whoever swaps links meanwhile."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from hivemindd.errors import PublishError
from hivemindd.skills.contents import LINEAGE, SKILL
from hivemindd.skills.publish import Project
from hivemindd.skills.render import SkillText, render

NAME = "package-commands"
ID = "0a1b2c3d"


def skill(rule: str = "Use pnpm", version: int = 1, name: str = NAME, skill_id: str = ID) -> bytes:
    """Return a SKILL.md of ours."""
    return render(SkillText(name=name, rules=[rule]), skill_id, version)


NOTHING = b"{}\n"  # the lineage beside it, for which nobody asks here
ONE, TWO, THREE = skill(), skill("Use pnpm, not npm", 2), skill("Use bun", 3)


def digest(data: bytes) -> str:
    """Return what the log keeps of a file."""
    return sha256(data).hexdigest()


def tree(folder: Path) -> dict[str, bytes | str]:
    """Return all that lies below a folder: the content of files, the targets of links."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = str(path.readlink())
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


@pytest.fixture
def root(scratch_home: Path) -> Path:
    """Return a project."""
    folder = scratch_home / "shop"
    folder.mkdir()
    return folder


@pytest.fixture
def project(root: Path, scratch_home: Path) -> Iterator[Project]:
    """Return the project, opened."""
    with Project(root, scratch_home) as opened:
        yield opened


@pytest.fixture
def folder(root: Path) -> Path:
    """Return where the skill goes."""
    return root / ".claude" / "skills" / NAME


def write(project: Project, data: bytes, was: bytes = b"", older: tuple[bytes, ...] = ()) -> str:
    """Write a skill the way that the daemon does."""
    return project.write(
        NAME,
        {SKILL: data, LINEAGE: NOTHING},
        expected=digest(was) if was else "",
        skill_id=ID,
        older=[digest(each) for each in (*older, NOTHING)],
    )


def remove(project: Project, data: bytes) -> str:
    """Remove a skill the way that the daemon does."""
    return project.remove(NAME, expected=digest(data), older=[digest(NOTHING)])


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
        before = (folder / SKILL).stat()

        assert write(project, ONE, was=ONE) == "unchanged"
        assert write(project, ONE) == "unchanged"
        assert (folder / SKILL).stat() == before

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
        for act in (project.look, project.link, lambda name: project.remove(name, expected="")):
            with pytest.raises(PublishError):
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


class TestOwnership:
    """People own their skills."""

    def test_an_edited_skill_is_its_editors(self, project: Project, folder: Path) -> None:
        """Not a byte of it is touched."""
        write(project, ONE)
        (folder / SKILL).write_bytes(ONE + b"mine\n")

        assert write(project, TWO, was=ONE) == "user-owned"
        assert (folder / SKILL).read_bytes() == ONE + b"mine\n"
        assert project.remove(NAME, expected=digest(ONE)) == "user-owned"

    def test_an_edit_while_we_write_is_kept(
        self, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The last look is right before the rename."""
        write(project, ONE)
        fsync = os.fsync

        def edit_then_sync(descriptor: int) -> None:
            (folder / SKILL).write_bytes(b"mine\n")
            fsync(descriptor)

        monkeypatch.setattr(os, "fsync", edit_then_sync)

        assert write(project, TWO, was=ONE) == "user-owned"
        assert (folder / SKILL).read_bytes() == b"mine\n"
        assert sorted(path.name for path in folder.iterdir()) == [SKILL, LINEAGE]

    def test_an_older_version_of_ours_was_rolled_back_to(
        self, project: Project, folder: Path
    ) -> None:
        """That is a decision, too."""
        write(project, ONE)

        assert write(project, THREE, was=TWO, older=(ONE,)) == "rolled-back"
        assert (folder / SKILL).read_bytes() == ONE

    @pytest.mark.parametrize("level", [0, 1, 2, 3])
    def test_a_deleted_skill_is_not_written_again(
        self, project: Project, root: Path, folder: Path, level: int
    ) -> None:
        """Neither are the folders that were deleted with it."""
        write(project, ONE)
        gone = [folder / SKILL, folder, folder.parent, folder.parent.parent][level]
        subprocess.run(["rm", "-r", str(gone)], check=True)
        before = tree(root)

        assert write(project, TWO, was=ONE) == "deleted"
        assert project.remove(NAME, expected=digest(ONE)) == "deleted"
        assert not gone.exists()
        assert tree(root) == before

    @pytest.mark.parametrize("content", [b"", b"# theirs\n", skill(skill_id="ffff")])
    def test_somebody_elses_skill_is_not_touched(
        self, project: Project, folder: Path, content: bytes
    ) -> None:
        """The caller takes another name."""
        folder.mkdir(parents=True)
        (folder / SKILL).write_bytes(content)

        assert write(project, ONE) == "foreign"
        assert tree(folder) == {SKILL: content}

    def test_a_skill_of_ours_is_known_by_its_mark(
        self, project: Project, root: Path, folder: Path, tmp_path: Path
    ) -> None:
        """Whatever its folder is called; what cannot be read, or is no skill, is passed by."""
        assert project.marks() == {}
        write(project, ONE)
        folder.rename(folder.parent / "My own")
        write(project, skill(skill_id="ffff"))
        (folder.parent / "theirs").mkdir()
        (folder.parent / "theirs" / SKILL).write_text("# theirs\n")
        (folder.parent / "empty").mkdir()
        (folder.parent / "file").touch()
        (tmp_path / SKILL).write_bytes(ONE)
        (folder.parent / "out").symlink_to(tmp_path)
        os.mkfifo(folder.parent / "empty" / SKILL)
        before = tree(root)

        assert project.marks() == {"My own": ID, NAME: "ffff"}
        assert tree(root) == before

    def test_our_mark_without_our_receipt_is_the_users(
        self, project: Project, folder: Path
    ) -> None:
        """A copy of ours from elsewhere, or the log was rebuilt: rather not."""
        folder.mkdir(parents=True)
        (folder / SKILL).write_bytes(TWO)

        assert write(project, THREE) == "user-owned"

    def test_a_folder_without_a_skill_may_still_be_somebodys(
        self, project: Project, folder: Path
    ) -> None:
        """An empty one is free."""
        folder.mkdir(parents=True)
        assert write(project, ONE) == "written"
        (folder / SKILL).unlink()
        (folder / "skill.md").write_bytes(b"theirs")

        assert write(project, ONE) == "foreign"

    @pytest.mark.parametrize("kind", ["file", "link", "pipe", "folder"])
    def test_what_is_no_file_is_not_ours(self, project: Project, folder: Path, kind: str) -> None:
        """Nothing is read through it, waited for or replaced."""
        folder.parent.mkdir(parents=True)
        if kind == "link":
            folder.symlink_to("/etc")
        elif kind == "file":
            folder.write_bytes(b"")
        else:
            folder.mkdir()
            if kind == "pipe":
                os.mkfifo(folder / SKILL)
            else:
                (folder / SKILL).mkdir()

        if kind == "file":
            with pytest.raises(PublishError):
                write(project, ONE)
        else:
            assert write(project, ONE) == "foreign"
            with pytest.raises(PublishError) if kind == "link" else pytest.raises(AssertionError):
                assert write(project, TWO, was=ONE) == "written"

    def test_names_tell_what_is_taken(self, project: Project, root: Path) -> None:
        """In both folders, and as a file system without cases would see it."""
        (root / ".claude" / "skills" / "Mine").mkdir(parents=True)
        (root / ".agents" / "skills" / "theirs").mkdir(parents=True)

        assert project.names() == {"Mine", "mine", "theirs"}

    def test_removing_takes_the_link_along(self, project: Project, root: Path) -> None:
        """And leaves what others put there."""
        write(project, ONE)
        project.link(NAME)
        (root / ".agents" / "skills" / "theirs").mkdir()

        assert remove(project, ONE) == "removed"
        assert tree(root) == {}
        assert (root / ".agents" / "skills" / "theirs").is_dir()
        assert (root / ".claude" / "skills").is_dir()

    def test_a_folder_with_more_in_it_survives_removal(
        self, project: Project, folder: Path
    ) -> None:
        """Notes that a person keeps beside a skill are theirs."""
        write(project, ONE)
        (folder / "notes.md").write_bytes(b"mine")

        assert remove(project, ONE) == "removed"
        assert tree(folder) == {"notes.md": b"mine"}


class TestLinks:
    """Symbolic links within the project are ways, others are walls."""

    @pytest.mark.parametrize("kind", ["absolute", "relative"])
    @pytest.mark.parametrize("there", ["there", "dangling"])
    def test_a_skills_folder_that_is_a_link_within_the_root_is_followed(
        self, project: Project, root: Path, kind: str, there: str
    ) -> None:
        """Some repositories keep their skills under `.agents`."""
        (root / ".claude").mkdir()
        target = root / ".agents" / "skills"
        (root / ".claude" / "skills").symlink_to(
            target if kind == "absolute" else "../.agents/skills"
        )
        if there == "there":
            target.mkdir(parents=True)

        assert write(project, ONE) == "written"
        assert (target / NAME / SKILL).read_bytes() == ONE
        assert not (target / NAME).is_symlink()
        assert write(project, TWO, was=ONE) == "written"
        assert project.link(NAME)
        assert not (target / NAME).is_symlink()
        assert remove(project, TWO) == "removed"

    def test_links_behind_links_are_followed(self, project: Project, root: Path) -> None:
        """As long as all of them stay inside."""
        (root / "a" / "b").mkdir(parents=True)
        (root / ".claude").symlink_to("a/./b/../c")
        (root / "a" / "c").symlink_to("b")

        assert write(project, ONE) == "written"
        assert (root / "a" / "b" / "skills" / NAME / SKILL).read_bytes() == ONE

    @pytest.mark.parametrize("place", [".claude", ".claude/skills", f".claude/skills/{NAME}"])
    @pytest.mark.parametrize("target", ["absolute", "relative", "loop", "through"])
    def test_a_link_that_leads_out_is_refused(
        self, project: Project, root: Path, tmp_path: Path, place: str, target: str
    ) -> None:
        """Whichever component it is and however it is written."""
        link = root / place
        link.parent.mkdir(parents=True, exist_ok=True)
        out = {
            "absolute": str(tmp_path),
            "relative": os.path.relpath(tmp_path, link.parent),
            "loop": link.name,
            "through": f"{root}/../{tmp_path.name}",
        }
        link.symlink_to(out[target])

        with pytest.raises(PublishError, match="out of the project"):
            write(project, TWO, was=ONE)
        if place != f".claude/skills/{NAME}":
            with pytest.raises(PublishError, match="out of the project"):
                write(project, ONE)
            with pytest.raises(PublishError, match="out of the project"):
                project.prepare()
        assert list(tmp_path.iterdir()) == []

    def test_a_linked_skill_within_the_root_is_found_where_it_went(
        self, project: Project, root: Path, folder: Path
    ) -> None:
        """A person moved the folder and left a link."""
        write(project, ONE)
        folder.rename(root / "moved")
        folder.symlink_to("../../moved")

        assert write(project, TWO, was=ONE) == "written"
        assert (root / "moved" / SKILL).read_bytes() == TWO

    def test_others_see_a_skill_through_a_link(self, project: Project, root: Path) -> None:
        """The folder is linked, relatively; an entry that is there is kept."""
        write(project, ONE)

        assert project.link(NAME)
        assert project.link(NAME)
        link = root / ".agents" / "skills" / NAME
        assert link.readlink() == Path("../../.claude/skills") / NAME
        assert (link / SKILL).read_bytes() == ONE

    def test_only_our_own_link_is_taken_back(self, project: Project, root: Path) -> None:
        """Also where it leads nowhere any more; where there is none all is well."""
        project.unlink(NAME)
        write(project, ONE)
        project.link(NAME)
        (root / ".claude" / "skills" / NAME).rename(root / ".claude" / "skills" / "pnpm")
        agents = root / ".agents" / "skills"
        (agents / "theirs").symlink_to("elsewhere")
        for name in (NAME, "theirs"):
            project.unlink(name)

        assert [path.name for path in agents.iterdir()] == ["theirs"]

    @pytest.mark.parametrize("kind", ["folder", "link"])
    def test_an_entry_of_that_name_is_never_replaced(
        self, project: Project, root: Path, kind: str
    ) -> None:
        """It is somebody's."""
        write(project, ONE)
        entry = root / ".agents" / "skills" / NAME
        entry.parent.mkdir(parents=True)
        if kind == "folder":
            entry.mkdir()
        else:
            entry.symlink_to("elsewhere")

        assert not project.link(NAME)
        assert entry.is_symlink() == (kind == "link")

    def test_nothing_is_linked_where_both_folders_are_one(
        self, project: Project, root: Path
    ) -> None:
        """It is seen already."""
        (root / ".agents").mkdir()
        (root / ".agents" / "skills").symlink_to("../.claude/skills")
        write(project, ONE)

        assert project.link(NAME)
        assert not (root / ".claude" / "skills" / NAME).is_symlink()

    def test_a_link_fits_where_its_folder_really_lies(self, project: Project, root: Path) -> None:
        """`.agents/skills` may be a link to somewhere deeper."""
        deep = root / "tools" / "for" / "agents"
        deep.mkdir(parents=True)
        (root / ".agents").mkdir()
        (root / ".agents" / "skills").symlink_to("../tools/for/agents")
        write(project, ONE)

        assert project.link(NAME)
        assert (deep / NAME / SKILL).read_bytes() == ONE

    def test_a_skill_that_is_not_there_is_not_linked(self, project: Project, root: Path) -> None:
        """No link leads nowhere."""
        assert not project.link(NAME)
        assert not (root / ".agents").exists()


class TestRoots:
    """What is no project is not written to."""

    def refused(self, root: Path, home: Path) -> str:
        """Return why a root is refused."""
        before = set(root.iterdir()) if root.is_dir() else set()
        with pytest.raises(PublishError) as caught, Project(root, home):
            pass
        if root.is_dir():
            assert set(root.iterdir()) == before
        return str(caught.value)

    def test_a_root_that_is_gone_is_never_created(self, scratch_home: Path) -> None:
        """A transcript only claims a folder."""
        gone = scratch_home / "gone"

        assert "No such file" in self.refused(gone, scratch_home)
        assert not gone.exists()

    def test_the_home_its_parents_and_shared_folders(self, scratch_home: Path) -> None:
        """Also through a link."""
        link = scratch_home / "link"
        link.symlink_to(scratch_home)

        for root in (scratch_home, link, scratch_home.parent, Path("/"), Path("/tmp")):  # noqa: S108
            assert "no skill is written" in self.refused(root, scratch_home)

    @pytest.mark.parametrize("part", [".claude", ".codex", ".cursor", ".agents", ".git", ".ssh"])
    def test_settings_of_other_programs(self, scratch_home: Path, part: str) -> None:
        """Wherever they lie."""
        inside = scratch_home / "shop" / part / "x"
        inside.mkdir(parents=True)

        assert "another program's settings" in self.refused(inside, scratch_home)

    def test_a_folder_that_anybody_may_write_to(self, root: Path, scratch_home: Path) -> None:
        """Sticky or not; one that a group may write to is an ordinary one."""
        for mode in (0o777, 0o1777):
            root.chmod(mode)
            assert "anybody" in self.refused(root, scratch_home)
        root.chmod(0o775)
        with Project(root, scratch_home) as opened:
            assert write(opened, ONE) == "written"

    def test_a_file_and_a_relative_path(
        self, root: Path, scratch_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither is a folder that we know."""
        (root / "file").write_bytes(b"")
        monkeypatch.chdir(root.parent)

        assert "Not a directory" in self.refused(root / "file", scratch_home)
        assert "relative" in self.refused(Path(root.name), scratch_home)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
    def test_a_folder_of_another_user(self, root: Path, scratch_home: Path) -> None:
        """Its owner has not asked us."""
        os.chown(root, 12345, -1)

        assert "another user" in self.refused(root, scratch_home)

    def test_a_root_has_no_link_on_the_way(self, root: Path, scratch_home: Path) -> None:
        """What is stored was resolved: a link that is there now was put there since."""
        (scratch_home / "alias").symlink_to(root)
        (scratch_home / "above").symlink_to(scratch_home)

        for path in (scratch_home / "alias", scratch_home / "above" / root.name):
            assert "no skill is written" in self.refused(path, scratch_home)


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
