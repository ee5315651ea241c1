"""Whose words a lesson is made of: what only the agent's side said must not become a rule.

A judge reads what the agent did and said beside a person's words, and may have been talked
into repeating it, or may do so without any ill will. So each word of a lesson has to be the
person's, or one that everybody knows, or one that no text which the judge was shown holds.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from hivemindd.lessons.activity import KNOWN_WORDS
from hivemindd.lessons.check import by_hand, check, widens
from hivemindd.lessons.clauses import RULE_CHARS, as_rule, best_clause, plainness
from hivemindd.lessons.rivals import KNOWN_NAMES
from hivemindd.lessons.taught import Taught
from hivemindd.lessons.terms import GENERIC, LIGHT, stem, terms, words_of
from hivemindd.lessons.unasked import was_asked
from hivemindd.records import Correction

COPIED = 3
"""So many words in a row are no coincidence."""
TELLING = 4
"""A sentence that names so many things is a rule, even where it points at something."""

# Words of a closed list: nothing that somebody plants can add to them.
KNOWN = LIGHT | GENERIC | frozenset(terms(f"{KNOWN_WORDS} {KNOWN_NAMES}"))
_BEGINNING = 3


class Shown:
    """What a judge was shown beside a person's words: all of a session at a time.

    So it may have put what stood beside one correction into the verdict on another.
    """

    def __init__(self, judged: Iterable[Correction]) -> None:
        """Sort what was judged by its sessions; a fork has corrections of another session."""
        self._judged = list(filter(was_asked, judged))
        self._words: dict[int, str] = {}
        self._by_session: dict[tuple[str, str], list[int]] = {}
        self._sessions: dict[str, set[tuple[str, str]]] = {}
        for at, each in enumerate(self._judged):
            session = each.assistant, each.session
            self._by_session.setdefault(session, []).append(at)
            self._sessions.setdefault(each.id, set()).add(session)

    def beside(self, corrections: Iterable[Correction]) -> list[str]:
        """Return the words that no person said, in the sessions of some corrections."""
        sessions = {one for each in corrections for one in self._sessions[each.id]}
        return [self._of(at) for session in sessions for at in self._by_session[session]]

    def _of(self, at: int) -> str:
        if at not in self._words:
            self._words[at] = _joined("\n".join(_foreign(self._judged[at])))
        return self._words[at]


class Grounds:
    """What a person said of a lesson, and what the judge was shown besides."""

    def __init__(self, taught: Sequence[Correction], shown: Shown) -> None:
        """Take the corrections that a lesson rests on."""
        self._taught = taught
        self._shown = shown

    def bear(self, text: str) -> bool:
        """Tell whether a text can be the person's, and is no copy of anything else."""
        unsaid = set(terms(text)) - self._said
        if not unsaid:
            return True
        return not any(map(self._is_foreign, unsaid - KNOWN)) and not self._is_copied(text)

    @cached_property
    def _own(self) -> str:
        return "\n".join(map(_own, self._taught))

    @cached_property
    def _said(self) -> frozenset[str]:
        return frozenset(terms(self._own))

    @cached_property
    def _foreign(self) -> list[str]:
        return self._shown.beside(self._taught)

    def _is_foreign(self, term: str) -> bool:
        # A stem keeps the beginning of its word; to cut every word of every text takes long.
        begins = f" {term[:_BEGINNING]}"
        begun = re.compile(rf"{re.escape(begins)}[^ ]*")
        near = (text for text in self._foreign if begins in text)
        return any(stem(word[1:]) == term for text in near for word in begun.findall(text))

    def _is_copied(self, text: str) -> bool:
        words = words_of(text)
        runs = (f" {' '.join(words[at : at + COPIED])} " for at in range(len(words) - COPIED + 1))
        own = _joined(self._own)
        unsaid = [run for run in runs if run not in own]
        return any(run in text for text in self._foreign for run in unsaid)


def quoted_rule(support: Sequence[Taught]) -> str:
    """Return the rule of a lesson that nobody has put into other words than the person's."""
    clauses = [best_clause(each.correction.reason) for each in support]
    rules = [each.verdict.rule for each in support]
    own = all(
        clause and rule.casefold() == clause[:RULE_CHARS].casefold()
        for clause, rule in zip(clauses, rules, strict=True)
    )
    return as_rule(clauses) if own else ""


def own_rule(support: Sequence[Taught]) -> str:
    """Return a rule of the person's own sentences, empty where none of them reads like one."""
    return as_rule(
        clause
        for each in support
        if (clause := best_clause(each.correction.reason)) and _is_rule(clause, each)
    )


def _is_rule(clause: str, each: Taught) -> bool:
    """Tell whether a sentence stands alone, and would have been taken from a judge."""
    faults, *_ = plainness(clause)
    bare = msgspec.structs.replace(
        each.verdict, rule=clause, trigger="", wrong="", right="", reason="", not_when=[]
    )
    # A sentence is taken from among others, which may say what it is about.
    whole = msgspec.structs.replace(bare, rule=each.correction.reason)
    sound = check(bare, each.correction) is None and not (widens(bare) or widens(whole))
    things = set(terms(clause)) - LIGHT - GENERIC
    return sound and bool(things) and (faults <= 0 or len(things) >= TELLING)


def _own(correction: Correction) -> str:
    """Return what a person wrote: the words, and the lines that were surely added by hand."""
    return "\n".join([correction.reason, *by_hand(correction)])


def _foreign(correction: Correction) -> Iterator[str]:
    yield correction.agent_output
    yield correction.accepted
    yield "\n".join(_lines(correction.user_diff, added=False))
    if not by_hand(correction):
        yield "\n".join(_lines(correction.user_diff, added=True))


def _lines(diff: str, *, added: bool) -> Iterator[str]:
    return (line[1:] for line in diff.splitlines() if line.startswith("+") == added)


def _joined(text: str) -> str:
    return f" {' '.join(words_of(text))} "
