"""docs/reliability.md tells of each fault, and of the tests that are really there."""

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

from tests.children import CHECKOUT

FAULTS = CHECKOUT / "tests" / "faults"
TABLE = (CHECKOUT / "docs" / "reliability.md").read_text("utf-8")
NAMED = re.compile(r"`(?P<file>[\w./]+\.py)::(?P<test>[\w*]+?)(?:\[[^\]]*\])?`")


def find_tests(file: Path) -> set[str]:
    """Return the names of the tests in a file, also of those in classes."""
    tree = ast.walk(ast.parse(file.read_text("utf-8")))
    return {each.name for each in tree if isinstance(each, ast.FunctionDef)}


def test_what_is_named_is_there() -> None:
    """Files are named from `tests/faults` on, or from the root of the repository."""
    missing = []
    for found in NAMED.finditer(TABLE):
        near, far = FAULTS / found["file"], CHECKOUT / found["file"]
        names = find_tests(near if near.exists() else far)
        if not any(fnmatch(name, found["test"]) for name in names):
            missing.append(found[0])

    assert not missing


def test_what_is_there_is_named() -> None:
    """Each test whose name has the number of a fault."""
    named = [found["test"] for found in NAMED.finditer(TABLE)]
    numbered = {
        name
        for file in FAULTS.glob("test_*.py")
        for name in find_tests(file)
        if re.match(r"test_\d\d_", name)
    }

    assert {
        name for name in numbered if not any(fnmatch(name, pattern) for pattern in named)
    } == set()
    assert numbered
