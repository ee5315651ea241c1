"""skills approve, reject, retire, pin and undo, with a running daemon and without one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from hivemindctl.__main__ import cli
from hivemindctl.client import Client
from hivemindctl.stage import Stage
from hivemindd.log.keys import skill_key, text_key, workspace_key
from hivemindd.log.lock import InstanceLock, holder
from hivemindd.log.opening import open_log
from hivemindd.log.tables import SKILLS, WORKSPACES, Txn
from hivemindd.records import Proposal, Skill
from tests.control.filled_log import NOTES, NOW, SHOP, ask_for_review, fill, make_paths
from tests.ctl.runner import environment, run, run_json, spawn

NAME = "package-commands"
PROPOSED = "---\nname: package-commands\n---\n- Use pnpm, and pin versions.\n"
PROPOSED_ID = sha256(PROPOSED.encode()).hexdigest()[:8]


def propose(home: Path, text: str = PROPOSED, state: str = "user-owned", **more: object) -> None:
    """Keep a proposal for the skill of the filled log."""
    log = open_log(make_paths(home).log)
    key = workspace_key(SHOP) + text_key("ski-1")
    with log.read() as txn:
        row = SKILLS.get(txn, key)
    assert row is not None
    row.proposal = Proposal(text=text, version=2, made=NOW)
    fields = {name: getattr(row, name) for name in row.__struct_fields__}
    changed = Skill(**fields | {"state": state} | more)
    log.transact(lambda txn: SKILLS.put(txn, key, changed))
    log.close()


class TestShown:
    """What waits can be seen."""

    def test_a_proposal_is_counted_and_marked(self, tmp_path: Path) -> None:
        """In the list, in one line below it, and in the status."""
        fill(tmp_path)
        propose(tmp_path)
        lines = run(tmp_path, "skills").stdout.splitlines()

        assert lines[1].split()[2] == "waiting"
        assert lines[2:] == [
            "1 proposal waits: `hivemindctl skills show NAME --diff`, then approve or reject"
        ]
        assert all(len(line) <= 80 for line in lines)
        waiting = "review      1 proposal waiting for you: see `hivemindctl skills`\n"
        assert waiting in run(tmp_path, "status").stdout
        [row] = run_json(tmp_path, "skills")
        assert (row["proposal"], row["proposal_id"]) == (PROPOSED, PROPOSED_ID)

    def test_everything_fits_into_80_columns(self, tmp_path: Path) -> None:
        """Also where much waits, and names are long."""
        paths = fill(tmp_path)
        propose(tmp_path, name="a-very-long-name-of-an-activity-that-fills-its-line")
        ask_for_review(paths, "Push without asking", "Skip the hooks " * 9)

        lines = run(tmp_path, "skills").stdout.splitlines()
        assert len(lines) == 7
        assert all(len(line) <= 80 for line in lines), lines

    def test_the_diff_leads_from_the_file_to_the_proposal(self, tmp_path: Path) -> None:
        """As `diff -u` would show it."""
        fill(tmp_path)
        propose(tmp_path)
        path = tmp_path / "shop/.claude/skills/package-commands/SKILL.md"
        shown = run(tmp_path, "skills", "show", NAME, "--diff").stdout

        assert shown.splitlines() == [
            f"--- {path}",
            f"+++ proposed {PROPOSED_ID}",
            "@@ -1,4 +1,4 @@",
            " ---",
            " name: package-commands",
            " ---",
            "-- Use pnpm.",
            "+- Use pnpm, and pin versions.",
        ]
        [row] = run_json(tmp_path, "skills", "show", NAME, "--diff")
        assert row["diff"] + "\n" == shown

    def test_the_diff_is_coloured_for_a_person(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And nothing else in it reaches the terminal as a colour."""
        fill(tmp_path)
        propose(tmp_path, PROPOSED + "- \x1b[41mred\x07\n")
        client = Client(environment(tmp_path), NOW)
        monkeypatch.setattr(client.terminal, "_coloured", True)
        arguments = ["skills", "show", NAME, "--diff"]
        shown = CliRunner().invoke(cli, arguments, obj=client, color=True).stdout

        assert "\x1b[32m+- Use pnpm, and pin versions.\x1b[0m" in shown
        assert "\x1b[31m-- Use pnpm.\x1b[0m" in shown
        assert "\x1b[32m+- red\x1b[0m" in shown
        assert "\x07" not in shown

    def test_a_skill_that_was_never_written_says_so(self, tmp_path: Path) -> None:
        """Its diff is all that it would say."""
        fill(tmp_path)
        (tmp_path / "shop/.claude/skills/package-commands/SKILL.md").unlink()
        propose(tmp_path, state="waiting", written=0)
        shown = run(tmp_path, "skills", "show", NAME).stdout

        again = "hivemindctl skills show package-commands --diff"
        assert f"the proposal {PROPOSED_ID} waits: `{again}`" in shown
        assert shown.endswith("(it was never written)\n")
        diff = run(tmp_path, "skills", "show", NAME, "--diff").stdout
        assert "+- Use pnpm, and pin versions." in diff.splitlines()

    def test_without_a_proposal_there_is_no_diff(self, tmp_path: Path) -> None:
        """One sentence beside an empty answer."""
        fill(tmp_path)
        result = run(tmp_path, "skills", "show", NAME, "--diff")

        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == "hivemindctl: nothing is proposed for package-commands\n"

    def test_where_that_cannot_be_remembered(self, tmp_path: Path) -> None:
        """It is shown all the same, and a sentence beside it says so."""
        paths = fill(tmp_path)
        propose(tmp_path)
        with InstanceLock(paths.lock_file):
            result = run(tmp_path, "skills", "show", NAME, "--diff")

        assert result.exit_code == 0
        assert "+- Use pnpm, and pin versions." in result.stdout.splitlines()
        assert "hivemindctl: it is not remembered that you were shown this: " in result.stderr
        assert run(tmp_path, "skills", "show", NAME, "--diff").stderr == (
            "hivemindctl: to approve it: `hivemindctl skills approve package-commands`\n"
        )

    def test_only_proposals_have_such_an_id(self, tmp_path: Path) -> None:
        """An empty one is none, and a rule that waits has its own."""
        paths = fill(tmp_path)
        propose(tmp_path)
        [rule] = ask_for_review(paths, "Push after every green run")
        for name, proposal in ((NAME, ""), (rule, "x")):
            result = run(tmp_path, "skills", "approve", name, "--proposal", proposal)

            assert (result.exit_code, result.stdout) == (2, "")
            assert "--proposal takes the id that `skills show NAME --diff` tells" in result.stderr


