"""docs/ and the code say the same. `pytest tests --update-readme` mends it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hivemindd.settings.known import sections, settings
from hivemindd.settings.mend import to_toml
from tests.ctl.reference import between, called, manual, put_between
from tests.ctl.runner import CHECKOUT, run

_DOCS = CHECKOUT / "docs"
_CONFIGURATION = _DOCS / "configuration.md"
_VARIABLE = re.compile(r'"((?:HIVEMIND|ANTHROPIC|CLAUDE_CONFIG|CODEX|CURSOR|XDG_[CS])\w*)"')


def test_every_setting_stands_in_the_docs(*, update_readme: bool) -> None:
    """With its default and what it means: the page is made from the types."""
    _compare(_CONFIGURATION, "settings", "".join(f"{line}\n" for line in _tables()), update_readme)


def test_the_help_of_every_command_stands_in_the_docs(*, update_readme: bool) -> None:
    """Word for word as `--help` prints it."""
    _compare(_DOCS / "commands.md", "manual", manual(), update_readme)


def test_mistakes_are_named_as_the_docs_show(tmp_path: Path, *, update_readme: bool) -> None:
    """The file of the example is checked, and what is printed is what stands there."""
    shown = between(_CONFIGURATION.read_text("utf-8"), "mistakes")
    before, _, rest = shown.partition("$ cat new.toml\n")
    text, _, _ = rest.partition("\n$ ")
    file = tmp_path / "new.toml"
    file.write_text(text, "utf-8")

    said = run(tmp_path, "config", "check", str(file))

    printed = f"{said.stdout}{said.stderr}".replace("~/", "")
    example = f"{before}$ cat new.toml\n{text}\n$ hivemindctl config check new.toml\n{printed}```\n"
    assert said.exit_code == 78
    _compare(_CONFIGURATION, "mistakes", example, update_readme)


def test_every_variable_that_is_read_stands_in_the_docs() -> None:
    """Each is found in the code as a text of its own."""
    sources = [*(CHECKOUT / "hivemindd").rglob("*.py"), *(CHECKOUT / "ctl").rglob("*.py")]
    read = {name for file in sources for name in _VARIABLE.findall(file.read_text("utf-8"))}
    told = _CONFIGURATION.read_text("utf-8")

    assert {"HIVEMIND_CAPTURE", "XDG_STATE_HOME"} <= read
    assert {name for name in read if f"`{name}" not in told} == _INTERNAL


_INTERNAL = {"ANTHROPIC_AUTH_TOKEN"}
"""Only passed on to Claude Code's own client, which reads them."""


def _tables() -> Iterator[str]:
    """Yield the lines of a table for each section."""
    for section in ("", *sections()):
        if section:
            yield from ("", f"### `[{section}]`", "", sections()[section], "")
        yield "| setting | default | meaning |"
        yield "|---|---|---|"
        for setting in settings():
            if setting.section == section:
                about = setting.about
                if setting.choices:
                    about += f" Any of {_codes(setting.choices)}." * (setting.kind == "list")
                    about += f" One of {_codes(setting.choices)}." * (setting.kind == "choice")
                yield f"| `{setting.name}` | `{to_toml(setting.default)}` | {about} |"


def _codes(texts: tuple[str, ...]) -> str:
    return ", ".join(f"`{to_toml(text)}`" for text in texts)


def _compare(file: Path, name: str, wanted: str, update: bool) -> None:  # noqa: FBT001
    """Compare what stands between two marks of a file, or rewrite it."""
    if update:
        file.write_text(put_between(file.read_text("utf-8"), name, wanted), "utf-8")
    assert between(file.read_text("utf-8"), name) == wanted


def test_what_is_typed_on_the_walkthrough_can_be_typed() -> None:
    """Each command is read as the command itself reads it."""
    prompt = r"(?m)^~\S* \$ (?:\.venv/bin/)?"
    typed = re.findall(rf"{prompt}((?:hivemindctl|hivemindd)\b.*)$", _walkthrough())
    finished = [line for line in typed if not _is_being_completed(line)]

    found = {called(line)[1] for line in finished if line.startswith("hivemindctl")}

    assert {"install", "status", "pause", "resume", "sessions", "corrections"} <= found
    assert {"skills", "why", "doctor", "logs", "forget", "uninstall"} <= found


def test_the_screens_of_the_walkthrough_are_anybodys() -> None:
    """80 columns, and no path of the machine on which they were made."""
    screens = "".join(re.findall(r"(?ms)^```\n(.*?)^```$", _walkthrough()))
    whole = re.sub(r"(?m)^(.{80})\n", r"\1", screens)
    paths = re.findall(r"(?<![\w~.$/-])/[\w./-]+", whole)

    assert max(map(len, screens.splitlines())) <= 80
    assert {path for path in paths if not path.startswith("/home/ada/")} <= {"/home/ada"}


def _walkthrough() -> str:
    return (_DOCS / "walkthrough.md").read_text("utf-8")


def _is_being_completed(line: str) -> bool:
    """Tell whether Tab was pressed there."""
    return line == "hivemindctl skill"


@pytest.mark.parametrize("page", sorted(_DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """To a file, and to a heading of it."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text("utf-8")):
        name, _, heading = target.partition("#")
        there = (page.parent / name) if name else page
        assert there.is_file(), target
        assert not heading or heading in _headings(there), target


def _headings(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    found = re.findall(r"(?m)^#+ (.+)$", page.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in found}
