"""Corrections that a person gives by a prompt."""

import pytest

from hivemindd.lessons.corrections import mine
from tests.lessons.make import DIFF, Talk, quotes


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
