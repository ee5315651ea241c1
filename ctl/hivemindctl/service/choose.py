"""Which way of keeping the daemon running this machine has."""

import sys
from collections.abc import Mapping

from hivemindctl.service.base import Service
from hivemindctl.service.detached import Detached
from hivemindctl.service.launchd import Launchd
from hivemindctl.service.systemd import Systemd, find_manager
from hivemindd.paths import Paths


def choose_service(paths: Paths, env: Mapping[str, str]) -> Service:
    """Return systemd or launchd where the user has one that answers, else a plain process."""
    if sys.platform == "darwin":
        return Launchd(paths, env)
    manager = find_manager(env)
    return Detached(paths, env) if manager is None else Systemd(paths, env, manager)
