"""The links that have a project's skills seen by those who read `.agents/skills`."""

from collections.abc import Callable

from hivemindd.clock import Clock
from hivemindd.codify.place import Place
from hivemindd.codify.rows import tell
from hivemindd.deeds import What, Who
from hivemindd.errors import PublishError
from hivemindd.log.audit import note
from hivemindd.log.store import Log
from hivemindd.records import Skill
from hivemindd.skills.publish import AGENTS


class Links:
    """Makes and removes the links of one project; the audit tells of each."""

    def __init__(
        self, log: Log, clock: Clock, place: Place, who: Who, say: Callable[[str, str], None]
    ) -> None:
        """Work in an open project for somebody; `say` logs what hinders (a thing and its cause)."""
        self._log = log
        self._clock = clock
        self._place = place
        self._project = place.project
        self._who = who
        self._say = say

    def keep(self, skill: Skill) -> str:
        """Link a skill where it is to be seen, or else unlink it; return why it is not seen.

        Those who see it are who use Codex here, and whoever has put that folder into the project.
        """
        if self._project.shelf == AGENTS:
            return ""
        was = self._project.is_linked(skill.name)
        why = self._link(skill.name)
        if self._project.is_linked(skill.name) != was:
            self._tell(skill, linked=not was)
        return why

    def follow(self, before: Skill, now: Skill) -> None:
        """Have the link of a skill that was renamed lead to where it is."""
        self.drop(before)
        self.keep(now)

    def drop(self, skill: Skill) -> None:
        """Remove the link to a skill that is not there any more."""
        if self._project.is_linked(skill.name):
            self._project.unlink(skill.name)
            self._tell(skill, linked=False)

    def _link(self, name: str) -> str:
        try:
            if not self._place.to_codex:
                self._project.unlink(name)
                return ""
            used = "codex" in self._place.workspace.assistants
            if not used and not self._project.is_read_by_others():
                return ""
            return "" if self._project.link(name) else f".agents/skills/{name} is somebody else's"
        except PublishError as error:
            self._say("skill not linked", str(error))
            return str(error)

    def _tell(self, skill: Skill, *, linked: bool) -> None:
        what: What = "linked" if linked else "unlinked"
        deed = tell(skill, what, self._who, self._clock.now())
        self._log.transact(lambda txn: note(txn, deed))
