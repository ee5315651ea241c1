"""Skills for every assistant, in every project of a workspace, learned from whom one wishes."""

import json
import re
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from hivemindctl.stage import Stage
from hivemindd.codify.learned import renew
from hivemindd.codify.pool import Done
from hivemindd.codify.setup import make_pool, make_shelf
from hivemindd.codify.teachers import UNTAUGHT
from hivemindd.config import ASSISTANTS, Config, JudgeConfig
from hivemindd.control.queries import find_workspace, list_workspaces
from hivemindd.control.queries_lessons import find_skills
from hivemindd.lessons.judge_local import MODEL
from hivemindd.log.keys import text_key
from hivemindd.log.store import Log
from hivemindd.log.tables import CORRECTIONS, LESSONS, SKILLS, WORKSPACES, Txn
from hivemindd.paths import find_paths
from hivemindd.records import Correction, Skill, Workspace
from hivemindd.workspace import VARIABLE
from tests.clocks import SetClock
from tests.codify.conftest import Workshop
from tests.records import ClaudeSession
from tests.snapshots import snapshot

NAME = "package-commands"
READS = {
    "claude-code": [".claude/skills"],
    "codex": [".agents/skills"],
    "cursor": [".claude/skills", ".agents/skills"],
}
SWAPPED = "from now on always use npm instead of pnpm"


def run(
    workshop: Workshop,
    *,
    learn_from: Sequence[str] = ASSISTANTS,
    publish_to: Sequence[str] = ASSISTANTS,
    review: bool = False,
) -> Done:
    """Work through all that is due as the daemon would under some settings."""
    config = Config(
        judge=JudgeConfig(kind="local"),
        learn_from=tuple(learn_from),
        publish_to=tuple(publish_to),
        review=review,
    )
    paths = find_paths({"HOME": str(workshop.home)})
    shelf = make_shelf(workshop.log, paths, config, {}, workshop.clock)
    pool = make_pool(workshop.log, paths, config, {}, workshop.clock, shelf=shelf)
    done = pool.run_all()
    pool.stop()
    return done


def correct(workshop: Workshop, project: Path, number: int, words: str = "") -> ClaudeSession:
    """Have the agent corrected in a project of the workshop."""
    workshop.project = project
    return workshop.correct(number, words or "use pnpm instead of npm")


def seen(project: Path) -> set[str]:
    """Return the assistants that find the skill in a project, by where they look."""
    return {
        assistant
        for assistant, folders in READS.items()
        if any((project / folder / NAME / "SKILL.md").is_file() for folder in folders)
    }


def skills(workshop: Workshop) -> dict[str, Skill]:
    """Return the rows of all skills by the folder that their project is named by."""
    with workshop.log.read() as txn:
        return {Path(row.path).parents[3].name: row for row in SKILLS.rows(txn)}


def corrections(workshop: Workshop) -> list[Correction]:
    """Return all corrections."""
    with workshop.log.read() as txn:
        return CORRECTIONS.rows(txn)


def text(project: Path, name: str = NAME) -> str:
    """Return the skill of a project as Claude Code finds it, empty when it does not."""
    file = project / ".claude" / "skills" / name / "SKILL.md"
    return file.read_text() if file.exists() else ""


@pytest.fixture(name="taught")
def _taught(workshop: Workshop) -> Workshop:
    """Give a workshop in which three sessions wait to be learned from."""
    for number in range(3):
        workshop.correct(number)
    workshop.capture()
    return workshop


@pytest.fixture(name="staged")
def _staged(log_of_stage: Log, tmp_path: Path) -> Workshop:
    """Give a workshop in which each of the three assistants was corrected once."""
    stage = Stage(tmp_path)
    stage.build(datetime.now(UTC))
    workshop = Workshop(stage.home, log_of_stage)
    workshop.project = stage.project
    workshop.capture()
    return workshop


@pytest.fixture(name="log_of_stage")
def _log_of_stage(workshop: Workshop) -> Log:
    return workshop.log


