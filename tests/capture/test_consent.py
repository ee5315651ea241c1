"""What a session's own process says about capturing it."""

import os

import psutil
import pytest

from hivemindd.capture.consent import read_environment
from tests.children import Child


def test_the_environment_of_a_process_is_read() -> None:
    """Only the variables that are ours: no key, no token, no path."""
    with Child(
        "tests.capture.consenting",
        HIVEMIND_CAPTURE="false",
        HIVEMIND_WORKSPACE_ID="späße",
        ANTHROPIC_API_KEY="sk-none",
        XHIVEMIND_="no",
    ) as child:
        assert child.hear() == "here"

        assert read_environment(child.pid) == {
            "HIVEMIND_CAPTURE": "false",
            "HIVEMIND_WORKSPACE_ID": "späße",
        }


def test_a_process_that_has_gone_says_nothing() -> None:
    """Nor does one that never was."""
    with Child("tests.capture.consenting", HIVEMIND_CAPTURE="false") as child:
        assert child.hear() == "here"
        child.kill()
        assert read_environment(child.pid) == {}

    assert read_environment(None) == {}
    assert read_environment(2**22 + 1) == {}


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_process_of_somebody_else_says_nothing() -> None:
    """We may not look, and that is no error."""
    with pytest.raises(psutil.AccessDenied):
        psutil.Process(1).environ()

    assert read_environment(1) == {}
