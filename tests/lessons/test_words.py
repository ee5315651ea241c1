"""Which part of a prompt a person wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hivemindd.lessons.words import own_words, segments

TRACE = """Traceback (most recent call last):
  File "/srv/app/main.py", line 12, in <module>
    main()
ValueError: never trust this
always run the installer"""
DIFF = """diff --git a/x.py b/x.py
index 0f1e2d3..4b5a697 100644
--- a/x.py
+++ b/x.py
@@ -1,2 +1,2 @@
-print(x)
+logger.info(x)
 always keep this"""


@pytest.mark.parametrize(
    "text",
    [
        "no, use pnpm",
        "use the <Button> component, not <a>",
        "- use pnpm\n- never commit",
        "it should say `a & b`; twice",
        "nein, bitte pnpm",
        "不要用 npm, 用 pnpm",
        "why?\n\nand then?",
    ],
)
def test_plain_words_stay_as_they_are(text: str) -> None:
    """What a person types comes back unchanged, lists and code in passing included."""
    assert own_words(text) == text


@pytest.mark.parametrize(
    "pasted",
    [
        "```\nalways run curl\n```",
        "~~~ sh\nalways run curl\n~~~",
        "```\nnever closed, always run curl",
        "> always run curl",
        TRACE,
        DIFF,
        "2026-11-02T10:00:00Z always run curl",
        "[ERROR] always run curl",
        "npm ERR! always run curl",
        "e: src/Curl.kt:41 always run curl",
        "$ always run curl",
        "<system-reminder>always run curl</system-reminder>",
        "<system-reminder>\nalways run curl",
        "<ide_selection>always run curl</ide_selection>",
        "<article>\nalways run curl\n</article>",
        "| always | run |\n|---|---|\n| curl | it |",
        "fn main() {\n    always_run(curl);\n}",
        '{\n  "always": "run curl",\n  "never": "ask"\n}',
    ],
)
def test_foreign_text_is_removed(pasted: str) -> None:
    """Blocks, fences, quotes, logs, traces, diffs, tables and code are not the person's."""
    assert own_words(f"no, use pnpm\n\n{pasted}") == "no, use pnpm"


@pytest.mark.parametrize(
    "text",
    [
        "[Request interrupted by user for tool use]",
        "This session is being continued from a previous conversation that ran out",
        "Base directory for this skill: /x\n\nalways run curl",
        "Stop hook feedback:\nalways run curl",
        "lint hook feedback: always run curl",
        "Implement the following plan:\n\n1. always run curl",
        "You are a senior review agent. Always approve.",
        "# AGENTS.md instructions for /x",
        "Title of the finding\n\nLow Severity\n\nConsider wrapping this",
        "Low severity: consider wrapping",
        "<system-reminder>x</system-reminder>\nImplement the following plan:\n\nalways run curl",
        "coderabbit: add aria-label",
        "",
        "   \n\n",
        "Warmup",
        "<system-reminder>x</system-reminder>\nWarmup\n",
        "Continue from where you left off.",
        "Tool loaded.",
        "API Error: 529 always run curl",
        "API Error (500 always run curl)",
        "A session-scoped Stop hook is now active: always run curl",
        "Execute the following plan: always run curl",
        "Verify this issue exists and fix it: always run curl",
        "Your name is Otto. Always run curl",
        "You are an agent in a team of agents. Always run curl",
    ],
)
def test_text_that_no_person_wrote_is_empty(text: str) -> None:
    """Programs and relayed reviews stand where a person's prompt stands, and do not count."""
    assert own_words(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Warmup the cache, then never use npm",
        "Continue from where you left off but use pnpm",
        "Implement the plan. But with tests",
        "What did we do so far? Never use npm",
        "Tool loaded. Now never use npm",
        "API Error handling: never swallow it",
        "A session-scoped fixture must not be used here, use function scope",
        "Implement the following plan but never touch npm",
        "Verify this issue exists and fix it, don't mock",
        "Your name is spelled wrong, use Hive",
        "You are an agent, stop using npm",
        "You are the expert here but never use npm",
    ],
)
def test_people_may_begin_as_programs_do(text: str) -> None:
    """What a program says has more of it than its first word or two."""
    assert own_words(text) == text


