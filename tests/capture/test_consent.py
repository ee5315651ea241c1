"""What a session's own process says about capturing it."""

import os
from pathlib import Path

import psutil
import pytest

from hivemindd.capture.consent import find_programs, is_shared, objects, read_environment
from tests.capture.programs import running
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
    """Nor does one that never was: nobody has said yes or no."""
    with Child("tests.capture.consenting", HIVEMIND_CAPTURE="false") as child:
        assert child.hear() == "here"
        child.kill()
        assert read_environment(child.pid) is None

    assert read_environment(2**22 + 1) is None


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_process_of_somebody_else_says_nothing() -> None:
    """We may not look, and that is no error."""
    with pytest.raises(psutil.AccessDenied):
        psutil.Process(1).environ()

    assert read_environment(1) is None


@pytest.mark.parametrize("value", ["false", "FALSE", " no ", "0", "off"])
def test_a_no_is_understood(value: str) -> None:
    """However it is written."""
    assert objects({"HIVEMIND_CAPTURE": value})


@pytest.mark.parametrize("value", ["true", "1", "", "maybe"])
def test_anything_else_is_no_objection(value: str) -> None:
    """Nor is a variable that is not there."""
    assert not objects({"HIVEMIND_CAPTURE": value})
    assert not objects({})


def test_a_program_is_found_by_its_name(tmp_path: Path) -> None:
    """With the folder that it was started in, and with one that it was told to work in."""
    there, told = tmp_path / "there", tmp_path / "told"
    there.mkdir()
    told.mkdir()
    with running("some-agent", there, "--cd", "../told") as pid:
        (found,) = [each for each in find_programs({"some-agent"}) if each.pid == pid]

        assert found.works_in(str(there))
        assert found.works_in(str(told))
        assert not found.works_in(str(tmp_path))
        assert not [each for each in find_programs({"other-agent"}) if each.pid == pid]


def test_a_script_is_known_by_its_path(tmp_path: Path) -> None:
    """An interpreter runs it, and has its own name."""
    with running("node", tmp_path, "/opt/some-agent/index.js") as pid:
        assert pid in {each.pid for each in find_programs({"some-agent"})}
    with running("editor", tmp_path, "/opt/some-agent/notes.md") as pid:
        assert pid not in {each.pid for each in find_programs({"some-agent"})}


def test_a_server_works_for_others(tmp_path: Path) -> None:
    """Its folder and environment are those of whoever happened to start it."""
    with running("codex", tmp_path, "app-server", "--managed-daemon") as pid:
        assert pid not in {each.pid for each in find_programs({"codex"})}
        assert is_shared(pid)
    with running("codex", tmp_path, "exec") as pid:
        assert pid in {each.pid for each in find_programs({"codex"})}
        assert not is_shared(pid)
