"""Keys of the log: short, fixed in width, so that a workspace is one contiguous range.

An LMDB key holds at most 511 bytes, and a workspace path may be longer: names are
hashed (BLAKE2b), the full text stands in the row.
"""

from functools import lru_cache
from hashlib import blake2b

KNOWN_MAX = 256  # keys of workspaces and sessions that are not hashed again
WORKSPACE_WIDTH = 8
SESSION_WIDTH = 8
KEY_WIDTH = 16


def check_keys(session: bytes, events: bytes) -> None:
    """Make sure of the key of a session, and of the keys of some events one after the other.

    Raises:
        ValueError: they cannot be keys: the log could not take them in.
    """
    if len(session) != SESSION_WIDTH or len(events) % KEY_WIDTH:
        raise ValueError("these are no keys")


@lru_cache(maxsize=KNOWN_MAX)
def workspace_key(workspace: str) -> bytes:
    """Return the 8-byte key of a workspace id."""
    return blake2b(_bytes(workspace), digest_size=WORKSPACE_WIDTH).digest()


@lru_cache(maxsize=KNOWN_MAX)
def session_key(assistant: str, session: str) -> bytes:
    """Return the 8-byte key of a session, the same in whatever workspace it lies."""
    return blake2b(_bytes(f"{assistant}\0{session}"), digest_size=SESSION_WIDTH).digest()


def block_key(workspace: bytes, session: bytes, number: int) -> bytes:
    """Return the key of the n-th block of a session's events."""
    return workspace + session + number.to_bytes(4, "big")


def event_key(assistant: str, event: str) -> bytes:
    """Return the 16-byte key under which an event is known to be stored."""
    return blake2b(f"{assistant}\0{event}".encode(), digest_size=KEY_WIDTH).digest()


def text_key(text: str) -> bytes:
    """Return the 16-byte key of any other name, such as a path."""
    return blake2b(_bytes(text), digest_size=KEY_WIDTH).digest()


def skill_key(workspace: str, skill: str, root: str = "") -> bytes:
    """Return the key of a skill's row in one project; `root` is empty for the first."""
    return workspace_key(workspace) + text_key(f"{skill}\0{root}" if root else skill)


def _bytes(name: str) -> bytes:
    """Return a name as bytes; one from the command line or a file system may be no UTF-8."""
    return name.encode("utf-8", "surrogateescape")
