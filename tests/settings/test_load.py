"""Reading the settings: the file, the environment, and the sentence where one is wrong."""

from pathlib import Path

import pytest

from hivemindd.config import Config, JudgeConfig
from hivemindd.errors import ConfigError
from hivemindd.settings.load import TURNS, load_config


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


class TestFile:
    """The settings file."""

    def test_it_need_not_exist(self, file: Path) -> None:
        """The defaults need no change."""
        assert load_config(file, {}) == Config()

    def test_a_file_that_was_asked_for_must_exist(self, file: Path) -> None:
        """A typing error must not go unnoticed."""
        with pytest.raises(ConfigError, match="does not exist") as caught:
            load_config(file, {}, required=True)

        assert caught.value.exit_code == 78

    def test_what_it_says_holds(self, file: Path) -> None:
        """The rest keeps its defaults."""
        file.write_text('idle_after = "1m"\n[judge]\nkind = "local"\n')

        config = load_config(file, {})
        assert config == Config(idle_after="1m", judge=JudgeConfig(kind="local"))

    def test_an_empty_file_says_nothing(self, file: Path) -> None:
        """Nor does one with remarks alone."""
        file.write_text("# nothing\n\n")

        assert load_config(file, {}) == Config()

    def test_the_first_mistake_is_named_with_its_line(self, file: Path) -> None:
        """One sentence that begins with the file, and how to see the others."""
        file.write_text('idle_after = "5m"\n\npublish = "yes"\n[judge]\nkind = "magic"\n')

        with pytest.raises(ConfigError) as caught:
            load_config(file, {})

        assert str(caught.value) == (
            f'{file}:3: publish = "yes" is neither true nor false; did you mean publish = true? '
            "(1 more: `hivemindctl config check`)"
        )
        assert caught.value.exit_code == 78

    def test_assistants_may_be_named_in_any_order(self, file: Path) -> None:
        """Each list for itself, and empty for none."""
        file.write_text('learn_from = ["cursor", "codex"]\npublish_to = []\n')

        config = load_config(file, {})
        assert config == Config(learn_from=("cursor", "codex"), publish_to=())

    def test_folders_to_ignore(self, file: Path) -> None:
        """As patterns that say where they begin; another one is refused with its mend."""
        file.write_text('ignore = ["~/clients/**", "**/secret-*"]\n')
        assert load_config(file, {}).ignore == ("~/clients/**", "**/secret-*")

        file.write_text('ignore = ["clients"]\n')
        with pytest.raises(ConfigError, match="ignore has 'clients': name a folder as"):
            load_config(file, {})

    def test_a_mark_of_an_editor_is_no_mistake(self, file: Path) -> None:
        """Some begin every file with a byte order mark."""
        file.write_bytes(b"\xef\xbb\xbfpublish = false\r\n")

        assert load_config(file, {}) == Config(publish=False)

    @pytest.mark.parametrize("content", [b"\xff\xfe", b"idle_after = '\xff'"])
    def test_a_file_that_is_no_text_is_refused(self, file: Path, content: bytes) -> None:
        """No line can be named in it."""
        file.write_bytes(content)

        with pytest.raises(ConfigError, match="it is no text in UTF-8"):
            load_config(file, {})

    def test_a_folder_is_no_file(self, file: Path) -> None:
        """The cause is the system's own."""
        file.mkdir()

        with pytest.raises(ConfigError, match="Is a directory"):
            load_config(file, {})


class TestEnvironment:
    """What the environment says."""

    def test_it_wins(self, file: Path) -> None:
        """Over the file, as it did before there was one."""
        file.write_text("skillify_every_n_turns = 7")

        assert load_config(file, {}).skillify_every_n_turns == 7
        assert load_config(file, {TURNS: ""}).skillify_every_n_turns == 7
        assert load_config(file, {TURNS: "5"}).skillify_every_n_turns == 5

    @pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", " 5", "²", "9" * 40])
    def test_it_must_be_a_number(self, file: Path, value: str) -> None:
        """The variable is named, not the file."""
        with pytest.raises(ConfigError, match=f"^{TURNS}"):
            load_config(file, {TURNS: value})
