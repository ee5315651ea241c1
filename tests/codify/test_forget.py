"""Forgetting: what goes, and what falls with it."""

import msgspec
import pytest

from hivemindd.codify.decisions import Decisions
from hivemindd.codify.selection import Selection
from hivemindd.codify.shelf import Shelf
from hivemindd.errors import HivemindError, UsageError
from hivemindd.log.audit import note
from hivemindd.log.tables import CALLS, DEEDS, LESSONS, RECEIPTS, SESSIONS
from hivemindd.work import Call
from tests.codify.forgetting import forget, forgetting, rows, skill_rows, state
from tests.codify.library import NAME, TOPICS, Library
from tests.codify.workshop import NAMES, PLANTED, Workshop
from tests.raw import holds
from tests.records import ClaudeSession

FIRST = NAMES[0]


class TestGoing:
    """What goes."""

    def test_no_word_is_left_on_the_disk(self, learned: Workshop) -> None:
        """Neither in a row, nor in a compressed block, nor in a page that is free."""
        assert holds(state(learned), PLANTED)

        done = forgetting(learned).forget(Selection(sessions=(FIRST,)))

        assert not holds(state(learned), PLANTED)
        assert (done.sessions, done.corrections, done.unfinished) == (1, 1, [])
        assert done.events == 8

    def test_no_kind_of_event_leaves_its_words(self, learned: Workshop) -> None:
        """What was typed, answered, run and printed, also where it lies in compressed blocks."""
        session = ClaudeSession(learned.home, learned.project, NAMES[3])
        session.prompt(f"add the {PLANTED}-prompt")
        session.reply(f"I add the {PLANTED}-reply")
        call = session.call("Bash", command=f"npm install {PLANTED}-call")
        session.result(call, f"added {PLANTED}-result")
        call = session.call("Bash", command="npm test")
        session.reject(call, f"no, always use {PLANTED}-right instead of {PLANTED}-wrong")
        learned.capture()
        learned.codify()
        kinds = ("prompt", "reply", "call", "result", "right", "wrong")
        assert [holds(state(learned), f"{PLANTED}-{kind}") for kind in kinds] == [True] * 6

        forget(learned, FIRST, NAMES[3])

        assert not holds(state(learned), PLANTED)
        assert not any(holds(folder, PLANTED) for folder in learned.project.glob(".*"))

    def test_what_tells_of_the_session_goes_with_it(self, learned: Workshop) -> None:
        """Its row, its trace, its correction; those of other sessions stay."""
        forget(learned, FIRST)

        left = rows(learned)
        assert (left["sessions"], left["traces"], left["corrections"]) == (2, 2, 2)
        assert not holds(learned.log.folder, f'"{FIRST}"')

    def test_the_ledger_keeps_what_it_cost_and_not_what_it_was_about(
        self, learned: Workshop
    ) -> None:
        """The budget of the day counts on."""
        call = Call(
            ts=1, model="m", prompt="p", session=FIRST, candidates=1, usd=0.1, outcome=PLANTED
        )
        learned.log.transact(lambda txn: CALLS.put(txn, b"1", call))

        forget(learned, FIRST)

        with learned.log.read() as txn:
            (kept,) = CALLS.rows(txn)
        assert (kept.usd, kept.session, kept.outcome) == (0.1, "", "no usable answer")

    def test_files_of_older_logs_go_too(self, learned: Workshop) -> None:
        """One that was damaged is set aside, one of an older version kept, with all they held."""
        (learned.log.folder / "data.mdb.damaged-1").write_text(PLANTED)
        (learned.log.folder / "data.mdb.schema-1").write_text(PLANTED)

        forget(learned, FIRST)

        assert not holds(state(learned), PLANTED)

    def test_a_workspace_goes_as_a_whole(self, learned: Workshop) -> None:
        """With its name, its skills, and what was done in it; the audit says only that."""
        place = str(learned.project)

        forgetting(learned).forget(Selection(workspace=place))

        assert set(rows(learned).values()) == {0}
        assert skill_rows(learned) == []
        assert not learned.skill.exists()
        with learned.log.read() as txn:
            assert [(row.what, row.workspace, row.skill) for row in DEEDS.rows(txn)] == [
                ("forgotten", "", "")
            ]

    def test_nothing_chosen_is_not_everything(self, learned: Workshop) -> None:
        """Also where another client than ours asks."""
        with pytest.raises(UsageError, match="say what to forget"):
            forgetting(learned).forget(Selection())

        assert learned.skill.exists()

    def test_a_day_divides_sessions_by_their_last_word(self, learned: Workshop) -> None:
        """A session is forgotten whole, or not at all."""
        with learned.log.read() as txn:
            last = {row.id: row.last_event for row in SESSIONS.rows(txn)}

        with pytest.raises(HivemindError, match="there is no such session"):
            forgetting(learned).forget(Selection(before=min(last.values())))
        done = forgetting(learned).forget(Selection(before=max(last.values()) + 1))

        assert done.sessions == 3

    def test_where_there_is_no_room_it_is_said_and_done_later(self, learned: Workshop) -> None:
        """Nothing of it is in the log, but its file is as it was."""
        (learned.log.folder / "compact").symlink_to("nowhere")  # as a full disk would be in the way

        (sentence,) = forget(learned, FIRST)

        assert "free some disk space: what was deleted lies in its file until then" in sentence
        assert rows(learned)["sessions"] == 2

    def test_without_a_tombstone_nothing_is_forgotten(self, learned: Workshop) -> None:
        """What is gone without one would come back."""
        (state(learned) / "forgotten").mkdir()

        with pytest.raises(HivemindError, match="cannot write"):
            forget(learned, FIRST)

        assert rows(learned)["sessions"] == 3


