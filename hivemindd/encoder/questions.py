"""What the process that runs the network is asked, and what it answers."""

import msgspec


class Question(msgspec.Struct, frozen=True):
    """Pairs of texts that are to be scored."""

    texts: list[tuple[str, str]]


class Answer(msgspec.Struct, frozen=True):
    """Scores for each pair of texts, or why there are none."""

    scores: list[list[float]] = []
    fault: str = ""
