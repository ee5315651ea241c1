"""A process that prints what it has to say the way the daemon does."""

import sys

import structlog

from hivemindd.output import configure

if __name__ == "__main__":
    configure(sys.argv[1], "json" if sys.argv[2] == "json" else "console")
    log = structlog.get_logger()
    log.debug("quiet")
    log.warning("loud", path="/späße", api_key="sk-none", token="none")  # noqa: S106  it is none
    try:
        int("why")
    except ValueError:
        log.exception("failed")