class TestReaders:
    """Who finds a skill, by the folders that each assistant looks into."""

    def test_all_three_load_the_same_skill(self, staged: Workshop) -> None:
        """Learned from one correction of each, read by each, and equal to the byte."""
        run(staged)

        found = {
            (staged.project / folder / NAME / "SKILL.md").read_bytes()
            for folders in READS.values()
            for folder in folders
        }
        assert len(found) == 1
        assert seen(staged.project) == set(ASSISTANTS)

    @pytest.mark.parametrize(
        ("publish_to", "readers", "folder"),
        [
            (["claude-code", "codex", "cursor"], {"claude-code", "codex", "cursor"}, ".claude"),
            (["claude-code", "codex"], {"claude-code", "codex", "cursor"}, ".claude"),
            (["claude-code", "cursor"], {"claude-code", "cursor"}, ".claude"),
            (["claude-code"], {"claude-code", "cursor"}, ".claude"),
            (["cursor"], {"claude-code", "cursor"}, ".claude"),
            (["codex", "cursor"], {"codex", "cursor"}, ".agents"),
            (["codex"], {"codex", "cursor"}, ".agents"),
            ([], set(), ""),
        ],
    )
    def test_who_is_not_published_to_finds_none_but_in_a_shared_folder(
        self, staged: Workshop, publish_to: list[str], readers: set[str], folder: str
    ) -> None:
        """Cursor looks into both folders: it is left out only together with another."""
        run(staged, publish_to=publish_to)

        assert seen(staged.project) == readers
        there = [each for each in (".claude", ".agents") if (staged.project / each).exists()]
        assert not readers or set(there) >= {folder}
        assert ".claude" in there or folder != ".claude"
        assert ".claude" not in there or folder == ".claude"
        assert ("codex" in readers) == (".agents" in there)

    @pytest.mark.parametrize("there", ["folder", "link"])
    def test_a_folder_for_agents_says_that_somebody_reads_it(
        self, taught: Workshop, there: str
    ) -> None:
        """Codex was not seen here, but whoever made the folder finds the skill in it."""
        agents = taught.project / ".agents" / "skills"
        agents.parent.mkdir()
        if there == "folder":
            agents.mkdir()
            (agents / "theirs").mkdir()
        else:
            (taught.project / "tools").mkdir()
            agents.symlink_to("../tools")
        run(taught)

        assert seen(taught.project) == set(ASSISTANTS)
        assert (agents / NAME).is_symlink()
        assert agents.is_symlink() == (there == "link")

    def test_without_codex_no_folder_is_made_for_it(self, taught: Workshop) -> None:
        """Where nobody reads it."""
        run(taught)

        assert not (taught.project / ".agents").exists()

    def test_a_folder_for_agents_elsewhere_keeps_nobody_from_a_skill(
        self, staged: Workshop, tmp_path: Path
    ) -> None:
        """A link that leads out of the project is let be, and the skill says who misses it."""
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (staged.project / ".agents").mkdir()
        (staged.project / ".agents" / "skills").symlink_to(elsewhere)
        run(staged)

        assert text(staged.project)
        assert list(elsewhere.iterdir()) == []
        assert "out of the project" in skills(staged)["webshop"].note

    def test_an_entry_of_the_same_name_is_kept(self, staged: Workshop) -> None:
        """Another name is taken for ours, also where theirs differs by case alone."""
        theirs = staged.project / ".agents" / "skills" / NAME.upper()
        theirs.mkdir(parents=True)
        (theirs / "SKILL.md").write_text("theirs\n")
        run(staged)

        assert (theirs / "SKILL.md").read_text() == "theirs\n"
        assert skills(staged)["webshop"].name == f"{NAME}-2"
        assert (theirs.parent / f"{NAME}-2" / "SKILL.md").is_file()

    @pytest.mark.parametrize("folder", [".claude", ".agents", ".cursor", ".codex"])
    @pytest.mark.parametrize("name", [NAME, NAME.title()])
    def test_a_personal_skill_would_hide_ours(
        self, taught: Workshop, folder: str, name: str
    ) -> None:
        """Wherever the person keeps it and however it is written: ours takes another name."""
        (taught.home / folder / "skills" / name).mkdir(parents=True)
        run(taught)

        assert skills(taught)["project"].name == f"{NAME}-2"


