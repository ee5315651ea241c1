"""A file system that takes no account of case, as macOS has it, made of one that does.

What is looked up in an open folder is found under any case; what is new gets the case that was
asked for. Only calls relative to a folder are changed, which is how skills are written.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest


def fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the calls of this process ignore case."""
    for name in ("open", "mkdir", "readlink", "symlink", "unlink", "rmdir", "rename"):
        monkeypatch.setattr(os, name, _folding(getattr(os, name)))


def _folding(genuine: Callable[..., Any]) -> Callable[..., Any]:
    def folded(*names: Any, **options: Any) -> Any:
        folder = options.get("dir_fd", options.get("dst_dir_fd"))
        if folder is None:
            return genuine(*names, **options)
        # All but the target of a link are names in that folder.
        first = 1 if genuine.__name__ == "symlink" else 0
        found = [
            _entry(folder, each) if isinstance(each, str) and number >= first else each
            for number, each in enumerate(names)
        ]
        return genuine(*found, **options)

    return folded


def _entry(folder: int, name: str) -> str:
    with suppress(OSError):  # a folder that is only passed through cannot be listed
        for entry in os.listdir(folder):
            if entry.casefold() == name.casefold():
                return entry
    return name
