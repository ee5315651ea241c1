"""Every channel of every assistant by which a person speaks: here a marker must be found."""

import json

from tests.planting import claude_code_records as claude
from tests.planting import codex_records as codex
from tests.planting import cursor_records as cursor
from tests.planting.place import Place
from tests.planting.transcript import Record
from tests.rollouts import event, item


def _refused(words: str, name: str = "Bash", **fields: str) -> list[Record]:
    answer = claude.answered(f"{claude.REFUSED}{words}", failed=True, **fields)
    return [claude.called(name, plan="1. make", command="make"), answer]


def _labelled(words: str) -> list[Record]:
    return _refused(words, toolDenialKind="user-rejected", userFeedback=words)


def _plan(words: str) -> list[Record]:
    return _refused(words, "ExitPlanMode", toolDenialKind="user-rejected")


def _ahead(words: str) -> list[Record]:
    return [claude.attached("queued_command", words, commandMode="prompt", humanTurn=True)]


def _queued(words: str) -> list[Record]:
    return [
        {"type": "queue-operation", "operation": operation, "content": words}
        for operation in ("enqueue", "remove")
    ]


def _comment(words: str) -> list[Record]:
    beside = claude.answered("ok", claude.said(words))
    return [claude.called("Bash", command="make"), beside]


def _answer(words: str, notes: str = "") -> list[Record]:
    report = {"questions": [], "answers": {"q": words}, "annotations": {"q": {"notes": notes}}}
    return [
        claude.called("AskUserQuestion", questions=[]),
        claude.answered("ok", toolUseResult=report),
    ]


def _command(words: str) -> list[Record]:
    name = "<command-message>fix</command-message>\n<command-name>/fix</command-name>"
    return [claude.user(f"{name}\n<command-args>{words}</command-args>", **claude.TYPED)]


def _compact(words: str) -> list[Record]:
    name = "<command-name>/compact</command-name>\n<command-message>compact</command-message>"
    return [claude.user(f"{name}\n<command-args>{words}</command-args>")]


def _reminded(words: str) -> list[Record]:
    return [claude.user(f"<system-reminder>\nbe brief\n</system-reminder>\n{words}")]


def _item(words: str) -> list[Record]:
    return [item("UserMessage", id="u", content=[{"type": "text", "text": words}])]


def _steered(words: str) -> list[Record]:
    return [event("task_started"), *codex.typed("go on"), *codex.typed(words)]


def _in_editor(words: str) -> list[Record]:
    context = "# Context from my IDE setup:\n\n## Active file: a.py\n\n"
    return codex.typed(f"{context}## My request for Codex:\n{words}")


def _asked(words: str) -> list[Record]:
    answers = {"answers": {"q": {"answers": [words]}}}
    return codex.called("request_user_input", json.dumps(answers))


def _card(words: str) -> list[Record]:
    rows = [{"questionItemId": '["a","c1"]', "question": "which?", "answer": words}]
    tag = "send_user_message_question_reply"
    return codex.typed(f"<{tag}>{json.dumps(rows)}</{tag}>")


def _bare(words: str) -> list[Record]:
    return [cursor.spoken("user", cursor.said(words))]


_CHANNELS = (
    ("prompt", claude.CLAUDE_CODE, lambda x: [claude.user(x, **claude.TYPED)], claude.LABELLED),
    ("prompt, unlabelled", claude.CLAUDE_CODE, lambda x: [claude.user(x)], claude.UNLABELLED),
    ("prompt in blocks", claude.CLAUDE_CODE, lambda x: [claude.user([claude.said(x)])], claude.ALL),
    ("prompt behind a reminder", claude.CLAUDE_CODE, _reminded, claude.ALL),
    ("prompt while it works", claude.CLAUDE_CODE, _ahead, claude.LABELLED),
    ("prompt from the queue", claude.CLAUDE_CODE, _queued, ("ver-1.0.128", "ver-2.1.42")),
    ("refusal", claude.CLAUDE_CODE, _labelled, claude.LABELLED),
    ("refusal, unlabelled", claude.CLAUDE_CODE, _refused, claude.UNLABELLED),
    ("refusal of a plan", claude.CLAUDE_CODE, _plan, claude.ALL),
    ("comment", claude.CLAUDE_CODE, _comment, claude.ALL),
    ("answer", claude.CLAUDE_CODE, _answer, claude.ALL),
    ("note beside an answer", claude.CLAUDE_CODE, lambda x: _answer("B", x), claude.ALL),
    ("arguments of a command", claude.CLAUDE_CODE, _command, claude.ALL),
    ("what to keep of a talk", claude.CLAUDE_CODE, _compact, claude.ALL),
    ("prompt", codex.CODEX, _item, codex.PAGINATED),
    (
        "prompt, as an event",
        codex.CODEX,
        lambda x: [event("user_message", message=x)],
        codex.LEGACY,
    ),
    ("steering", codex.CODEX, _steered, codex.ALL),
    ("request in an editor", codex.CODEX, _in_editor, codex.ALL),
    ("answer", codex.CODEX, _asked, codex.ALL),
    ("answer on a card", codex.CODEX, _card, codex.ALL),
    ("query", cursor.CURSOR, lambda x: [cursor.asked(x)], cursor.ALL),
    (
        "query beside context",
        cursor.CURSOR,
        lambda x: [
            cursor.asked(x, before="<rules>\nbe brief\n</rules>\n", after="<rules>a</rules>")
        ],
        cursor.ALL,
    ),
    ("words without marks", cursor.CURSOR, _bare, cursor.ALL),
)

CHANNELS = tuple(Place(*row) for row in _CHANNELS)
