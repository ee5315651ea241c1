"""What settings there are."""

import tomllib

import msgspec
import pytest

from hivemindd.config import Config
from hivemindd.settings.known import Setting, sections, settings
from hivemindd.settings.template import default_text


@pytest.mark.parametrize("setting", settings(), ids=lambda each: each.full_name)
def test_every_setting_says_what_it_means(setting: Setting) -> None:
    """In whole sentences: the file and docs/configuration.md are made of them."""
    assert setting.about[0].isupper()
    assert setting.about.endswith(".")


@pytest.mark.parametrize("setting", settings(), ids=lambda each: each.full_name)
def test_every_default_can_be_written(setting: Setting) -> None:
    """It is what the setting would be if a person wrote it."""
    assert setting.default is not msgspec.NODEFAULT
    assert bool(setting.choices) <= (setting.kind in {"choice", "list"})


def test_kinds_are_read_off_the_types() -> None:
    """One of each."""
    kinds = {each.full_name: each.kind for each in settings()}

    assert kinds["idle_after"] == kinds["judge.timeout"] == "duration"
    assert kinds["keep"] == "span"
    assert kinds["max_disk"] == "size"
    assert kinds["publish"] == "switch"
    assert kinds["learn_from"] == "list"
    assert kinds["skillify_every_n_turns"] == "count"
    assert kinds["judge.kind"] == "choice"
    assert kinds["judge.daily_budget"] == "amount"
    assert kinds["judge.model"] == "text"
    assert list(sections()) == ["judge"]


class TestTemplate:
    """The file to begin with."""

    def test_it_changes_nothing(self) -> None:
        """Everything in it is a remark, but for the heads of sections."""
        assert msgspec.convert(tomllib.loads(default_text()), Config) == Config()

    def test_it_holds_every_setting_with_its_default(self) -> None:
        """Without the `#` before its name, and without its remarks, it is the defaults."""
        lines = (line.removeprefix("#") for line in default_text().splitlines() if line[:2] != "# ")
        text = "\n".join(line for line in lines if not line.startswith(" "))

        found = tomllib.loads(text)
        assert msgspec.convert(found, Config) == Config()
        sectioned = {name for name, value in found.items() if isinstance(value, dict)}
        names = {name for name in found if name not in sectioned}
        names |= {f"{section}.{name}" for section in sectioned for name in found[section]}
        assert names == {each.full_name for each in settings()}

    def test_it_can_be_read_in_a_terminal(self) -> None:
        """No line is longer than an editor shows."""
        assert max(map(len, default_text().splitlines())) <= 90
