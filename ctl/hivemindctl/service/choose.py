"""Which way of keeping the daemon running this machine has."""

import sys
from collections.abc import Mapping

from hivemindctl.service.base import Service
from hivemindctl.service.detached import Detached
from hivemindctl.service.launchd import Launchd
from hivemindctl.service.manager import Manager
from hivemindctl.service.systemd import Systemd
from hivemindd.paths import Paths


def choose_service(paths: Paths, env: Mapping[str, str]) -> Service:
    """Return systemd or launchd where the user has one that answers, else a plain process.

    A unit that was installed is systemd's, also where that does not answer just now.
    """
    if sys.platform == "darwin":
        return Launchd(paths, env)
    systemd = Systemd(paths, env, manager := Manager.find(env))
    return systemd if manager or systemd.is_installed() else Detached(paths, env)
