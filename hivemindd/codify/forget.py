"""Forgetting: sessions leave the log with all that came of them, and do not come back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import msgspec
import structlog

from hivemindd.codify.fate import Fate, SkillFate, foresee, settle
from hivemindd.codify.following import note, outstanding, strike
from hivemindd.codify.scrub import scrub
from hivemindd.codify.selection import Selection, indispensable, select
from hivemindd.codify.shelf import Shelf
from hivemindd.deeds import Who
from hivemindd.errors import HivemindError, PublishError, UsageError
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.compact import compact, copies
from hivemindd.log.datafile import LogError
from hivemindd.log.erase import Doomed, bury, doom, erase, note_taken_in, unknown_stones
from hivemindd.log.homes import find_session
from hivemindd.log.keys import skill_key
from hivemindd.log.store import Log
from hivemindd.log.tables import HOMES, SESSIONS, SKILLS, Txn
from hivemindd.log.tombstones import Tombstones
from hivemindd.records import Session, SkillState

PORTION = 16  # sessions that go before others have their turn again

Choose = Callable[[Txn], Sequence[Session]]
InOrder = Callable[[Callable[[], None]], None]


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a skill that lost rules; `state` is None for one that is no more."""

    name: str
    path: str
    state: SkillState | None
    rewritten: bool
    rules: int


class Forgotten(msgspec.Struct, kw_only=True):
    """What went; `unfinished` says in sentences what could not be done yet, and is done later."""

    sessions: int = 0
    events: int = 0
    corrections: int = 0
    lost: list[str] = []
    skills: list[Followed] = []
    freed: int = 0
    unfinished: list[str] = []


