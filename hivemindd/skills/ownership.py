"""Whose a skill is: ours as long as its file is what we wrote last, else a person's."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from hivemindd.records import Proposal, Skill, SkillState
from hivemindd.skills.compose import Draft
from hivemindd.skills.contents import digest
from hivemindd.skills.render import unmarked

KEPT_HASHES = 64  # of 32 versions, with the lineage beside each
KEPT_REJECTIONS = 32


def standing(skill: Skill, there: str) -> SkillState:
    """Return the state of a written skill by the hex SHA-256 of what lies on the disk.

    Empty means that nothing is there. An older version of ours says that a person went back
    to it, so it is pinned, as is what they asked to keep. What was deleted comes back only
    by bytes of ours: another skill of its name is somebody else's.
    """
    ours = there == skill.sha256 or there in skill.hashes
    if not there or (skill.state == "deleted" and not ours):
        return "deleted"
    if skill.kept:
        return "pinned"
    if there == skill.sha256:
        return "active"
    return "pinned" if ours else "user-owned"


def remember(skill: Skill, files: Iterable[bytes]) -> list[str]:
    """Return the hashes of all that was written for a skill, with files that are written now."""
    new = [digest(data) for data in files]
    return list(dict.fromkeys([*new, *skill.hashes]))[:KEPT_HASHES]


def since(skill: Skill, lessons: Sequence[str], now: int) -> dict[str, int]:
    """Return since when each rule has stood in the file that is written now."""
    before = skill.lessons if skill.written else []
    known = {name: skill.since.get(name, skill.written) for name in before}
    return {name: known.get(name, now) for name in lessons}


def propose(draft: Draft, made: int) -> Proposal:
    """Return a draft as a proposal that was made at a time (ms)."""
    return Proposal(
        text=draft.files["SKILL.md"].decode(),
        version=draft.version,
        made=made,
        rules=list(draft.text.rules),
        lessons=[lesson.id for lesson in draft.lessons],
    )


def propose_removal(skill: Skill, made: int) -> Proposal:
    """Return the proposal to take a skill back."""
    return Proposal(text="", version=skill.version, made=made)


def is_rejected(skill: Skill, proposal: Proposal) -> bool:
    """Tell whether a person has turned down the same text before, whatever its version."""
    return _fingerprint(skill, proposal) in skill.rejected


def reject(skill: Skill, proposal: Proposal) -> list[str]:
    """Return what a person has turned down of a skill, with this proposal."""
    new = _fingerprint(skill, proposal)
    return list(dict.fromkeys([new, *skill.rejected]))[:KEPT_REJECTIONS]


def _fingerprint(skill: Skill, proposal: Proposal) -> str:
    # To take back one version is not to take back another.
    text = unmarked(proposal.text) if proposal.text else f"removal of {skill.sha256}"
    return sha256(text.encode()).hexdigest()