class TestOtherSettings:
    """What is there follows when the settings change."""

    def test_a_skill_moves_to_those_it_is_for(self, staged: Workshop) -> None:
        """There and back, the same skill in the same version, and nothing is left behind."""
        run(staged)
        before = text(staged.project)

        run(staged, publish_to=["codex"])
        assert seen(staged.project) == {"codex", "cursor"}
        moved = staged.project / ".agents" / "skills" / NAME
        assert not moved.is_symlink()
        assert (moved / "SKILL.md").read_text() == before
        assert list((staged.project / ".claude" / "skills").iterdir()) == []

        run(staged)
        assert seen(staged.project) == set(ASSISTANTS)
        assert text(staged.project) == before
        assert moved.is_symlink()
        row = skills(staged)["webshop"]
        assert (row.state, row.version) == ("active", 1)

    def test_the_link_goes_with_codex(self, staged: Workshop) -> None:
        """And comes back with it; what others keep there stays."""
        run(staged)
        (staged.project / ".agents" / "skills" / "theirs").mkdir()
        run(staged, publish_to=["claude-code"])
        assert seen(staged.project) == {"claude-code", "cursor"}
        assert (staged.project / ".agents" / "skills" / "theirs").is_dir()

        run(staged)
        assert seen(staged.project) == set(ASSISTANTS)

    def test_what_a_person_edited_stays_where_it_is(self, staged: Workshop) -> None:
        """It is not ours to move; what they deleted does not come back elsewhere."""
        run(staged)
        file = staged.project / ".claude" / "skills" / NAME / "SKILL.md"
        file.write_text("mine now\n")
        run(staged, publish_to=["codex"])

        assert file.read_text() == "mine now\n"
        assert skills(staged)["webshop"].state == "user-owned"

    def test_nothing_is_moved_without_approval(self, staged: Workshop) -> None:
        """With `review` it stays where it is until that is off."""
        run(staged)
        before = snapshot(staged.project)
        run(staged, publish_to=["codex"], review=True)
        assert snapshot(staged.project) == before
        assert skills(staged)["webshop"].state == "active"

        run(staged, publish_to=["codex"])
        assert seen(staged.project) == {"codex", "cursor"}
        assert skills(staged)["webshop"].state == "active"

    def test_what_a_person_deleted_is_not_moved(self, staged: Workshop) -> None:
        """Another folder is no way around their decision."""
        run(staged)
        shutil.rmtree(staged.project / ".claude" / "skills" / NAME)
        run(staged, publish_to=["codex"])

        assert seen(staged.project) == set()
        assert skills(staged)["webshop"].state == "deleted"

    def test_a_crash_while_moving_is_made_up_for(self, staged: Workshop) -> None:
        """A skill that has arrived, with the log still at the old place, has been moved."""
        run(staged)
        old = staged.project / ".claude" / "skills" / NAME
        new = staged.project / ".agents" / "skills" / NAME
        new.unlink()
        old.rename(new)
        run(staged, publish_to=["codex"])

        row = skills(staged)["webshop"]
        assert (row.state, row.path) == ("active", str(new / "SKILL.md"))

    def test_folders_that_are_one_need_no_move(self, staged: Workshop) -> None:
        """What is linked to itself is not removed from the other place."""
        (staged.project / ".agents").mkdir()
        (staged.project / ".agents" / "skills").symlink_to("../.claude/skills")
        run(staged)
        run(staged, publish_to=["codex"])
        run(staged)

        assert seen(staged.project) == set(ASSISTANTS)
        assert skills(staged)["webshop"].state == "active"


