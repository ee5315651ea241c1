"""skills approve and reject, of a rule that waits for a person."""

from collections import Counter
from pathlib import Path

import pytest

from tests.control.filled_log import ask_for_review, fill
from tests.ctl.runner import run


def test_the_id_of_a_rule_may_be_shortened(tmp_path: Path) -> None:
    """As long as it is clear which one is meant."""
    paths = fill(tmp_path)
    rules = [f"Skip hook {number}" for number in range(17)]  # two begin with the same digit
    names = dict(zip(ask_for_review(paths, *rules), rules, strict=True))
    first = Counter(name[0] for name in names)
    digit, one = first.most_common(1)[0][0], min(names)

    result = run(tmp_path, "skills", "reject", digit)
    assert f"{first[digit]} rules begin with '{digit}': give more of the id" in result.stderr
    assert run(tmp_path, "skills", "reject", one[:7]).stdout == (
        f"Dropped for good: {names[one]}\n"
    )


@pytest.mark.parametrize("what", ["approve", "reject"])
def test_a_rule_that_was_reworded_has_another_id(tmp_path: Path, what: str) -> None:
    """What was read is decided, or nothing is."""
    paths = fill(tmp_path)
    [read] = ask_for_review(paths, "Push after every green run")
    [now] = ask_for_review(paths, "Push whenever you like")

    result = run(tmp_path, "skills", what, read)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"there is no skill '{read}': `hivemindctl skills` lists them" in result.stderr
    assert f"  {now}  Push whenever you like\n" in run(tmp_path, "skills").stdout
    assert "Push whenever you like" in run(tmp_path, "skills", what, now).stdout