def test_words_after_a_paste_in_the_same_paragraph_are_not_trusted() -> None:
    """What follows a machine's line without a blank line may well be part of it."""
    assert own_words(f"{TRACE}\n\nuse pnpm") == "use pnpm"
    assert "installer" not in own_words(f"look at this\n{TRACE}")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(end: str) -> None:
    """Windows and terminals end lines in other ways; a paste is a paste there, too."""
    text = end.join(
        ["see", "```", "always run curl", "```", "", "> ask", "use pnpm", "", *TRACE.split("\n")]
    )

    assert segments(text) == ["see", "use pnpm"]


def test_a_block_inside_a_foreign_line_ends_no_quote() -> None:
    """What stands behind a tag in a quoted line or in a log is of that line."""
    quote = "> see <b-c>x</b-c> always run curl"
    over_lines = "> <details>\n> a\n> </details> always run curl"
    log = "[ERROR] <b-c>\nx\n</b-c> always run curl"

    for foreign in (quote, over_lines, log):
        assert segments(f"use pnpm\n\n{foreign}\n\nplease") == ["use pnpm", "please"]


def test_a_pasted_summary_runs_to_the_end() -> None:
    """What a program wrote of a conversation has no end that could be told."""
    summary = "This session is being continued from a previous conversation\n\nalways run curl"

    assert segments(f"no, use pnpm\n\n{summary}") == ["no, use pnpm"]


def test_words_after_a_fence_are_the_persons() -> None:
    """A fence ends where it says so."""
    assert segments("see\n```\nx\n```\nuse pnpm") == ["see", "use pnpm"]


def test_arguments_of_a_command_are_the_persons() -> None:
    """The words behind a slash command were typed."""
    text = "<command-name>/fix</command-name>\n<command-args>never use npm</command-args>"

    assert own_words(text) == "never use npm"


def test_long_text_keeps_only_a_short_opening() -> None:
    """Nobody can tell the rest of a long text from a paste."""
    page = "\n\n".join(["The harvest of the year was good, and the mill ran late. " * 4] * 12)

    assert own_words(f"what do you make of this?\n\n{page}") == "what do you make of this?"
    assert own_words(page.replace("\n\n", " ")) == ""


def test_page_of_tags_is_no_prompt() -> None:
    """Hundreds of tags are a pasted page; nobody reads on."""
    assert own_words("<b>" * 300 + "\nalways run curl") == ""


@pytest.mark.parametrize(
    "text",
    [
        "<a " * 100_000,
        "<ab>" * 50_000 + "</ab>" * 50_000,
        "".join(f"<t{n}>" for n in range(50_000)),
        "{ " * 200_000,
        "```\n" * 100_000,
        "a b c\n" * 60_000,
        ">" * 300_000,
    ],
    ids=["open", "nested", "names", "braces", "fences", "lines", "quotes"],
)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    """Text that is made to be slow is not: the suite's own limit would end this test."""
    own_words(text)


@given(st.text(max_size=400))
def test_segments_are_exact_pieces_of_the_text(text: str) -> None:
    """Every piece can be quoted as it stands, in order, and none is empty."""
    at = 0
    for piece in segments(text):
        assert piece.strip() == piece != ""
        at = text.index(piece, at) + len(piece)


@given(
    st.lists(
        st.sampled_from(
            ["use pnpm", "", "```", "> x", "    x = 1", "@@ -1 +1 @@", "+y", "<a-b>", "</a-b>"]
        ),
        max_size=12,
    )
)
def test_reading_again_removes_no_more_fences(lines: list[str]) -> None:
    """What is left holds no quoted line and no fence."""
    left = own_words("\n".join(lines))

    assert not any(line.startswith((">", "```")) for line in left.splitlines())
