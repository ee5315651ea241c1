"""Skills in every project of a workspace."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from hivemindd.codify.learned import renew
from hivemindd.control.places import find_workspace
from hivemindd.control.queries import list_workspaces
from hivemindd.control.queries_lessons import find_skills
from hivemindd.log.keys import text_key
from hivemindd.log.tables import LESSONS, SKILLS, WORKSPACES, Txn
from hivemindd.records import Workspace
from hivemindd.workspace import VARIABLE
from tests.clocks import SetClock
from tests.codify.outcome import NAME, run, skills, text
from tests.codify.workshop import Workshop
from tests.records import ClaudeSession
from tests.untouched import state

SWAPPED = "from now on always use npm instead of pnpm"
Act = Callable[[Path], object]


def correct(workshop: Workshop, project: Path, number: int, words: str = "") -> ClaudeSession:
    """Have the agent corrected in a project of the workshop."""
    workshop.project = project
    return workshop.correct(number, words or "use pnpm instead of npm")


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
            inside = str(spanning[name] / "src")
            assert find_workspace(workshop.log, inside, home=workshop.home).id == "team"
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
        before = {name: state(spanning[name] / ".claude") for name in ("api", "web")}
        pool = workshop.pool()
        pool.ask("")

        assert pool.run_all().skills == []
        assert before == {name: state(spanning[name] / ".claude") for name in ("api", "web")}

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
