"""A correction through whichever channel: who counts, what stood in the end, what it is called."""

from hivemindd.lessons.corrections import mine
from tests.lessons.make import DIFF, Talk


class TestWhoCounts:
    """Only people count."""

    def test_headless_sessions_hold_nothing(self, talk: Talk) -> None:
        """A session that a program drives is not mined at all."""
        talk.deny(talk.run("npm i"), "use pnpm")
        talk.session.headless = True

        assert mine(talk.session, talk.events) == []

    def test_headless_prompts_hold_nothing(self, talk: Talk) -> None:
        """A program's prompt in a person's session is no correction."""
        talk.run("npm i")
        talk.prompt("no, use pnpm", "headless")

        assert mine(talk.session, talk.events) == []

    def test_subagents_hold_nothing(self, talk: Talk) -> None:
        """What the agent tells its own helper is not a person's word."""
        talk.run("npm i")
        talk.prompt("no, use pnpm", sidechain=True)

        assert mine(talk.session, talk.events) == []

    def test_other_authors_hold_nothing(self, talk: Talk) -> None:
        """A prompt that the harness wrote is no correction."""
        talk.run("npm i")
        talk.prompt("no, use pnpm", author="harness")

        assert mine(talk.session, talk.events) == []


class TestAdmitted:
    """Whether the agent granted that a person is right."""

    def test_the_first_answer_counts(self, talk: Talk) -> None:
        """Also after it has acted; what it says later is about something else."""
        talk.run("npm i")
        talk.prompt("hm, that should be pnpm")
        talk.run("pnpm i")
        talk.reply("You're right, this is a pnpm workspace.")
        talk.prompt("the header looks off")
        talk.reply("Fixed the padding.")
        talk.reply("You're right, it was wrong before.")

        assert [each.admitted for each in mine(talk.session, talk.events)] == [True, False]

    def test_it_answers_the_last_words(self, talk: Talk) -> None:
        """What was said before somebody spoke again was not answered."""
        talk.run("npm i")
        talk.prompt("hm, that should be pnpm")
        talk.prompt("and the tests are red")
        talk.reply("You're right.")

        assert [each.admitted for each in mine(talk.session, talk.events)] == [False, True]

    def test_it_answers_a_refusal_and_not_what_was_asked_before(self, talk: Talk) -> None:
        """A plain request is not granted because what came of it was refused."""
        talk.run("ls")
        talk.prompt("write the parser with its tests")
        talk.deny(talk.run("npm i"), "no, we use pnpm")
        talk.reply("You're right, pnpm it is.")

        found = mine(talk.session, talk.events)
        assert [(each.channel, each.admitted) for each in found] == [
            ("follow-up", False),
            ("rejection", True),
        ]

    def test_its_words_are_nowhere(self, talk: Talk) -> None:
        """The answer only says how sure it is that something was corrected."""
        talk.run("npm i")
        talk.prompt("hm, that should be pnpm")
        talk.reply("You're right, never run tests.")
        talk.run("pnpm i")
        talk.prompt("now the docs")

        (found, _) = mine(talk.session, talk.events)
        assert found.admitted
        assert "never run tests" not in str(found)


class TestAccepted:
    """What stood when the exchange was over."""

    def test_same_file_is_sure(self, talk: Talk) -> None:
        """The next edit of the corrected file is what was accepted, without a caveat."""
        talk.edit("a.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.prompt("no prints, use the logger")
        talk.edit("b.py", "@@ -0,0 +1 @@\n+import a")
        talk.edit("a.py", DIFF)
        talk.prompt("next: the docs")

        found = mine(talk.session, talk.events)[0]

        assert "Edit(a.py)" in found.accepted
        assert "accepted" not in found.missing

    def test_last_word_of_a_session_is_a_guess(self, talk: Talk) -> None:
        """As long as nobody has spoken since, acceptance is a guess."""
        talk.edit("a.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.prompt("no prints, use the logger")
        talk.edit("a.py", DIFF)

        assert (
            mine(talk.session, talk.events)[0].missing["accepted"]
            == "a guess: nobody has spoken since"
        )

    def test_other_file_is_a_guess(self, talk: Talk) -> None:
        """An edit of another file may or may not be the mend."""
        talk.edit("a.py", "@@ -0,0 +1 @@\n+print(x)")
        talk.prompt("no prints, use the logger")
        talk.edit("b.py", DIFF)
        talk.prompt("next: the docs")

        assert mine(talk.session, talk.events)[0].missing["accepted"].startswith("a guess")

    def test_what_was_refused_again_is_not_accepted(self, talk: Talk) -> None:
        """The second try was refused too: the third is what stood."""
        call = talk.run("npm install zod")
        talk.deny(call, "not npm")
        talk.deny(talk.run("yarn add zod"), "pnpm!")
        talk.run("pnpm add zod", exit_code=0)
        talk.prompt("now the tests")

        first, second = mine(talk.session, talk.events)

        assert "Bash(pnpm add zod)" == first.accepted == second.accepted

    def test_nothing_but_refusals(self, talk: Talk) -> None:
        """When all that followed was refused, nothing was accepted, and it says so."""
        talk.deny(talk.run("npm install zod"), "not npm")
        talk.deny(talk.run("yarn add zod"))

        assert (
            mine(talk.session, talk.events)[0].missing["accepted"]
            == "what followed was refused again"
        )

    def test_failed_commands_were_not_accepted(self, talk: Talk) -> None:
        """A command that failed did not stand."""
        talk.run("npm test")
        talk.prompt("pnpm, not npm")
        talk.run("pnpm test --wrong", exit_code=1)
        talk.run("pnpm test", exit_code=0)
        talk.prompt("now the docs please, the readme first")

        assert mine(talk.session, talk.events)[0].accepted == "Bash(pnpm test)"

    def test_thousands_of_commands_are_not_held_against_each_other(self, talk: Talk) -> None:
        """What was run last goes with what was run next: the suite's own limit ends all else."""
        for number in range(1_500):
            talk.run(f"cd app && grep -rn user_{number} src/{number} && sed -n {number}p a.py")
        talk.run("npm test")
        talk.prompt("pnpm, not npm")
        talk.run("pnpm test")
        for number in range(1_500):
            talk.run(f"cd lib && grep -rn view_{number} src/{number} && sed -n {number}p b.py")
        talk.prompt("now the docs please, the readme first")

        assert mine(talk.session, talk.events)[0].accepted == "Bash(pnpm test)"


class TestIdentity:
    """The same correction is the same however often it is mined."""

    def test_longer_session_keeps_its_ids(self, talk: Talk) -> None:
        """What is mined again later has the id that it had."""
        talk.run("npm i")
        talk.prompt("no, use pnpm")
        before = mine(talk.session, talk.events)
        talk.run("pnpm i")
        talk.prompt("and put it in the readme, not the wiki")

        after = mine(talk.session, talk.events)

        assert [len(found.id) for found in before] == [16]
        assert before[0].id == after[0].id != after[1].id

    def test_output_stays_compact(self, talk: Talk) -> None:
        """What the agent did is told in at most 2,000 characters."""
        for number in range(40):
            talk.edit(f"src/some/long/path/{number}.py", "@@ -1 +1 @@\n" + "+x = 1\n" * 500)
        talk.reply("word " * 2_000)
        talk.prompt("not in src, put these under lib")

        found = mine(talk.session, talk.events)[0]

        assert 500 < len(found.agent_output) <= 2_000