class TestFalling:
    """What falls with it."""

    def test_a_skill_that_nothing_supports_is_taken_back(self, learned: Workshop) -> None:
        """And nothing of it is left that could be put back, or told of."""
        forget(learned, FIRST)

        assert not learned.skill.exists()
        assert skill_rows(learned) == []
        assert rows(learned)["receipts"] == 0
        with learned.log.read() as txn:
            told = [(row.what, row.skill) for row in DEEDS.rows(txn)]
        assert ("removed", "") in told
        assert told[-1] == ("forgotten", "")

    def test_a_skill_that_enough_supports_stays(self, learned: Workshop) -> None:
        """Its lessons are called by what is left of their support."""
        learned.correct(3)
        learned.capture()
        learned.codify()

        forget(learned, FIRST)

        (row,) = skill_rows(learned)
        assert row.state == "active"
        with learned.log.read() as txn:
            (lesson,) = LESSONS.rows(txn)
        assert row.lessons == [lesson.id]
        assert PLANTED not in learned.skill.read_text()

    def test_what_a_person_has_edited_stays(self, learned: Workshop) -> None:
        """It is theirs, whatever stood behind it; the log does not repeat it."""
        learned.skill.write_text(learned.skill.read_text() + f"\n- And {PLANTED}.\n")

        forget(learned, FIRST)

        assert PLANTED in learned.skill.read_text()
        (row,) = skill_rows(learned)
        assert (row.state, row.rules) == ("user-owned", [])
        assert not holds(state(learned), PLANTED)

    def test_with_review_it_is_only_proposed_to_take_it_back(self, learned: Workshop) -> None:
        """As elsewhere, a person decides; then no receipt keeps what it said."""
        work = forgetting(learned, review=True)

        work.forget(Selection(sessions=(FIRST,)))

        (row,) = skill_rows(learned)
        assert (learned.skill.exists(), row.state, row.rules) == (True, "active", [])
        assert row.proposal is not None
        assert row.proposal.text == ""
        Decisions(learned.log, work._shelf).approve(row.workspace, row.id)
        assert not learned.skill.exists()
        with learned.log.read() as txn:
            assert [each.files for each in RECEIPTS.rows(txn)] == [{}]

    def test_a_project_that_is_away_follows_later(self, learned: Workshop) -> None:
        """It is said; the skill goes when the project is back, and leaves no receipt of words."""
        away = learned.project.rename(learned.home / "unplugged")

        (sentence,) = forget(learned, FIRST)

        assert "its skills follow when it is" in sentence
        away.rename(learned.project)
        shelf = Shelf(learned.log, learned.clock, home=learned.home, publish=True)
        shelf.publish(str(learned.project))
        assert not learned.skill.exists()
        with learned.log.read() as txn:
            assert [each.files for each in RECEIPTS.rows(txn)] == [{}]

    def test_the_audit_keeps_the_rows_of_others(self, learned: Workshop) -> None:
        """Only what was forgotten loses its name in it."""
        with learned.log.read() as txn:
            other = msgspec.structs.replace(DEEDS.rows(txn)[-1], skill="else", skill_id="e")
        learned.log.transact(lambda txn: note(txn, other))

        forget(learned, FIRST)

        with learned.log.read() as txn:
            assert [row.skill for row in DEEDS.rows(txn) if row.skill_id == "e"] == ["else"]


class TestTurnedDown:
    """A person has turned down the very text that is left of a skill, before more was written."""

    @pytest.fixture(name="grown")
    def _grown(self, reviewed: Library) -> Library:
        """Give a project in which two rules were written; the first alone was turned down."""
        reviewed.decide("reject", NAME)
        reviewed.wire(review=False)
        reviewed.teach("exact")
        assert reviewed.publish() == [str(reviewed.file(NAME))]
        return reviewed

    def test_the_file_follows(self, grown: Library) -> None:
        """What is forgotten does not stay in it."""
        assert forget(grown, "s3", "s4") == []

        assert TOPICS["exact"]["rule"] not in grown.file(NAME).read_text()
        assert grown.skills[NAME].rules == [TOPICS["pnpm"]["rule"]]

    def test_with_review_they_are_asked_once_more(self, grown: Library) -> None:
        """Whether to keep the file in spite of it; and that holds."""
        forget(grown, "s3", "s4", review=True)
        grown.wire(review=True)
        proposal = grown.skills[NAME].proposal
        assert proposal is not None
        assert proposal.rules == [TOPICS["pnpm"]["rule"]]

        grown.decide("reject", NAME)
        grown.publish()

        assert grown.skills[NAME].proposal is None
        assert TOPICS["exact"]["rule"] in grown.file(NAME).read_text()

    def test_what_was_never_written_is_not_written_then(self, reviewed: Library) -> None:
        """A no to a first text holds."""
        reviewed.decide("reject", NAME)
        reviewed.teach("exact")
        reviewed.publish()
        assert reviewed.skills[NAME].state == "waiting"

        forget(reviewed, "s3", "s4")

        assert reviewed.skills[NAME].state == "rejected"
        assert reviewed.tree() == {}
