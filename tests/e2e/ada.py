"""Somebody's machine: `/home/ada` in a mount namespace, with a clone, a project and Claude Code.

Needs root, as in a container. What is in the home goes with the namespace.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.ctl.runner import CHECKOUT
from tests.e2e.scratch import DEAD_END

HOME = Path("/home/ada")
PROJECT = HOME / "webshop"
_KEY = "sk-ant-fake-0000000000000000000000000000000000000000"
_INSIDE = "IN_THE_HOME_OF_ADA"
_USER = "1000"
_BOOT = f"""
set -e
mount -t tmpfs -o mode=755 tmpfs /home
mkdir {HOME} && chown {_USER}:{_USER} {HOME}
exec "$@"
"""
_PASSWD = f"root:x:0:0:root:/root:/bin/bash\nada:x:{_USER}:{_USER}:Ada:{HOME}:/bin/bash\n"
_CLAUDE = """#!/bin/sh
export ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY={key}
export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_AUTOUPDATER=1
export HTTPS_PROXY={dead_end} NO_PROXY=127.0.0.1
exec {program} --model haiku --permission-mode default "$@"
"""
_NPM = "#!/bin/sh\necho 'added 1 package'\n"

AS_ADA = ("setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups")
"""Words before a command that is hers."""

ENV = {
    "HOME": str(HOME),
    "USER": "ada",
    "PATH": f"{HOME}/.local/bin:/usr/bin:/bin",
    "SHELL": "/bin/bash",
    "TERM": "xterm-256color",
    "LANG": "C.UTF-8",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}


def move_in() -> None:
    """Go on in a namespace of our own in which the home is there and empty."""
    if _INSIDE in os.environ:
        return
    words = [sys.executable, *sys.orig_argv[1:]]
    os.execvpe(  # noqa: S606  a shell has nothing to add
        "unshare",
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", _BOOT, "sh", *words],
        {**os.environ, _INSIDE: "1"},
    )


def furnish(claude: Path, url: str) -> None:
    """Give her a clone, a project, Claude Code that asks the model at `url`, and her name."""
    passwd = HOME.parent / "passwd"
    passwd.write_text(_PASSWD)
    _do("mount", "--bind", str(passwd), "/etc/passwd")
    clone = HOME / "hivemindd"
    _do("git", "clone", "--quiet", "--no-hardlinks", str(CHECKOUT), str(clone))
    _do("git", "-C", str(clone), "remote", "remove", "origin")
    tools = HOME / ".local" / "bin"
    tools.mkdir(parents=True)
    program = HOME / ".local" / "share" / "claude" / "claude"
    program.parent.mkdir(parents=True)
    program.touch()
    _do("mount", "--bind", str(claude), str(program))
    wrapper = _CLAUDE.format(url=url, key=_KEY, dead_end=DEAD_END, program=program)
    for name, text in (("claude", wrapper), ("npm", _NPM)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    settings = {
        "hasCompletedOnboarding": True,
        "theme": "dark",
        "customApiKeyResponses": {"approved": [_KEY[-20:]], "rejected": []},
        "projects": {str(PROJECT): trusted},
    }
    (HOME / ".claude.json").write_text(json.dumps(settings))
    PROJECT.mkdir()
    (PROJECT / "package.json").write_text('{"name": "webshop", "private": true}\n')
    (PROJECT / "pnpm-lock.yaml").write_text("lockfileVersion: '9.0'\n")
    _do("chown", "-R", f"{_USER}:{_USER}", str(HOME))
    _do(*AS_ADA, "git", "init", "--quiet", str(PROJECT))


def hand_over() -> None:
    """Give the home to root, for whom alone a systemd can be had in a container."""
    _do("chown", "-R", "0:0", str(HOME))


def ask(*words: str) -> list[dict[str, Any]]:
    """Run hivemindctl as she would, with `--json`; return the objects that it prints."""
    return [json.loads(line) for line in ctl(*words, "--json").splitlines()]


def ctl(*words: str) -> str:
    """Run hivemindctl as she would; return what it prints."""
    done = subprocess.run(
        [*AS_ADA, str(HOME / "hivemindd" / ".venv" / "bin" / "hivemindctl"), *words],
        cwd=HOME,
        env=ENV,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def _do(*words: str) -> None:
    subprocess.run(words, stdin=subprocess.DEVNULL, check=True)
