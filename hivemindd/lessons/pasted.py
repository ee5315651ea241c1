"""Lines of a prompt that no person typed: logs, traces, diffs, code, tables, fences, quotes.

One sure line (a stack frame, a log's time stamp) is foreign wherever it stands, and so is
what follows it in its paragraph. Lines that only look like code count when several stand
together. All patterns are anchored and see at most 500 characters of a line.
"""

import re
from enum import IntEnum
from itertools import groupby

RUN = 3


class Kind(IntEnum):
    """What a line is, from a person's to a foreign one."""

    BLANK = -1
    WORDS = 0
    CODE = 1
    MACHINE = 2
    MARKED = 3


Line = tuple[int, int, Kind]

_MACHINE = re.compile(
    r"""\s*(?:
      \d{4}-\d\d-\d\d[T ]\d\d:\d\d | \[?\d\d:\d\d:\d\d[\].,\s] | [A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d:
    | \[(?:ERROR|WARN(?:ING)?|INFO|DEBUG|TRACE|FATAL)\]
    | (?:ERROR|WARN(?:ING)?|FATAL|DEBUG)\b\s*[:|\[]
    | Traceback\ \(most\ recent | File\ "[^"]*",\ line\ \d | at\ \S+\s?\(\S*:\d+ | at\ \S+:\d+:\d+
    | goroutine\ \d+\ \[ | panic:\s | thread\ '[^']*'\ panicked | Caused\ by:\s | \.{3}\ \d+\ more$
    | npm\ (?:ERR!|error|warn)\s | error(?:\[E\d+\]|\ TS\d+)?:\s.*:\d+ | E\ {2,}\S
    | diff\ --git\s | index\ [0-9a-f]{6,}\.\. | @@\ -\d | (?:---|\+\+\+)\ \S
    | (?:FAIL|PASS)\s+\S+[/.]\S+ | ok[\ \t]+\S+[\ \t]+[\d(] | =+\ .*\ =+$ | (?:remote|fatal):\s
    | (?:[$\u276f\u279c%]|PS\ [A-Z]:\\[^>]*>|\S+@\S+[:~]\S*[$#])\ \S
    )""",
    re.VERBOSE,
)
_CODE = re.compile(
    r"""(?:
      [ ]{4,}\S | \t | .*[{};]\s*$ | \s*[\])}]+[,;)]*\s*$ | \s*["'][\w .-]+["']\s*:\s
    | \s*\|.*\|\s*$ | \s*[\u2500-\u257f] | \#{1,6}\s | \*\*[^*]{1,80}\*\*:? | \s*[-=_*~]{3,}\s*$
    | [+-](?:[^\s-]|\s{2,}) | \s*\d+\s*[|:\u2502]\s | \s*\S+:\d+(?::\d+)?(?:[:\s]|$)
    | \s*[\u2713-\u2718\u25cf\u2705\u274c\u23bf\u23fa] | \w[\w.-]*=\S+\s+\w[\w.-]*=
    | (?:import|from|const|let|var|def|func|fn|class|return|public)\s\S+.*[({=;:]
    )""",
    re.VERBOSE,
)
_DIFF_BODY = re.compile(r"[+\-@\\]|[ ]\s*\S|$")
_DIFF_HEAD = re.compile(r"diff --git |@@ -\d|\+\+\+ \S")
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")


class Reader:
    """Sorts the lines of one prompt; a fence stays open from one part to the next."""

    def __init__(self) -> None:
        """Start outside any fence."""
        self._fence = ""

    def own_spans(self, text: str, start: int, end: int) -> list[tuple[int, int]]:
        """Return the spans of the lines of `text[start:end]` that a person wrote."""
        lines: list[Line] = []
        diff = False
        while start < end:
            stop = text.find("\n", start, end)
            stop = end if stop < 0 else stop
            line = text[start:stop][:500]
            if self._is_marked(line):
                lines.append((start, stop, Kind.MARKED))
            else:
                diff = bool(_DIFF_HEAD.match(line)) or (diff and bool(_DIFF_BODY.match(line)))
                lines.append((start, stop, Kind.MACHINE if diff else kind_of(line)))
            start = stop + 1
        return _without_runs(_by_paragraph(lines))

    def _is_marked(self, line: str) -> bool:
        mark = _FENCE.match(line)
        if not self._fence:
            self._fence = mark[1] if mark else ""
            return mark is not None or line.lstrip().startswith(">")
        if mark and mark[1].startswith(self._fence) and not line[mark.end() :].strip():
            self._fence = ""
        return True


def kind_of(line: str) -> Kind:
    """Tell what a line outside any fence looks like."""
    if not line.strip():
        return Kind.BLANK
    if _MACHINE.match(line):
        return Kind.MACHINE
    if _CODE.match(line):
        return Kind.CODE
    dense = sum(not (c.isalnum() or c.isspace()) for c in line)
    return Kind.CODE if len(line) > 20 and dense > 0.3 * len(line) else Kind.WORDS


def _by_paragraph(lines: list[Line]) -> list[Line]:
    """Give to the machine what follows its line in a paragraph: a paste runs to its end."""
    result: list[Line] = []
    for blank, group in groupby(lines, key=lambda line: line[2] == Kind.BLANK):
        paragraph = list(group)
        kinds = [kind for _, _, kind in paragraph]
        if not blank and Kind.MACHINE in kinds and len(kinds) >= RUN:
            first = kinds.index(Kind.MACHINE)
            paragraph[first:] = [(start, end, Kind.MACHINE) for start, end, _ in paragraph[first:]]
        result += paragraph
    return result


def _without_runs(lines: list[Line]) -> list[tuple[int, int]]:
    """Drop machine lines with the code around them, and runs of code; join what remains."""
    spans: list[tuple[int, int]] = []
    for words, group in groupby(lines, key=lambda line: line[2] == Kind.WORDS):
        run = list(group)
        kinds = [kind for _, _, kind in run]
        if not words and (max(kinds) > Kind.CODE or kinds.count(Kind.CODE) >= RUN):
            continue
        if spans and run[0][0] <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], run[-1][1])
        else:
            spans.append((run[0][0], run[-1][1]))
    return spans
