"""One change of a file is one correction, however often and by whatever trace it is found."""

import msgspec

from hivemindd.lessons.known import news
from hivemindd.records import Correction, Origin
from tests.lessons.make import make_correction


def row(name: str = "c1", **fields: object) -> Correction:
    """Return a change by hand without words."""
    values = {"changes": ["edit", "lines"], "paths": ["a.py"], "state": "accepted"}
    plain = make_correction("", name=name, channel="user-edit", diff="+x")
    return msgspec.structs.replace(plain, **values | fields)


def test_what_is_unknown_is_news() -> None:
    """Nothing is held back without a reason."""
    assert news([row()], {}) == [row()]


def test_what_is_known_is_none() -> None:
    """By its id, and by each of the names of its change."""
    assert news([row()], {"c1": row()}) == []
    assert news([row("c2", changes=["edit", "z"])], {"c1": row()}) == []
    assert news([row("c2", changes=["z", "lines"])], {"c1": row()}) == []
    assert [each.id for each in news([row("c2", changes=["z"])], {"c1": row()})] == ["c2"]


def test_what_was_never_judged_is_taken_again() -> None:
    """Under the id that it has."""
    assert [each.id for each in news([row("c2")], {"c1": row(state="parked")})] == ["c1"]


def test_what_was_on_the_disk_survives_an_outage_of_the_judge() -> None:
    """The file may be another one by now; a transcript is still what it was."""
    seen = {"user_diff": Origin(source="disk", confidence=0.8)}
    told = {"user_diff": Origin(source="file-history", confidence=0.9)}

    parked = row(state="parked", origins=seen)
    assert news([], {"c1": parked}) == [parked]
    assert len(news([row("c2")], {"c1": parked})) == 1
    assert news([], {"c1": row(state="parked", origins=told)}) == []
    assert news([], {"c1": row(origins=seen)}) == []


def test_words_and_longer_diffs_are_news_of_the_same() -> None:
    """They are judged, as the same correction; fewer words than before are not."""
    worded = row("c2", reason="use the logger")

    (found,) = news([worded], {"c1": row()})
    assert (found.id, found.reason) == ("c1", "use the logger")
    assert [each.user_diff for each in news([row(user_diff="+x\n+y")], {"c1": row()})] == ["+x\n+y"]
    assert news([row(user_diff="+x\n+y")], {"c1": row(reason="use the logger")}) == []


def said(name: str, **fields: object) -> Correction:
    """Return what a person said in the prompt `p1`."""
    values = {"events": ["p1", "act"], "state": "accepted"}
    return msgspec.structs.replace(make_correction("use the logger", name=name), **values | fields)


def test_a_prompt_is_one_with_and_without_a_change_beside_it() -> None:
    """Under the id under which it was found first; it is judged again only for the change."""
    plain = said("c1")
    beside = said("c2", channel="user-edit", user_diff="+x", changes=["edit"], state="pending")

    (found,) = news([beside], {"c1": plain})
    assert (found.id, found.user_diff, found.changes) == ("c1", "+x", ["edit"])
    assert news([beside], {"c1": msgspec.structs.replace(found, state="accepted")}) == []
    assert news([plain], {"c1": msgspec.structs.replace(found, state="accepted")}) == []
    assert news([plain], {"c2": msgspec.structs.replace(beside, state="accepted")}) == []
    assert news([plain, beside], {"c1": plain, "c2": beside, "c3": row()}) == [beside]


def test_a_change_that_is_gone_is_judged_with_its_words() -> None:
    """Nobody has judged it yet, and the prompt alone would say less."""
    parked = said("c2", channel="user-edit", user_diff="+x", changes=["edit"], state="parked")

    assert news([said("c1")], {"c2": parked}) == [parked]
    assert news([said("c2")], {"c2": parked}) == [parked]


def test_other_words_are_another_correction() -> None:
    """So are two changes of one act without any."""
    assert len(news([said("c2", events=["p2"])], {"c1": said("c1")})) == 1
    silent = row("c2", changes=["other"], events=["act"])
    assert len(news([silent], {"c1": row(events=["act"])})) == 1


def test_again_and_again_ends() -> None:
    """What has been taken in says nothing new the next time."""
    mined = [row("c2", reason="use the logger", user_diff="+z"), row("c3", changes=["other"])]
    known = {"c1": row()}
    for each in news(mined, known):
        known[each.id] = msgspec.structs.replace(each, state="accepted")

    assert sorted(known) == ["c1", "c3"]
    assert news(mined, known) == []


def test_what_was_dismissed_is_judged_again_once_it_is_granted() -> None:
    """The agent may answer after the session was looked at; what was accepted stays so."""
    answered, dismissed = said("c1", admitted=True), said("c1", state="dismissed")
    assert news([answered], {"c1": dismissed}, granted=True) == [answered]
    assert news([answered], {"c1": dismissed}) == []
    assert news([answered], {"c1": said("c1")}, granted=True) == []
    again = said("c1", state="dismissed", admitted=True)
    assert news([answered], {"c1": again}, granted=True) == []
