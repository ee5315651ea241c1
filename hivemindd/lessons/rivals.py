"""Things that stand in for each other: where one is asked for, another is what was meant.

Used only to name what a person left unsaid: "no, pnpm" after `npm install` means "instead
of npm". A thing that is missing here costs a lesson its other half, nothing more.
"""

import re
from functools import cache

_FAMILIES = (
    "npm,npx|yarn|pnpm,pnpx|bun,bunx",
    "pip,pip3|poetry|uv,uvx|pipenv|conda,mamba|virtualenv",
    "print|logger,logging,log|sys.stdout.write,sys.stderr.write|loguru|structlog",
    "console.log|logger|winston|pino",
    "log.printf,log.println,log.fatal,log.print|slog|zap|logrus|fmt.println,fmt.printf|zerolog",
    "println!,eprintln!,dbg!|tracing|log",
    "println,system.out.println|slf4j|timber|log",
    "jest|vitest|mocha|jasmine|ava",
    "pytest|unittest|nose",
    "cypress|playwright|selenium|puppeteer",
    "enzyme|testing-library",
    "mockito|mockk|easymock",
    "moment,momentjs|dayjs|date-fns|luxon",
    "axios|fetch|ky|superagent",
    "requests|httpx|aiohttp|urllib,urllib3|urllib.request",
    "black|ruff|flake8|autopep8|pylint|isort|yapf",
    "mypy|pyright|pyre",
    "eslint|biome|prettier|oxlint|tslint",
    "tabs,tab|spaces,space",
    "named|default",
    "decimal|float,floats,parsefloat|double",
    "cents|dollars|floats,float",
    "docker|podman",
    "make|justfile|taskfile|npm run",
    "maven,mvn|gradle,gradlew|bazel",
    "postgres,postgresql|mysql|sqlite|mariadb",
    "sqlalchemy|django orm|peewee",
    "redux|zustand|mobx|jotai|recoil",
    "webpack|vite|esbuild|rollup|parcel|turbopack",
    "lodash,underscore|ramda|remeda",
    "var|let|const",
    "any|unknown",
    "dataclass,dataclasses|pydantic|msgspec|attrs|namedtuple|typeddict",
    "os.path|pathlib",
    "flask|fastapi|django|starlette",
    "react|vue|svelte|angular",
    "styled-components|tailwind|emotion|css modules|inline styles",
    "px|rem|em",
    "snake_case|camelcase|kebab-case|pascalcase",
    "merge|rebase|squash",
    "main|master|develop|trunk",
    "terraform|tofu|pulumi",
    "kubectl|helm|kustomize",
    "grep|rg,ripgrep|ag",
    "curl|wget|httpie",
    "gson|moshi|jackson|kotlinx.serialization",
    "livedata,mutablelivedata|stateflow",
    "globalscope|viewmodelscope|lifecyclescope",
    "sharedpreferences|datastore",
    "uikit|swiftui",
    "xctest|swift-testing",
    "java.util.date|java.time",
    "anyhow|thiserror",
    "yaml|toml|json",
    "celery|rq|dramatiq|arq",
    "graphql|grpc",
    "class components|function components",
    "callbacks|promises|async/await,async await",
    "deepequal,reflect.deepequal|testify require.equal,assert.equal|go-cmp",
)
KNOWN_NAMES = " ".join(_FAMILIES)
"""All things that are known here."""


def rivals(thing: str, text: str) -> tuple[str, str] | None:
    """Return (the name in `thing`, its rival in `text`) as written there, or None."""
    found: list[tuple[int, str, str]] = []
    for members in _families():
        own = [hit for member in members if (hit := member.search(thing))]
        if len(own) == 1:
            hits = (member.search(text) for member in members if member is not own[0].re)
            found += [(hit.start(), own[0][0], hit[0]) for hit in hits if hit]
    return min(found)[1:] if found else None


@cache
def _families() -> list[list[re.Pattern[str]]]:
    """Compile the table: members stand apart by a bar, spellings of one member by a comma."""
    return [[_member(names) for names in family.split("|")] for family in _FAMILIES]


def _member(names: str) -> re.Pattern[str]:
    longest_first = sorted(names.split(","), key=len, reverse=True)
    spellings = "|".join(re.escape(name) for name in longest_first)
    return re.compile(rf"(?<![\w./-])(?:{spellings})(?:s(?!\w))?(?![\w-]|\.\w*/)", re.IGNORECASE)
