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
        ("npm test -- -u", "writes"),
        ("npm test -- --updateSnapshot", "writes"),
        ("npm test -- src/app.test.py", "none"),
        ("cat > ~/p/src/app.py <<'EOF'\nx\nEOF", "writes"),
        ("cp /tmp/x.py ~/p/src/app.py", "writes"),
        ("echo x | tee ~/notes.txt", "none"),
        ("sed -e s/a/b/ -e s/c/d/ -e s/e/f/ -i src/app.py", "writes"),
        ("gawk -v a=1 -v b=2 -i inplace 1 src/app.py", "writes"),
        ("sed -e s/a/b/ -e s/c/d/ src/app.py", "none"),
        ("curl -sSLo src/app.py https://example.org/x", "writes"),
        ("curl --output=src/app.py https://example.org/x", "writes"),
        ("curl -LO https://example.org/app.py?v=2", "writes"),
        ("curl -so /dev/null https://example.org/app.py", "none"),
        ("wget https://example.org/app.py", "writes"),
        ("wget -q -Osrc/app.py https://example.org/x", "writes"),
        ("wget -qO- https://example.org/app.py", "none"),
        ("dd if=/tmp/x of=src/app.py", "writes"),
        ("cat files | xargs -0 rm", "writes"),
        ("cat files | xargs grep x", "none"),
        ("yq -i '.a = 1' src/app.py", "unknown"),
        ("yq -i '.a = 1' other.yaml", "none"),
        ("yq .a src/app.py", "none"),
        ("sort -uo src/app.py src/app.py", "unknown"),
        ("sort --output=src/app.py names", "unknown"),
        ("sort -u src/app.py", "none"),
        ("uniq names src/app.py", "unknown"),
        ("uniq -c src/app.py", "none"),
        ("xxd -r dump src/app.py", "unknown"),
        ("tree -o src/app.py", "unknown"),
        ("fd -e py -x sed -i s/a/b/", "unknown"),
        ("fd -e py app", "none"),
        ("find . -name '*.py' -fprint src/app.py", "unknown"),
        ("gh pr checkout 12", "unknown"),
        ("find . -name '*.py'", "none"),
        ("wget -q https://example.org/docs/", "none"),
        ("gh pr view 12", "none"),
        ("echo 'unclosed", "unknown"),
        ("frobnicate", "unknown"),
    ],
)
def test_effect(command: str, expected: Effect) -> None:
    """Only what is known to leave the file alone counts as nothing."""
    assert effect(command, PATH) == expected


def test_a_project_may_lie_among_temporary_files() -> None:
    """Only there is it of interest what is written to them."""
    path = "/tmp/p/app.py"  # noqa: S108 (only a name)

    assert effect("cat > /tmp/p/app.py <<'EOF'\nx\nEOF", path) == "writes"
    assert effect("echo x > /tmp/out.txt 2> /dev/null", path) == "none"
    assert effect("echo x > /tmp/$NAME", PATH) == "none"


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (".", True),
        ("~/p/src/app.py", True),
        ("~", True),
        ("~/other.py", False),
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
