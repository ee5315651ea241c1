"""Changes by hand through the whole path: transcripts and files in, corrections out."""

import os
import shutil
from pathlib import Path

import msgspec
import pytest

from hivemindd.log.opening import open_log
from hivemindd.log.store import Log
from hivemindd.log.tables import SETTINGS
from hivemindd.records import Correction
from tests.codify.bench import STARTED, Bench, replace, write
from tests.records import SESSION, ClaudeSession

FIXTURE = Path(__file__).parents[1] / "transcripts" / "claude-code" / "tui2" / "home"
WRITTEN = "def load(path):\n    print(path)\n    return path\n"
CHANGED = "def load(path):\n    logger.info(path)\n    return path\n"
DIFF = """@@ -1,3 +1,3 @@
 def load(path):
-    print(path)
+    logger.info(path)
     return path"""


@pytest.fixture(name="session")
def _session(bench: Bench) -> ClaudeSession:
    """Write a session in which the agent creates a file."""
    session = ClaudeSession(bench.home, bench.project)
    session.prompt("write a loader")
    write(session, bench.project / "app.py", WRITTEN)
    session.reply("Done.")
    return session


def by_hand(rows: list[Correction]) -> list[Correction]:
    """Return the corrections that hold a change by hand."""
    return [row for row in rows if row.user_diff]


class TestTranscripts:
    """What the transcripts themselves tell."""

    def test_recorded_outside_edit_has_the_exact_text(
        self, scratch_home: Path, tmp_path: Path
    ) -> None:
        """What a person edited between two turns of a recorded session is found as it was."""
        shutil.copytree(FIXTURE, scratch_home, dirs_exist_ok=True)
        log: Log = open_log(tmp_path / "log", map_size=1 << 20)
        try:
            (found,) = by_hand(Bench(scratch_home, log).codify_all())
        finally:
            log.close()

        assert found.user_diff.splitlines() == [
            "@@ -1,2 +1,2 @@",
            "-def add(a, b):",
            "+def add(a: int, b: int) -> int:",
            "     return a + b",
        ]
        assert found.accepted == found.user_diff
        assert found.channel == "user-edit"
        assert found.state == "accepted"
        assert found.paths == ["/home/dev/work/tui2/calc.py"]
        assert found.origins["user_diff"].source == "file-history"
        assert "+def add(a, b):" in found.agent_output


