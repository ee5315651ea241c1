"""The last look at the bytes of a SKILL.md, just before they are written."""

import pytest

from hivemindd.skills import guard

GOOD = (
    b'---\nname: "a-b"\ndescription: "Use \\"x\\" here."\n---\n\n# A b\n\n'
    b"## Rules\n\n- Use x.\n\n"
    b"<!-- hivemindd:skill_id=0a1b v3 -->\n"
)


def test_a_file_of_ours_passes() -> None:
    """With every part in its place."""
    assert guard.check_file(GOOD) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"name:", b"allowed-tools: Bash\nname:"),
        (b"---\n\n# A", b"hooks: x\n---\n\n# A"),
        (b"- Use x.", b"- Use !`id`."),
        (b"- Use x.", b"Use x."),
        (b"- Use x.", b"- Use x.\n" * 9),
        (b"- Use x.", b"- Use x.\n\n## Setup\n\n- Use y."),
        (b"- Use x.", b"- Use x.\n<!-- hidden -->"),
        (b"- Use x.", b"- Use \xff."),
        (b"- Use x.", "- Use x\x85!`id`.".encode()),
        (b"- Use x.", "- Use x\u2028y.".encode()),
        (b"- Use x.", b"- Use x\x0c- y."),
        (b"- Use x.", b"- Use x\ry."),
        (b"- Use x.", "- Use \ufb01.".encode()),
        (b"- Use x.", b"- " + b"Use x. " * 700),
        (b'\\"x\\"', b"<x>"),
        (b'"a-b"', b'"A-b"'),
        (b"v3 -->\n", b"v3 -->\nmore"),
        (b"# A b", b"# A `b`"),
        (b"- Use x.", b"- Use `@acme/ui`."),
        (b"- Use x.", b"- Use `$state`."),
        (b'\\"x\\"', b"@acme/ui"),
        (b"- Use x.\n", b"- Use x.\n\n## Does not apply\n\n" + b"- For y.\n" * 9),
        (b"- Use x.\n", b"- Use x.\n\n## Example\n\n" + b"- Not `a`, but `b`.\n" * 3),
        (b"<!-- ", b"Names: `(hash)` stands for the number sign.\n\n<!-- "),
    ],
)
def test_anything_more_is_refused(old: bytes, new: bytes) -> None:
    """A key, a heading, a comment, a line: whatever we would not write."""
    assert guard.check_file(GOOD.replace(old, new, 1))
