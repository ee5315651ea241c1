"""Settings: what may be said, and what is said when it is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.assistants.registry import ASSISTANTS as READ
from hivemindd.config import ASSISTANTS, Config, JudgeConfig, duration, load_config
from hivemindd.errors import ConfigError

TURNS = "HIVEMIND_SKILLIFY_EVERY_N_TURNS"


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


class TestDuration:
    """Text that means a time."""

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86400), ("250ms", 0.25), ("1.5 m", 90)],
    )
    def test_a_duration_has_a_unit(self, text: str, seconds: float) -> None:
        """With or without a space, whole or not."""
        assert duration(text) == seconds

    @pytest.mark.parametrize(
        "text", ["", "30", "s", "-5m", "5 minutes", "5m ", "5m\n", "1.m", "5M"]
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        """The sentence shows how it should look."""
        with pytest.raises(ValueError, match="write for example"):
            duration(text)

    @given(st.text(max_size=8))
    def test_no_text_breaks_it(self, text: str) -> None:
        """It is a duration, or it is refused."""
        try:
            assert duration(text) >= 0
        except ValueError as error:
            assert "is no duration" in str(error)  # noqa: PT017  either is right


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

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("idle_after", "cannot read"),
            ('idle_after = "soon"', "'soon' is no duration"),
            ('rescan_every = "0s"', "rescan_every must be longer than nothing"),
            ("idle_after = 5", "Expected `str`"),
            ('idle_afer = "5m"', "idle_afer"),
            ("skillify_every_n_turns = 0", "at least 1"),
            ("skillify_every_n_turns = true", "Expected `int`"),
            ("[judge]\nkind = 'magic'", "magic"),
            ("[judge]\nkey = 'sk-secret'", "key"),
            ("judge = 1", "judge"),
            (
                'learn_from = ["windsurf"]',
                "learn_from has 'windsurf', which is none of claude-code",
            ),
            ('publish_to = ["Codex", "cursor"]', "publish_to has 'Codex', which is none of"),
            ('learn_from = "codex"', "learn_from"),
            ("publish_to = [1]", "publish_to"),
            ("[judge]\ntimeout = '0s'", "timeout must be longer than nothing"),
            ("[judge]\ndaily_budget = -1", "daily_budget must be an amount"),
            ("[judge]\ndaily_budget = nan", "daily_budget must be an amount"),
        ],
    )
    def test_what_is_wrong_is_named(self, file: Path, text: str, reason: str) -> None:
        """In one sentence that begins with the file."""
        file.write_text(text)

        with pytest.raises(ConfigError) as caught:
            load_config(file, {})

        assert str(file) in str(caught.value)
        assert reason in str(caught.value)
        assert caught.value.exit_code == 78

    def test_assistants_are_all_of_them_unless_it_says_otherwise(self, file: Path) -> None:
        """Those that are read; each list for itself, in any order, and empty for none."""
        assert {each.name for each in READ} == set(ASSISTANTS)
        assert set(Config().learn_from) == set(Config().publish_to) == set(ASSISTANTS)
        file.write_text('learn_from = ["cursor", "codex"]\npublish_to = []\n')

        config = load_config(file, {})
        assert config == Config(learn_from=("cursor", "codex"), publish_to=())

    @pytest.mark.parametrize("content", [b"\xff\xfe", b"idle_after = '\xff'", b"\x00"])
    def test_a_file_that_is_no_text_is_refused(self, file: Path, content: bytes) -> None:
        """As is one that cannot be parsed."""
        file.write_bytes(content)

        with pytest.raises(ConfigError, match="cannot read"):
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