class TestTeachers:
    """Whose corrections count."""

    @pytest.mark.parametrize("assistant", ASSISTANTS)
    def test_who_does_not_teach_is_captured_all_the_same(
        self, staged: Workshop, assistant: str
    ) -> None:
        """Two corrections are not enough; the third is there, and says why it does not count."""
        others = [each for each in ASSISTANTS if each != assistant]
        run(staged, learn_from=others)

        assert seen(staged.project) == set()
        (left,) = (row for row in corrections(staged) if row.assistant == assistant)
        assert (left.state, left.why, left.verdict) == ("dismissed", UNTAUGHT, None)
        with staged.log.read() as txn:
            assert {len(row.evidence) for row in LESSONS.rows(txn)} == {2}

    @pytest.mark.parametrize("assistant", ASSISTANTS)
    def test_who_may_teach_again_is_heard(self, staged: Workshop, assistant: str) -> None:
        """What was said meanwhile is judged then."""
        run(staged, learn_from=[each for each in ASSISTANTS if each != assistant])
        run(staged)

        assert seen(staged.project) == set(ASSISTANTS)
        assert {(row.state, row.why) for row in corrections(staged)} == {("accepted", "")}

    def test_what_was_taught_before_counts_no_longer(self, staged: Workshop) -> None:
        """The skill goes when its support goes, and comes back with it, nothing judged anew."""
        run(staged)
        verdicts = {row.id: row.verdict for row in corrections(staged)}
        run(staged, learn_from=["claude-code"])
        assert seen(staged.project) == set()
        assert {row.why for row in corrections(staged) if row.assistant != "claude-code"} == {
            UNTAUGHT
        }

        run(staged)
        assert {row.id: row.verdict for row in corrections(staged)} == verdicts
        assert [row.state for row in corrections(staged)] == ["accepted"] * 3
        with staged.log.read() as txn:
            assert [row.state for row in LESSONS.rows(txn)] == ["promoted"]

    def test_a_newer_judge_does_not_bring_it_back(self, staged: Workshop) -> None:
        """What does not count is not read again either."""
        run(staged)

        def age(txn: Txn) -> None:
            for key, row in list(CORRECTIONS.scan(txn)):
                CORRECTIONS.put(txn, key, msgspec.structs.replace(row, judge="local/0"))

        staged.log.transact(age)
        run(staged, learn_from=["claude-code"])

        assert {row.assistant: (row.judge, row.why) for row in corrections(staged)} == {
            "claude-code": (MODEL, ""),
            "codex": ("local/0", UNTAUGHT),
            "cursor": ("local/0", UNTAUGHT),
        }

    def test_who_teaches_need_not_read(self, staged: Workshop) -> None:
        """And the other way round: each is a setting of its own."""
        run(staged, learn_from=ASSISTANTS, publish_to=["codex"])
        assert "claude-code" not in seen(staged.project)

    def test_nobody_teaches(self, staged: Workshop) -> None:
        """Everything is captured, nothing is learned."""
        done = run(staged, learn_from=[])

        assert (done.corrections, done.skills, done.parked) == (0, [], 0)
        assert len(corrections(staged)) == 3
        with staged.log.read() as txn:
            assert LESSONS.rows(txn) == []


