"""Where in a TOML text a setting stands."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from hivemindd.settings.lines import find_lines

TEXT = """\
# a remark
top = "1"

"quoted key" = 2
dotted.inner = 3
long = [
  "a",  # ]
  "b",
]
words = '''
other = 1
'''
inline = { one = 1, two = 2 }

[judge]
kind = "local"
[[rows]]
name = "x"
[ judge . deep ]
leaf = 1
"""


def test_every_key_has_the_line_that_it_begins_in() -> None:
    """Whatever it takes to write it: quotes, dots, several lines, tables in tables."""
    assert find_lines(TEXT) == {
        ("top",): 2,
        ("quoted key",): 4,
        ("dotted",): 5,
        ("dotted", "inner"): 5,
        ("long",): 6,
        ("words",): 10,
        ("inline",): 13,
        ("inline", "one"): 13,
        ("inline", "two"): 13,
        ("judge",): 15,
        ("judge", "kind"): 16,
        ("rows",): 17,
        ("rows", "name"): 18,
        ("judge", "deep"): 19,
        ("judge", "deep", "leaf"): 20,
    }


def test_line_ends_of_windows_count_once() -> None:
    """As in the editor that wrote them."""
    assert find_lines("a = 1\r\n\r\nb = [\r\n1]\r\nc = 2") == {("a",): 1, ("b",): 3, ("c",): 5}


_names = st.text("ab_-", min_size=1, max_size=3)
_values = st.sampled_from(
    ['"text"', "1", "true", "[1, 2]", "[\n1,\n]", '"""\nb = 1\n"""', "{x = 1}"]
)


@given(st.dictionaries(_names, _values, max_size=6), st.integers(min_value=0, max_value=3))
def test_a_key_stands_where_it_was_written(written: dict[str, str], gap: int) -> None:
    """Each line that is named begins with the key, whatever lies between."""
    text = ("\n" * gap).join(f"{name} = {value}\n" for name, value in written.items())
    lines, found = text.split("\n"), find_lines(text)

    assert {path[0] for path in found} == set(tomllib.loads(text))
    assert all(lines[line - 1].startswith(f"{path[0]} =") for path, line in found.items())
