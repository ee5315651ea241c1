"""Tools of Codex: calls, results, edits, and what a person refused."""

from typing import Any

import pytest

from hivemindd.assistants.base import OUTPUT_LIMIT
from hivemindd.events import (
    Denial,
    Edit,
    Interrupt,
    Prompt,
    SkillListed,
    SkillUsed,
    ToolCall,
    ToolResult,
)
from tests.rollouts import (
    START,
    answered,
    brief,
    called,
    context,
    event,
    item,
    meta,
    only,
    read,
    response,
    said,
    started,
)


class TestTools:
    """Calls, results and edits."""

    def test_call_and_result(self) -> None:
        """A call comes with its command, its result with the exit code."""
        parsed = read(
            meta(),
            called("c", "exec_command", {"cmd": "ls", "workdir": "/x"}),
            answered("c", "Process exited with code 2\nOutput:\nno"),
        )
        (call,), (result,) = only(parsed, ToolCall), only(parsed, ToolResult)

        assert (call.name, call.target, call.input["workdir"]) == ("exec_command", "ls", "/x")
        assert (result.call, result.exit_code, result.failed) == ("c", 2, True)

    def test_arguments_that_are_no_json(self) -> None:
        """Arguments that cannot be decoded stay as text."""
        torn = response("function_call", name="x", call_id="c", arguments='{"a":')

        assert only(read(meta(), torn), ToolCall)[0].input == {"input": '{"a":'}

    def test_namespaces(self) -> None:
        """A tool of an MCP server has the server's name in its own."""
        mcp = response(
            "function_call", name="echo", namespace="mcp__srv", call_id="c", arguments="{}"
        )

        assert only(read(meta(), mcp), ToolCall)[0].name == "mcp__srv__echo"

    def test_built_in_tools(self) -> None:
        """The shell and the search that the model brings along are calls too."""
        parsed = read(
            meta(),
            response("local_shell_call", call_id="s", action={"command": ["bash", "-lc", "ls -l"]}),
            response("web_search_call", id="w", action={"type": "search", "query": "msgspec"}),
        )

        assert [(one.name, one.target) for one in only(parsed, ToolCall)] == [
            ("local_shell", "ls -l"),
            ("web_search", "msgspec"),
        ]

    def test_large_values_are_cut(self) -> None:
        """Outputs and arguments are bounded, and say how long they were."""
        parsed = read(
            meta(),
            called("c", "exec_command", {"cmd": "x" * 100_000}),
            answered("c", "y" * 100_000),
        )

        assert len(only(parsed, ToolCall)[0].input["cmd"]) < OUTPUT_LIMIT + 100
        assert only(parsed, ToolResult)[0].full_chars == 100_000

    def test_code_mode(self) -> None:
        """What a script runs stands beside the script; other items repeat their calls."""
        parsed = read(
            meta(),
            response("custom_tool_call", 1, name="exec", call_id="c", input="await tools.x()"),
            item(
                "CommandExecution",
                2,
                id="exec-1",
                command=["/bin/bash", "-lc", "cat skills/pnpm/SKILL.md"],
                source="unified_exec_startup",
                status="failed",
                aggregated_output="gone",
                exit_code=1,
            ),
            item(
                "McpToolCall",
                3,
                id="exec-2",
                server="srv",
                tool="echo",
                arguments={"text": "hi"},
                status="completed",
                result={"content": [{"type": "text", "text": "hi"}]},
            ),
            item("CommandExecution", 4, id="call_9", command=["ls"], source="agent"),
            item("McpToolCall", 5, id="call_9", server="srv", tool="echo"),
            response("custom_tool_call_output", 6, call_id="c", output="Script failed\n"),
        )

        assert [(one.call, one.name) for one in only(parsed, ToolCall)] == [
            ("c", "exec"),
            ("exec-1", "exec_command"),
            ("exec-2", "mcp__srv__echo"),
        ]
        assert [(one.call, one.output, one.failed) for one in only(parsed, ToolResult)] == [
            ("exec-1", "gone", True),
            ("exec-2", "hi", False),
            ("c", "Script failed\n", True),
        ]
        assert [one.name for one in only(parsed, SkillUsed)] == ["pnpm"]

    @pytest.mark.parametrize(
        ("output", "state"),
        [
            ('{"output":"Success.","metadata":{"exit_code":0}}', "applied"),
            ("Success. Updated the following files:\nM a.txt\n", "applied"),
            ("apply_patch verification failed: no such lines", "failed"),
            ('{"output":"x","metadata":{"exit_code":1}}', "failed"),
            ("patch rejected by user", "declined"),
            ("aborted by user after 1.0s", "declined"),
        ],
    )
    def test_patch_without_a_result_of_its_own(self, output: str, state: str) -> None:
        """Up to 0.128 only the text of the patch and the output tell what happened."""
        patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-x\n+y\n*** End Patch\n"
        parsed = read(
            meta(),
            context(),
            response("custom_tool_call", 20, name="apply_patch", call_id="c", input=patch),
            response("custom_tool_call_output", 30, call_id="c", output=output),
        )
        (edit,) = only(parsed, Edit)

        assert (edit.path, edit.diff, edit.state) == ("/repo/a.txt", "@@\n-x\n+y\n", state)

    def test_patch_inside_a_command(self) -> None:
        """A patch that a shell command applies is an edit in the command's folder."""
        command = "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: b\n+1\n*** End Patch\nEOF"
        parsed = read(
            meta(),
            called("c", "shell", {"command": ["bash", "-lc", command], "workdir": "/w"}),
            answered("c", "Exit code: 0\nOutput:\nSuccess."),
        )

        assert [(one.path, one.diff) for one in only(parsed, Edit)] == [
            ("/w/b", "@@ -0,0 +1 @@\n+1\n")
        ]

    def test_patch_with_a_result(self) -> None:
        """Where a result tells what a patch did, its text does not tell it again."""
        patch = "*** Begin Patch\n*** Add File: b\n+1\n*** End Patch\n"
        changes = {"/repo/b": {"type": "add", "content": "1\n"}}
        parsed = read(
            meta(),
            response("custom_tool_call", 20, name="apply_patch", call_id="c", input=patch),
            event("patch_apply_end", 25, call_id="c", success=True, changes=changes),
            response("custom_tool_call_output", 30, call_id="c", output="Exit code: 0\nOutput:\n"),
        )

        assert [(one.path, one.ts) for one in only(parsed, Edit)] == [("/repo/b", START + 25)]

    def test_patch_that_never_ended(self) -> None:
        """A patch without an output, as a killed process leaves it, changed nothing."""
        patch = "*** Begin Patch\n*** Add File: b\n+1\n*** End Patch\n"
        call = response("custom_tool_call", name="apply_patch", call_id="c", input=patch)

        assert only(read(meta(), call), Edit) == []

    def test_result_without_a_call(self) -> None:
        """A result whose call is lost is still a result."""
        assert brief(read(meta(), answered("lost", "x"))) == [("ToolResult", "tool")]

    def test_skills(self) -> None:
        """A list of skills is told when it changes, a skill when somebody opens it."""

        def message(at: int, text: str, role: str = "developer") -> dict[str, Any]:
            content = [{"type": "input_text", "text": text}]
            return response("message", at, role=role, content=content)

        skills = "<skills_instructions>\n### Available skills\n- {}: d (file: x)\n### How\n"
        parsed = read(
            meta(),
            message(1, skills.format("one")),
            message(2, skills.format("one")),
            message(3, skills.format("two")),
            message(3, skills.format("pasted"), "user"),
            message(3, skills.format("shown"), "assistant"),
            message(4, "<skill>\n<name>two</name>\nbody</skill>", "user"),
            called("c", "exec_command", {"cmd": "cat .agents/skills/two/SKILL.md"}, 5),
        )

        assert [one.names for one in only(parsed, SkillListed)] == [["one"], ["two"]]
        assert [(one.name, one.author) for one in only(parsed, SkillUsed)] == [
            ("two", "human"),
            ("two", "agent"),
        ]