@pytest.fixture(name="team")
def _team(workshop: Workshop) -> dict[str, Path]:
    """Give two repositories that name the same workspace; a third one is on its own."""
    found = {}
    for name in ("api", "web", "alone"):
        project = found[name] = workshop.home / name
        for part in ("objects", "refs"):
            (project / ".git" / part).mkdir(parents=True)
        (project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
        if name != "alone":
            (project / ".hivemind").write_text('{"workspaceId": "team"}')
    return found


@pytest.fixture(name="spanning")
def _spanning(workshop: Workshop, team: dict[str, Path]) -> dict[str, Path]:
    """Have the agent corrected twice in one of the two and once in the other."""
    for number, name in enumerate(("api", "web", "api")):
        correct(workshop, team[name], number)
    workshop.capture()
    return team


Act = Callable[[Path], object]


class TestProjects:
    """A workspace that spans several projects."""

    def test_each_project_has_the_skill(
        self, workshop: Workshop, spanning: dict[str, Path]
    ) -> None:
        """What was said here and there together is written here and there, and nowhere else."""
        done = run(workshop)

        assert text(spanning["api"]) == text(spanning["web"]) != ""
        assert sorted(done.skills) == [
            str(spanning[name] / ".claude" / "skills" / NAME / "SKILL.md")
            for name in ("api", "web")
        ]
        assert not (spanning["alone"] / ".claude").exists()
        (workspace,) = list_workspaces(workshop.log)
        assert workspace.roots == [str(spanning["api"]), str(spanning["web"])]
        assert workspace.skills == 1
        for name in ("api", "web"):
            assert find_workspace(workshop.log, str(spanning[name] / "src")).id == "team"
        assert len(find_skills(workshop.log, NAME, "team")) == 2

    def test_a_folder_belongs_to_the_nearest_project(self) -> None:
        """Changes by hand are looked for there; what lies in none is looked for in the first."""
        place = Workspace(id="team", name="team", root="/a", more_roots=["/a/b", "/c"])

        found = {cwd: place.root_of(cwd) for cwd in ("/a/b/x", "/a/bc", "/c", "/cd", "/")}
        assert found == {"/a/b/x": "/a/b", "/a/bc": "/a", "/c": "/c", "/cd": "/a", "/": "/a"}

    def test_a_variable_names_a_workspace_as_well(
        self, workshop: Workshop, team: dict[str, Path]
    ) -> None:
        """As `.envrc` exports it for every program of a folder."""
        for name in ("api", "web"):
            (team[name] / ".hivemind").unlink()
            (team[name] / ".envrc").write_text(f"export {VARIABLE}=team\n")
        for number, name in enumerate(("api", "web", "api")):
            correct(workshop, team[name], number)
        workshop.capture()
        run(workshop)

        assert text(team["api"]) == text(team["web"]) != ""

    def test_the_first_folder_is_prepared_in_each(
        self, workshop: Workshop, team: dict[str, Path]
    ) -> None:
        """So that sessions that run in either notice a first skill."""
        correct(workshop, team["api"], 0)
        correct(workshop, team["web"], 1)
        workshop.capture()
        run(workshop)

        for name in ("api", "web"):
            assert list((team[name] / ".claude" / "skills").iterdir()) == []

    def test_a_second_run_writes_nothing(
        self, workshop: Workshop, spanning: dict[str, Path]
    ) -> None:
        """In none of them."""
        run(workshop)
        before = {name: (spanning[name] / ".claude").stat() for name in ("api", "web")}
        pool = workshop.pool()
        pool.ask("")

        assert pool.run_all().skills == []
        assert before == {name: (spanning[name] / ".claude").stat() for name in ("api", "web")}

    def test_a_project_that_comes_later_gets_what_was_learned(
        self, workshop: Workshop, team: dict[str, Path]
    ) -> None:
        """With the first session in it."""
        for number in range(3):
            correct(workshop, team["api"], number)
        workshop.capture()
        run(workshop)
        assert text(team["web"]) == ""
        correct(workshop, team["web"], 3)
        workshop.capture()
        run(workshop)

        # It has a first version of its own: what differs is the number alone.
        assert re.sub(r"v\d+ -->", "", text(team["web"])) == re.sub(
            r"v\d+ -->", "", text(team["api"])
        )

    @pytest.mark.parametrize(
        ("act", "state"),
        [
            (lambda file: file.write_text("mine now\n"), "user-owned"),
            (lambda file: shutil.rmtree(file.parent), "deleted"),
        ],
        ids=["edited", "deleted"],
    )
    @pytest.mark.parametrize("name", ["api", "web"])
    def test_what_a_person_does_in_one_holds_there(
        self, workshop: Workshop, spanning: dict[str, Path], act: Act, state: str, name: str
    ) -> None:
        """The others get what is learned from then on."""
        run(workshop)
        other = "web" if name == "api" else "api"
        file = spanning[name] / ".claude" / "skills" / NAME / "SKILL.md"
        act(file)
        left = text(spanning[name])
        correct(workshop, spanning["api"], 3, "always run pnpm dedupe after adding packages")
        workshop.capture()
        run(workshop)

        assert text(spanning[name]) == left
        assert skills(workshop)[name].state == state
        assert skills(workshop)[other].state == "active"
        assert text(spanning[other])

    def test_a_rule_has_its_time_in_each_project(
        self, workshop: Workshop, team: dict[str, Path]
    ) -> None:
        """It counts from when it was written there, through all versions and new names."""
        workshop.clock = clock = SetClock()
        for number in range(3):
            correct(workshop, team["api"], number)
        workshop.capture()
        workshop.codify()
        clock.run(3600)
        correct(workshop, team["web"], 3)
        workshop.capture()
        workshop.codify()
        first = {name: row.since for name, row in skills(workshop).items()}
        assert {name: list(since.values()) for name, since in first.items()} == {
            "api": [clock.now() - 3_600_000],
            "web": [clock.now()],
        }

        clock.run(3600)
        correct(workshop, team["api"], 0, "use pnpm instead of npm, always")
        workshop.capture()
        workshop.codify()
        workshop.log.transact(lambda txn: renew(txn, "team"))
        assert {name: row.since for name, row in skills(workshop).items()} == first

    def test_a_lesson_knows_the_skill_of_the_first_project(
        self, workshop: Workshop, spanning: dict[str, Path]
    ) -> None:
        """Should the other be another one, each follows its own when lessons are derived."""
        run(workshop)

        def change(txn: Txn) -> None:
            for key, row in list(SKILLS.scan(txn)):
                if row.root:
                    SKILLS.delete(txn, key)
                    text_ = text_key(f"0\0{row.root}")
                    other = msgspec.structs.replace(row, id="0", sha256="", state="waiting")
                    SKILLS.put(txn, key[: -len(text_)] + text_, other)

        workshop.log.transact(change)
        shutil.rmtree(spanning["web"] / ".claude" / "skills" / NAME)
        run(workshop, publish_to=["claude-code"])
        before = skills(workshop)
        workshop.log.transact(lambda txn: renew(txn, "team"))

        assert before["web"].id == "0"
        assert before["web"].sha256
        assert skills(workshop) == before
        with workshop.log.read() as txn:
            assert [row.skill for row in LESSONS.rows(txn)] == [before["api"].id]

    def test_what_is_taken_back_goes_everywhere(
        self, workshop: Workshop, spanning: dict[str, Path]
    ) -> None:
        """Words against a rule, said in one project, count in all."""
        run(workshop)
        session = correct(workshop, spanning["web"], 3, SWAPPED)
        session.prompt("from now on always use npm, never pnpm")
        workshop.capture()
        run(workshop)

        for name in ("api", "web"):
            assert "Use pnpm instead of npm" not in text(spanning[name])

    def test_a_name_is_free_in_its_own_project(
        self, workshop: Workshop, spanning: dict[str, Path]
    ) -> None:
        """Somebody's skill in one does not rename ours in the other."""
        theirs = spanning["web"] / ".claude" / "skills" / NAME
        theirs.mkdir(parents=True)
        (theirs / "SKILL.md").write_text("theirs\n")
        run(workshop)

        assert text(spanning["api"])
        assert text(spanning["web"]) == "theirs\n"
        assert text(spanning["web"], f"{NAME}-2")

    def test_a_project_that_is_gone_holds_nobody_up(
        self, workshop: Workshop, spanning: dict[str, Path]
    ) -> None:
        """It is passed over, and gets the skill when it is back."""
        away = spanning["api"].rename(workshop.home / "away")
        done = run(workshop)
        assert text(spanning["web"])
        assert done.parked == 0
        assert not spanning["api"].exists()

        away.rename(spanning["api"])
        workshop.pool().ask("")
        correct(workshop, spanning["web"], 3)
        workshop.capture()
        run(workshop)
        assert text(spanning["api"])

    def test_a_project_that_cannot_be_written_is_said_and_tried_again(
        self, workshop: Workshop, spanning: dict[str, Path], tmp_path: Path
    ) -> None:
        """The others have theirs already."""
        (spanning["api"] / ".claude").symlink_to(tmp_path)
        done = run(workshop)

        assert text(spanning["web"])
        assert done.parked
        (spanning["api"] / ".claude").unlink()
        workshop.pool().ask("")
        assert run(workshop).parked == 0
        assert text(spanning["api"])

    def test_a_project_that_wants_no_part_is_left_alone(
        self, workshop: Workshop, spanning: dict[str, Path]
    ) -> None:
        """Also when what it refuses was learned elsewhere."""
        text_ = json.dumps({"workspaceId": "team", "collect": False})
        (spanning["web"] / ".hivemind").write_text(text_)
        run(workshop)

        assert text(spanning["api"])
        assert not (spanning["web"] / ".claude").exists()

    def test_a_session_that_is_not_captured_adds_no_project(
        self, workshop: Workshop, team: dict[str, Path]
    ) -> None:
        """Who refuses has named no place to write to."""
        refusal = json.dumps({"workspaceId": "team", "collect": False})
        (team["web"] / ".hivemind").write_text(refusal)
        for number, name in enumerate(("api", "web")):
            correct(workshop, team[name], number)
            workshop.capture()

        with workshop.log.read() as txn:
            (row,) = WORKSPACES.rows(txn)
        assert row.roots == [str(team["api"])]
