"""What a shell offers after `hivemindctl`."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hivemindctl.client import Client
from hivemindctl.commands.completion import VARIABLE
from hivemindctl.complete import offer
from hivemindd.control.queries_names import Named
from hivemindd.log.lock import holder
from hivemindd.paths import Paths
from tests.control.filled_log import HELD, NPM, ask_for_review, fill
from tests.ctl.runner import CHECKOUT, PATIENCE, environment, run

_HEAVY = ("anthropic", "watchdog", "structlog", "psutil", "asyncio", "hivemindd.daemon")


@pytest.fixture(name="paths")
def _paths(tmp_path: Path) -> Paths:
    return fill(tmp_path)


def offered(home: Path, line: str) -> list[str]:
    """Return what is offered for a line that ends where the cursor is."""
    words = shlex.split(line)
    number = len(words) if line.endswith(" ") else len(words) - 1
    done = subprocess.run(
        [sys.executable, "-m", "hivemindctl"],
        env={
            **environment(home),
            VARIABLE: "bash_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": str(number),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [each.removeprefix("plain,") for each in done.stdout.split()]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("hivemindctl sk", ["skillify", "skills"]),
        ("hivemindctl skills s", ["show"]),
        ("hivemindctl pause --w", ["--workspace"]),
        ("hivemindctl completion ", ["bash", "zsh", "fish"]),
        ("hivemindctl skills show ", ["package-commands"]),
        ("hivemindctl skills undo pack", ["package-commands"]),
        ("hivemindctl skills show pnpm", []),
        ("hivemindctl pause --workspace s", ["shop"]),
        ("hivemindctl events 3f2", [NPM]),
        ("hivemindctl why 90c", [HELD]),
        ("hivemindctl skills approve ", []),
    ],
)
def test_commands_options_and_names_are_offered(paths: Paths, line: str, names: list[str]) -> None:
    """Names are those that the log holds, and no daemon is started to know them."""
    assert offered(paths.home, line) == names
    assert holder(paths.lock_file) is None


def test_a_rule_that_waits_is_offered_to_be_approved(paths: Paths) -> None:
    """By the id that `hivemindctl skills` shows."""
    names = ask_for_review(paths, "Run everything as root.")

    assert offered(paths.home, "hivemindctl skills approve ") == names


def test_without_a_log_nothing_is_offered_and_nothing_made(tmp_path: Path) -> None:
    """A shell must never print an error into the line that is typed."""
    assert offered(tmp_path, "hivemindctl skills show ") == []
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_log_or_a_lost_home_is_no_error(paths: Paths) -> None:
    """There is nothing to offer, then."""
    (paths.log / "data.mdb").write_bytes(b"no database" * 1_000)

    assert offered(paths.home, "hivemindctl skills show ") == []
    assert offered(paths.home / "gone", "hivemindctl skills show ") == []


def test_completing_loads_nothing_heavy(paths: Paths) -> None:
    """It runs at every press of the key."""
    script = f"""
import sys
from hivemindctl.__main__ import main
try:
    main()
finally:
    print(sorted(set({_HEAVY!r}) & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={
            **environment(paths.home),
            VARIABLE: "bash_complete",
            "COMP_WORDS": "hivemindctl skills show ",
            "COMP_CWORD": "3",
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("plain,package-commands\n", "[]\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_is_printed_is_a_script_of_the_shell(tmp_path: Path, shell: str) -> None:
    """It asks hivemindctl, and is valid where the shell is there to say so."""
    result = run(tmp_path, "completion", shell)

    assert (result.exit_code, result.stderr) == (0, "")
    assert f"{VARIABLE}={shell}_complete" in result.stdout
    if shutil.which(shell):
        file = tmp_path / "script"
        file.write_text(result.stdout)
        done = subprocess.run([shell, "-n", file], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_shell_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    """It is wrong usage."""
    result = run(tmp_path, "completion", "tcsh")

    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.stderr


def test_a_real_bash_completes(paths: Paths) -> None:
    """As after the key: the function of the script fills in what is left of the word."""
    programs = paths.home / "bin"
    programs.mkdir()
    program = programs / "hivemindctl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hivemindctl "$@"\n')
    program.chmod(0o755)
    script = """
source <(hivemindctl completion bash)
complete -p hivemindctl
COMP_WORDS=(hivemindctl skills show pack) COMP_CWORD=3
_hivemindctl_completion hivemindctl pack show
echo "${COMPREPLY[@]}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=CHECKOUT,
        env={
            **environment(paths.home),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "complete -o nosort -F _hivemindctl_completion hivemindctl",
        "package-commands",
    ]


def test_a_name_that_a_shell_would_read_as_more_is_not_offered(tmp_path: Path) -> None:
    """Folders may be called anything, and bash expands what it is given."""
    fill(tmp_path)
    client = Client(environment(tmp_path), 0)
    names = ["plain-1.2", "*", "a b", "$(id)", "two\nlines", "`x`", "", "-rf"]

    items = offer(client, "", lambda _: [Named(name=name) for name in names])

    assert [item.value for item in items] == ["plain-1.2"]