class TestRefusals:
    """What a person did not let happen."""

    REJECTED = 'exec_command failed: CreateProcess { message: "Rejected(\\"rejected by user\\")" }'

    def test_no_in_the_terminal(self) -> None:
        """Saying no aborts the turn: one denial, and no interruption besides."""
        parsed = read(
            meta(),
            started(),
            context(),
            said("go"),
            called("c", "exec_command", {"cmd": "rm -rf x"}),
            called("d", "exec_command", {"cmd": "ls"}),
            answered("c", "Wall time: 2.0 seconds\naborted by user", 30),
            answered("d", "aborted by user after 2.0s", 31),
            event("turn_aborted", 40, reason="interrupted"),
            started(50),
            said("no, never delete", 60),
            event("turn_aborted", 70, reason="interrupted"),
        )

        assert [(one.call, one.author) for one in only(parsed, Denial)] == [("c", "human")]
        assert [one.ts for one in only(parsed, Interrupt)] == [START + 70]
        assert only(parsed, Prompt)[-1].origin == "typed"

    def test_abort_without_turns(self) -> None:
        """In versions that mark no turns an abort excuses only its own interruption."""
        parsed = read(
            meta(cli_version="0.98.0"),
            answered("c", "aborted by user after 2.0s", 10),
            event("turn_aborted", 20, reason="interrupted"),
            event("user_message", 30, message="no"),
            event("turn_aborted", 40, reason="interrupted"),
        )

        assert [one.ts for one in only(parsed, Denial)] == [START + 10]
        assert [one.ts for one in only(parsed, Interrupt)] == [START + 40]

    def test_abort_where_nothing_is_asked(self) -> None:
        """Where Codex never asks, an aborted call is an interruption."""
        parsed = read(
            meta(),
            started(),
            context(approval_policy="never"),
            answered("c", "aborted by user after 2.0s"),
            event("turn_aborted", 40, reason="interrupted"),
        )

        assert only(parsed, Denial) == []
        assert len(only(parsed, Interrupt)) == 1

    def test_no_in_an_editor(self) -> None:
        """An editor's refusal goes on with the turn."""
        parsed = read(meta(), context(), answered("c", self.REJECTED))

        assert [one.call for one in only(parsed, Denial)] == ["c"]
        assert only(parsed, ToolResult)[0].failed

    def test_declined_patch(self) -> None:
        """A declined patch is one denial and edits that did not happen."""
        changes = {"/a": {"type": "add", "content": "1\n"}, "/b": {"type": "add", "content": "2\n"}}
        parsed = read(
            meta(),
            context(),
            item("FileChange", 20, id="c", changes=changes, status="declined"),
            answered("c", "patch rejected by user"),
        )

        assert [one.state for one in only(parsed, Edit)] == ["declined", "declined"]
        assert [one.call for one in only(parsed, Denial)] == ["c"]

    def test_declined_inside_a_script(self) -> None:
        """In code mode the refused step is denied, and not the script around it as well."""
        parsed = read(
            meta(),
            context(),
            response("custom_tool_call", 10, name="exec", call_id="c", input="..."),
            item("CommandExecution", 20, id="exec-1", command=["rm"], status="declined"),
            answered("c", self.REJECTED),
        )

        assert [one.call for one in only(parsed, Denial)] == ["exec-1"]

    def test_refused_by_a_reviewer(self) -> None:
        """What an automatic reviewer refuses was not refused by a person."""
        parsed = read(meta(), context(approvals_reviewer="guardian"), answered("c", self.REJECTED))

        assert only(parsed, Denial) == []

    def test_refused_by_the_policy(self) -> None:
        """Scripts, where nobody can be asked, refuse in the same words; it means nothing."""
        parsed = read(
            meta(source="exec"),
            context(approval_policy="never"),
            answered("c", "user cancelled MCP tool call"),
        )

        assert only(parsed, Denial) == []
