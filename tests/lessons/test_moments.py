"""What the small model is given of a correction."""

from hivemindd.lessons.moments import ACTION_CHARS, ACTIONS, SAID_CHARS, deed, moment
from hivemindd.records import Channel, Correction


def correction(output: str, channel: Channel = "follow-up") -> Correction:
    """Return a correction of what the agent did."""
    return Correction(
        id="c",
        workspace="w",
        session="s",
        assistant="codex",
        ts=0,
        channel=channel,
        agent_output=output,
        reason="pnpm please",
    )


def test_words_stand_apart_from_what_was_done() -> None:
    """The person's words come first, the calls and the reply after them."""
    output = "Bash(npm install zod)\nZod is there now."
    assert moment(correction(output)) == ("pnpm please", "Bash(npm install zod) Zod is there now.")


def test_the_channel_is_told_where_it_says_something() -> None:
    """A refusal is told as one; that words follow is the usual thing."""
    assert moment(correction("", "rejection"))[1] == "rejection:"
    assert moment(correction(""))[1] == ""


def test_only_the_last_calls_and_the_end_of_the_reply_are_told() -> None:
    """Long exchanges are cut where the person's words point least."""
    calls = [f"Bash(step {number} {'x' * 200})" for number in range(ACTIONS + 2)]
    output = "\n".join([*calls, "a" * 1_000 + "end"])
    context = moment(correction(output))[1]
    assert "step 1" not in context
    assert "step 2" in context
    assert context.endswith("end")
    assert len(context) < ACTIONS * (ACTION_CHARS + 1) + SAID_CHARS + 10


def test_a_deed_is_the_last_call_with_what_was_said() -> None:
    """What a lesson is compared by names the command, the change or the claim in a line."""
    assert deed("Read(a.py)\nBash(npm ci)\nDone.") == "npm ci Done."
    assert deed("Edit(src/a.py)\n-x\n+y") == "src/a.py -x +y"
    assert deed("I moved it.") == "I moved it."
    assert deed("") == ""


def test_where_a_project_lies_takes_no_room() -> None:
    """Of an absolute path two names are left, and of a diff what it changes."""
    deep = "/home/dev/work/clients/shop/web/src/cart/total.ts"
    output = f"Edit({deep})\n@@ -0,0 +1 @@ class Cart\n+const sum = 0\nDone."
    told = "cart/total.ts class Cart +const sum = 0 Done."
    assert deed(output) == told
    assert moment(correction(output))[1] == "Edit(cart/total.ts) class Cart\n+const sum = 0\nDone."


def test_other_paths_stay() -> None:
    """Short ones, relative ones and addresses say what they are."""
    for path in ("/etc/hosts", "src/cart/lib/total.ts", "https://example.com/a/b/c", "../a/b/c"):
        assert deed(f"Bash(cat {path})") == f"cat {path}"
