"""Which judge is taken, and which address may be used."""

from pathlib import Path

import pytest

from hivemindd.codify.choice import check_address, choose
from hivemindd.config import Config, JudgeConfig
from hivemindd.paths import Paths, find_paths

KEY = {"ANTHROPIC_API_KEY": "sk-ant-fake"}


@pytest.fixture(name="paths")
def _paths(scratch_home: Path) -> Paths:
    return find_paths({"HOME": str(scratch_home)})


def test_the_password_of_an_address_is_not_told(paths: Paths) -> None:
    """Neither where it is why the judge was chosen, nor where it may not be used."""
    address = "http://me:Tr0ub4dor3x9@llm.example.org"
    choice = choose(paths, Config(judge=JudgeConfig(base_url=address)), {})

    assert choice.base_url == address
    for sentence in (choice.why, choice.fault, check_address(f"ftp{address}", plain_http=True)):
        assert "me:«redacted:url-password»@" in sentence
        assert "Tr0ub4dor" not in sentence


@pytest.mark.parametrize(
    ("judge", "env", "kind", "base_url"),
    [
        (JudgeConfig(), {}, "local", ""),
        (JudgeConfig(), KEY, "api", ""),
        (JudgeConfig(base_url="http://localhost:11434"), {}, "api", "http://localhost:11434"),
        (JudgeConfig(), {"ANTHROPIC_BASE_URL": "https://llm.example.org"}, "local", ""),
        (
            JudgeConfig(kind="api"),
            {"ANTHROPIC_BASE_URL": "https://llm.example.org"},
            "api",
            "https://llm.example.org",
        ),
        (
            JudgeConfig(base_url="https://a.example.org"),
            {**KEY, "ANTHROPIC_BASE_URL": "https://b.example.org"},
            "api",
            "https://a.example.org",
        ),
        (JudgeConfig(kind="local", base_url="http://localhost:1"), KEY, "local", ""),
        (JudgeConfig(kind="claude-cli"), KEY, "claude-cli", ""),
    ],
)
def test_the_judge_follows_the_settings(
    paths: Paths, judge: JudgeConfig, env: dict[str, str], kind: str, base_url: str
) -> None:
    """A key or an address in the settings means the API; the client is never taken unasked."""
    choice = choose(paths, Config(judge=judge), env)

    assert (choice.kind, choice.base_url, choice.fault) == (kind, base_url, "")


def test_a_missing_key_is_a_fault(paths: Paths) -> None:
    """Only where the API was asked for by name, at its own host."""
    assert "no API key" in choose(paths, Config(judge=JudgeConfig(kind="api")), {}).fault


@pytest.mark.parametrize(
    "url",
    [
        "https://llm.example.org",
        "https://10.0.0.7:8443/path",
        "http://localhost:11434",
        "http://ollama.localhost",
        "http://127.0.0.1:8080",
        "http://127.8.9.1",
        "http://[::1]:8080",
    ],
)
def test_addresses_that_may_be_used(url: str) -> None:
    """Encrypted ones, and this machine itself."""
    assert check_address(url, plain_http=False) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://llm.example.org",
        "http://10.0.0.7:8080",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "http://0.0.0.0:11434",
    ],
)
def test_words_do_not_travel_unencrypted(url: str) -> None:
    """Unless the settings say that they may."""
    assert "plain_http = true" in check_address(url, plain_http=False)
    assert check_address(url, plain_http=True) == ""


@pytest.mark.parametrize("url", ["llm.example.org", "ftp://x", "http://", "http://[", "http://x:y"])
def test_what_is_no_address_is_named(url: str) -> None:
    """With one that is."""
    assert "is no address" in check_address(url, plain_http=True)
