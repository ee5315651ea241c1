"""The forms of what people paste; `{}` is where the foreign text stands.

Fences, traces, reviews, pages and blocks take all of it at once; of quotes, logs, diffs and
frames the line that holds it is repeated for each of its lines.
"""


def _listed(names: str) -> tuple[str, ...]:
    return tuple(names.split())


FENCES = {
    "plain": "```\n{}\n```",
    "with a language": "```py\n{}\n```",
    "with attributes": "```{.py title='a'}\n{}\n```",
    "tildes": "~~~ text\n{}\n~~~",
    "longer than what it holds": "````md\nsee\n```js\nx\n```\n{}\n````",
    "in a fence of its length": "```md\nsee\n```js\nx\n```\n{}\n```",
    "indented": "   ```\n{}\n   ```",
    "in a list": "1. see\n\n    ```\n{}\n    ```",
    "in an item of a list": "- ```\n{}\n  ```",
    "behind a tab": "\t```\n{}\n\t```",
    "behind words": "the output: ```\n{}\n```",
    "behind words, with a language": "it says ```txt\n{}\n```",
    "around words": "```{}\n{}```",
    "ended behind words": "```\n{}\nthe end```",
    "on one line, then another": "```x```\n\n```\n{}\n```",
}

QUOTES = {
    "plain": "> {}",
    "without a space": ">{}",
    "twice": ">> {}",
    "twice apart": "> > {}",
    "indented": "   > {}",
    "in a list": "- > {}",
    "in a numbered list": "1. > {}",
}

# The tool writes its own mark before every line.
LOGS = {
    "ISO time": "2026-11-21T10:00:00.123Z {}",
    "date and time": "2026-11-21 10:00:00,123 - app - INFO - {}",
    "date in brackets": "[2026-11-21 10:00:00] production.INFO: {}",
    "date with slashes": "2026/11/21 10:00:00 {}",
    "time": "10:00:00 INFO {}",
    "time in brackets": "[10:00:00] {}",
    "syslog": "Nov 21 10:00:00 host app[12]: {}",
    "access log": '127.0.0.1 - - [21/Nov/2026:10:00:00 +0000] "GET /{} HTTP/1.1" 200 1',
    "level in brackets": "[ERROR] {}",
    "level in small letters in brackets": "[error] {}",
    "level and name": "WARNING:app.main:{}",
    "level": "ERROR: {}",
    "level and bar": "INFO | {}",
    "level, then a bracket": "INFO  [main] {}",
    "glog": "I1121 10:00:00.000000   12 main.go:12] {}",
    "logfmt": 'time="2026-11-21" level=info msg="{}"',
    "logfmt, level first": 'level=error msg="{}"',
    "compose": "web-1  | {}",
    "npm": "npm ERR! {}",
    "npm notice": "npm notice {}",
    "git": "remote: {}",
    "workflow": "::error file=a.py,line=1::{}",
    "workflow with times": "2026-11-21T10:00:00.0000000Z ##[error]{}",
    "workflow command": "##[error]{}",
    "Android": "E/Tag(  123): {}",
    "pytest": "E       {}",
    "TAP": "not ok 1 - {}",
    "assistant's screen": "⏺ {}",
    "assistant's screen, a result": "  ⎿  {}",
    "shell": "$ echo {}",
    "shell with a place": "dev@host:~/app$ echo {}",
    "PowerShell": "PS C:\\app> echo {}",
}

TRACES = {
    "Python": 'Traceback (most recent call last):\n  File "/a.py", line 1, in <module>\n'
    "    main()\nValueError: {}",
    "Python, cut": "Traceback (most recent call last):\n{}",
    "Python, the last line": "app.errors.ConfigError: {}",
    "Python, two errors": 'Traceback (most recent call last):\n  File "/a.py", line 1\nKeyError: 1'
    "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    'Traceback (most recent call last):\n  File "/b.py", line 2\nRuntimeError: {}',
    "JavaScript": "TypeError: {}\n    at main (/srv/a.js:1:2)\n    at node:internal/a:1:2",
    "JavaScript, plain": "Error: {}\n    at main (/srv/a.js:1:2)",
    "JavaScript, coded": "Error [ERR_X]: {}\n    at /srv/a.js:1:2",
    "JavaScript, uncaught": "Uncaught (in promise) Error: {}\n    at main (a.js:1:2)",
    "Java": "java.lang.IllegalStateException: {}\n\tat com.a.B.c(B.java:12)\n\t... 3 more",
    "Java, in a thread": 'Exception in thread "main" a.B: {}\n\tat com.a.B.c(B.java:12)',
    "Java, a cause": "\tat com.a.B.c(B.java:12)\nCaused by: a.B: {}",
    "Go": "panic: {}\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:12 +0x1",
    "Rust": "thread 'main' panicked at src/main.rs:2:5:\n{}",
    "Rust, an error": "error[E0308]: {}\n --> src/main.rs:1:2",
    "compiler": "error: {}\n --> src/main.rs:1:2",
    "compiler with a place": "src/a.c:12:3: error: {}",
    "TypeScript": "src/a.ts(12,3): error TS2322: {}",
    "C#": "System.InvalidOperationException: {}\n   at A.B() in /a.cs:line 12",
    "C#, unhandled": "Unhandled exception. System.Exception: {}\n   at A.B()",
    "Ruby": "a.rb:1:in `main': {} (RuntimeError)\n\tfrom a.rb:2:in `<main>'",
    "PHP": "PHP Fatal error:  Uncaught Exception: {} in /a.php:3\nStack trace:\n#0 {main}",
    "pytest": "FAILED tests/test_a.py::test_b - AssertionError: {}",
    "pytest, a section": "=== FAILURES ===\n{}",
}

