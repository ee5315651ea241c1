"""The layers of the code: imports go down only, and each library has one place.

`docs/architecture.md` says why; here it is held.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.children import CHECKOUT

# From top to bottom. Those on one line know nothing of each other.
LAYERS: list[set[str]] = [
    {"hivemindctl"},
    {"hivemindd.__main__"},
    {"hivemindd.daemon", "hivemindd.once"},
    {"hivemindd.control"},
    {"hivemindd.ingest", "hivemindd.codify"},
    {"hivemindd.sessions", "hivemindd.lessons", "hivemindd.skills", "hivemindd.recall"},
    {"hivemindd.capture", "hivemindd.assistants", "hivemindd.log"},
    {"hivemindd.settings"},
    {"hivemindd.encoder", "hivemindd.runtime"},
    {
        "hivemindd.child",
        "hivemindd.clock",
        "hivemindd.config",
        "hivemindd.mounts",
        "hivemindd.paths",
        "hivemindd.workspace",
    },
    {"hivemindd.contrast", "hivemindd.permissions", "hivemindd.redaction"},
    {
        "hivemindd.deeds",
        "hivemindd.errors",
        "hivemindd.events",
        "hivemindd.ignored",
        "hivemindd.records",
        "hivemindd.work",
    },
    {"hivemindd"},
]
RANKS = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

# What hivemindctl may know: the questions that can be asked, the log that answers them where
# no daemon runs, who the assistants are, and what is below all else.
CTL = {"hivemindd.control", "hivemindd.log", "hivemindd.assistants"}.union(
    *LAYERS[RANKS["hivemindd.settings"] :]
)
CTL_MORE = {"hivemindctl.offline": {"hivemindd.ingest", "hivemindd.codify"}}  # acts in its place

# The only places from which a library may be imported.
LIBRARIES = {
    "anthropic": "hivemindd.lessons.judge_api",
    "lmdb": "hivemindd.log",
    "numpy": "hivemindd.encoder",
    "watchdog": "hivemindd.capture.watch",
}


class Import(NamedTuple):
    """One import: in which module and line, of what."""

    module: str
    line: int
    target: str


def find_modules(*roots: Path) -> dict[str, Path]:
    """Return all modules below some import roots by their dotted names."""
    modules = {}
    for root in roots:
        for path in root.rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            modules[name] = path
    return modules


def find_imports(modules: dict[str, Path]) -> Iterator[Import]:
    """Yield every import, also those inside functions and those for types alone."""
    for module, path in modules.items():
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(module, node.lineno, alias.name)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                    base = ".".join([*parents, base] if base else parents)
                for alias in node.names:
                    inner = f"{base}.{alias.name}"
                    yield Import(module, node.lineno, inner if inner in modules else base)


def is_within(module: str, package: str) -> bool:
    """Tell whether a module is a package or lies in it."""
    return module == package or module.startswith(f"{package}.")


def find_place(module: str) -> str:
    """Return the entry of `LAYERS` that a module belongs to, empty when there is none."""
    places = [name for name in RANKS if is_within(module, name)]
    place = max(places, key=len, default="")
    return "" if place == "hivemindd" != module else place


def find_faults(modules: dict[str, Path]) -> list[str]:
    """Return a sentence for every import that goes where it must not."""
    faults = [f"{module} has no layer" for module in modules if not find_place(module)]
    for module, line, target in find_imports(modules):
        where = f"{module}:{line}"
        library = target.partition(".")[0]
        if library in LIBRARIES and not is_within(module, LIBRARIES[library]):
            faults.append(f"{where} imports {library}, which is for {LIBRARIES[library]}")
        upper, lower = find_place(module), find_place(target)
        if not upper or not lower or upper == lower:
            continue
        if RANKS[lower] <= RANKS[upper]:
            faults.append(f"{where} imports {target}, which is not below it")
        elif upper == "hivemindctl" and lower not in CTL | CTL_MORE.get(module, set()):
            faults.append(f"{where} imports {target}, which it should ask for through control")
    return faults


def plant(root: Path, **sources: str) -> dict[str, Path]:
    """Write modules, named with two underscores for a dot, and return them."""
    for name, source in sources.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return find_modules(root)


def test_imports_go_down_only() -> None:
    """No module knows one that is above it or beside it."""
    modules = find_modules(CHECKOUT, CHECKOUT / "ctl")
    ours = {name: path for name, path in modules.items() if name.startswith("hivemind")}

    assert len(ours) > 50
    assert find_faults(ours) == []


class TestChecker:
    """The check itself finds what it is for."""

    def test_the_way_down_is_free(self, tmp_path: Path) -> None:
        """Into lower layers, within a package, and to other libraries."""
        modules = plant(
            tmp_path,
            hivemindd__log__store="import lmdb\nfrom hivemindd.paths import x\nimport os.path",
            hivemindd__log__history="from hivemindd.log.store import y\nfrom . import store",
            hivemindd__sessions__keeper="from hivemindd.log import store",
            hivemindd__paths="import json",
            hivemindctl__client="from hivemindd.control import protocol\nimport hivemindd.paths",
            hivemindd__control__protocol="",
        )

        assert find_faults(modules) == []

    def test_the_way_up_is_found(self, tmp_path: Path) -> None:
        """However it is written."""
        sources = [
            "import hivemindd.daemon",
            "from hivemindd import daemon",
            "from hivemindd.daemon import run as go",
            "from .. import daemon",
            "from ..daemon import run",
            "def f():\n    from hivemindd.daemon import run",
            "if TYPE_CHECKING:\n    import hivemindd.daemon as d",
        ]
        for number, source in enumerate(sources):
            modules = plant(
                tmp_path / str(number), hivemindd__log__store=source, hivemindd__daemon=""
            )

            [fault] = find_faults(modules)
            assert fault.startswith("hivemindd.log.store:")
            assert "imports hivemindd.daemon, which is not below it" in fault

    def test_a_neighbour_is_found(self, tmp_path: Path) -> None:
        """Those in one layer know nothing of each other."""
        modules = plant(
            tmp_path,
            hivemindd__log__store="from hivemindd.capture.lines import read_lines",
            hivemindd__capture__lines="",
        )

        assert find_faults(modules) == [
            "hivemindd.log.store:1 imports hivemindd.capture.lines, which is not below it"
        ]

    def test_a_library_in_the_wrong_place_is_found(self, tmp_path: Path) -> None:
        """Also where the import is lazy, and in a module beside the right one."""
        modules = plant(
            tmp_path,
            hivemindd__log__store="import lmdb",
            hivemindd__logs="",
            hivemindd__lessons__judge="def f():\n    from anthropic.types import Message",
            hivemindd__capture__source="import watchdog.events",
            hivemindd__capture__watch="import watchdog.events",
        )

        assert set(find_faults(modules)) == {
            "hivemindd.logs has no layer",
            "hivemindd.lessons.judge:2 imports anthropic, which is for hivemindd.lessons.judge_api",
            "hivemindd.capture.source:1 imports watchdog, which is for hivemindd.capture.watch",
        }

    def test_hivemindctl_asks(self, tmp_path: Path) -> None:
        """It holds no logic of its own, and so needs none of the daemon's parts."""
        modules = plant(
            tmp_path,
            hivemindctl__client="from hivemindd.lessons import promote",
            hivemindd__lessons__promote="",
        )

        [fault] = find_faults(modules)
        assert fault.startswith("hivemindctl.client:1 imports hivemindd.lessons.promote, ")