class TestNames:
    """What a decision is about must be clear."""

    @pytest.mark.parametrize("what", ["approve", "reject", "retire", "pin", "undo"])
    def test_an_unknown_name(self, tmp_path: Path, what: str) -> None:
        """Exit code 1, and the command that lists what there is."""
        fill(tmp_path)
        result = run(tmp_path, "skills", what, "nope")

        assert (result.exit_code, result.stdout) == (1, "")
        assert "there is no skill 'nope': `hivemindctl skills` lists them" in result.stderr

    def test_a_name_in_two_workspaces(self, tmp_path: Path) -> None:
        """The workspace has to be named."""
        paths = fill(tmp_path)
        log = open_log(paths.log)
        other = Skill(id="ski-2", workspace=NOTES, name=NAME, path="")
        key = workspace_key(NOTES) + text_key("ski-2")
        log.transact(lambda txn: SKILLS.put(txn, key, other))
        log.close()

        result = run(tmp_path, "skills", "pin", NAME)
        assert "2 workspaces have a skill 'package-commands': add --workspace" in result.stderr
        assert run(tmp_path, "skills", "pin", NAME, "--workspace", "shop").exit_code == 0

    def test_a_name_in_two_projects_of_a_workspace(self, tmp_path: Path) -> None:
        """A folder in one of them says which is meant."""
        paths = fill(tmp_path)
        further = tmp_path / "further"
        log = open_log(paths.log)

        def spread(txn: Txn) -> None:
            home = workspace_key(SHOP)
            place = WORKSPACES.get(txn, home)
            assert place is not None
            place.more_roots = [str(further)]
            WORKSPACES.put(txn, home, place)
            other = Skill(id="ski-1", workspace=SHOP, name=NAME, path="", root=str(further))
            SKILLS.put(txn, skill_key(SHOP, "ski-1", other.root), other)

        log.transact(spread)
        log.close()

        for wanted in ([], ["--workspace", "shop"], ["--workspace", str(tmp_path / "shop-2")]):
            result = run(tmp_path, "skills", "pin", NAME, *wanted)
            assert result.exit_code == 1
        result = run(tmp_path, "skills", "pin", NAME, "--workspace", "shop")
        assert result.stderr == (
            "hivemindctl: 2 projects of shop have a skill 'package-commands': "
            "add --workspace with the folder of one\n"
        )
        assert run(tmp_path, "skills", "pin", NAME, "-w", str(further / "src")).exit_code == 0
        states = {row["root"]: row["state"] for row in run_json(tmp_path, "skills")}
        assert states == {"": "active", str(further): "pinned"}


