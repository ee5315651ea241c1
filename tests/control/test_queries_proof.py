"""What skills have changed, as queries tell it."""

from pathlib import Path

import msgspec

from hivemindd.control.queries_lessons import list_skills
from hivemindd.lessons.proof import Proof
from hivemindd.log.keys import session_key, text_key, workspace_key
from hivemindd.log.opening import open_log, open_log_readonly
from hivemindd.log.tables import BLOCKS, SESSIONS, SKILLS, WORKSPACES, Txn
from hivemindd.paths import Paths
from tests.control.filled_log import SHOP, fill, live_on


def effect(paths: Paths) -> Proof:
    """Return what the skill of the filled log has changed."""
    log = open_log_readonly(paths.log)
    (skill,) = list_skills(log)
    log.close()
    assert skill.effect is not None
    return skill.effect


def test_sessions_are_joined_with_what_they_tell(tmp_path: Path) -> None:
    """Those before the skill and those since."""
    paths = fill(tmp_path)
    live_on(paths, *[False] * 20, at=-30)
    live_on(paths, True, False, False, False, False, opened=True)
    proof = effect(paths)

    assert (proof.outcome, proof.exposed, proof.opened, proof.recurred) == ("unclear", 5, 5, 1)
    assert proof.before.trials == 20
    assert (proof.after.hits, proof.after.trials) == (1, 5)


def test_no_events_are_read(tmp_path: Path) -> None:
    """The answer is the same where all of them are unreadable."""
    paths = fill(tmp_path)
    live_on(paths, True, False)
    before = effect(paths)

    def spoil(txn: Txn) -> None:
        for key, _ in list(txn.scan(BLOCKS)):
            txn.put(BLOCKS, key, b"none")

    log = open_log(paths.log)
    log.transact(spoil)
    log.close()

    assert effect(paths) == before


def test_codex_counts_where_the_skill_is_linked_for_it(tmp_path: Path) -> None:
    """It does not look into the folder of Claude Code."""
    paths = fill(tmp_path)
    live_on(paths, False, False, assistant="codex")
    assert effect(paths).exposed == 0

    agents = tmp_path / "shop" / ".agents" / "skills"
    agents.mkdir(parents=True)
    (agents / "package-commands").symlink_to("../../.claude/skills/package-commands")
    assert effect(paths).exposed == 2


def test_a_skill_in_the_folder_of_codex_counts_who_looks_there(tmp_path: Path) -> None:
    """Claude Code does not, as long as no link leads it there."""
    paths = fill(tmp_path)
    for assistant in ("claude-code", "codex", "cursor"):
        live_on(paths, False, assistant=assistant)
    skills = tmp_path / "shop" / ".claude" / "skills"
    (tmp_path / "shop" / ".agents").mkdir()
    moved = skills.rename(tmp_path / "shop" / ".agents" / "skills")

    def move(txn: Txn) -> None:
        key = workspace_key(SHOP) + text_key("ski-1")
        row = SKILLS.get(txn, key)
        assert row is not None
        path = str(moved / "package-commands" / "SKILL.md")
        SKILLS.put(txn, key, msgspec.structs.replace(row, path=path))

    log = open_log(paths.log)
    log.transact(move)
    log.close()
    assert effect(paths).exposed == 2

    skills.symlink_to("../.agents/skills")
    assert effect(paths).exposed == 3


def test_each_project_of_a_workspace_counts_its_own_sessions(tmp_path: Path) -> None:
    """The skill of one is no skill of the others, and was not written in them either."""
    paths = fill(tmp_path)
    live_on(paths, True, False, False)
    further = tmp_path / "further"

    def spread(txn: Txn) -> None:
        home = workspace_key(SHOP)
        place, row = WORKSPACES.get(txn, home), SKILLS.get(txn, home + text_key("ski-1"))
        assert place is not None
        assert row is not None
        place.more_roots = [str(further)]
        WORKSPACES.put(txn, home, place)
        path = str(further / ".claude" / "skills" / "package-commands" / "SKILL.md")
        other = msgspec.structs.replace(row, root=str(further), path=path)
        SKILLS.put(txn, home + text_key(f"{row.id}\0{further}"), other)
        key = home + session_key("claude-code", "claude-code-0")
        session = SESSIONS.get(txn, key)
        assert session is not None
        session.cwd = str(further / "src")
        SESSIONS.put(txn, key, session)

    log = open_log(paths.log)
    log.transact(spread)
    views = {view.root: view.effect for view in list_skills(log)}
    log.close()

    counted = {root: (each.exposed, each.recurred) for root, each in views.items() if each}
    assert counted == {"": (2, 0), str(further): (1, 1)}


def test_programs_that_talk_to_an_agent_do_not_count(tmp_path: Path) -> None:
    """Nobody is there who could correct it."""
    paths = fill(tmp_path)
    live_on(paths, False, False, False)

    def change(txn: Txn) -> None:
        for number in range(2):
            key = workspace_key(SHOP) + session_key("claude-code", f"claude-code-{number}")
            row = SESSIONS.get(txn, key)
            assert row is not None
            row.headless, row.prompts = bool(number), number
            SESSIONS.put(txn, key, row)

    log = open_log(paths.log)
    log.transact(change)
    log.close()

    assert effect(paths).exposed == 1