class TestDisk:
    """What only the disk tells."""

    def test_change_on_the_disk(self, bench: Bench, session: ClaudeSession) -> None:
        """A file that is no longer what the agent left is a correction, with source and reasons."""
        file = bench.change(CHANGED)

        (found,) = by_hand(bench.codify_all())

        assert found.user_diff == DIFF
        assert (found.channel, found.weight, found.state) == ("user-edit", 0.7, "accepted")
        assert found.paths == [str(file)]
        assert found.origins["user_diff"].source == "disk"
        assert found.origins["user_diff"].confidence == 0.8
        assert found.missing == {"reason": "it was changed without a word"}
        assert found.transcript == str(session.path)

    def test_found_again_it_stays_one(self, bench: Bench, session: ClaudeSession) -> None:
        """At idle, at the end, in a commit and in the transcript: one correction, one id."""
        file = bench.change(CHANGED)
        (first,) = by_hand(bench.codify_all())
        assert by_hand(bench.codify_all()) == [first]

        bench.git("add", ".", at=STARTED + 300)
        bench.git("commit", "-qm", "loader", at=STARTED + 300)
        assert by_hand(bench.codify_all()) == [first]

        session.written = 600  # ten minutes later
        session.prompt("and a saver")
        replace(session, file, CHANGED, "return path\n", "return path.name\n")
        session.reply("Done.")
        bench.change(CHANGED.replace("return path", "return path.name"), after=900)
        assert [row.id for row in by_hand(bench.codify_all())] == [first.id]

    def test_words_that_come_later_join_it(self, bench: Bench, session: ClaudeSession) -> None:
        """A reason that is given afterwards is added to the change that is known."""
        file = bench.change(CHANGED)
        (first,) = by_hand(bench.codify_all())

        history = bench.home / ".claude" / "file-history" / SESSION
        history.mkdir(parents=True)
        (history / "0123456789abcdef@v2").write_text(CHANGED)
        session.written = 600  # ten minutes later
        prompt = session.prompt("use the logger, never print")
        snapshot = {
            "messageId": prompt,
            "trackedFileBackups": {
                str(file): {
                    "backupFileName": "0123456789abcdef@v2",
                    "version": 2,
                    "backupTime": "2026-11-21T08:30:00.000Z",
                }
            },
            "timestamp": "2026-11-21T08:30:00.000Z",
        }
        line = {"type": "file-history-snapshot", "messageId": prompt, "snapshot": snapshot}
        session.write(msgspec.json.encode(line) + b"\n")
        session.reply("Understood.")

        (found,) = by_hand(bench.codify_all())

        assert found.id == first.id
        assert found.reason == "use the logger, never print"
        assert found.user_diff == DIFF

    def test_words_that_came_first_are_the_same_correction(
        self, bench: Bench, session: ClaudeSession
    ) -> None:
        """A prompt that the agent has not acted on takes in the change that follows it."""
        session.prompt("no, use the logger in app.py, never print")
        (first,) = bench.codify_all()
        assert (first.channel, first.state) == ("follow-up", "accepted")

        bench.change(CHANGED)
        (found,) = bench.codify_all()
        assert (found.id, found.state) == (first.id, "accepted")
        assert (found.channel, found.user_diff) == ("user-edit", DIFF)

        bench.change(WRITTEN)
        assert bench.codify_all() == [found]

    @pytest.mark.parametrize("name", ["", "workspace"])
    def test_a_pause_is_a_pause(self, bench: Bench, session: ClaudeSession, name: str) -> None:
        """While capture is paused the project's files are left alone as well."""
        del session
        bench.change(CHANGED)
        paused = msgspec.json.encode({name and str(bench.project): 0}).decode()
        bench.log.transact(lambda txn: SETTINGS.put(txn, b"paused", paused))

        assert by_hand(bench.codify_all()) == []

    def test_a_project_that_wants_to_be_left_alone(
        self, bench: Bench, session: ClaudeSession
    ) -> None:
        """Also when it says so only after the session was captured."""
        del session
        bench.capture()
        bench.change(CHANGED)
        (bench.project / ".hivemind").write_text('{"collect": false}')

        assert by_hand(bench.codify_all()) == []

    def test_nothing_changed(self, bench: Bench, session: ClaudeSession) -> None:
        """A file that is as the agent left it corrects nothing."""
        del session
        bench.change(WRITTEN)

        assert by_hand(bench.codify_all()) == []

    @pytest.mark.parametrize(
        "text", [WRITTEN.replace("    ", "  "), WRITTEN + "\n\n", WRITTEN.replace("\n", "\r\n")]
    )
    def test_layout_is_nobodys_lesson(
        self, bench: Bench, session: ClaudeSession, text: str
    ) -> None:
        """A formatter on save is no person."""
        del session
        bench.change(text)

        assert by_hand(bench.codify_all()) == []

    def test_a_tool_that_ran_afterwards(self, bench: Bench, session: ClaudeSession) -> None:
        """What the agent's own command wrote is not the person's."""
        call = session.call("Bash", command="sed -i s/print/logger.info/ app.py")
        session.result(call, "")
        bench.change(CHANGED)

        assert by_hand(bench.codify_all()) == []

    def test_a_change_at_once_or_long_after(self, bench: Bench, session: ClaudeSession) -> None:
        """A hook is too quick for a person; what comes the next day belongs to other work."""
        del session
        bench.change(CHANGED, after=4)
        assert by_hand(bench.codify_all()) == []

        bench.change(CHANGED, after=90_000)
        assert by_hand(bench.codify_all()) == []

    def test_what_a_hook_of_theirs_has_done(self, bench: Bench, session: ClaudeSession) -> None:
        """Also one that runs in all of their repositories."""
        del session
        hook = bench.home / "hooks" / "pre-commit"
        hook.parent.mkdir()
        hook.write_text("#!/bin/sh\nsed -i.bak s/print/logger.info/ app.py\ngit add app.py\n")
        hook.chmod(0o755)
        (bench.home / ".gitconfig").write_text("[core]\n\thooksPath = ~/hooks\n")
        file = bench.change(WRITTEN, after=60)
        bench.git("add", "app.py")
        bench.git("commit", "-qm", "loader", at=STARTED + 300)
        os.utime(file, (STARTED + 300, STARTED + 300))
        assert file.read_text() == CHANGED

        assert by_hand(bench.codify_all()) == []

    def test_many_files_are_another_branch(self, bench: Bench, session: ClaudeSession) -> None:
        """Nobody edits so many files at once."""
        for number in range(6):
            write(session, bench.project / f"{number}.py", WRITTEN)
        for number in range(6):
            bench.change(CHANGED, name=f"{number}.py")

        assert by_hand(bench.codify_all()) == []

    def test_another_session_at_work(self, bench: Bench, session: ClaudeSession) -> None:
        """Where two agents ran side by side, nobody knows whose change it is."""
        del session
        other = ClaudeSession(bench.home, bench.project, SESSION[:-1] + "2")
        other.prompt("look at the loader")
        other.reply("It is fine.")
        bench.change(CHANGED, after=3)

        assert by_hand(bench.codify_all()) == []

    def test_a_text_that_is_not_known_whole(self, bench: Bench, session: ClaudeSession) -> None:
        """An edit of a file that the log never held says nothing about the rest of it."""
        file = bench.project / "old.py"
        replace(session, file, "a = 1\nb = 2\n", "a = 1\n", "a = 3\n")
        bench.change("a = 3\nb = 5\n", name="old.py")
        bench.change(WRITTEN)

        assert by_hand(bench.codify_all()) == []

    def test_secrets_do_not_get_into_the_log(self, bench: Bench, session: ClaudeSession) -> None:
        """Where a secret came in, nothing of the change is kept; a telling name is not opened."""
        write(session, bench.project / ".env", "A=1\n")
        bench.change("A=2\n", name=".env")
        bench.change(WRITTEN + f"key = 'ghp_{'a1B2' * 9}'\n")

        assert by_hand(bench.codify_all()) == []


class TestCommit:
    """What the next commit tells."""

    def test_commit_is_what_was_accepted(self, bench: Bench, session: ClaudeSession) -> None:
        """The text that was committed counts, also when the file has changed since."""
        del session
        bench.change(CHANGED)
        bench.git("add", ".", at=STARTED + 300)
        bench.git("commit", "-qm", "loader", at=STARTED + 300)
        bench.change(CHANGED + "\n\ndef save(path):\n    pass\n", after=90_000)

        (found,) = by_hand(bench.codify_all())

        assert found.user_diff == DIFF
        assert found.origins["user_diff"].source == "commit"

    def test_another_branch_is_no_correction(self, bench: Bench, session: ClaudeSession) -> None:
        """What another branch holds is not a person's change of what the agent wrote."""
        del session
        bench.change(CHANGED)
        bench.git("add", ".", at=STARTED - 100)
        bench.git("commit", "-qm", "before", at=STARTED - 100)
        bench.git("checkout", "-qb", "topic", at=STARTED + 100)

        assert by_hand(bench.codify_all()) == []
