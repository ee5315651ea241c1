"""What is shipped: built, installed and run the way a user gets it, without a network."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from hivemindd import __version__
from tests.children import CHECKOUT

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "dist", "build", "*.egg-info"
)


@pytest.fixture(name="shipped", scope="module")
def _shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build in a copy, so that the checkout stays as it is: the sdist, and the wheel from it."""
    folder = tmp_path_factory.mktemp("packaging")
    shutil.copytree(CHECKOUT, folder / "copy", ignore=LEFT_OUT, symlinks=True)
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist")]
    done = subprocess.run(
        [*build, str(folder / "copy")],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "dist"


@pytest.fixture(name="wheel", scope="module")
def _wheel(shipped: Path) -> Path:
    [wheel] = shipped.glob("*.whl")
    return wheel


@pytest.fixture(name="installed", scope="module")
def _installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone; what it depends on is lent by the interpreter that runs us."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    env = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "PIP_CONFIG_FILE": os.devnull}
    subprocess.run([sys.executable, "-m", "venv", folder], env=env, check=True)
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", str(wheel)], env=env, check=True)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(site, "lent.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    return folder


def run(program: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run an installed program with nothing of our environment."""
    return subprocess.run(
        [program, *arguments],
        cwd=home,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_both_programs(wheel: Path) -> None:
    """Every file of both packages, typed, and nothing else but what describes them."""
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        path.relative_to(root).as_posix()
        for root, package in ((CHECKOUT, "hivemindd"), (CHECKOUT / "ctl", "hivemindctl"))
        for path in (root / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert expected <= names
    assert {"hivemindd/py.typed", "hivemindctl/py.typed"} <= names
    tops = {name.split("/")[0] for name in names}
    about = f"hivemindd-{__version__}"
    assert tops == {"hivemindd", "hivemindctl", f"{about}.dist-info", f"{about}.data"}
    assert f"{about}.dist-info/licenses/LICENSE" in names
    assert {"hivemindd/encoder/weights.npz", "hivemindd/encoder/NOTICE"} <= names


def test_the_wheel_holds_no_leftovers(wheel: Path) -> None:
    """No caches, no tests, no editor's files."""
    names = zipfile.ZipFile(wheel).namelist()

    assert [name for name in names if "__pycache__" in name or "/test" in name] == []
    assert [name for name in names if name.endswith((".pyc", "~", ".orig", ".swp"))] == []


def test_the_source_is_all_that_is_needed(shipped: Path) -> None:
    """The wheel was built from it; it holds the licence and what a packager looks for."""
    [sdist] = shipped.glob("*.tar.gz")
    top = f"hivemindd-{__version__}/"
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(top) for name in archive.getnames()}

    assert {"LICENSE", "README.md", "pyproject.toml", "PKG-INFO", "tests/conftest.py"} <= names
    assert {"hivemindd/__main__.py", "ctl/hivemindctl/__main__.py"} <= names
    assert [name for name in names if name.startswith((".git/", ".mypy", ".hypothesis"))] == []


@pytest.mark.parametrize("program", ["hivemindd", "hivemindctl"])
def test_an_installed_program_runs(installed: Path, tmp_path: Path, program: str) -> None:
    """From anywhere, and not from the checkout; it says which version it is."""
    done = run(installed / "bin" / program, "--version", home=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert __version__ in done.stdout
    found = run(
        installed / "bin" / "python",
        "-c",
        f"import {program}; print({program}.__file__)",
        home=tmp_path,
    )
    assert Path(found.stdout.strip()).is_relative_to(installed)


@pytest.mark.parametrize("program", ["hivemindd", "hivemindctl"])
def test_an_installed_program_is_also_a_module(
    installed: Path, tmp_path: Path, program: str
) -> None:
    """`python -m` is what a service file can rely on."""
    done = run(installed / "bin" / "python", "-m", program, "--version", home=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert __version__ in done.stdout


def test_the_unit_files_are_installed(installed: Path) -> None:
    """They lie where `hivemindctl install` looks for them."""
    share = installed / "share" / "hivemindd"
    shipped = {
        path.relative_to(CHECKOUT)
        for folder in ("systemd", "launchd")
        for path in (CHECKOUT / folder).iterdir()
    }

    assert {path.suffix for path in shipped} >= {".service", ".plist"}
    assert all((share / path).is_file() for path in shipped)


def test_it_works_once_installed(installed: Path, tmp_path: Path) -> None:
    """A first run in an empty home finds nothing, and says so."""
    done = run(installed / "bin" / "hivemindd", "--once", home=tmp_path)

    assert done.returncode == 0
    assert done.stdout.startswith("0 new events")
