"""What each setting is, and who says so."""

from pathlib import Path

import pytest

from hivemindd.errors import ConfigError
from hivemindd.settings.known import settings
from hivemindd.settings.load import TURNS
from hivemindd.settings.origins import list_held


def test_each_setting_names_who_says_so(tmp_path: Path) -> None:
    """A line of the file, a variable that wins over one, or nobody."""
    file = tmp_path / "config.toml"
    file.write_text('# mine\nidle_after = "1m"\nskillify_every_n_turns = 5\n[judge]\nmodel = "x"')

    rows = {row.name: row for row in list_held(file, {TURNS: "7"})}

    assert list(rows) == [each.full_name for each in settings()]
    told = {name: (row.value, row.source, row.line) for name, row in rows.items()}
    assert told["idle_after"] == ("1m", "file", 2)
    assert told["judge.model"] == ("x", "file", 5)
    assert told["skillify_every_n_turns"] == (7, "environment", 0)
    assert told["publish"] == (True, "default", 0)
    assert rows["idle_after"].default == "5m"
    assert rows["skillify_every_n_turns"].variable == TURNS


def test_without_a_file_all_are_defaults(tmp_path: Path) -> None:
    """And none has a line."""
    rows = list_held(tmp_path / "none.toml", {})

    assert {(row.source, row.line) for row in rows} == {("default", 0)}
    assert all(row.value == row.default for row in rows)


def test_a_file_with_a_mistake_has_no_settings(tmp_path: Path) -> None:
    """It says nothing in part."""
    file = tmp_path / "config.toml"
    file.write_text('idle_after = "1m"\nnope = 1\n')

    with pytest.raises(ConfigError, match=":2: nope is no setting"):
        list_held(file, {})
