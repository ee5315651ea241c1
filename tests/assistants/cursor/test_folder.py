"""Finding the folder of a Cursor project by its slug."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from hivemindd.assistants.base import Places, SessionFacts
from hivemindd.assistants.cursor import folder as cursor_folder
from hivemindd.assistants.cursor.folder import LISTINGS, is_absolute, matches, slugify

PROJECT = Path(cursor_folder.__file__).parents[3]
WATCHED = """
import sys
from pathlib import Path
from hivemindd.assistants.base import Places, SessionFacts
from hivemindd.assistants.cursor.folder import locate

def hook(event, arguments):
    if event == "open" and str(arguments[0]).startswith(sys.argv[1]):
        print(arguments[0])

sys.addaudithook(hook)
locate(SessionFacts(slug="p-my-app"), [], Places(home=Path(sys.argv[1])))
"""


class Machine:
    """A scratch home with some folders in it."""

    def __init__(self, home: Path) -> None:
        """Make the home folder."""
        self.home = home
        self.home.mkdir(parents=True)
        self.data = home / ".cursor"

    def folder(self, name: str) -> str:
        """Make a folder in the home."""
        path = self.home / name
        path.mkdir(parents=True)
        return str(path)

    def trust(self, slug: str, text: str) -> None:
        """Write down the folder of a project as Cursor does."""
        file = self.data / "projects" / slug / ".workspace-trusted"
        file.parent.mkdir(parents=True)
        file.write_text(text, "utf-8")

    def chat(self, cwd: str, *, group: str = "") -> None:
        """Write the description of a chat."""
        name = group or hashlib.md5(cwd.encode(), usedforsecurity=False).hexdigest()
        file = self.data / "chats" / name / "c0ffee" / "meta.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"schemaVersion": 1, "cwd": cwd}), "utf-8")

    def locate(
        self, slug: str, *, paths: Iterable[str] = (), known: Iterable[str] = ()
    ) -> str | None:
        """Ask for the folder of a project."""
        facts = SessionFacts(slug=slug, paths=list(paths))
        return cursor_folder.locate(facts, known, Places(home=self.home))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Make a scratch home."""
    return Machine(tmp_path / "homes" / "me")


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/Users/me/dev/my_app.web", "Users-me-dev-my-app-web"),
        ("C:\\Users\\PC\\My Proj", "C-Users-PC-My-Proj"),
        ("/home/a/.config//x__y/", "home-a-config-x-y"),
        ("/home/é/日本/x", "home-x"),
        ("/", ""),
    ],
)
def test_slug(path: str, slug: str) -> None:
    """A slug is what Cursor makes of a path."""
    assert slugify(path) == slug


@pytest.mark.parametrize(
    ("path", "slug", "expected"),
    [
        ("/p/a_b", "p-a-b", True),
        ("/P/a_b", "p-a-b", False),
        ("C:\\Users\\Me", "c-Users-Me", True),
        ("c:/users/me", "C-Users-Me", True),
        ("/p/" + "x" * 120, "p-" + "x" * 82 + "0a1b2c3", True),
        ("/p/" + "x" * 120, "p-" + "x" * 82 + "-0a1b2c3", True),
        ("/p/" + "x" * 120, "p-" + "x" * 82, False),
        ("/p/" + "x" * 120, "p-" + "y" * 82 + "0a1b2c3", False),
    ],
)
def test_matches(path: str, slug: str, expected: object) -> None:
    """Letter case counts off Windows drives; a long slug ends in a hash."""
    assert matches(path, slug) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/a", True), ("C:\\a", True), ("c:/a", True), ("a/b", False), ("C:a", False), ("", False)],
)
def test_absolute(path: str, expected: object) -> None:
    """Paths of both systems are told from relative ones."""
    assert is_absolute(path) is expected


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "1767225600000",
        "empty-window",
        "var-folders-xy-abc-T-x",
        "c-Users-me-AppData-Local-Temp-0a1b2c3d-0000-4000-8000-000000000000",
    ],
)
def test_no_folder(machine: Machine, slug: str) -> None:
    """Windows without a folder, and throw-away folders, have none."""
    machine.trust(slug, json.dumps({"workspacePath": "/p"}))

    assert machine.locate(slug, known=["/empty/window", "/1767225600000"]) is None


def test_known_folder_goes_first(machine: Machine) -> None:
    """A folder that another session ran in is taken before anything is read."""
    machine.trust("p-my-app", json.dumps({"workspacePath": "/other"}))

    assert machine.locate("p-my-app", known=["/q", "/p/my_app", "/p/my_app"]) == "/p/my_app"


