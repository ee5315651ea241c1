"""Lines of a prompt that no person typed: logs, traces, diffs, code, tables, fences, quotes.

One sure line (a stack frame, a log's time stamp) is foreign wherever it stands, and so is
what follows it in its paragraph. Lines that only look like code count when several stand
together. All patterns are anchored and see at most 500 characters of a line.
"""

import re
from enum import IntEnum
from itertools import groupby

from hivemindd.lessons.fences import Fences

RUN = 3
LINE_CHARS = 500


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
    # logs, by their times, levels, fields and sources
      \[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d | \[?\d\d:\d\d:\d\d[\].,\s]
    | [A-Z][a-z]{2}\s+\d{1,2}\s\d\d:\d\d: | \d{1,3}(?:\.\d{1,3}){3}\s\S+\s\S+\s\[
    | \[(?i:ERROR|WARN(?:ING)?|INFO|DEBUG|TRACE|FATAL|NOTICE|CRITICAL)\]
    | (?:ERROR|WARN(?:ING)?|FATAL|DEBUG|INFO|TRACE|CRITICAL)\b\s*[:|\[]
    | [IWEF]\d{4}\ \d\d:\d\d:\d\d | [VDIWEF]/[\w.-]{1,80}\s*\(\s*\d{1,9}\):
    | (?:time|ts|level|lvl|msg)=["\w] | [\w.-]{1,80}-\d{1,4}\s+\|\s | \{\s*"[\w@. -]{1,80}"\s*:
    | npm\ (?:ERR!|error|warn|notice)\s | ::(?:error|warning|notice|debug|group)\b | \#\#\[\w
    | (?:not\ )?ok\ \d{1,6}\ -\s | [\u23fa\u23bf]\s | (?:remote|fatal):\s
    | (?:FAIL|PASS)(?:ED)?\s+\S+[/.]\S+ | ok[\ \t]+\S+[\ \t]+[\d(] | =+\ .*\ =+$
    | (?:[$\u276f\u279c%]|PS\ [A-Z]:\\[^>]*>|\S+@\S+[:~]\S*[$#])\ \S
    # stack traces and the errors above them
    | Traceback\ \(most\ recent | File\ "[^"]*",\ line\ \d | at\ \S+\s?\(\S*:\d+ | at\ \S+:\d+:\d+
    | at\ [A-Z]\w*(?:\.[\w<>`]+)+\( | goroutine\ \d+\ \[ | panic:\s | thread\ '[^']*'\ panicked
    | (?:During\ handling\ of|The)\ (?:the\ )?above\ exception\b
    | Caused\ by:\s | \.{3}\ \d+\ more$ | Exception\ in\ thread\s | Unhandled\ (?:e|E)xception
    | (?:Uncaught\ (?:\(in\ promise\)\ )?)?[\w.$]{0,120}(?:Error|Exception)(?:\ \[\w{1,60}\])?:\s
    | (?:error|warning)\ ?(?:\[\w{1,12}\]|\b[A-Z]{1,4}\d{1,6}):\s | error:\s | E\ {2,}\S
    | [^\s:()]{1,200}(?::\d{1,9}:\d{1,9}|\(\d{1,9},\d{1,9}\)):\s(?:fatal\ )?(?:error|warning|note)\b
    | [ew]:\ \S{1,200}\.\w{1,5}:\d
    | [^\s:]{1,200}:\d{1,9}:in\s | -->\ \S+:\d+:\d+ | PHP\ (?:Fatal|Parse|Warning|Notice)\b
    # diffs
    | diff\ --git\s | index\ [0-9a-f]{6,}\.\. | @@\ -\d | (?:---|\+\+\+)\ \S
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
_DIFF_BODY = re.compile(r"[+\-@\\]|[ ]\s*\S")
_DIFF_HEAD = re.compile(r"diff --git |@@ -\d|\+\+\+ \S")
_QUOTE = re.compile(r"\s*(?:(?:[-*+]|\d{1,9}[.)])\s+){0,4}>")


class Reader:
    """Sorts the lines of one prompt, part by part: what lies between the parts is left out.

    A fence, a diff and a line stay what they are from one part to the next.
    """

    def __init__(self, ending: str = "\n") -> None:
        """Start outside any fence; lines end in `ending`, with a carriage return before it."""
        self._fences = Fences()
        self._ending = ending
        self._diff = False
        self._last = Kind.WORDS

    def read(self, text: str, start: int, end: int) -> list[Line]:
        """Return the lines of `text[start:end]`, without their ends, by what they look like.

        A piece of a line that began before `start` is what the whole line is.
        """
        lines: list[Line] = []
        head = text.rfind(self._ending, 0, start) + 1
        kind = begun = self._last if head < start else Kind.WORDS
        while start < end:
            stop = text.find(self._ending, start, end)
            stop = end if stop < 0 else stop
            line = text[start:stop].removesuffix("\r")
            outside = self._fences.outside(line)
            words = line[: min(outside, LINE_CHARS)]
            if words.strip():
                kind = max(begun, self._kind(text[head:stop][:LINE_CHARS], words))
                lines.append((start, start + outside, kind))
                if outside < len(line):
                    lines.append((start + outside, stop, Kind.MARKED))
            else:
                kind = Kind.MARKED if line.strip() else begun
                lines.append((start, stop, kind if line.strip() else Kind.BLANK))
            start = head = stop + 1
            begun = Kind.WORDS
        self._last = Kind.WORDS if text[end - 1 : end] == self._ending else kind
        return lines

    def _kind(self, line: str, words: str) -> Kind:
        """Tell what words are that stand in a line, at its end where they are not all of it."""
        if _QUOTE.match(line):
            return Kind.MARKED
        self._diff = bool(_DIFF_HEAD.match(line) or (self._diff and _DIFF_BODY.match(line)))
        if self._diff:
            return Kind.MACHINE
        return kind_of(line) if words == line else max(kind_of(line), kind_of(words))


def own_spans(lines: list[Line]) -> list[tuple[int, int]]:
    """Return the spans of the lines that a person wrote, as long as nothing comes between."""
    return _without_runs(_by_paragraph(lines))


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
        if not blank and Kind.MACHINE in kinds:
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
        for start, end, _ in run:
            # The end of a line lies between two lines, more than that where a part is left out.
            if spans and start <= spans[-1][1] + 2:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return spans
