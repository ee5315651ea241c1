"""The real assistants, installed from npm by name and version into a cache folder."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

_UNREACHABLE = re.compile(
    r"^npm error code (EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH"
    r"|ENOTFOUND|ERR_SOCKET_TIMEOUT|ETIMEDOUT)$",
    re.MULTILINE,
)


class NpmUnavailableError(Exception):
    """There is no npm here, or it cannot reach its registry."""


class Package(msgspec.Struct, frozen=True):
    """An npm package and where, under its folder, the program for this platform lies."""

    name: str
    version: str
    program: str


CLAUDE_CODE = Package(
    "@anthropic-ai/claude-code",
    "2.1.329",
    "node_modules/@anthropic-ai/claude-code-*/claude",
)
CODEX = Package(
    "@openai/codex",
    "0.169.0",
    "node_modules/@openai/codex-*/vendor/*/bin/codex",
)


def install(package: Package, cache: Path) -> Path:
    """Return the path of a package's program, which is installed unless the cache has it.

    A package is made beside its place and moved there as a whole, so that neither a
    broken installation nor two at once can leave half a package in the cache.

    Raises:
        NpmUnavailableError: npm is missing or its registry is out of reach.

    """
    place = cache / f"{package.name.replace('/', '+')}@{package.version}"
    if not place.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="install-", dir=cache) as made:
            _run_npm(package, Path(made))
            try:
                (Path(made) / "package").rename(place)
            except OSError:
                if not place.is_dir():  # otherwise another run was faster
                    raise
    programs = sorted(place.glob(package.program))
    assert len(programs) == 1, f"{place} holds {len(programs)} programs for this platform"
    return programs[0]


def _run_npm(package: Package, folder: Path) -> None:
    """Install into `folder/package`; scripts are not needed, the program is a dependency."""
    npm = shutil.which("npm")
    if npm is None:
        raise NpmUnavailableError("npm is not installed")
    options = {
        "prefix": folder / "package",
        "cache": folder / "npm",
        "ignore-scripts": "true",
        "audit": "false",
        "fund": "false",
        "update-notifier": "false",
        "fetch-retry-mintimeout": "1000",
        "fetch-retry-maxtimeout": "5000",
    }
    (folder / "package").mkdir()
    done = subprocess.run(
        [
            npm,
            "install",
            *(f"--{option}={value}" for option, value in options.items()),
            f"{package.name}@{package.version}",
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    unreachable = _UNREACHABLE.search(done.stderr)
    if done.returncode and unreachable:
        raise NpmUnavailableError(f"npm cannot reach its registry ({unreachable[1]})")
    assert done.returncode == 0, f"npm could not install {package.name}:\n{done.stderr}"
