"""Let atheris look for input that breaks what reads it, guided by the coverage of our code.

    pip install --editable '.[fuzz]'
    python benchmarks/fuzz.py --target codex --minutes 10 [--seed S] [--json]

The targets are those of `tests/fuzz/targets.py`: each takes bytes and raises when something
that is promised does not hold. It begins with the samples of the fixtures and with what has
ever broken something. What breaks is left in `--out`, one file a case: kept below
`tests/fuzz/corpus/TARGET/` it is tried in every run of the tests.
"""

import argparse
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

CHECKOUT = Path(__file__).parents[1]
SLOW = 30  # seconds of one case after which it counts as a hang
MEGABYTES = 2_048
LONGEST = 200_000


def run(target: str, minutes: float, seed: int, out: Path) -> dict[str, Any]:
    """Fuzz in a process of its own until the time is over; return what came of it."""
    out.mkdir(parents=True, exist_ok=True)
    before = set(out.iterdir())
    with tempfile.TemporaryDirectory() as scratch:
        corpus, log = Path(scratch, "corpus"), Path(scratch, "log")
        corpus.mkdir()
        _plant(target, corpus)
        with log.open("wb") as said:
            process = subprocess.run(
                [
                    *(sys.executable, "-P", __file__, "--within", target, corpus),
                    *(f"-max_total_time={minutes * 60:.0f}", f"-seed={seed}"),
                    *(
                        f"-timeout={SLOW}",
                        f"-report_slow_units={SLOW}",
                        f"-rss_limit_mb={MEGABYTES}",
                        f"-max_len={LONGEST}",
                    ),
                    *(f"-artifact_prefix={out}/{target}-", "-print_final_stats=1"),
                ],
                env=_environment(Path(scratch)),
                stdout=said,
                stderr=said,
                check=False,
            )
        text = log.read_text("utf-8", "replace")
    if process.returncode:
        print(text[-4_000:], file=sys.stderr)
    found = sorted(each.name for each in set(out.iterdir()) - before)
    return {
        "target": target,
        "executions": _figure(r"stat::number_of_executed_units: (\d+)", text),
        "edges": _figure(r".*cov: (\d+)", text),
        "peak_mb": _figure(r"stat::peak_rss_mb:\s+(\d+)", text),
        "crashes": sum("-crash-" in each for each in found),
        "hangs": sum("-timeout-" in each for each in found),
        "memory": sum("-oom-" in each for each in found),
        "found": found,
        "exit_code": process.returncode,
    }


def _environment(home: Path) -> Mapping[str, str]:
    """Return an environment that leads nowhere but into a scratch home."""
    path = os.pathsep.join(map(str, (CHECKOUT, CHECKOUT / "ctl")))
    where = {"HOME": str(home), "TMPDIR": str(home)}
    return {**where, "PATH": os.environ["PATH"], "PYTHONPATH": path}


def _plant(target: str, corpus: Path) -> None:
    """Write what to begin with: sound samples, and what broke something once."""
    sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "ctl")]
    from tests.fuzz.samples import samples  # noqa: PLC0415  the path leads there only now

    for number, data in enumerate(samples(target)):
        (corpus / f"sample-{number}").write_bytes(data)
    for file in CHECKOUT.glob(f"tests/fuzz/corpus/{target}/*"):
        (corpus / f"kept-{file.name}").write_bytes(file.read_bytes())


def _figure(pattern: str, text: str) -> int:
    """Return the last figure of a kind that libFuzzer has printed, 0 for none."""
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def within(target: str, arguments: list[str]) -> None:
    """Be the process that fuzzes; does not return."""
    import atheris  # noqa: PLC0415  an extra of its own, which only this process needs

    with atheris.instrument_imports(include=["hivemindd", "hivemindctl"]):
        _import_all("hivemindd")
        _import_all("hivemindctl")
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415  so that it is instrumented
    from tests.fuzz.mutations import mutate  # noqa: PLC0415  the path leads there only here

    def change(data: bytes, most: int, seed: int) -> bytes:
        """Change the structure of what is there as often as its bytes."""
        rng = Random(seed)
        changed = mutate(data, rng) if rng.getrandbits(1) else atheris.Mutate(data, most)
        return bytes(changed[:most])

    atheris.Setup([sys.argv[0], *arguments], TARGETS[target], custom_mutator=change)
    atheris.Fuzz()


def _import_all(name: str) -> None:
    """Import what would else be imported where it is first needed, which is too late."""
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def main() -> None:
    """Fuzz one target and print what came of it."""
    if sys.argv[1:2] == ["--within"]:
        within(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--target", required=True, help="a name of tests/fuzz/targets.py")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args()
    result = run(options.target, options.minutes, options.seed, options.out.absolute())
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:12}{value}")
    sys.exit(1 if result["found"] else 0)


if __name__ == "__main__":
    main()