class Forgetting:
    """Carries it out, in the one process that writes the log."""

    def __init__(
        self,
        log: Log,
        shelf: Shelf,
        stones: Tombstones,
        in_order: InOrder = lambda act: act(),
    ) -> None:
        """Wire the parts.

        `in_order` lets something be done when all transcripts have been looked at, while
        nothing is captured: so what was said before is forgotten, and what is said later is not.
        """
        self._log = log
        self._shelf = shelf
        self._stones = stones
        self._in_order = in_order
        self._codec = BlockCodec()

    def forget(self, wanted: Selection) -> Forgotten:
        """Forget what a person has chosen, with all that was learned from it, and compact.

        Raises:
            UsageError: nothing was chosen, which is not to mean everything.
            HivemindError: there is no such session.
            LogError: the log, or the tombstones, cannot be written; nothing is forgotten.
        """
        if wanted == Selection():
            raise UsageError("say what to forget: sessions, a workspace or a time")
        done = Forgotten()
        self._forget([partial(select, wanted=wanted)], "user", done)
        if not done.sessions:
            raise HivemindError("there is no such session: `hivemindctl sessions` lists them")
        self.compact(done)
        return done

    def age(self, choose: Choose, is_enough: Callable[[], bool] = lambda: False) -> Forgotten:
        """Forget sessions whose time is over, but not the corrections that skills stand on.

        They go in portions, since nothing is captured meanwhile; a session that has changed
        since it was chosen stays. `is_enough` says when to leave the rest for another time.

        Raises:
            LogError: the log, or the tombstones, cannot be written; the rest is not forgotten.
        """
        with self._log.read() as txn:
            chosen = choose(txn)
        done = Forgotten()
        for portion in _portions(chosen):
            if is_enough():
                break
            choices = [partial(_unchanged, sessions=some) for some in portion]
            self._forget(choices, "daemon", done)
        return done

    def recover(self) -> None:
        """Go on where we died, and take in the tombstones that the log does not know.

        It is new, then, or we died over them.

        Raises:
            LogError: the log cannot be written, or the tombstones not be read.
        """
        with self._log.read() as txn:
            stones, left = list(unknown_stones(txn, self._stones)), outstanding(txn)
        with self._shelf.lock:
            for each in left:
                self._follow([each.fate], each.who, Forgotten())
        size = self._stones.size
        if not stones:
            return

        def take_in(txn: Txn) -> list[Doomed]:
            found = []
            for stone in stones:
                bury(txn, stone)
                home = txn.get(HOMES, stone.session)
                session = SESSIONS.get(txn, home + stone.session) if home else None
                if session is not None and session.forgotten < stone.until and not stone.aged:
                    found.append(doom(txn, session, self._codec, stone.until))
            if not found:  # else they are taken in when they are erased
                note_taken_in(txn, size)
            return found

        doomed = self._log.transact(take_in)
        if doomed:
            with self._shelf.lock:
                self._recover(each.session for each in doomed)
                fates = self._erase(doomed, "user", Forgotten())
                self._follow(fates, "user", Forgotten())

    def compact(self, done: Forgotten) -> None:
        """Have what was deleted leave the disk, or say why it cannot; it is tried again then."""
        try:
            done.freed = compact(self._log)
        except LogError as error:
            done.unfinished.append(f"{error}: what was deleted lies in its file until then")

    def _forget(self, choices: Sequence[Choose], who: Who, done: Forgotten) -> None:
        """Forget what is chosen, a transaction a choice, once all transcripts were looked at."""
        fates: list[Fate] = []

        def begin() -> None:
            now, aged = self._shelf.clock.now(), who == "daemon"
            for choose in choices:
                with self._log.read() as txn:
                    doomed = [doom(txn, each, self._codec, now, aged=aged) for each in choose(txn)]
                if doomed:
                    # From here on they are forgotten, whatever becomes of us.
                    self._stones.add([each.stone for each in doomed])
                    fates.extend(self._erase(doomed, who, done))

        with self._shelf.lock:
            with self._log.read() as txn:
                chosen = [each for choose in choices for each in choose(txn)]
            self._recover(chosen)
            self._in_order(begin)
            self._follow(fates, who, done)

    def _recover(self, sessions: Iterable[Session]) -> None:
        """Note skills that nobody has noted yet, while the lessons are known that they hold."""
        for workspace in {session.workspace for session in sessions}:
            self._shelf.recover(workspace)

    def _erase(self, doomed: Sequence[Doomed], who: Who, done: Forgotten) -> list[Fate]:
        """Delete rows and derive the lessons of what is left, all at once."""
        by_workspace: dict[str, list[Doomed]] = {}
        for each in doomed:
            by_workspace.setdefault(each.session.workspace, []).append(each)

        def carry_out(txn: Txn) -> tuple[list[Fate], int]:
            fates, gone = [], 0
            for workspace, some in by_workspace.items():
                kept = set(indispensable(txn, workspace)) if some[0].stone.aged else set()
                fate = foresee(txn, workspace, {each.prefix for each in some}, kept)
                erase(txn, some, kept)
                settle(txn, fate, self._shelf.clock.now())
                gone += len(fate.gone)
                # What skills follow is little; the corrections of many sessions are not.
                fates.append(msgspec.structs.replace(fate, gone=[], amended={}))
            note_taken_in(txn, self._stones.size)
            note(txn, fates, who)
            return fates, gone

        fates, gone = self._log.transact(carry_out)
        done.sessions += len(doomed)
        done.events += sum(each.session.events for each in doomed)
        done.corrections += gone
        done.lost += [rule for fate in fates for rule in fate.lost]
        return fates

    def _follow(self, fates: Sequence[Fate], who: Who, done: Forgotten) -> None:
        """Have skills follow their lessons, and take out what they and the audit still say.

        Older logs, which hold all of it, go where a person wants it forgotten.
        """
        for copy in copies(self._log.folder) if fates and who == "user" else ():
            copy.unlink(missing_ok=True)
        for fate in fates:
            try:
                self._shelf.publish(fate.workspace)
            except PublishError as error:
                done.unfinished.append(f"{error}: its skills follow when it is")
                structlog.get_logger().warning("skills do not follow yet", cause=str(error))
            self._log.transact(partial(self._scrub, fate=fate, who=who))
            with self._log.read() as txn:
                done.skills += [_followed(txn, each) for each in fate.skills]

    def _scrub(self, txn: Txn, fate: Fate, who: Who) -> None:
        scrub(txn, fate, who, self._shelf.clock.now())
        strike(txn, fate)


def _portions(chosen: Sequence[Session]) -> Iterator[list[list[Session]]]:
    """Divide sessions by their workspaces, and those into portions of about `PORTION` sessions.

    What goes at once is in memory, and so is all that was learned in its workspace.
    """
    by_workspace: dict[str, list[Session]] = {}
    for each in chosen:
        by_workspace.setdefault(each.workspace, []).append(each)
    portion: list[list[Session]] = []
    for some in by_workspace.values():
        for start in range(0, len(some), PORTION):
            portion.append(some[start : start + PORTION])
            if sum(map(len, portion)) >= PORTION:
                yield portion
                portion = []
    if portion:
        yield portion


def _unchanged(txn: Txn, sessions: Sequence[Session]) -> list[Session]:
    return [each for each in sessions if find_session(txn, each.assistant, each.id) == each]


def _followed(txn: Txn, fate: SkillFate) -> Followed:
    was = fate.skill
    row = SKILLS.get(txn, skill_key(was.workspace, was.id, was.root))
    # A row that went with its whole workspace has left its file behind, where that is a person's.
    kept = was.state if fate.ending == "stays" else None
    return Followed(
        name=was.name,
        path=was.path,
        state=row.state if row else kept,
        rewritten=bool(row and row.sha256 != was.sha256),
        rules=len(fate.rules),
    )
