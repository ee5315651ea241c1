"""Corrections that a person gives by changing a file that the agent wrote."""

import pytest

from hivemindd.lessons.corrections import mine
from tests.lessons.make import DIFF, Talk, quotes


class TestHandEdits:
    """Files that a person changed after the agent."""

    def test_edit_with_words_beside_it(self, talk: Talk) -> None:
        """The prompt next to an edit is its reason, and both are one correction."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.change("app.py", DIFF)
        talk.prompt("I replaced the print, we log here")

        (found,) = mine(talk.session, talk.events)

        assert (found.channel, found.weight) == ("user-edit", 1.0)
        assert DIFF == found.user_diff == found.accepted
        assert "+print(x)" in found.agent_output
        assert found.paths == ["app.py"]
        assert found.missing == {}

    def test_edit_without_words(self, talk: Talk) -> None:
        """A silent edit weighs less and says that nobody explained it."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.change("app.py", DIFF)
        talk.prompt("continue")

        (found,) = mine(talk.session, talk.events)

        assert (found.channel, found.weight) == ("user-edit", 0.7)
        assert "reason" in found.missing

    def test_notice_and_copy_are_one_change(self, talk: Talk) -> None:
        """The remark after the prompt and the copy before it tell of one change: the exact wins."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.change("app.py", DIFF)
        talk.prompt("logger, not print")
        talk.change("app.py", "+logger.info(x)", "notice")
        talk.reply("I see.")

        (found,) = mine(talk.session, talk.events)

        assert found.user_diff == DIFF

    def test_notice_alone_still_finds_its_words(self, talk: Talk) -> None:
        """A remark after the prompt belongs to it as long as the agent has not acted."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.prompt("logger, not print")
        talk.change("app.py", "+logger.info(x)", "notice")
        talk.reply("I see.")

        assert quotes(mine(talk.session, talk.events)) == [("user-edit", "logger, not print")]

    def test_notice_alone_without_words_is_no_lesson(self, talk: Talk) -> None:
        """Which of its lines the person wrote, nobody can tell."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.change("app.py", "+logger.info(x)", "notice")
        talk.prompt("continue")

        assert mine(talk.session, talk.events) == []

    @pytest.mark.parametrize("first", ["rewind", "copy"])
    def test_what_was_restored_is_no_hands(self, talk: Talk, first: str) -> None:
        """Who goes back and has the code restored has written none of it.

        The copy of the file may be told before the prompt, and so before its going back.
        """
        talk.edit("app.py", "@@ -0,0 +1 @@\n+logger.info(x)")
        undone = talk.prompt("now print it")
        talk.edit("app.py", "@@ -1 +1 @@\n-logger.info(x)\n+print(x)")
        if first == "copy":
            talk.change("app.py", DIFF)
        talk.rewind(undone, 1)
        talk.prompt("no, print it in main.py")
        if first == "rewind":
            talk.change("app.py", DIFF)
        talk.reply("I see.")

        channels = [found.channel for found in mine(talk.session, talk.events)]
        assert channels == ["follow-up", "rewind"]

    def test_what_was_not_gone_back_behind_is_not_restored(self, talk: Talk) -> None:
        """Only what the agent did in the turns taken back can have been put back."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        undone = talk.prompt("now the tests")
        talk.reply("Done.")
        talk.rewind(undone, 1)
        talk.prompt("continue")
        talk.change("app.py", DIFF)
        talk.reply("I see.")

        assert "user-edit" in [found.channel for found in mine(talk.session, talk.events)]

    def test_formatters_are_not_people(self, talk: Talk) -> None:
        """A command that may write stands between the two versions: no person did it."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.run("ruff format .")
        talk.change("app.py", DIFF)

        assert mine(talk.session, talk.events) == []

    def test_reading_commands_change_nothing(self, talk: Talk) -> None:
        """A command that only reads leaves the change to the person."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.run("git diff app.py | head -20 && pytest -q")
        talk.change("app.py", DIFF)

        assert [found.channel for found in mine(talk.session, talk.events)] == ["user-edit"]

    def test_white_space_is_nobodys_lesson(self, talk: Talk) -> None:
        """A change of white space alone is not kept."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.change("app.py", "@@ -1 +1 @@\n-print( x )\n+print(x)")

        assert mine(talk.session, talk.events) == []

    def test_many_files_at_once_are_another_branch(self, talk: Talk) -> None:
        """Nobody edits so many files between two prompts."""
        for number in range(6):
            talk.edit(f"{number}.py", "@@ -0,0 +1 @@\n+print(x)")
        for number in range(6):
            talk.change(f"{number}.py", DIFF)

        assert mine(talk.session, talk.events) == []

    def test_files_that_the_agent_never_wrote(self, talk: Talk) -> None:
        """A person's own file corrects nothing."""
        talk.run("ls")
        talk.change("notes.md", DIFF)

        assert mine(talk.session, talk.events) == []

    def test_changes_that_no_person_made(self, talk: Talk) -> None:
        """The author label decides before anything else."""
        talk.edit("app.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.change("app.py", DIFF, author="tool")

        assert mine(talk.session, talk.events) == []
