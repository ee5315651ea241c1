"""A home with transcripts in it, the log that is filled from them, and what it has to hold."""

import json
from collections.abc import Iterator
from pathlib import Path

from hivemindd.paths import find_paths
from tests.faults.forked import Forked
from tests.process import clean_environment
from tests.records import ClaudeSession

DATA = "data.mdb"
_NAMES = [f"5e55100{number}-0000-4000-8000-000000000001" for number in range(3)]


class Estate:
    """Some sessions of one project; in each of them the agent was corrected."""

    def __init__(self, home: Path) -> None:
        """Write them."""
        self.home = home
        self.paths = find_paths(clean_environment(home))
        self.log = self.paths.log
        self.project = home / "project"
        (self.project / ".git").mkdir(parents=True)
        self.paths.config.mkdir(parents=True)
        self.paths.config_file.write_text("[judge]\nsmall_model = false\n")  # what is asked is us
        self.sessions = [ClaudeSession(home, self.project, name) for name in _NAMES]
        self.said: dict[str, list[str]] = {name: [] for name in _NAMES}
        for session in self.sessions:
            self.say(session, "add zod")
            call = session.call("Bash", command="npm install zod")
            session.reject(call, "use pnpm instead of npm")
            self.said[session.session].append("use pnpm instead of npm")
            session.result(session.call("Bash", command="pnpm add zod"), "done")
            session.reply("Added with pnpm.")

    def say(self, session: ClaudeSession, text: str) -> None:
        """Have a person say something."""
        session.prompt(text)
        self.said[session.session].append(text)

    def say_much(self, rounds: int, words: int = 20) -> None:
        """Have the sessions go on for a while, in turn."""
        for number in range(rounds):
            for session in self.sessions:
                self.say(session, f"{number}: {session.session[:8]}{' word' * words}")
                session.reply("ok " * words)

    @property
    def damaged(self) -> list[str]:
        """The names of what was set aside."""
        return sorted(path.name for path in self.log.glob(f"{DATA}.damaged-*"))

    def holds_all(self, forked: Forked) -> bool:
        """Tell whether the log holds all that was said, once; also when it says it cannot tell.

        What it holds is read by another process, which may die of it.
        """
        told = forked.run("tell")
        assert told.code >= 0, told.output
        assert told.is_clear, told.output
        if told.code:
            return False
        held = json.loads(told.output)["prompts"]
        assert {name: sorted(texts) for name, texts in held.items()} == {
            name: sorted(texts) for name, texts in self.said.items()
        }
        return True

    def is_consistent(self, forked: Forked) -> int:
        """Make sure that the log holds what its checkpoints say that it read, and nothing else.

        Return how many events it knows.
        """
        told = forked.run("tell")
        if "nothing has been captured yet" in told.output:
            return 0
        assert told.code == 0, told.output
        held = json.loads(told.output)
        wanted = {
            Path(path).stem: list(_words(Path(path).read_bytes()[:offset]))
            for path, offset in held["offsets"].items()
        }
        assert held["prompts"] == {name: words for name, words in wanted.items() if words}
        return int(held["known"])


def _words(data: bytes) -> Iterator[str]:
    """Yield what persons said in the records of a transcript, by decoding each as JSON."""
    for line in data.splitlines():
        record = json.loads(line)
        content = record["message"]["content"]
        if record["type"] == "user" and isinstance(content, str):
            yield content
        elif "userFeedback" in record:
            yield record["userFeedback"]
