"""Corrections that no judge was ever asked about, and why."""

from hivemindd.records import Correction

UNLIKELY = "hardly a correction: no judge was asked"
SURPLUS = "one of too many at a time: no judge was asked"
UNTAUGHT = "learn_from leaves this assistant out"
UNANSWERED = "no judge answered"
"""These two may have been shown to a judge, which one that failed does not tell."""

_NEVER = frozenset({UNLIKELY, SURPLUS})


def was_asked(correction: Correction) -> bool:
    """Tell whether a judge may have been shown a correction: most of a session it never is."""
    unasked = correction.state == "dismissed" and correction.why in _NEVER
    return correction.verdict is not None or not unasked
