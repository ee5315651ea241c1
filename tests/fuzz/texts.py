"""Files that people, projects and models write, as targets."""

import contextlib
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec

from hivemindd.assistants.base import Places, SessionFacts
from hivemindd.assistants.cursor.assistant import Cursor
from hivemindd.capture.source import Source
from hivemindd.config import CENTURY, Config, duration
from hivemindd.errors import ConfigError, JudgeUnavailableError, PublishError
from hivemindd.ingest.place import Placer
from hivemindd.lessons import judge_cli
from hivemindd.lessons.judge_api import ApiModel
from hivemindd.lessons.judge_reply import read_reply
from hivemindd.log.omissions import FILE as OMISSIONS
from hivemindd.log.omissions import Omission, Omissions
from hivemindd.log.tombstones import FILE, Tombstones
from hivemindd.records import Session
from hivemindd.runtime.complaints import last_complaint
from hivemindd.sessions.liveness import Registry
from hivemindd.settings.faults import find_faults
from hivemindd.settings.load import load_config
from hivemindd.settings.mend import to_toml
from hivemindd.settings.origins import list_held
from hivemindd.skills import guard
from hivemindd.skills.publish import Project
from hivemindd.skills.render import read_mark, unmarked
from hivemindd.work import Call
from hivemindd.workspace import read_settings, refusal, resolve
from tests.lessons.make import make_correction, make_verdict

_CANDIDATES = [make_correction("pnpm please", "npm install", name="c1"), make_correction("go on")]
_PROJECT = (".hivemind", ".hivemind.local", ".envrc", ".git", ".git/config", ".git/HEAD")
_LINKED = ("gitdir", "commondir", "config", "HEAD")


def config(folder: Path) -> Callable[[bytes], None]:
    """Return the target of the settings: they can be used, or each mistake has its sentence."""
    file = folder / "config.toml"

    def check(data: bytes) -> None:
        file.write_bytes(data)
        try:
            held = load_config(file, {})
        except ConfigError as error:
            assert "\n" not in str(error)  # noqa: PT017  either is right
            _explained(data)
            return
        assert all(to_toml(row.value) for row in list_held(file, {}))
        for text in (held.idle_after, held.end_after, held.rescan_every, held.judge.timeout):
            assert 0 < duration(text) <= CENTURY
        assert isinstance(held, Config)

    return check


