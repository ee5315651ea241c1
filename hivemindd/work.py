"""Work for a judge: rows of the codification that waits, and of each question that was put."""

from typing import Literal

import msgspec

DueReason = Literal["idle", "ended", "turns", "asked"]


class Due(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Codification that waits for a worker; all times in ms since 1970 UTC.

    `told` is when something was last said in the session, 0 where that is not known.
    `over_budget` says that it waits for nothing but the next day's money, `needs_person` that
    somebody has to mend something before it can be done.
    """

    workspace: str
    assistant: str
    session: str
    reason: DueReason
    since: int
    told: int = 0
    not_before: int = 0
    attempts: int = 0
    error: str = ""
    over_budget: bool = False
    needs_person: bool = False


class Call(msgspec.Struct, kw_only=True):
    """One question put to a model, whatever came of it; `ts` in ms since 1970 UTC.

    `prompt` is the version of what was asked. `usd` is what the tokens cost, as far as
    the reply told of them. `outcome` is "ok" or says what was wrong.
    """

    ts: int
    model: str
    prompt: str
    session: str
    candidates: int
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    outcome: str = "ok"
