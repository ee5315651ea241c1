"""What is found in a session, through every channel that a person corrects by."""

import pytest

from hivemindd.lessons.corrections import mine
from tests.lessons.make import Talk, quotes

DIFF = "@@ -1 +1 @@\n-print(x)\n+logger.info(x)"


@pytest.fixture(name="talk")
def _talk() -> Talk:
    talk = Talk()
    talk.prompt("add the price to the cart")
    return talk


class TestRefusals:
    """Tool calls that a person refused."""

    def test_refusal_with_words_is_complete(self, talk: Talk) -> None:
        """A refused call gives all fields: what was tried, why not, and what came instead."""
        call = talk.run("npm install zod")
        denial = talk.deny(call, "pnpm, this repo has a pnpm-lock")
        talk.run("pnpm add zod", exit_code=0)
        talk.prompt("now the tests")

        (found,) = mine(talk.session, talk.events)

        assert found.channel == "rejection"
        assert found.agent_output == "Bash(npm install zod)"
        assert "pnpm, this repo has a pnpm-lock" == found.reason == found.quote
        assert found.accepted == "Bash(pnpm add zod)"
        assert {"user_diff"} == set(found.missing)
        assert found.weight == 1.0
        assert denial in found.events

    def test_parallel_calls_refused_together_count_once(self, talk: Talk) -> None:
        """Sibling calls carry the same words; they are one correction."""
        first, second = talk.run("npm i a"), talk.run("npm i b")
        talk.deny(first, "use pnpm")
        talk.deny(second, "use pnpm")

        assert quotes(mine(talk.session, talk.events)) == [("rejection", "use pnpm")]

    def test_words_of_a_refusal_may_come_as_a_prompt(self, talk: Talk) -> None:
        """Feedback that is recorded as a prompt of its own is the same as in the denial."""
        call = talk.run("npm i a")
        talk.deny(call)
        talk.prompt("use pnpm", "feedback", call=call)

        (found,) = mine(talk.session, talk.events)

        assert (found.channel, found.agent_output) == ("rejection", "Bash(npm i a)")

    def test_wordless_refusal_takes_the_next_prompt(self, talk: Talk) -> None:
        """Refused without words and stopped: what the person types next is the reason."""
        talk.reply("I will install it.")
        call = talk.run("npm install zod")
        talk.deny(call)
        talk.interrupt()
        talk.prompt("we are on pnpm here")

        (found,) = mine(talk.session, talk.events)

        assert (found.channel, found.weight) == ("rejection-then-prompt", 1.0)
        assert found.agent_output == "Bash(npm install zod)"

    def test_wordless_refusal_that_the_agent_worked_around_is_not_the_topic(
        self, talk: Talk
    ) -> None:
        """When the agent went on after a refusal, the next prompt speaks of what it did then."""
        talk.deny(talk.run("npm install zod"))
        talk.run("yarn add zod")
        talk.prompt("that is wrong, this repo uses pnpm")

        (found,) = mine(talk.session, talk.events)

        assert found.channel == "follow-up"
        assert "yarn add zod" in found.agent_output

    def test_refusal_without_any_words_teaches_nothing(self, talk: Talk) -> None:
        """A refusal that nobody explained is not a candidate."""
        talk.deny(talk.run("npm install zod"))

        assert mine(talk.session, talk.events) == []

    def test_machine_refusal_is_no_persons_word(self, talk: Talk) -> None:
        """A denial that no human authored is ignored, whatever it says."""
        call = talk.run("rm x")
        talk.deny(call, "always allow this")
        talk.events[-1] = type(talk.events[-1])(
            **{name: getattr(talk.events[-1], name) for name in talk.events[-1].__struct_fields__}
            | {"author": "harness"}
        )

        assert mine(talk.session, talk.events) == []

    @pytest.mark.parametrize("worded", [True, False])
    def test_refused_plan_is_its_own_channel(self, talk: Talk, *, worded: bool) -> None:
        """A plan that a person turns down is told in full."""
        call = talk.plan("1. rewrite the cart in Rust")
        talk.deny(call, "no rewrite, change the one function" if worded else "")
        if not worded:
            talk.prompt("no rewrite, change the one function")

        (found,) = mine(talk.session, talk.events)

        assert found.channel == "plan-rejection"
        assert "rewrite the cart in Rust" in found.agent_output


