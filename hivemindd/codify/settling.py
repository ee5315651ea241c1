"""What a project's lessons make now, carried out on its skills: written, kept, or taken back."""

from collections.abc import Sequence

from hivemindd.codify.copies import Copies
from hivemindd.records import UNWRITTEN, Skill
from hivemindd.skills.compose import Composition, Draft
from hivemindd.skills.ownership import is_rejected, propose, propose_removal


class Settling:
    """Settles the skills of one project; with `review` nothing is written, all is proposed."""

    def __init__(self, copies: Copies, *, review: bool, now: int) -> None:
        """Work on these at a time (ms)."""
        self._copies = copies
        self._review = review
        self._now = now

    def settle(self, composition: Composition, skills: Sequence[Skill]) -> list[str]:
        """Write each draft or keep it, and drop the proposals that nothing supports any more.

        Args:
            composition: what the lessons make now.
            skills: those of the project, as the disk has them.

        Returns:
            the files that were written.

        Raises:
            PublishError: a skill that is due cannot be written.
        """
        copies = self._copies
        for skill in composition.emptied:
            self._take_back(skill)
        known = {skill.id: skill for skill in skills}
        drafts = [*composition.drafts, *composition.proposals]
        done = {draft.skill_id for draft in drafts} | {skill.id for skill in composition.emptied}
        for skill in skills:
            if skill.id not in done and skill.proposal is not None:
                copies.keep(skill, None)
        written = []
        for draft in drafts:
            skill = copies.begin(draft.skill_id, draft.text.name, known.get(draft.skill_id))
            if self._settle(skill, draft):
                written.append(skill.path)
        return written

    def _settle(self, skill: Skill, draft: Draft) -> bool:
        """Write a draft, or keep it as a proposal; tell whether the file is new."""
        copies = self._copies
        if skill.state in {"absent", "undone"}:
            return False  # what is new for it waits until it is back
        wanted = propose(draft, self._now)
        theirs = skill.state == "user-owned"
        if theirs and not self._review and copies.look(skill.name) == draft.sha256:
            theirs = False  # they took our text over, or the log does not know that we wrote it
        fits = skill.state == "active" and not draft.changed
        if fits and not self._review:
            copies.links.keep(skill)
        if fits or skill.state == "pinned" or (theirs and not draft.changed):
            copies.keep(skill, None)
        elif is_rejected(skill, wanted):
            copies.keep(skill, None, state="rejected" if skill.state in UNWRITTEN else skill.state)
        elif theirs and not skill.sha256 and wanted.rules == skill.rules:
            # Under the name that they gave it, it says what it said under ours.
            copies.keep(skill, None, sha256=draft.sha256)
        elif theirs:
            copies.keep(skill, wanted)
        elif self._review:
            copies.suggest(skill, wanted)
        else:
            expected = draft.sha256 if skill.state == "user-owned" else skill.sha256
            return copies.write(skill, wanted, expected=expected) == "written"
        return False

    def _take_back(self, skill: Skill) -> None:
        """Take back a skill that no lesson stands behind any more, if it is still ours."""
        copies = self._copies
        if skill.state in {"absent", "undone"}:
            return
        wanted = propose_removal(skill, self._now)
        if skill.state in UNWRITTEN:
            copies.forget(skill)
        elif not self._review:
            copies.withdraw(skill)
        else:
            copies.keep(skill, None if is_rejected(skill, wanted) else wanted)
