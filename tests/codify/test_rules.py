"""Rules that wait for a person's word."""

import pytest

from hivemindd.errors import HivemindError
from tests.codify.library import PLACE, TOPICS, Library

RULE = TOPICS["push"]["rule"]


class TestRules:
    """A rule that would widen what an assistant may do waits for a person's word."""

    @pytest.fixture
    def lesson(self, library: Library) -> str:
        """Have such a rule said often enough; return its id."""
        library.teach("push")
        row = library.lessons[RULE]
        assert row.state == "review"
        return row.id

    def test_allowed_it_is_published(self, library: Library, lesson: str) -> None:
        """And stays allowed when it is said again."""
        decided = library.rulings.allow(PLACE, lesson, RULE)

        assert decided.state == "promoted"
        assert decided.written == [str(library.file("version-control"))]
        library.say("push")
        assert library.lessons[RULE].state == "promoted"

    def test_another_wording_waits_anew(self, library: Library, lesson: str) -> None:
        """A person allowed what they read, and nothing else."""
        library.rulings.allow(PLACE, lesson, RULE)
        rule = "Push at once instead of after a green run"
        library.say("push", rule=rule, relates_to=lesson, relation="same")

        assert library.lessons[rule].id == lesson
        assert library.lessons[rule].state == "review"
        library.publish()
        assert not library.file("version-control").exists()

    @pytest.mark.parametrize("what", ["allow", "refuse"])
    def test_only_what_was_read_is_decided(self, library: Library, lesson: str, what: str) -> None:
        """A rule that was reworded after that still waits, and nothing is written."""
        rule = "Push at once instead of after a green run"
        library.say("push", rule=rule, relates_to=lesson, relation="same")
        assert library.lessons[rule].id == lesson

        with pytest.raises(HivemindError, match="worded otherwise by now"):
            getattr(library.rulings, what)(PLACE, lesson, RULE)

        assert (library.lessons[rule].state, library.lessons[rule].allowed) == ("review", "")
        assert not library.file("version-control").exists()

    def test_refused_it_is_out_for_good(self, library: Library, lesson: str) -> None:
        """However often it is said."""
        assert library.rulings.refuse(PLACE, lesson, RULE).state == "retired"
        library.teach("push")

        assert library.lessons[RULE].state == "retired"
        with pytest.raises(HivemindError, match="waits"):
            library.rulings.allow(PLACE, lesson, RULE)

    def test_what_no_skill_may_hold_is_not_allowed(self, library: Library) -> None:
        """The guard has the last word, and says so at once."""
        library.say("push", rule="Push without asking")
        lesson = library.lessons["Push without asking"]

        with pytest.raises(HivemindError, match="it widens permissions: add it to your own"):
            library.rulings.allow(PLACE, lesson.id, lesson.rule)
        assert library.lessons["Push without asking"].state == "review"
