"""A workshop in whose project an agent and a person write files, and what is found of it."""

import os
import subprocess
from pathlib import Path

from hivemindd.codify.outside import Outside
from hivemindd.codify.pool import CodifyPool
from hivemindd.codify.session import Codifier
from hivemindd.codify.shelf import Shelf
from hivemindd.lessons.judge_local import LocalJudge
from hivemindd.log.homes import find_session
from hivemindd.log.keys import session_key, workspace_key
from hivemindd.log.tables import CORRECTIONS, DUE, Txn
from hivemindd.records import Correction
from hivemindd.work import Due
from tests.codify.workshop import Workshop
from tests.records import SESSION, ClaudeSession

STARTED = 1_795_248_000  # 2026-11-21T08:00:00Z, when the sessions of `ClaudeSession` begin


class Bench(Workshop):
    """A workshop whose codifier looks at the project's files."""

    def codify_all(self) -> list[Correction]:
        """Capture, work through what is due, and return what is known."""
        self.capture()
        self.due()
        shelf = Shelf(self.log, self.clock, home=self.home, publish=False)
        outside = Outside(self.log, home=self.home, search=os.environ["PATH"])
        codifier = Codifier(self.log, LocalJudge(), shelf, self.clock, outside=outside)
        CodifyPool(self.log, codifier, self.clock).run_all()
        with self.log.read() as txn:
            return sorted(CORRECTIONS.rows(txn), key=lambda row: row.ts)

    def due(self) -> None:
        """Ask for the session's codification once more, as its end does."""

        def ask(txn: Txn) -> None:
            session = find_session(txn, "claude-code", SESSION)
            if session is not None:
                key = workspace_key(session.workspace) + session_key("claude-code", SESSION)
                due = Due(
                    workspace=session.workspace,
                    assistant="claude-code",
                    session=SESSION,
                    reason="ended",
                    since=0,
                )
                DUE.put(txn, key, due)

        self.log.transact(ask)

    def git(self, *words: str, at: int = STARTED) -> None:
        """Run git in the project at a time."""
        stamp = f"{at} +0000"
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "GIT_AUTHOR_DATE": stamp,
            "GIT_COMMITTER_DATE": stamp,
        }
        who = ("-c", "user.name=dev", "-c", "user.email=dev@localhost")
        subprocess.run(
            ["git", *who, *words], cwd=self.project, env=env, check=True, capture_output=True
        )

    def change(self, text: str, *, name: str = "app.py", after: int = 120) -> Path:
        """Write a file of the project, so many seconds after the session began."""
        file = self.project / name
        file.write_text(text)
        os.utime(file, (STARTED + after, STARTED + after))
        return file


def write(session: ClaudeSession, file: Path, text: str) -> None:
    """Let the agent create a file."""
    call = session.call("Write", file_path=str(file), content=text)
    report(
        session,
        call,
        type="create",
        filePath=str(file),
        content=text,
        structuredPatch=[],
        originalFile=None,
    )


def replace(session: ClaudeSession, file: Path, original: str, old: str, new: str) -> None:
    """Let the agent replace a text in a file that it found as `original`."""
    call = session.call("Edit", file_path=str(file), old_string=old, new_string=new)
    report(
        session,
        call,
        filePath=str(file),
        oldString=old,
        newString=new,
        originalFile=original,
        structuredPatch=[],
        userModified=False,
        replaceAll=False,
    )


def report(session: ClaudeSession, call: str, **result: object) -> None:
    """Append what an edit tool reports."""
    block = {"type": "tool_result", "tool_use_id": call, "content": "ok"}
    message = {"role": "user", "content": [block]}
    session.write(session.line("user", message, toolUseResult=result))
