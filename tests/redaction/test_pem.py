"""Private keys as PEM blocks, whole or cut off."""

import base64
import hashlib

import pytest

from hivemindd.redaction.redactor import Redactor

BODY = base64.b64encode(hashlib.sha512(b"no key").digest() * 6).decode()
KEY_LINES = [BODY[start : start + 64] for start in range(0, len(BODY), 64)]


def pem(*, newline: str = "\n", label: str = "RSA PRIVATE KEY") -> str:
    """Return a made-up private key."""
    dashes = "-" * 5
    return newline.join(
        [f"{dashes}BEGIN {label}{dashes}", *KEY_LINES, f"{dashes}END {label}{dashes}"]
    )


class TestPrivateKeys:
    """PEM blocks, whole or cut off."""

    @pytest.mark.parametrize("newline", ["\n", "\\n", "\r\n", "\n+", '",\n  "', "\n   12\u2192"])
    @pytest.mark.parametrize(
        "label", ["PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]
    )
    def test_a_block_goes_as_a_whole(self, redactor: Redactor, newline: str, label: str) -> None:
        """However its lines are broken, quoted or numbered."""
        text = f"key:{pem(newline=newline, label=label)} and more"

        assert redactor.text(text) == "key:«redacted:private-key» and more"

    @pytest.mark.parametrize("newline", ["\n", "\\n", "\n+", "\n   12\u2192"])
    def test_a_block_without_its_end_goes(self, redactor: Redactor, newline: str) -> None:
        """A cut text still gives nothing away."""
        head = pem(newline=newline).partition("-----END")[0]

        clean = redactor.text(f"{head} [cut] the rest")

        assert not any(line in clean for line in KEY_LINES)
        assert clean.endswith("[cut] the rest")

    @pytest.mark.parametrize("newline", ["\n", "\\n", "\n+", "\n   12\u2192"])
    def test_a_block_without_its_beginning_goes(self, redactor: Redactor, newline: str) -> None:
        """The same from the other side."""
        tail = pem(newline=newline).split(newline, 1)[1]

        clean = redactor.text(f"the rest was cut{newline}{tail}")

        assert not any(line in clean for line in KEY_LINES)
        assert clean.startswith("the rest was cut")

    def test_several_blocks_go_one_by_one(self, redactor: Redactor) -> None:
        """What stands between two keys stays."""
        text = f"{pem()}\nand the other one:\n{pem()}"
        mark = "«redacted:private-key»"

        assert redactor.text(text) == f"{mark}\nand the other one:\n{mark}"

    def test_the_words_begin_private_key_alone_are_no_secret(self, redactor: Redactor) -> None:
        """Code that looks for keys is not a key."""
        mark = "-----BEGIN RSA " + "PRIVATE KEY-----"
        text = f'if text.startswith("{mark}"): raise ValueError("private key in a commit")'

        assert redactor.text(text) == text