def _explained(data: bytes) -> None:
    """Make sure that a text which cannot be used has a mistake, as `config check` lists them."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return
    faults = find_faults(text)
    assert faults
    assert all("\n" not in fault.sentence for fault in faults)
    for fault in faults:
        _, found, offer = fault.sentence.partition("; did you mean ")
        if found and " = " in offer:
            tomllib.loads(offer.removesuffix("?"))


def project(folder: Path) -> Callable[[bytes], None]:
    """Return the target of what lies in a project; the first byte says in which file."""
    home = folder / "home"

    def check(data: bytes) -> None:
        root, linked = home / "shop", home / "main/.git/worktrees/shop"
        shutil.rmtree(home, ignore_errors=True)
        (root / "src").mkdir(parents=True)
        linked.mkdir(parents=True)
        choice, rest = (data[0] if data else 0), data[1:]
        if choice % 2:
            _fill(linked, rest, choice // 2)
            (root / ".git").write_text(f"gitdir: {linked}\n")
            (home / "main/.git/HEAD").write_text("ref: refs/heads/main\n")
            if not (home / "main/.git/config").exists():
                (home / "main/.git/config").write_bytes(rest)
        else:
            name = _PROJECT[choice // 2 % len(_PROJECT)]
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(rest)
        placer = Placer(Places(home), [], ignore=("~/clients/**", "**/secret-*"))
        for cwd in (
            str(root / "src"),
            str(root),
            rest[:5_000].decode("utf-8", "replace"),
            f"/{rest!r}",
        ):
            workspace = resolve(cwd, home=home, env={})
            msgspec.msgpack.encode(workspace.source)
            refusal(cwd, home=home, ignore=("**/a/**/b*",))
            read_settings(cwd, home=home)
            msgspec.msgpack.encode(placer.place("codex", SessionFacts(), cwd))

    return check


def _fill(linked: Path, data: bytes, choice: int) -> None:
    """Make a worktree whose files are sound but one."""
    sound = {
        "gitdir": f"{linked.parents[3] / 'shop/.git'}\n".encode(),
        "commondir": b"../..\n",
        "HEAD": b"ref: refs/heads/main\n",
    }
    for name, text in sound.items():
        (linked / name).write_bytes(text)
    name = _LINKED[choice % len(_LINKED)]
    if name != "config":
        (linked / name).write_bytes(data)


def side(folder: Path) -> Callable[[bytes], None]:
    """Return the target of small files that assistants, and we, leave beside others."""
    home = folder / "home"

    def check(data: bytes) -> None:
        files = (
            home / ".claude/sessions/1.json",
            home / ".cursor/projects/home-dev-shop/.workspace-trusted",
            home / ".cursor/chats/0cc175b9c0f1b6a831c399e269772661/one/meta.json",
        )
        for file in files:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        registry = Registry(Places(home))
        registry.refresh()
        version = data[:6_000].decode("utf-8", "replace")
        for assistant in ("claude-code", "codex"):
            row = Session(id="x", assistant=assistant, workspace="w", version=version)
            registry.liveness(row)
            registry.pid(assistant, "x")
        facts = SessionFacts(slug="home-dev-shop", paths=["/" + version, version])
        Cursor().locate(facts, ["/home/dev/shop2"], Places(home))
        last_complaint(files[0])
        _unpack(folder / "rollout.jsonl.zst", data)

    return check


def _unpack(file: Path, data: bytes) -> None:
    """Read a compressed transcript in both directions."""
    file.write_bytes(data)
    with Source(file) as source:
        for offset in (0, 100, 1 << 20, 0):
            try:
                source.read_at(offset, 1 << 18)
            except OSError:
                return


def skill(folder: Path) -> Callable[[bytes], None]:
    """Return the target of a skill's files, which a person may have changed into anything."""

    def check(data: bytes) -> None:
        root = folder / "shop"
        place = root / ".claude/skills/use-pnpm"
        shutil.rmtree(root, ignore_errors=True)
        place.mkdir(parents=True)
        text, _, lineage = data.partition(b"\0\0")
        (place / "SKILL.md").write_bytes(text)
        (place / "lineage.json").write_bytes(lineage)
        mark = read_mark(text)
        guard.check_file(text)
        unmarked(text.decode("utf-8", "replace"))
        with Project(root, folder / "home") as opened:
            assert "use-pnpm" in opened.names()
            assert opened.marks() == ({"use-pnpm": mark[0]} if mark else {})
            opened.look("use-pnpm")
            opened.read("use-pnpm")
            opened.link("use-pnpm")
            files = {"SKILL.md": text, "lineage.json": b"{}"}
            for expected in ("", "0" * 64):
                try:
                    opened.write("use-pnpm", files, expected=expected, skill_id="a1")
                except PublishError:
                    continue
            assert opened.remove("use-pnpm", expected="0" * 64) == "user-owned"
        assert (place / "SKILL.md").read_bytes() == text
        assert (place / "lineage.json").read_bytes() == lineage

    return check


def reply(data: bytes) -> None:
    """Read a model's reply: as its words, as a body of the API, as what the client prints."""
    words = data.decode("utf-8", "replace")
    reading = read_reply(words, _CANDIDATES, {"l1"})
    for candidate in _CANDIDATES:
        assert candidate.id in reading.verdicts or candidate.id in reading.faults
    msgspec.msgpack.encode(reading.verdicts)
    replies = [ApiModel(api_key="k", base_url="http://127.0.0.1:1")._read(data, 0.0)]
    try:
        result = msgspec.json.decode(data, type=judge_cli._Result)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        result = judge_cli._Result(is_error=True)
    with contextlib.suppress(JudgeUnavailableError):
        replies.append(judge_cli._read(result))
    for each in replies:
        call = Call(ts=0, model="m", prompt="p", session="s", candidates=1)
        call.input_tokens, call.output_tokens = each.input_tokens, each.output_tokens
        call.usd, call.outcome = each.usd, each.fault
        msgspec.msgpack.encode(call)
        assert 0 <= each.usd < float("inf")
        read_reply(each.text, _CANDIDATES, {"l1"})


def example_reply() -> bytes:
    """Return a good reply to the candidates of `reply`."""
    verdicts = [make_verdict("c1"), make_verdict(_CANDIDATES[1].id)]
    return msgspec.json.encode({"verdicts": verdicts})


def tombstones(folder: Path) -> Callable[[bytes], None]:
    """Return the target of what outlives the log: all that comes out can be stored."""

    def check(data: bytes) -> None:
        (folder / FILE).write_bytes(data)
        for start in (0, len(data) // 2):
            for stone in Tombstones(folder).read(start):
                assert len(stone.session) == 8
                assert {len(key) for key in stone.keys} <= {16}
                assert 0 <= stone.until < 2**63
                msgspec.msgpack.encode(stone)
        (folder / OMISSIONS).write_bytes(data)
        for line in Omissions(folder).read():
            msgspec.msgpack.encode(line)
            if isinstance(line, Omission):
                assert len(line.session) == 8
                assert {len(key) for key in line.keys} <= {16}

    return check
