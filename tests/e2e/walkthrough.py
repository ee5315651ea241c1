"""Makes docs/walkthrough.md: a first day with hivemindd, typed into a real terminal.

    python -m tests.e2e.walkthrough [FILE]

Needs root (for a home like anybody's in a namespace of its own), tmux, git and npm. Claude Code is
the real one; the model that it asks is played, on loopback. What is installed is the last commit.
The screens are as they were printed: only the sentences before them are written here.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.ctl.runner import CHECKOUT
from tests.ctl.usermanager import run_manager, why_not
from tests.e2e import ada
from tests.e2e.anthropic_server import AnthropicServer
from tests.e2e.claude import ClaudeSession
from tests.e2e.corrections import (
    LATER,
    TURNS,
    correct_by_follow_up,
    correct_by_interrupt,
    correct_by_refusal,
)
from tests.e2e.install import CLAUDE_CODE, install
from tests.e2e.pane import Pane
from tests.e2e.screen import ENTER, TAB
from tests.process import await_true

PAGE = CHECKOUT / "docs" / "walkthrough.md"
_LONG = 900.0
_INTRODUCTION = """\
# A first day

Ada works on a web shop with Claude Code. Twice it has wanted to install something with npm, and
twice she has told it: pnpm. Now she installs hivemindd. All screens are as they were printed, in a
terminal of 80 columns; `python -m tests.e2e.walkthrough` makes this page anew.
"""
_REVIEW = "sed -i 's/#review = false/review = true/' ~/.config/hivemind/*.toml"
_SKILL = "package-commands"


class Page:
    """Collects screens, each with the sentence before it."""

    def __init__(self, pane: Pane) -> None:
        """Show what is printed in a window."""
        self._pane = pane
        self.parts = [_INTRODUCTION]

    def run(self, sentence: str, command: str, *, patience: float = 60.0) -> None:
        """Type a command, and show it with what it prints."""
        self.show(sentence, self._pane.run(command, patience=patience))

    def show(self, sentence: str, screen: str) -> None:
        """Show a screen."""
        shown = screen.strip("\n")
        self.parts.append(f"{sentence}\n\n```\n{shown}\n```\n")

    def head(self, words: str) -> None:
        """Begin a section."""
        self.parts.append(f"## {words}\n")


def main(file: Path) -> None:
    """Walk, and write the page."""
    ada.move_in()
    cache = os.environ.get("HIVEMIND_E2E_CACHE") or CHECKOUT / ".cache" / "e2e"
    program = install(CLAUDE_CODE, Path(cache))
    with ExitStack() as stack:
        server = stack.enter_context(AnthropicServer(TURNS))
        ada.furnish(program, server.url)
        stack.callback(ada.ctl, "uninstall")
        window = Pane(ada.HOME.parent, cwd=ada.HOME, env=ada.ENV, before=ada.AS_ADA)
        pane = stack.enter_context(window)
        page = Page(pane)
        begin(page, pane)
        refuse(page)
        learn(page, pane)
        look(page, pane)
        leave(page, pane)
    if not why_not():
        page.parts += serve()
    file.write_text("\n".join(page.parts), "utf-8")


def begin(page: Page, pane: Pane) -> None:
    """Install it, and look at what it found."""
    pane.run("cd webshop")
    for correct in (correct_by_refusal, correct_by_interrupt):
        with _claude(pane) as session:
            correct(session)
    pane.run("cd ~/hivemindd")
    page.head("Install")
    page.run(
        "In a clone of hivemindd she makes a virtual environment, which takes a minute.",
        "python3 -m venv .venv && .venv/bin/pip install --quiet .",
        patience=_LONG,
    )
    page.run(
        "A first run explains itself in three lines, and reads what is there already.",
        ".venv/bin/hivemindd --once",
    )
    page.run("What would it take to keep it running?", ".venv/bin/hivemindctl install --dry-run")
    page.run(
        "This machine is a container without systemd, so it runs in the background.",
        ".venv/bin/hivemindctl install",
    )
    page.run(
        "She does as she is told, and from now on `hivemindctl` is enough.",
        f"ln -s {ada.HOME}/hivemindd/.venv/bin/hivemindctl ~/.local/bin/",
    )
    page.run("The first status.", "hivemindctl status")
    pane.run("cd ~/webshop")
    page.run("What were these corrections?", "hivemindctl corrections")
    page.run("Twice is not enough for a skill; what is missing?", "hivemindctl skillify")


def refuse(page: Page) -> None:
    """Keep two sessions out."""
    page.head("What is none of its business")
    page.run("For the next hour she wants nobody to look on.", "hivemindctl pause --for 1h")
    page.run("What Claude Code is asked meanwhile is not captured.", f'claude -p "{LATER}"')
    page.run("The status says so.", "hivemindctl status")
    page.run("She is done earlier.", "hivemindctl resume")
    page.run(
        "A single session is kept out by a variable.", f'HIVEMIND_CAPTURE=false claude -p "{LATER}"'
    )
    await_true(lambda: len(ada.ask("sessions")) == 4, "four sessions", within=_LONG)
    page.run("Which sessions are there, and why are two left out?", "hivemindctl sessions")


def learn(page: Page, pane: Pane) -> None:
    """Ask to be asked, correct Claude Code once more, and see a skill appear."""
    page.head("A skill")
    page.run(
        "A skill is written as soon as it is learned. Ada wants to be asked before that.",
        "hivemindctl config --init",
    )
    page.run("In the file she takes the `#` away before one line.", _REVIEW)
    page.run("Is it right?", "hivemindctl config check")
    page.run("So she does.", "hivemindctl install")
    with _claude(pane) as session:
        correct_by_follow_up(session)
        page.show("Then she corrects Claude Code for the third time, and leaves it.", pane.text())
    pane.clear()
    pane.type("hivemindctl status --watch")
    pane.press(ENTER)
    pane.await_text("1 proposal", timeout=_LONG)
    page.show(
        "`hivemindctl status --watch` keeps itself up to date. Seconds later something waits.",
        pane.text(),
    )
    pane.press("C-c")
    pane.await_exit()
    page.run("It is a skill.", "hivemindctl skills")
    page.run("What does it say?", f"hivemindctl skills show {_SKILL} --diff")
    page.run("It is right, so it may be written.", f"hivemindctl skills approve {_SKILL}")


def look(page: Page, pane: Pane) -> None:
    """Look at the skill, and where it comes from."""
    page.show(
        "Names are completed: she presses Tab after `sk` (bash lists at the third), `sho`, `pac`.",
        _complete(pane),
    )
    page.run("Which words of hers is it from?", f"hivemindctl why {_SKILL}")
    page.run("What has been done in her project, and by whom?", "hivemindctl audit")
    page.head("Is it well?")
    page.run("Every check names its mend, where it needs one.", "hivemindctl doctor")
    page.run("What the daemon prints is short while nothing is wrong.", "hivemindctl logs")


def leave(page: Page, pane: Pane) -> None:
    """Forget a session, and take all away."""
    page.head("Forget")
    third = next(row["id"][:8] for row in ada.ask("sessions") if row["captured"])
    page.run(
        "The last session is to be forgotten. First it says what falls, and does nothing.",
        f"hivemindctl forget --session {third}",
    )
    page.run("That is what she wants.", f"hivemindctl forget --session {third} --yes")
    page.run("As she has asked to be asked, the skill waits for her.", "hivemindctl skills")
    page.run("She lets it go.", f"hivemindctl skills approve {_SKILL}")
    page.head("Remove it")
    page.run("To stop it and keep what it knows:", "hivemindctl uninstall")
    page.run("The status still answers.", "hivemindctl status")
    pane.clear()
    pane.type("hivemindctl uninstall --purge")
    pane.press(ENTER)
    pane.await_text(r"\[y/N\]: ?\Z")
    pane.press("y")
    pane.press(ENTER)
    pane.await_exit()
    page.show("To leave nothing behind:", pane.text().rpartition("\n")[0])


def serve() -> list[str]:
    """Install it under a systemd of hers, and return what to say of it."""
    runtime = ada.HOME.parent / "run"
    ada.hand_over()
    with run_manager(ada.HOME, runtime) as manager:
        if manager is None:
            return []
        env = {**ada.ENV, "XDG_RUNTIME_DIR": str(runtime)}
        inside = ("nsenter", "--mount", "--target", str(manager.pid), f"--wd={ada.HOME}")
        with Pane(ada.HOME.parent, cwd=ada.HOME, env=env, before=inside) as pane:
            page = Page(pane)
            page.parts = []
            page.head("Where there is systemd")
            page.run(
                "On her other machine it is a service of hers, and comes back with each login.",
                "hivemindctl install",
            )
            page.run("What it prints is in the journal.", "hivemindctl logs")
            page.run("`uninstall` undoes each step.", "hivemindctl uninstall --purge --yes")
    return page.parts


@contextmanager
def _claude(pane: Pane) -> Iterator[ClaudeSession]:
    """Run Claude Code in the window, and leave it at the end."""
    pane.clear()
    pane.type("claude")
    pane.press(ENTER)
    session = ClaudeSession(pane)
    yield session
    session.leave()


def _complete(pane: Pane) -> str:
    """Press Tab, and return what it completes."""
    pane.clear()
    pane.type("source <(hivemindctl completion bash)")
    pane.press(ENTER)
    pane.await_exit()
    pane.type("hivemindctl sk")
    pane.press(TAB)
    pane.await_text("skill$")
    pane.press(TAB)
    pane.press(TAB)
    pane.await_text("skillify +skills")
    pane.type("s sho")
    pane.press(TAB)
    pane.await_text("skills show")
    pane.type("pac")
    pane.press(TAB)
    pane.await_text(_SKILL)
    pane.press(ENTER)
    pane.await_exit()
    return pane.text().rpartition("\n")[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE)