def test_two_known_folders(machine: Machine) -> None:
    """Where known folders leave a choice, the next source decides."""
    machine.trust("p-my-app", json.dumps({"workspacePath": "/p/my.app"}))

    assert machine.locate("p-my-app", known=["/p/my_app", "/p/my.app"]) == "/p/my.app"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"workspacePath": 7}', '{"workspacePath": "relative"}', "[" * 60_000]
)
def test_broken_trust_file(machine: Machine, text: str) -> None:
    """A file that does not say is passed over."""
    machine.trust("p-my-app", text)

    assert machine.locate("p-my-app", paths=["/p/my_app/a.py"]) == "/p/my_app"


def test_chats(machine: Machine) -> None:
    """A chat names its folder, when it lies where a chat of that folder would."""
    machine.chat("/p/my-app", group="forged")
    machine.chat("/p/my_app")
    machine.chat("/elsewhere")
    (machine.data / "chats" / "empty").mkdir()

    assert machine.locate("p-my-app") == "/p/my_app"


def test_data_folder_of_the_environment(machine: Machine, tmp_path: Path) -> None:
    """Another data folder is believed where the environment names it."""
    machine.data = tmp_path / "data"
    machine.trust("p-my-app", json.dumps({"workspacePath": "/p/my_app"}))
    places = Places(home=machine.home, env={"CURSOR_DATA_DIR": str(machine.data)})

    assert cursor_folder.locate(SessionFacts(slug="p-my-app"), [], places) == "/p/my_app"
    assert machine.locate("p-my-app") is None


def test_paths_of_tools(machine: Machine) -> None:
    """The longest folder above a tool's path that has the slug is the one."""
    paths = ["/q/a.py", "relative", "/p/my_app/src/deep/a.py", "/p/my_app/b.py"]

    assert machine.locate("p-my-app", paths=paths) == "/p/my_app"
    assert machine.locate("p-my-app", paths=["/p/my_app"]) == "/p/my_app"
    assert machine.locate("p-my-app", paths=["/p/my_app/é/a.py"]) == "/p/my_app/é"
    assert machine.locate("p-my-app", paths=["/p/my_app/a", "/p/my.app/a"]) is None


def test_paths_on_windows(machine: Machine) -> None:
    """A drive's letter may come in either case."""
    found = machine.locate("c-Users-PC-My-Proj", paths=["C:\\Users\\PC\\My Proj\\src\\a.ts"])

    assert found == "C:\\Users\\PC\\My Proj"


@pytest.mark.parametrize("name", ["shop", "dev/my_app.web", "a/.hidden/b c", "deep/é/shop"])
def test_search_in_home(machine: Machine, name: str) -> None:
    """A folder in the home is found by the names on its way."""
    folder = machine.folder(name)
    machine.folder("dev-other")

    assert machine.locate(slugify(folder)) == folder


def test_search_finds_home_itself(machine: Machine) -> None:
    """The home folder is a folder too."""
    assert machine.locate(slugify(str(machine.home))) == str(machine.home)


def test_search_outside_of_home(machine: Machine, tmp_path: Path) -> None:
    """Elsewhere the search starts at the top."""
    folder = tmp_path / "srv" / "my_app"
    folder.mkdir(parents=True)

    assert machine.locate(slugify(str(folder))) == str(folder)


def test_search_with_a_choice(machine: Machine) -> None:
    """Two folders with one slug are no answer."""
    folder = machine.folder("my_app")
    machine.folder("my/app")

    assert machine.locate(slugify(folder)) is None


def test_search_stays_out_of_other_homes(machine: Machine, tmp_path: Path) -> None:
    """Neither another user's home nor what is in it is an answer."""
    other = tmp_path / "homes" / "you"
    (other / "shop").mkdir(parents=True)

    assert machine.locate(slugify(str(other / "shop"))) is None
    assert machine.locate(slugify(str(other))) is None


def test_search_follows_no_links(machine: Machine, tmp_path: Path) -> None:
    """A link leads out of what the search may see."""
    (tmp_path / "homes" / "you" / "shop").mkdir(parents=True)
    (machine.home / "link").symlink_to(tmp_path / "homes" / "you")

    assert machine.locate(slugify(f"{machine.home}/link/shop")) is None


def test_search_ends(machine: Machine) -> None:
    """A search that would list too many folders has found nothing."""
    folder = machine.folder("shop")
    dots = str.maketrans("01", "_.")
    for number in range(LISTINGS):
        (machine.home / f"_{number:012b}".translate(dots)).mkdir()

    assert machine.locate(slugify(folder)) is None


def test_secrets_are_not_opened(machine: Machine) -> None:
    """Neither keys nor the editor's database are opened on the way to an answer."""
    machine.trust("p-my-app", "{}")
    machine.chat("/p/elsewhere")
    for name in ("mcp.json", "auth.json", "projects/p-my-app/mcp-auth.json", "state.vscdb"):
        (machine.data / name).write_text('{"workspacePath": "/p/my_app"}', "utf-8")
    command = [sys.executable, "-c", WATCHED, str(machine.home)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    opened = {Path(name).name for name in done.stdout.splitlines()}

    assert opened == {".workspace-trusted", "meta.json"}
