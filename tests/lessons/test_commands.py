"""What a shell command may have done to one file."""

import pytest

from hivemindd.lessons.commands import Effect, covers, effect

PATH = "/home/dev/p/src/app.py"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", "none"),
        ("cd src && ls -la; cat app.py | grep x 2>&1 > /dev/null", "none"),
        ("echo x > /tmp/out.txt", "none"),
        ("echo x >> src/app.py", "writes"),
        ("echo x > other.txt", "none"),
        ("grep -rn 'sed -i' src", "none"),
        ("uv run pytest -q && uv run mypy src", "none"),
        ("python -m pytest", "none"),
        ("python3 - <<'EOF'\nopen('src/app.py','w')\nEOF", "unknown"),
        ("gofmt -w src/app.go", "none"),
        ("black src", "layout"),
        ("black --check src", "none"),
        ("ruff format src/other.py", "none"),
        ("ruff format src", "layout"),
        ("ruff check --fix src", "writes"),
        ("npx prettier --write .", "layout"),
        ("npx prettier --check .", "none"),
        ("sed -i '' 's/a/b/' src/app.py", "writes"),
        ("sed -i s/a/b/ src/other.py", "none"),
        ("sed -n 1,20p src/app.py", "none"),
        ("find . -name '*.py' | xargs sed -i s/a/b/", "writes"),
        ("find . -name '*.py' -exec touch {} +", "unknown"),
        ("git add -A && git push", "none"),
        ("git commit -m \"$(cat <<'EOF'\nIt's (done)\nEOF\n)\"", "hooks"),
        ("git commit --no-verify -m x", "none"),
        ("git checkout -b topic", "none"),
        ("git checkout main", "writes"),
        ("git checkout -- src/other.py", "none"),
        ("git stash list", "none"),
        ("git reset HEAD~1", "none"),
        ("git reset --hard HEAD~1", "writes"),
        ("bash -c 'black src'", "layout"),
        ("mise run test:unit -- -run fmt", "none"),
        ("make generate", "writes"),
        ("make deploy", "unknown"),
        ("npm install zod", "none"),
        ("cp /tmp/x.py src/app.py", "writes"),
        ("mv src/a.py src/b.py", "none"),
        ("for f in a b; do sed -i s/x/y/ $f; done", "writes"),
        ("vitest run -u", "writes"),
        ("echo 'unclosed", "unknown"),
        ("frobnicate", "unknown"),
    ],
)
def test_effect(command: str, expected: Effect) -> None:
    """Only what is known to leave the file alone counts as nothing."""
    assert effect(command, PATH) == expected


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (".", True),
        ("./...", True),
        ("src", True),
        ("src/", True),
        ("src/app.py", True),
        ("app.py", True),
        ("/home/dev/p/src/app.py", True),
        ("*.py", True),
        ("src/**/*.ts", False),
        ("$FILES", True),
        ("docs", False),
        ("pp.py", False),
        ("tests/app.py", False),
    ],
)
def test_covers(argument: str, *, expected: bool) -> None:
    """A file is meant by itself, its folder or a pattern."""
    assert covers(argument, PATH) is expected
