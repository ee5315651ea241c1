"""Redaction: every kind by its own sample, nothing else, in both engines alike."""

import base64
import hashlib
import re
import uuid
from typing import Any

import msgspec
import pytest

from hivemindd.redaction import patterns
from hivemindd.redaction.redactor import Redactor
from hivemindd.redaction.rules import placeholder
from tests.redaction.engines import SAMPLES


class TestSamples:
    """The table proves itself."""

    @pytest.mark.parametrize(("kind", "sample"), SAMPLES)
    def test_each_sample_becomes_the_placeholder_of_its_kind(
        self, redactor: Redactor, kind: str, sample: str
    ) -> None:
        """A sample is redacted as its kind, alone and within a text."""
        for text in (sample, f"before {sample} after", f"one\n{sample}\ntwo"):
            clean = redactor.text(text)

            assert placeholder(kind) in clean
            assert redactor.text(clean) == clean

    @pytest.mark.parametrize(("kind", "sample"), SAMPLES)
    def test_a_sample_within_json_within_a_string_is_found(
        self, redactor: Redactor, kind: str, sample: str
    ) -> None:
        r"""Escapes such as \n and \" around a secret do not hide it."""
        text = msgspec.json.encode({"output": f"line\n{sample}\nline"}).decode()

        assert placeholder(kind) in redactor.text(text)

    @pytest.mark.parametrize("text", [each for row in patterns.TABLE for each in row.innocent])
    def test_what_only_looks_like_one_stays(self, redactor: Redactor, text: str) -> None:
        """In its line, in a text, and as it lies in JSON."""
        for whole in (text, f"one\n{text}\ntwo", msgspec.json.encode(text).decode()):
            assert redactor.text(whole) == whole

    @pytest.mark.parametrize(("kind", "sample"), SAMPLES)
    def test_a_length_before_it_in_the_raw_record_does_not_hide_it(
        self, redactor: Redactor, kind: str, sample: str
    ) -> None:
        """In msgpack the byte before a string may be a digit or a letter."""
        for length in (*b"0Aaz", 200):
            if placeholder(kind) in redactor.text(text := sample.ljust(length)):
                assert redactor.may_hold(msgspec.msgpack.encode({"text": text}))

    def test_every_match_begins_with_a_start_of_its_row(self) -> None:
        """Without RE2 a regex is only tried where one of its starts stands."""
        for row in patterns.TABLE:
            for sample in row.samples:
                match = re.search(row.gate or row.regex, sample.encode())

                assert match
                assert match.group().lower().startswith(row.starts)

    def test_kinds_survive_in_the_text_around_them(self, redactor: Redactor) -> None:
        """Only the secret goes: the words that announce it stay readable."""
        url = redactor.text("psql postgres://app:Tr0ub4dor@db.example/x")

        assert url == "psql postgres://app:«redacted:url-password»@db.example/x"
        query = redactor.text("?password=Tr0ub4dor&page=2 or PASSWORD=Tr0ub4dor&3")
        assert query == "?password=«redacted:password»&page=2 or PASSWORD=«redacted:password»"
        assert redactor.text("DB_PASSWORD='Zx81-2k9w'") == "DB_PASSWORD='«redacted:password»'"


class TestInnocent:
    """What looks random and is none of our business."""

    @pytest.mark.parametrize(
        "text",
        [
            f"commit {hashlib.sha1(b'x', usedforsecurity=False).hexdigest()}",
            f"session {uuid.UUID(int=2**127 + 12345)}",
            '"integrity": "sha512-'
            + base64.b64encode(hashlib.sha512(b"x").digest()).decode()
            + '"',
            "golang.org/x/net v0.1.0 h1:"
            + base64.b64encode(hashlib.sha256(b"x").digest()).decode(),
            "--hash=sha256:" + hashlib.sha256(b"x").hexdigest(),
            "data:image/png;base64," + base64.b64encode(hashlib.sha512(b"x").digest() * 9).decode(),
            "cache-key: linux-node-" + hashlib.md5(b"x", usedforsecurity=False).hexdigest(),
            "task-" + hashlib.md5(b"x", usedforsecurity=False).hexdigest(),
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "B" * 43 + " me@example",
            "const token = jwt.sign({ id: user.id }, config.secret2)",
            "def login(password: str, token: Optional[str] = None) -> None:",
            "login(user, password=user.password2)",
            "password: hashPassword2(raw), token: state.auth.token1,",
            "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
            "export API_KEY=$(cat key.txt) TOKEN=${TOKEN} SECRET=<your-secret-1>",
            "Authorization: Bearer $TOKEN",
            "Authorization: Bearer YOUR_TOKEN_HERE1",
            "credentials: 'same-origin', max_tokens=4096, token: 12345678",
            "secret: my-app-secret-v2",
            "git clone git@github.com:owner/repo.git ssh://git@host:22/x",
            "http://localhost:3000/@scope/pkg https://a.example/?t=1:2@3",
            "docker run -u 1000:1000 image",
            "the token is user-scoped and the password is required",
            'publicKeyToken="1fc8b3b9a1e18e3b" PublicKeyToken=b77a5c561934e089',
            "private_key: ed25519.Ed25519PrivateKey, password = utf8_to_utf16_dup(v);",
            'HEX_PAT = "[0-9A-Fa-f]{1,4}" LS32_PAT = "(?:{hex}:{hex}|{ipv4})"',
            "http://username:password@host.com:80/path and https://user:pass@sub.example.com",
            "file tokens.py, class TokenBucket, key = 'value', primary_key=True",
        ],
    )
    def test_it_stays_as_it_is(self, redactor: Redactor, text: str) -> None:
        """Hashes, ids, images, lockfiles, code and templates hold no secret."""
        assert redactor.text(text) == text


