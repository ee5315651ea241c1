"""A look at one transcript, and one sentence about it where it fails."""

from typing import NamedTuple

import structlog

from hivemindd.ingest.clean import Cleaned, Cleaner
from hivemindd.ingest.discover import Found
from hivemindd.ingest.poll import BUDGET, UnreadableStateError, logical_path, poll
from hivemindd.log.blocks import BlockCodec
from hivemindd.records import Checkpoint
from hivemindd.redaction.redactor import shared


class Look(NamedTuple):
    """A look from a checkpoint on, and what it brought, None where that is nothing."""

    item: Found
    checkpoint: Checkpoint | None
    cleaned: Cleaned | None = None


class Looker:
    """Looks at transcripts; says of each once what is wrong with it, until it is right again."""

    def __init__(self) -> None:
        """Begin without a complaint; `failures` counts defects of ours."""
        self.failures = 0
        self._cleaner = Cleaner(shared(), BlockCodec())
        self._complained: set[str] = set()

    def look(
        self, item: Found, checkpoint: Checkpoint | None, *, final: bool, budget: int = BUDGET
    ) -> Look:
        """Look at what came after a checkpoint; see `poll` for `final` and `budget` (bytes)."""
        try:
            polled = poll(
                item.path,
                item.assistant,
                checkpoint,
                named=item.named,
                final=final,
                budget=budget,
            )
            cleaned = self._cleaner.clean(polled)
        except FileNotFoundError:
            return Look(item, checkpoint)
        except OSError as error:
            self._complain(item, "transcript cannot be read", error.strerror or str(error))
            return Look(item, checkpoint)
        except UnreadableStateError:
            return self.look(item, None, final=final, budget=budget)
        except Exception:  # noqa: BLE001  a defect in one parser must not stop all others
            self.failures += 1
            self._complain(item, "transcript cannot be parsed")
            return Look(item, checkpoint)
        self._complained.discard(logical_path(item.name))
        return Look(item, checkpoint, cleaned)

    def _complain(self, item: Found, what: str, cause: str = "") -> None:
        name = logical_path(item.name)
        if name in self._complained:
            return
        self._complained.add(name)
        if cause:
            structlog.get_logger().warning(what, path=name, cause=cause)
        else:
            structlog.get_logger().exception(what, path=name)
