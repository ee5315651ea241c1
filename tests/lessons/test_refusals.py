"""Corrections that a person gives by refusing a tool call or a plan."""

import pytest

from hivemindd.lessons.corrections import mine
from tests.lessons.make import Talk, quotes


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