class TestValues:
    """JSON-like values."""

    def test_strings_and_keys_are_redacted_at_any_depth(self, redactor: Redactor) -> None:
        """Everything that is no string stays as it is."""
        token = "ghp_" + "a1B2" * 9
        value = {"a": [1, None, {"b": token}], token: True, "n": 1.5}

        clean = redactor.value(value)

        mark = "«redacted:github-token»"
        assert clean == {"a": [1, None, {"b": mark}], mark: True, "n": 1.5}

    def test_a_command_that_goes_on_in_the_next_line_is_one(self, redactor: Redactor) -> None:
        """Within JSON its line ends are escaped."""
        text = r'{"command": "docker login \\n  -u me \\n  -p Tr0ub4dor registry.example"}'

        assert "Tr0ub4dor" not in redactor.text(text)

    def test_a_string_under_a_telling_key_is_judged_with_it(self, redactor: Redactor) -> None:
        """Structured input has no text around its values."""
        value = {"db": {"password": "Zx81-2k9w"}, "api_key": "k7Qw2ZpX9vRb4TnM", "token": "short"}

        assert redactor.may_hold(msgspec.msgpack.encode(value))
        assert redactor.value(value) == {
            "db": {"password": "«redacted:password»"},
            "api_key": "«redacted:secret»",
            "token": "short",
        }

    @pytest.mark.parametrize(
        ("value", "clean"),
        [
            (
                {"name": "DB_PASSWORD", "value": "Zx81-2k9w"},
                {"name": "DB_PASSWORD", "value": "«redacted:password»"},
            ),
            (
                {"args": ["psql", "--password", "Zx81-2k9w", "db"]},
                {"args": ["psql", "--password", "«redacted:password»", "db"]},
            ),
            (
                ["--api-token", "k7Qw2ZpX9vRb4TnM", "--token"],
                ["--api-token", "«redacted:secret»", "--token"],
            ),
            ({"name": "token", "value": "plain"}, {"name": "token", "value": "plain"}),
        ],
    )
    def test_a_string_is_judged_with_what_stands_before_it(
        self, redactor: Redactor, value: Any, clean: Any
    ) -> None:
        """A variable and an option lie beside their values in JSON."""
        assert redactor.value(value) == clean
        assert redactor.may_hold(msgspec.msgpack.encode(value)) or value == clean

    @pytest.mark.parametrize(
        ("path", "clean"),
        [
            ("/home/me/src/app", "/home/me/src/app"),
            ("/t/ghp_" + "a1B2" * 9, "/t/«redacted:github-token»"),
            ("/p/-t-ghp-" + "a1B2" * 9 + "/x.jsonl", "/p/_t_«redacted:github-token»/x.jsonl"),
            ("/p/5e551000-0000-4000-8000-000000000001", "/p/5e551000-0000-4000-8000-000000000001"),
        ],
    )
    def test_a_path_is_read_as_assistants_spell_it(
        self, redactor: Redactor, path: str, clean: str
    ) -> None:
        """They name a folder after another one, with a hyphen for all that is no letter."""
        assert redactor.path(path) == clean

    def test_clean_text_comes_back_as_the_same_object(self, redactor: Redactor) -> None:
        """Most text holds no secret and is not copied."""
        text = "an ordinary sentence about tokens and keys"

        assert redactor.text(text) is text


class TestScale:
    """Cost does not depend on what a hostile line repeats."""

    @pytest.mark.parametrize(
        "unit",
        [
            *("eyJ", "sk-", "://a:", "password=", "token: '", "cookie: a=b; ", "--token ", "_KEY="),
            *(
                "A",
                "a1",
                " ",
                "\\n",
                "-",
                "\u00e9",
                "-----END PRIVATE KEY-----",
                "AKIA",
                "k7Qw2ZpX",
            ),
            "-----BEGIN PRIVATE KEY-----\n" + "A" * 30 + "\n",
        ],
    )
    def test_a_line_of_a_megabyte_is_read_in_linear_time(
        self, redactor: Redactor, unit: str
    ) -> None:
        """A quadratic pattern would not finish within the time limit of a test."""
        text = (unit * (1_000_000 // len(unit) + 1))[:1_000_000]

        clean = redactor.text(f"password={text}")

        assert redactor.text(clean) == clean

    def test_text_beyond_ascii_and_lone_surrogates_survive(self, redactor: Redactor) -> None:
        """Cuts fall between characters, never within one."""
        text = "\ud83d 密码\uff1aZx81-2k9wé é password='pässwörd-12' «x» \udc00"

        clean = redactor.text(text)

        assert (
            clean
            == "\ud83d 密码\uff1a«redacted:password» é password='«redacted:password»' «x» \udc00"
        )
