"""A process that prints what it has to say the way the daemon does: LEVEL FORM [WORD]."""

import os
import sys

import structlog

from hivemindd.runtime.output import Form, configure, is_journal

if __name__ == "__main__":
    level, form, *word = sys.argv[1:]
    plain: Form = "journal" if is_journal(os.environ) else "console"
    configure(level, "json" if form == "json" else plain)
    log = structlog.get_logger()
    log.debug("quiet")
    said = {"word": word[0]} if word and word[0] != "why" else {}
    log.warning("loud", path="/späße", api_key="sk-none", token="none", **said)  # noqa: S106  it is none
    try:
        int(*(word or ["why"]))
    except ValueError:
        log.exception("failed", cause="it said: Bearer k7Qw2ZpX9vRb4TnMk7Qw")
