"""Splits a shell command into its simple commands, as far as plain reading goes."""

import re

_TOKEN = re.compile(
    r"(?P<space>[ \t\r()<]+)"
    r"|(?P<comment>(?<![^\s;&|()])#[^\n]*)"
    r"|(?P<out>(?:\d*|&)>[>|]?)"
    r"|(?P<end>\n|;|\|\|?|&&|&(?!\d))"
    r"|(?P<word>(?:\\.|'[^']*'|\"(?:\\.|[^\"\\])*\"|&(?=\d)|[^\s;|&<>()'\"\\])+)",
    re.DOTALL,
)
_PIECE = re.compile(r"\\(.)|'([^']*)'|\"((?:\\.|[^\"\\])*)\"|([^'\"\\]+)", re.DOTALL)
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1([^\n]*)\n(?:.*?\n)??[ \t]*\2(?=\W|$)", re.DOTALL)


def without_heredocs(command: str) -> str:
    """Return a command without the texts that it feeds to programs, on one line each."""
    return _HEREDOC.sub(lambda match: f" {match[3]}", command.replace("\\\n", " "))


def split(command: str) -> list[list[str]] | None:
    """Return the words of each simple command, quotes taken off; None for broken quotes.

    A redirection into a file is the word `>` and its target.
    """
    commands: list[list[str]] = [[]]
    at = 0
    while at < len(command):
        match = _TOKEN.match(command, at)
        if match is None:
            return None
        at = match.end()
        if match.lastgroup == "end":
            commands.append([])
        elif match.lastgroup == "out":
            commands[-1].append(">")
        elif match.lastgroup == "word":
            commands[-1].append(_unquoted(match[0]))
    return [words for words in commands if words]


def _unquoted(word: str) -> str:
    """Return what a word means once its quotes are gone."""
    pieces = []
    for match in _PIECE.finditer(word):
        double = match[3]
        if double is not None:
            pieces.append(re.sub(r"\\(.)", r"\1", double, flags=re.DOTALL))
        else:
            pieces.append(match[1] or match[2] or match[4] or "")
    return "".join(pieces)
