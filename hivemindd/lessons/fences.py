"""Fenced blocks in a prompt, as people and models write them rather than as they should be."""

import re

_OPENING = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+){0,4}(`{3,}|~{3,})(.*)", re.DOTALL)
_RUN = re.compile(r"`{3,}")


class Fences:
    """Follows the fences of a text line by line.

    A fence may stand in a list, open behind words and end behind words. Inside of one, a
    fence of the same length that names a language opens another: models nest them so.
    """

    def __init__(self) -> None:
        """Start outside any fence."""
        self._open: list[str] = []

    def outside(self, line: str) -> int:
        """Take the next line; return how many of its first characters stand outside."""
        if self._open:
            self._inside(line)
            return 0
        if found := _OPENING.match(line):
            fence, rest = found.groups()
            if not rest.rstrip().endswith(fence):
                self._open.append(fence)
            return 0
        runs = list(_RUN.finditer(line))
        if len(runs) % 2 == 0:
            return len(line)
        self._open.append(runs[-1][0])
        return runs[-1].start()

    def _inside(self, line: str) -> None:
        fence = self._open[-1]
        bare = line.strip()
        found = _OPENING.match(line)
        if found and found[1].startswith(fence) and bare != found[1]:
            if not bare.endswith(fence):
                self._open.append(found[1])
        elif bare.endswith(fence) and (found is not None or len(_RUN.findall(line)) % 2):
            self._open.pop()