@pytest.fixture(name="stage")
def _stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a home in which a skill was learned, and waits for a person."""
    stage = Stage(tmp_path)
    stage.build(datetime.now(UTC))
    settings = stage.home / ".config" / "hivemind" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("review = true\n")
    stage.run(stage.env(environment(stage.home)))
    yield stage
    if holder(make_paths(stage.home).lock_file):
        spawn(stage.home, "uninstall")


@pytest.mark.parametrize("daemon", [False, True], ids=["offline", "daemon"])
def test_decisions_are_carried_out(stage: Stage, *, daemon: bool) -> None:
    """By the daemon where one runs, else in its place; the words are the same."""
    if daemon:
        assert spawn(stage.home, "install").returncode == 0
    file = stage.project / ".claude" / "skills" / NAME / "SKILL.md"

    def say(*arguments: str) -> str:
        done = spawn(stage.home, "skills", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert not (stage.project / ".claude").exists()
    assert say("approve", NAME) == f"Wrote ~/webshop/.claude/skills/{NAME}/SKILL.md\n"
    assert "Use pnpm instead of npm" in file.read_text()
    assert say("pin", NAME) == (
        f"Pinned: {NAME} stays as it is until `hivemindctl skills pin --release {NAME}`.\n"
    )
    assert run_json(stage.home, "skills")[0]["state"] == "pinned"
    assert say("pin", "--release", NAME) == f"Released: {NAME} grows again.\n"
    assert say("retire", NAME) == f"Took back {NAME}: its rules do not return by themselves.\n"
    assert not file.exists()
    stays = f"It stays so until `hivemindctl skills pin --release {NAME}`.\n"
    path = f"~/webshop/.claude/skills/{NAME}/SKILL.md"
    assert say("undo", NAME) == f"Put back {path} as it was.\n{stays}"
    assert "Use pnpm instead of npm" in file.read_text()
    assert (
        say("undo", NAME) == f"Took {NAME} away: before it was written nothing was there.\n{stays}"
    )
    assert not file.exists()
    done = [(row["what"], row["who"]) for row in run_json(stage.home, "audit")]
    assert done[:4] == [
        ("undone", "user"),
        ("removed", "user"),
        ("undone", "user"),
        ("written", "user"),
    ]
    refused = spawn(stage.home, "skills", "approve", NAME)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"hivemindctl: nothing is proposed for {NAME}\n"


@pytest.mark.parametrize("daemon", [False, True], ids=["offline", "daemon"])
def test_only_what_was_shown_is_approved(stage: Stage, *, daemon: bool) -> None:
    """Another proposal than the one that was shown last is not written, until it is shown."""
    file = stage.project / ".claude" / "skills" / NAME / "SKILL.md"
    newest = replace_proposal(stage.home, Proposal(text=PROPOSED, version=1, made=1))
    assert newest is not None
    shown = spawn(stage.home, "skills", "show", NAME, "--diff")
    assert f"+++ proposed {PROPOSED_ID}" in shown.stdout.splitlines()
    replace_proposal(stage.home, newest)
    if daemon:
        assert spawn(stage.home, "install").returncode == 0

    refused = spawn(stage.home, "skills", "approve", NAME)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"hivemindctl: the proposal for {NAME} has changed since you were shown it: "
        f"look at it with `hivemindctl skills show {NAME} --diff`\n"
    )
    other = spawn(stage.home, "skills", "approve", NAME, "--proposal", PROPOSED_ID)
    assert (other.returncode, other.stdout) == (1, "")
    assert other.stderr == (
        f"hivemindctl: what is proposed for {NAME} is {newest.id} now: "
        f"look at it with `hivemindctl skills show {NAME} --diff`\n"
    )
    assert not (stage.project / ".claude").exists()

    shown = spawn(stage.home, "skills", "show", NAME, "--diff")
    assert f"+++ proposed {newest.id}" in shown.stdout.splitlines()
    assert spawn(stage.home, "skills", "approve", NAME).returncode == 0
    assert file.read_text() == newest.text


def test_an_edit_since_it_was_shown_is_not_written_over(stage: Stage) -> None:
    """The diff that a person has read is not what approving would do now."""
    file = stage.project / ".claude" / "skills" / NAME / "SKILL.md"
    assert spawn(stage.home, "skills", "approve", NAME).returncode == 0
    newer = file.read_text().replace("Use pnpm", "Please use pnpm")
    replace_proposal(stage.home, Proposal(text=newer, version=2, made=1))
    spawn(stage.home, "skills", "show", NAME, "--diff")
    file.write_text("mine")

    refused = spawn(stage.home, "skills", "approve", NAME)
    assert (refused.returncode, refused.stdout, file.read_text()) == (1, "", "mine")
    assert refused.stderr == (
        f"hivemindctl: {file} has changed since you were shown the proposal: "
        f"look at it with `hivemindctl skills show {NAME} --diff`\n"
    )

    assert "-mine" in spawn(stage.home, "skills", "show", NAME, "--diff").stdout.splitlines()
    assert spawn(stage.home, "skills", "approve", NAME).returncode == 0
    assert file.read_text() == newer


def replace_proposal(home: Path, proposal: Proposal) -> Proposal | None:
    """Have another text proposed for the one skill of a home; return what was before."""
    log = open_log(make_paths(home).log)
    with log.read() as txn:
        [(key, row)] = SKILLS.scan(txn)
    before, row.proposal = row.proposal, proposal
    log.transact(lambda txn: SKILLS.put(txn, key, row))
    log.close()
    return before