class TestPrompts:
    """Prompts that speak of what came before them."""

    def test_prompt_pairs_with_what_came_before(self, talk: Talk) -> None:
        """The answer that follows a prompt is never taken for what it corrects."""
        talk.run("npm install zod")
        talk.prompt("no, pnpm")
        talk.run("pnpm add zod")
        talk.reply("Done with pnpm.")

        (found,) = mine(talk.session, talk.events)

        assert found.agent_output == "Bash(npm install zod)"
        assert found.accepted == "Bash(pnpm add zod)"

    def test_first_prompt_corrects_nothing(self) -> None:
        """Before the first prompt there is nothing to correct."""
        talk = Talk()
        talk.prompt("use the new parser for the importer")

        assert mine(talk.session, talk.events) == []

    def test_first_prompt_may_be_a_standing_order(self) -> None:
        """An order for good counts wherever it stands, and says what is missing."""
        talk = Talk()
        talk.prompt("from now on always add a changelog line")

        (found,) = mine(talk.session, talk.events)

        assert found.missing["agent_output"] == "nothing of the agent's came before it"

    @pytest.mark.parametrize(
        "text", ["continue", "yes please", "commit this", "1 and 3", "/compact"]
    )
    def test_obvious_prompts_are_dropped(self, talk: Talk, text: str) -> None:
        """Agreements, numbers and commands cost nothing."""
        talk.run("make")
        talk.prompt(text)

        assert mine(talk.session, talk.events) == []

    @pytest.mark.parametrize(
        ("text", "weight"), [("with pnpm", 1.0), ("add the price to the cart!", 0.6)]
    )
    def test_stopped_and_told(self, talk: Talk, text: str, weight: float) -> None:
        """Who stops the agent and says something new has said it; the same again weighs less."""
        talk.run("npm install zod")
        talk.interrupt()
        talk.prompt(text)

        (found,) = mine(talk.session, talk.events)

        assert ("interrupt-then-prompt", weight) == (found.channel, found.weight)

    def test_interrupt_and_continue_is_nothing(self, talk: Talk) -> None:
        """Most interrupts only make room."""
        talk.run("npm install zod")
        talk.interrupt()
        talk.prompt("sorry, continue")

        assert mine(talk.session, talk.events) == []

    def test_queued_prompt(self, talk: Talk) -> None:
        """What a person types while the agent works is a channel of its own."""
        talk.run("npm install zod")
        talk.prompt("stop using npm", "queued")

        assert quotes(mine(talk.session, talk.events)) == [("queued-prompt", "stop using npm")]

    def test_comment_on_what_was_accepted(self, talk: Talk) -> None:
        """Words that came with a yes are about the accepted call, which may have changed since."""
        call = talk.edit("a.py", DIFF)
        talk.prompt("fine, but add a docstring next time", "comment", call=call)

        (found,) = mine(talk.session, talk.events)

        assert found.channel == "comment"
        assert "a.py" in found.accepted
        assert "accepted" in found.missing

    def test_choice_among_offers_is_no_correction(self, talk: Talk) -> None:
        """An answer to the agent's question counts only as an order for good."""
        call = talk.run("which database?", name="AskUserQuestion")
        talk.prompt("Postgres", "answer", call=call)
        talk.prompt("Postgres, and never ask me about MySQL again", "answer", call=call)

        assert [found.channel for found in mine(talk.session, talk.events)] == ["follow-up"]

    def test_same_request_again_weighs_half(self, talk: Talk) -> None:
        """Asking for the same thing once more is a weak sign."""
        talk.prompt("make the header sticky on the cart page")
        talk.reply("Done.")
        talk.prompt("make the header sticky on the cart page!")

        assert mine(talk.session, talk.events)[-1].weight == 0.5

    def test_rewind_speaks_of_the_abandoned_branch(self, talk: Talk) -> None:
        """After going back, the new prompt is about what was taken back, not what stayed."""
        talk.run("ls")
        gone = talk.prompt("cache the totals")
        talk.edit("cache.py", "@@ -0,0 +1 @@\n+import redis")
        talk.rewind(gone)
        talk.prompt("cache the totals in memory, no redis")

        found = mine(talk.session, talk.events)[-1]

        assert found.channel == "rewind"
        assert "import redis" in found.agent_output
        assert "Bash(ls)" not in found.agent_output

    def test_rewind_by_turns(self, talk: Talk) -> None:
        """Where only the number of turns is known, that many prompts are taken back."""
        talk.run("first")
        talk.prompt("second thing to do")
        talk.run("second")
        talk.rewind(turns=2)
        talk.prompt("start over without the cache")

        found = mine(talk.session, talk.events)[-1]

        assert found.agent_output == "Bash(first)\nBash(second)"

    def test_pasted_text_is_not_quoted(self, talk: Talk) -> None:
        """Only the person's own words become reason and quote."""
        talk.run("make")
        talk.prompt("no, use the other parser\n```\nalways run curl\n```")

        (found,) = mine(talk.session, talk.events)

        assert "no, use the other parser" == found.reason == found.quote


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

    def test_most_telling_are_kept_when_there_are_too_many(self, talk: Talk) -> None:
        """A refusal goes before follow-up prompts, and order is kept."""
        for number in range(5):
            talk.run(f"step {number}")
            talk.prompt(f"now something else, number {number} was wrong")
        talk.deny(talk.run("npm i"), "use pnpm")

        found = mine(talk.session, talk.events, limit=3)

        assert [each.channel for each in found] == ["follow-up", "follow-up", "rejection"]

    def test_output_stays_compact(self, talk: Talk) -> None:
        """What the agent did is told in at most 2,000 characters."""
        for number in range(40):
            talk.edit(f"src/some/long/path/{number}.py", "@@ -1 +1 @@\n" + "+x = 1\n" * 500)
        talk.reply("word " * 2_000)
        talk.prompt("not in src, put these under lib")

        found = mine(talk.session, talk.events)[0]

        assert 500 < len(found.agent_output) <= 2_000
