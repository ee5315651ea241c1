"""Where an agent grants that a person is right."""

import pytest

from hivemindd.lessons.admission import is_admission


@pytest.mark.parametrize(
    "answer",
    [
        "You're right, this repository uses pnpm.",
        "You\u2019re absolutely right! Let me undo that.",
        "Good catch - you are quite right.",
        "Ah, I see. You're right.",
        "**You're right.** The helper is not needed.",
        "I apologize for the confusion.",
        "Sorry, I read the wrong file.",
        "My mistake: it has to be `uv`.",
        "I should have asked before I changed the schema.",
        "I misunderstood what you wanted.",
        "Du hast völlig recht, das gehört nach src.",
        "Vous avez raison, je reprends.",
        "Tienes toda la razón, uso pnpm.",
        "Você tem razão, vou desfazer.",
        "Hai perfettamente ragione.",
        "Je hebt gelijk, dat was dubbel.",
        "Masz rację, poprawiam.",
        "Hakl\u0131s\u0131n, geri al\u0131yorum.",
        "Вы правы, исправляю.",
        "你说得对。我来改。",
        "おっしゃるとおりです。戻します。",
        "맞습니다. 되돌리겠습니다.",
    ],
)
def test_an_admission_is_seen(answer: str) -> None:
    """In whatever language, and behind a word or two."""
    assert is_admission(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Done. The tests pass.",
        "Good question! There are two callers.",
        "Great idea, let me add it.",
        "You are not right about that: the test covers it.",
        "You're not quite right, it runs twice.",
        "You're in the right folder already.",
        "Du hast nicht recht, der Test deckt das ab.",
        "Вы не правы.",
        "I should have everything I need now.",
        "I should not have permission to push there.",
        "Sorry, I can't do that from here.",
        "I apologize, but the file is binary.",
        "If you're right about the cache, the second run is faster.",
        "I'll put it in the right place.",
        "That's right, both run in CI.",
        "Let me check. " + "x" * 120 + " You're right.",
    ],
)
def test_an_answer_is_none(answer: str) -> None:
    """Agreement with an idea, a condition, and what comes late in a long answer."""
    assert not is_admission(answer)
