"""What a person's own edit replaced."""

import pytest

from hivemindd.lessons.renames import replaced


@pytest.mark.parametrize(
    ("diff", "swap"),
    [
        ("@@ -1 +1 @@\n-print(x)\n+logger.info(x)", ("print", "logger.info")),
        (
            "-a = getUser()\n-b = getUser()\n+a = fetchUser()\n+b = fetchUser()",
            ("getUser", "fetchUser"),
        ),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-npm test\n+pnpm test", ("npm", "pnpm")),
        (" kept\n-x = float(y)\n+x = Decimal(y)\n kept", ("float", "Decimal")),
    ],
)
def test_one_name_for_another(diff: str, swap: tuple[str, str]) -> None:
    """When every changed line swaps the same name, that is what the person meant."""
    assert replaced(diff) == swap


@pytest.mark.parametrize(
    "diff",
    [
        "",
        "+new line",
        "-old line",
        "-a\n-b\n+c",
        "-print(x)\n+logger.info(y)",
        "-print(x)\n+print( x )",
        "-x = 1\n+x = 2",
        "-npm test\n+pnpm test\n-make a\n+just a",
        "-one two three\n+something else entirely",
    ],
)
def test_anything_else_is_not_guessed(diff: str) -> None:
    """Additions, several changes, numbers and white space are no rename."""
    assert replaced(diff) is None
