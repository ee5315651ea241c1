"""Whose a skill is, by what lies on the disk."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.records import Proposal, Skill, SkillState
from hivemindd.skills.ownership import (
    KEPT_HASHES,
    is_rejected,
    propose_removal,
    reject,
    remember,
    standing,
)
from hivemindd.skills.render import SkillText, render


def skill(**fields: Any) -> Skill:
    """Return a skill whose third version was written last."""
    usual = {"id": "s", "workspace": "w", "name": "n", "path": "", "sha256": "v3"}
    return Skill(**usual | {"hashes": ["v3", "v2", "v1"]} | fields)


def text(rule: str, version: int) -> str:
    """Return a SKILL.md."""
    return render(SkillText(name="n", rules=[rule]), "s", version).decode()


@pytest.mark.parametrize(
    ("there", "before", "kept", "state"),
    [
        ("v3", "active", False, "active"),
        ("v3", "user-owned", False, "active"),
        ("v3", "deleted", False, "active"),
        ("v3", "pinned", True, "pinned"),
        ("v2", "active", False, "pinned"),
        ("v1", "user-owned", False, "pinned"),
        ("mine", "active", False, "user-owned"),
        ("mine", "pinned", False, "user-owned"),
        ("mine", "pinned", True, "pinned"),
        ("mine", "deleted", False, "deleted"),
        ("", "active", False, "deleted"),
        ("", "user-owned", False, "deleted"),
        ("", "pinned", True, "deleted"),
    ],
)
def test_the_file_says_whose_it_is(
    there: str, before: SkillState, state: SkillState, *, kept: bool
) -> None:
    """Ours is only what we wrote last; nothing else is written over."""
    assert standing(skill(state=before, kept=kept), there) == state


@given(st.lists(st.lists(st.binary(max_size=2), min_size=2, max_size=2), max_size=80))
def test_what_was_written_is_remembered_within_bounds(versions: list[list[bytes]]) -> None:
    """Each file once, the newest first."""
    row = skill(hashes=[])
    for files in versions:
        new = remember(row, files)
        assert set(new[:2]) >= set(remember(skill(hashes=[]), files))
        assert len(set(new)) == len(new) <= KEPT_HASHES
        row.hashes = new


def test_a_rejected_text_is_known_again_under_another_version() -> None:
    """The mark at its end is not part of what was rejected."""
    row = skill()
    row.rejected = reject(row, Proposal(text=text("Use pnpm", 2), version=2, made=1))

    assert is_rejected(row, Proposal(text=text("Use pnpm", 7), version=7, made=9))
    assert not is_rejected(row, Proposal(text=text("Use bun", 2), version=2, made=1))
    assert not is_rejected(row, propose_removal(row, 1))


def test_to_keep_one_version_is_not_to_keep_the_next() -> None:
    """A removal that was rejected is asked about again once the skill says something else."""
    row = skill()
    row.rejected = reject(row, propose_removal(row, 1))

    assert is_rejected(row, propose_removal(row, 2))
    row.sha256 = "v4"
    assert not is_rejected(row, propose_removal(row, 2))
