"""Which programs read, test, format or rewrite files: tables for `commands`."""

import re

import msgspec


class Formatter(msgspec.Struct, frozen=True):
    """When a program rewrites files: with one of `verbs` first, and one of `flags`.

    Empty means always. `suffixes` are the files that it touches, `layout` tells that it
    changes no meaning.
    """

    verbs: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    layout: bool = True


# Their settings can make them fix without a word on the command line.
FIX_BY_SETTING = frozenset({"golangci-lint", "ruff"})


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PY = (".py", ".pyi", ".ipynb")
_GO = (".go",)
_RS = (".rs",)
_WEB = (
    *(".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".css", ".scss", ".less"),
    *(".json", ".jsonc", ".json5", ".md", ".mdx", ".html", ".vue", ".svelte", ".astro"),
    *(".yaml", ".yml", ".graphql"),
)
_WRITE = _set("-w --write")
_FIX = _set("--fix --fix-only --unsafe-fixes --apply --write -F -a -A --auto-correct --autocorrect")
_IN_PLACE = _set("-i --in-place --inplace -r --replace")


def _rule(
    suffixes: tuple[str, ...] = (),
    flags: frozenset[str] = frozenset(),
    *,
    layout: bool = True,
    verbs: str = "",
) -> Formatter:
    return Formatter(_set(verbs), flags, suffixes, layout)


FORMATTERS: dict[str, tuple[Formatter, ...]] = {
    "gofmt": (_rule(_GO, _WRITE),),
    "gofumpt": (_rule(_GO, _WRITE),),
    "golines": (_rule(_GO, _WRITE),),
    "goimports": (_rule(_GO, _WRITE, layout=False),),
    "gci": (_rule(_GO, layout=False, verbs="write"),),
    "golangci-lint": (
        _rule(_GO, verbs="fmt"),
        _rule(_GO, _FIX, layout=False, verbs="run"),
    ),
    "go": (
        _rule(_GO, verbs="fmt"),
        _rule((), layout=False, verbs="generate fix"),
        _rule(("go.mod", "go.sum"), layout=False, verbs="mod get work"),
    ),
    "black": (_rule(_PY),),
    "isort": (_rule(_PY),),
    "yapf": (_rule(_PY, _IN_PLACE),),
    "autopep8": (_rule(_PY, _IN_PLACE),),
    "docformatter": (_rule(_PY, _IN_PLACE),),
    "autoflake": (_rule(_PY, _IN_PLACE, layout=False),),
    "pyupgrade": (_rule(_PY, layout=False),),
    "ruff": (
        _rule(_PY, verbs="format"),
        _rule(_PY, _FIX, layout=False, verbs="check lint"),
        _rule(_PY, _FIX, layout=False),
    ),
    "prettier": (_rule((), _WRITE),),
    "eslint": (_rule(_WEB, _FIX, layout=False),),
    "stylelint": (_rule(_WEB, _FIX, layout=False),),
    "tslint": (_rule(_WEB, _FIX, layout=False),),
    "xo": (_rule(_WEB, _FIX, layout=False),),
    "standard": (_rule(_WEB, _FIX, layout=False),),
    "oxlint": (_rule(_WEB, _FIX, layout=False),),
    "biome": (
        _rule(
            _WEB, _set("--write --fix --apply --unsafe"), layout=False, verbs="format check lint ci"
        ),
    ),
    "dprint": (_rule((), verbs="fmt"), _rule((), _set("--never"))),
    "deno": (
        _rule(_WEB, verbs="fmt"),
        _rule(_WEB, _FIX, layout=False, verbs="lint"),
    ),
    "rustfmt": (_rule(_RS),),
    "cargo": (
        _rule(_RS, verbs="fmt"),
        _rule(_RS, layout=False, verbs="fix"),
        _rule(_RS, _FIX, layout=False, verbs="clippy"),
        _rule(("Cargo.toml", "Cargo.lock"), layout=False, verbs="add remove update"),
    ),
    "clang-format": (_rule((), _IN_PLACE),),
    "clang-tidy": (_rule((), _FIX, layout=False),),
    "astyle": (_rule(),),
    "uncrustify": (_rule(),),
    "shfmt": (_rule((), _WRITE),),
    "terraform": (_rule((".tf", ".tfvars"), verbs="fmt"),),
    "tofu": (_rule((".tf", ".tfvars"), verbs="fmt"),),
    "buf": (_rule((".proto",), _WRITE, verbs="format"), _rule((), layout=False, verbs="generate")),
    "protoc": (_rule((), layout=False),),
    "sqlc": (_rule((), layout=False),),
    "sqlfluff": (_rule((".sql",), layout=False, verbs="fix format"),),
    "ktlint": (_rule((), _set("-F --format"), layout=False),),
    "google-java-format": (_rule((), _IN_PLACE),),
    "swiftformat": (_rule(layout=False),),
    "swiftlint": (_rule((), _FIX, layout=False),),
    "rubocop": (_rule((), _FIX, layout=False),),
    "standardrb": (_rule((), _FIX, layout=False),),
    "php-cs-fixer": (_rule((), layout=False, verbs="fix"),),
    "phpcbf": (_rule(layout=False),),
    "pint": (_rule(layout=False),),
    "mix": (_rule((".ex", ".exs", ".heex"), verbs="format"),),
    "stylua": (_rule((".lua",)),),
    "taplo": (_rule((".toml",), verbs="fmt format"),),
    "nixfmt": (_rule((".nix",)),),
    "alejandra": (_rule((".nix",)),),
    "dart": (_rule((".dart",), verbs="format"), _rule((".dart",), layout=False, verbs="fix")),
    "dotnet": (_rule((), layout=False, verbs="format"),),
    "scalafmt": (_rule(),),
    "ocamlformat": (_rule((), _IN_PLACE),),
    "zig": (_rule((".zig",), verbs="fmt"),),
    "markdownlint": (_rule((), _FIX, layout=False),),
    "mdformat": (_rule((".md",)),),
    "pre-commit": (_rule((), layout=False, verbs="run"),),
    "prek": (_rule((), layout=False, verbs="run"),),
    "lint-staged": (_rule(layout=False),),
    "lefthook": (_rule(layout=False),),
    "treefmt": (_rule(),),
    "trunk": (_rule((), layout=False, verbs="fmt check"),),
}

# A program that runs another: its verbs, or none where the other follows at once.
WRAPPERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "npx",
            "bunx",
            "sudo",
            "env",
            "nice",
            "timeout",
            "time",
            "nohup",
            "xargs",
            "stdbuf",
            "caffeinate",
            "uvx",
            "pipx",
            "gtimeout",
            "doas",
        ),
        frozenset(),
    ),
    "uv": _set("run"),
    "poetry": _set("run"),
    "pdm": _set("run"),
    "hatch": _set("run"),
    "pipenv": _set("run"),
    "pnpm": _set("exec dlx"),
    "bundle": _set("exec"),
    "python": _set("-m"),
    "python3": _set("-m"),
    "direnv": _set("exec"),
}
RUNNERS = _set(
    "make gmake just task mise npm pnpm yarn bun rake invoke nox tox gradle gradlew mvn nx turbo"
)
MANIFEST = re.compile(
    r"(?:^|/)(?:package(?:-lock)?\.json|[^/]*\.lock|[^/]*lock\.\w+|go\.(?:mod|sum)"
    r"|pyproject\.toml|requirements[^/]*\.txt|Cargo\.toml|Gemfile)$"
)
TASK_WRITES = re.compile(
    r"(?:^|[:_.-])(?:fmt|format|formatted|lint|fix|fixes|gen|generate|codegen|tidy|prettier|style"
    r"|update|snapshots?|golden|spotlessapply|apply|proto|migrate|pre-?commit)(?:$|[:_.-])",
    re.IGNORECASE,
)
TASK_TESTS = re.compile(
    r"(?:run-)?(?:unit-?|e2e-?|integration-?)?(?:test|tests|spec|vet|typecheck|type-check|tsc"
    r"|types|bench|coverage|cover)(?:[:_.-][\w:.-]+)?|build(?:[:_-][\w:-]+)?|start|dev|serve|clean",
    re.IGNORECASE,
)
_CHECKERS = """
    pytest py.test jest vitest mocha ava playwright cypress rspec phpunit mypy pyright basedpyright
    ty tsc vue-tsc flake8 pylint bandit shellcheck hadolint staticcheck govulncheck ctest bats
    gotestsum unittest vulture eslint biome prettier compileall py_compile json.tool
"""
_BUILDS = "test vet build check list env doc version install tool info nextest tree compile"
# A test runner or checker, and the verbs with which it only reads; none where it has no verbs.
TESTERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(_CHECKERS.split(), frozenset()),
    **dict.fromkeys(("go", "cargo", "deno", "mix", "dotnet", "zig"), _set(_BUILDS)),
    "swift": _set("test build"),
    "docker": _set("ps logs images inspect version info"),
    "kubectl": _set("get describe logs"),
}
READERS = _set(
    """ls ll cat bat head tail grep egrep fgrep rg ag ack fd pwd wc which type tree stat file du df
    date whoami true false less more sort uniq cut jq yq echo printf cd test [ [[ sleep diff cmp
    comm nl od xxd hexdump strings basename dirname realpath readlink printenv uname id ps pgrep
    lsof kill pkill export set unset wait jobs read return exit break continue column tr rev seq
    sha256sum shasum md5sum md5 nproc free uptime hostname open gh glab ping dig nc man help
    history alias : tput delta difft cloc tokei scc mkdir rmdir chmod chown apply_patch
    applypatch find"""
)
# Readers that write all the same with such a word: a file that they name, or anything at all.
WRITING_WORDS: dict[str, re.Pattern[str]] = {
    "yq": re.compile(r"-[a-zA-Z]*i.*|--in-?place.*"),
    "sort": re.compile(r"-[a-zA-Z]*o.*|--output.*"),
    "tree": re.compile(r"-o.*"),
    "less": re.compile(r"-[a-zA-Z]*[oO].*|--log-file.*"),
    "xxd": re.compile(r"-r.*"),
}
RUNNING_WORDS: dict[str, re.Pattern[str]] = {
    "fd": re.compile(r"-[a-zA-Z]*[xX]|--exec.*"),
    "find": re.compile(r"-(?:exec|ok)(?:dir)?|-delete|-fprint[0f]?|-fls"),
    "rg": re.compile(r"--pre(?:=.*)?"),
    **dict.fromkeys(("gh", "glab"), re.compile(r"checkout|co|clone|sync|merge|download")),
}
# Options that name the file into which a download goes, itself or in the next word.
SAVED_AS: dict[str, re.Pattern[str]] = {
    "curl": re.compile(r"-[a-zA-Z]*o(?P<name>.*)|--output(?:=(?P<whole>.+))?"),
    "wget": re.compile(r"-[a-zA-Z]*O(?P<name>.*)|--output-document(?:=(?P<whole>.+))?"),
}
BY_ADDRESS = re.compile(r"-[a-zA-Z]*O|--remote-name(?:-all)?")
NAMED_WRITERS = _set("cp mv rm ln tee install rsync truncate dd unlink shred touch")
GIT_READS = _set(
    """status diff log show branch blame remote rev-parse fetch ls-files add push tag config
    describe grep shortlog cat-file rev-list merge-base reflog check-ignore diff-tree diff-index
    for-each-ref ls-tree ls-remote show-ref symbolic-ref name-rev notes hash-object count-objects
    fsck gc init clone help version range-diff cherry whatchanged archive bundle check-attr var
    update-index write-tree"""
)
GIT_MOVES = _set(
    """checkout switch restore stash merge rebase pull reset revert cherry-pick apply am clean rm mv
    bisect submodule filter-branch read-tree checkout-index sparse-checkout subtree"""
)
