"""A workshop whose sessions are too old to be kept."""

from hivemindd.codify.upkeep import Upkeep
from hivemindd.config import Config
from hivemindd.log.tables import SESSIONS
from tests.clocks import SetClock
from tests.codify.forgetting import forgetting
from tests.codify.workshop import NAMES, Workshop
from tests.records import ClaudeSession

DAY = 86_400_000
ASIDE = "this has nothing to do with any rule"
YEARS = Config(keep="2 years", max_disk="")


def age(workshop: Workshop) -> Workshop:
    """Give a workshop with a skill and another session, three years after all of it."""
    for number in range(3):
        workshop.correct(number)
    other = ClaudeSession(workshop.home, workshop.project, NAMES[3])
    other.prompt("add zod")
    other.reply("Done.")
    other.prompt(f"no, {ASIDE}: read the ticket first")
    workshop.capture()
    workshop.codify()
    assert workshop.skill.exists()
    clock = SetClock()
    with workshop.log.read() as txn:
        clock.step((max(row.last_event for row in SESSIONS.rows(txn)) - clock.now()) / 1000)
    clock.step(3 * 365 * DAY / 1000)
    workshop.clock = clock
    return workshop


def upkeep(workshop: Workshop, config: Config = YEARS) -> Upkeep:
    """Return the upkeep of a workshop."""
    return Upkeep(workshop.log, forgetting(workshop), workshop.clock, config)
