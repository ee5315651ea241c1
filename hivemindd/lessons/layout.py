"""Whether two versions of a text differ in their layout only, which is a formatter's work.

Layout is white space, line breaks, trailing commas, quotes, semicolons and the order of
imports; never the words of a comment or of a string.
"""

import ast
import inspect
import io
import json
import re
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import dedent

PARSED = 400_000

_PYTHON = (".py", ".pyi")
_INDENTED = (*_PYTHON, ".yml", ".yaml", ".nim", ".fs", ".coffee", ".haml", ".pug", ".sass")
_PROSE = (".md", ".mdx", ".rst", ".txt", ".adoc")
_TOKEN = re.compile(
    r"(?P<string>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')|(?P<word>\w+)|(?P<mark>[^\w\s])",
    re.DOTALL,
)
_IMPORT = re.compile(
    r"\s*(?:import\b|from\s+\S+\s+import\b|use\s+[\w:]+|using\s+\w|#include\b|require\b|export\s.*\bfrom\b"
    r"|(?:const|let|var)\s.*=\s*require\(|[\w.]*\s*\"[\w./@~-]+\"\s*;?$)"
)
_QUOTED = re.compile(r"""^\s*(?:[\w.]+\s+)?["'][\w./@~:-]+["'],?;?\s*$""")
_RULE = re.compile(r"-{3,}")
_CLOSERS = frozenset(")]}>")


def only_layout(before: str, after: str, path: str) -> bool:
    """Tell whether two texts (whole files, or the two sides of a diff) mean the same.

    Where indentation is meaning, it has to be the same too.
    """
    if before == after:
        return True
    if path.endswith(_PYTHON):
        same = _same_python(before, after)
        if same is not None:
            return same
    for suffixes, load in (((".json",), json.loads), ((".toml",), tomllib.loads)):
        if path.endswith(suffixes):
            try:
                return repr(_loaded(load(before))) == repr(_loaded(load(after)))
            except (ValueError, RecursionError):
                break
    indents = path.endswith(_INDENTED)
    prose = path.endswith(_PROSE)
    return _tokens(before, indents=indents, prose=prose) == _tokens(
        after, indents=indents, prose=prose
    )


def only_imports(removed: Sequence[str], added: Sequence[str]) -> bool:
    """Tell whether a change touches nothing but lines that import."""
    lines = [line for line in (*removed, *added) if line.strip()]
    return bool(lines) and all(
        _IMPORT.match(line) or _QUOTED.match(line) or line.strip() in {")", "}", "import ("}
        for line in lines
    )


def _loaded(value: object) -> object:
    """Return a value with its tables in one order: two of them are equal in any."""
    if isinstance(value, dict):
        return sorted((str(key), _loaded(item)) for key, item in value.items())
    return [_loaded(item) for item in value] if isinstance(value, list) else value


def _same_python(before: str, after: str) -> bool | None:
    """Compare meaning and comments of Python; None where either is no Python."""
    if len(before) + len(after) > PARSED:
        return None
    try:
        one, other = (_meaning(dedent(text)) for text in (before, after))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return None
    return one == other


def _meaning(source: str) -> tuple[str, list[str]]:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            _order_imports(body)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            _fold_docstring(node)
    comments = [
        "".join(token.string.lstrip("#").split())
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    return ast.dump(tree), sorted(comments)


def _order_imports(body: list[ast.stmt]) -> None:
    ordered: list[ast.stmt] = []
    kinds = (ast.Import, ast.ImportFrom)
    for imports, run in groupby(body, key=lambda each: isinstance(each, kinds)):
        statements = list(run)
        for each in statements:
            if isinstance(each, ast.Import | ast.ImportFrom):
                each.names.sort(key=lambda name: (name.name, name.asname or ""))
        ordered += sorted(statements, key=ast.dump) if imports else statements
    body[:] = ordered


def _fold_docstring(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        value = first.value.value
        if isinstance(value, str):
            first.value.value = inspect.cleandoc(value).strip()


def _tokens(text: str, *, indents: bool, prose: bool) -> list[str]:
    """Return what a text says without its layout; runs of import lines in one order."""
    lines = text.split("\n")
    if prose:
        return _RULE.sub("---", " ".join(text.split())).replace("- |", "-|").split()
    imports: list[str] = []
    tokens: list[str] = []
    for line in lines:
        if _IMPORT.match(line):
            imports.append(" ".join(_spoken(line)))
        elif line.strip() or not imports:
            tokens += [*sorted(imports), line]
            imports = []
    flat = "\n".join([*tokens, *sorted(imports)])
    said = list(_spoken(flat, indents=indents))
    return [
        each
        for at, each in enumerate(said)
        if each != "," or (at + 1 < len(said) and said[at + 1] not in _CLOSERS)
    ]


def _spoken(text: str, *, indents: bool = False) -> Iterator[str]:
    """Yield the tokens of a text, strings with one kind of quotes, semicolons left out."""
    depth = 0
    levels: list[int] = []
    for line in text.split("\n"):
        if indents and line.strip() and depth <= 0:
            width = len(line) - len(line.lstrip())
            levels = [*(level for level in levels if level < width), width]
            yield f"\n{len(levels)}"
        for match in _TOKEN.finditer(line):
            piece = match[0]
            if match.lastgroup == "string":
                inside = piece[1:-1]
                yield f'"{inside}"' if '"' not in inside else piece
            elif piece != ";":
                depth += (piece in "([{") - (piece in ")]}")
                yield piece
