"""Judge whether a value is random enough to be a secret, or a name, a path, a template.

Each judge takes the value and whether it is sure to be a literal (quoted, or after a bare
`=`), since in code `password = user.password` holds no secret.
"""

import re
from base64 import b64decode
from collections import Counter
from itertools import pairwise
from math import log2

# Bits a byte, of strings that may be as short as eight bytes: an English word has about 2.
_RANDOM = 2.5
_VERY_RANDOM = 3.0
_TEMPLATE = re.compile(
    rb"(?i)\A[$%<{]|your[_-]|changeme|xxxx|\*\*\*|\.\.\.|process\.env|environ|redacted:|"
    rb"\A(?:\[?redacted|[+,][ \t]?[a-z_.]+[0-9]?[),;]*\Z|[a-z_]\w*(?:\.\w+)+\(|"
    rb"https?://|arn:|file:|\.{0,2}/|~/|[a-z]:/)|\(\?[:=!<p]|\A\^?\[[^\]]*\][+*{]"
)
_NO_URL_PASSWORD = re.compile(
    rb"[$<{]|\*{3}|[0-9]{2,5}[?#;]|\[?redacted|.{0,64}\xc2\xabredacted:|(?i:pass(?:word|wd)?)\Z"
)
_WORDY = re.compile(rb"[A-Za-z]*[0-9]{0,3}(?:[-_./:@=?+~#%!$*^][A-Za-z]*[0-9]{0,3})*")
_AMOUNT = re.compile(rb"[0-9.,:/%-]+[A-Za-z%]{0,2}(?:/[0-9.,]+[A-Za-z%]{0,2})?")
_SCHEME = re.compile(rb"(?i)auth|\A(?:basic|digest|ntlm|md|sha|sigv|hmac|hs|rs|es)[0-9]")
_CALL = re.compile(rb"[A-Za-z_][A-Za-z0-9_.]*\(.*\)")
_NAME = re.compile(rb"[A-Za-z_]+[0-9]{0,5}[A-Za-z_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*[.?!:]*")


def is_password(value: bytes, literal: bool) -> bool:  # noqa: FBT001
    """Tell whether `value` may be a password, not a name, a path, a number or a template."""
    head = value[:256]
    if _TEMPLATE.search(head) or _is_plain(head):
        return False
    return literal or not _NAME.fullmatch(head)


def is_named(value: bytes, literal: bool) -> bool:  # noqa: FBT001
    """Tell whether `value`, that a name announces, may be a password: a short one has digits."""
    return is_password(value, literal) and (len(value) >= 8 or _has_digit(value))


def is_mixed(value: bytes, literal: bool) -> bool:  # noqa: FBT001
    """Tell whether `value`, after a name as short as `pass`, has letters and digits."""
    return is_spoken(value, literal) and not _AMOUNT.fullmatch(value[:256])


def is_login(value: bytes, literal: bool) -> bool:  # noqa: FBT001
    """Tell whether `value`, after `pwd` or `_AUTH`, is no path and no way to log in."""
    head = value[:256]
    joined = _WORDY.fullmatch(head) and not head.isalnum()
    return is_mixed(value, literal) and not joined and not _SCHEME.search(head)


def is_login_pair(value: bytes, literal: bool) -> bool:  # noqa: ARG001, FBT001
    """Tell whether `value` is a name and a password in Base64, as basic authentication has them."""
    bare = value.rstrip(b"=")
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]  # what is too much belongs to what follows
    try:
        pair = b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except ValueError:
        return False
    try:
        text = pair.decode()
    except UnicodeDecodeError:
        text = pair.decode("latin-1")
    name, colon, password = text.partition(":")
    return bool(colon and password) and f"{name}{password}".isprintable()


def is_phrase(value: bytes, literal: bool) -> bool:  # noqa: FBT001
    """Tell whether `value`, given to a variable of the shell, is a password, also one of words."""
    head = value[:256]
    if _TEMPLATE.search(head) or _CALL.fullmatch(head) or head.count(b"(") != head.count(b")"):
        return False
    return literal and (len(value) >= 12 or is_password(value, literal))


def ends_line(value: bytes, after: bytes) -> bool:
    """Tell whether `value` is no name in code, since it ends its line: `password: hunter2`."""
    if not (value.isalnum() and _has_digit(value)) or b"pass" in value.lower():
        return False
    return after[:1] in {b"", b"\r", b"\n"} or after in {b"\\n", b"\\r"}


def is_secret(value: bytes, literal: bool) -> bool:  # noqa: FBT001
    """Tell whether `value` looks drawn at random: more than words joined by hyphens."""
    head = value[:256]
    return is_password(head, literal) and not _WORDY.fullmatch(head) and entropy(head) >= _RANDOM


def is_key(value: bytes, literal: bool) -> bool:  # noqa: FBT001
    """Tell whether `value` is long and random enough when only `_KEY=` announces it."""
    return len(value) >= 16 and is_secret(value, literal) and entropy(value[:256]) >= _VERY_RANDOM


def is_spoken(value: bytes, literal: bool) -> bool:  # noqa: FBT001
    """Tell whether `value`, named as the password in a sentence, is one and not a remark."""
    return is_password(value, literal) and _has_digit(value)


def is_url_password(value: bytes, literal: bool) -> bool:  # noqa: ARG001, FBT001
    """Tell whether `value` is neither a template nor a port with what follows it."""
    return not _NO_URL_PASSWORD.match(value)


def entropy(value: bytes) -> float:
    """Return the Shannon entropy of `value`, in bits a byte."""
    total = len(value)
    return -sum(n / total * log2(n / total) for n in Counter(value).values())


def _is_plain(value: bytes) -> bool:
    """Tell whether `value` has no letter, or nothing but letters that read like words."""
    text = value.decode("latin-1")
    letters = sum(char.isalpha() for char in text)
    if not letters:
        return True
    turns = sum(a.isupper() != b.isupper() for a, b in pairwise(text))
    return letters == len(text) and (len(text) < 16 or turns < 0.4 * len(text))


def _has_digit(value: bytes) -> bool:
    return any(48 <= byte < 58 for byte in value)