DIFFS = {
    "git": "diff --git a/x b/x\nindex 0f1e2d3..4b5a697 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n"
    "-old\n+{}\n kept",
    "git, removed": "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-{}\n+new",
    "git, context": "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n {}\n-old\n+new",
    "git, context behind an empty line": "diff --git a/x b/x\n@@ -1,3 +1,3 @@\n-old\n+new\n\n {}",
    "hunk": "@@ -1,2 +1,2 @@ def main():\n kept\n+{}",
    "patch": "--- a/x\n+++ b/x\n@@ -1 +1 @@\n+{}",
    "new file": "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@"
    "\n+{}",
}

# Of a relayed review nobody knows where it ends: such a prompt holds nothing of a person's.
REVIEWS = {
    "name of a bot": "coderabbitai[bot] commented 2 days ago\n\n{}",
    "name, plain": "coderabbitai bot left a comment\n\n{}",
    "name in bold": "**coderabbitai** reviewed\n\n{}",
    "name and colon": "copilot: {}",
    "name of any bot": "my-linter[bot] requested changes\n{}",
    "reviewer of Copilot": "copilot-pull-request-reviewer (bot) reviewed 3 minutes ago\n\n{}",
    "connector of Codex": "chatgpt-codex-connector bot reviewed\n\n{}",
    "heading of Codex": "### 💡 Codex Review\n\n{}",
    "heading of Bugbot": "### Bug: {}\n\n<!-- **High Severity** -->\n\n_Reviewed by Cursor Bugbot_",
    "severity": "{}\n\n**Low Severity**\n\nConsider it.",
    "severity in front": "High severity: {}",
    "severity as a field": "**Severity:** high\n{}",
    "potential issue": "_⚠️ Potential issue_ | _🟠 Major_\n\n{}",
    "suggestion": "_🛠️ Refactor suggestion_\n\n{}",
    "prompt for agents": "🤖 Prompt for AI Agents\n\n{}",
    "count of comments": "**Actionable comments posted: 2**\n\n{}",
    "badge": "![P1 Badge](https://example.com/P1-red) {}",
    "badge in tags": "**<sub><sub>![P2 Badge](https://example.com/P2)</sub></sub>  {}**",
    "priority": "[P1] {}",
    "priority of Gemini": "![high](https://example.com/high-priority.svg)\n\n{}",
    "dependabot": "dependabot[bot]: {}",
    "Sonar": "SonarCloud said {}",
}

PAGES = {
    "page": "<article>\n{}\n</article>",
    "list": "<ul>\n<li>{}</li>\n</ul>",
    "comment of a page": "<!-- {} -->",
    "comment over lines": "<!--\n{}\n-->",
}

FRAMED = {
    "table": "| what | rule |\n|---|---|\n| a | {} |\n| b | c |",
    "box": "╭──────────╮\n│ {} │\n╰──────────╯",
    "quoted review": "> coderabbitai[bot] commented\n>\n> {}\n>\n> more",
}

# What programs wrote, by its first words: wherever it begins, it goes on to the end.
RUNNING_ON = (
    "This session is being continued from a previous conversation that ran out.\n\n1. {}",
    "Caveat: The messages below were generated by the user while running local commands.\n{}",
    "Your task is to create a detailed summary of the conversation so far.\n\n{}",
    "Another language model started to solve this problem.\n\n{}",
    "## Context from previous session\n\n{}",
    "Base directory for this skill: /x\n\n# A\n\n{}",
    "# AGENTS.md instructions for /r\n\n{}",
    "Stop hook feedback:\n- [check]: {}",
    "PostToolUse:Write hook blocking error from command: check\n{}",
    "Judge the candidates in this data.\n{}",
    "[Request interrupted by user]\n\n{}",
    "[SYSTEM DIRECTIVE: go on]\n\n{}",
    "[BACKGROUND TASK COMPLETED]\n\n{}",
)

# What assistants put around files, notes and answers of theirs.
TAGS = _listed(
    """system-reminder ide_selection ide_opened_file user_info rules git_status attached_files
    open_and_recently_viewed_files manually_attached_skills cursor_commands timestamp channel
    task-notification subagent_notification teammate-message agent-message bridge heartbeat skill
    turn_aborted hook_context user_instructions INSTRUCTIONS environment_context permissions
    collaboration_mode goal_context scheduled-task local-command-stdout command-message bash-stdout
    document file stdin stdout stderr untrusted"""
)
BLOCKS = (
    "<TAG>{}</TAG>",
    "<TAG>\n{}\n</TAG>",
    "<TAG path=\"a.md\" lines='1-2'>\n{}\n</TAG>",
    "<TAG>\n<other_block>x</other_block>\n{}\n</TAG>",
    "<TAG>see <TAG>x</TAG>\n{}\n</TAG>",
    "<TAG>\nthe tag <TAG> opens it\n{}\n</TAG>",
    "<TAG>x</TAG>\n{}\n</TAG>",
)
