"""Keys: short, fixed in width, one range a workspace."""

from hypothesis import given
from hypothesis import strategies as st

from hivemindd.log import keys

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, TEXT)
def test_keys_have_a_fixed_width(workspace: str, session: str) -> None:
    """However long a name is, its key stays far below the 511 bytes that LMDB allows."""
    assert len(keys.workspace_key(workspace)) == keys.WORKSPACE_WIDTH
    assert len(keys.session_key("codex", session)) == keys.SESSION_WIDTH


def test_a_long_workspace_has_a_key() -> None:
    """A path may be longer than a key (faults: 4096 bytes against 511)."""
    deep = "/" + "/".join(["folder"] * 500)

    assert len(keys.workspace_key(deep)) == 8
    assert keys.workspace_key(deep) != keys.workspace_key(deep + "x")


@given(st.integers(0, 2**32 - 2))
def test_blocks_sort_by_number(number: int) -> None:
    """The bytes of a key sort as the numbers do."""
    workspace, session = keys.workspace_key("w"), keys.session_key("codex", "s")

    assert keys.block_key(workspace, session, number) < keys.block_key(
        workspace, session, number + 1
    )


def test_assistants_do_not_share_ids() -> None:
    """The same session or event id of two assistants are two things."""
    assert keys.session_key("codex", "1") != keys.session_key("cursor", "1")
    assert keys.event_key("codex", "1") != keys.event_key("cursor", "1")


@given(st.binary(min_size=1, max_size=300))
def test_any_file_name_has_a_key(name: bytes) -> None:
    """A path need not be text: what the system gives as surrogates has a key too."""
    text = name.decode("utf-8", "surrogateescape")

    assert len(keys.text_key(text)) == 16
