"""A real log with two workspaces, four sessions, and what was learned from them."""

from pathlib import Path

from hivemindd.events import Event, Prompt, Reply, ToolCall, outline
from hivemindd.ingest.commit import put_checkpoint
from hivemindd.log.blocks import BlockCodec
from hivemindd.log.history import append
from hivemindd.log.homes import put_session
from hivemindd.log.keys import event_key, session_key, text_key, workspace_key
from hivemindd.log.opening import open_log
from hivemindd.log.pauses import Pauses
from hivemindd.log.seen import Encoded
from hivemindd.log.store import Log
from hivemindd.log.tables import (
    CALLS,
    CORRECTIONS,
    DUE,
    LESSONS,
    SETTINGS,
    SKILLS,
    TALLIES,
    TRACES,
    WORKSPACES,
    Txn,
)
from hivemindd.paths import Paths, make_private
from hivemindd.records import (
    Checkpoint,
    Correction,
    Evidence,
    Lesson,
    Session,
    Skill,
    Tally,
    Trace,
    Workspace,
)
from hivemindd.work import Call, Due

NOW = 1_795_246_800_000  # 2026-11-21 07:40 UTC
MINUTE = 60_000
DAY = 86_400_000
SHOP, NOTES = "/home/dev/shop", "team-notes"
NPM, FIX, HELD, REFUSED = "3f2a9c1b-aaaa", "3f77d0e2-bbbb", "90c4e6aa-cccc", "c0ffee00-dddd"
EVIL = "use pnpm\x1b[31m, \x1b]0;owned\x07not npm\u202e!"


def make_paths(home: Path) -> Paths:
    """Return the usual paths below a scratch home."""
    return Paths(
        home=home,
        config=home / ".config" / "hivemind",
        state=home / ".local" / "state" / "hivemind",
    )


def fill(home: Path) -> Paths:
    """Write the log of a scratch home, and a SKILL.md in its project; return the paths."""
    paths = make_paths(home)
    make_private(paths.state)
    make_private(paths.log)
    log = open_log(paths.log)
    log.transact(lambda txn: _fill(txn, home))
    log.close()
    skill = home / "shop" / ".claude" / "skills" / "package-commands"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: package-commands\n---\n- Use pnpm.\n")
    return paths


def transact(paths: Paths, name: bytes, value: str) -> None:
    """Write one row of the settings table."""
    log = open_log(paths.log)
    log.transact(lambda txn: SETTINGS.put(txn, name, value))
    log.close()


def ask_for_review(paths: Paths, *rules: str) -> list[str]:
    """Add rules to the shop that only a person may allow, each newer than the one before.

    Return the names by which they are decided about.
    """
    rows = [
        Lesson(id=f"rev-{number}", workspace=SHOP, rule=rule, state="review", updated=NOW + number)
        for number, rule in enumerate(rules)
    ]

    def put(txn: Txn) -> None:
        for row in rows:
            LESSONS.put(txn, workspace_key(SHOP) + text_key(row.id), row)

    log = open_log(paths.log)
    log.transact(put)
    log.close()
    return [row.asked for row in rows]


def live_on(
    paths: Paths, *broken: bool, opened: bool = False, assistant: str = "claude-code", at: int = 0
) -> None:
    """Add sessions of the shop, a day apart, in which its skill was within reach.

    In those that are `broken` its rule had to be said again. `at` is the day of the first
    after `NOW`; one of before is from before the skill was written.
    """

    def put(txn: Txn) -> None:
        key = workspace_key(SHOP) + text_key("les-1")
        lesson = LESSONS.get(txn, key)
        assert lesson is not None
        for day, said in enumerate(broken, start=at):
            row = Session(
                id=f"{assistant}-{day}",
                assistant=assistant,
                workspace=SHOP,
                started=NOW + day * DAY,
                last_event=NOW + day * DAY + MINUTE,
                prompts=1,
            )
            put_session(txn, row)
            trace = Trace(
                session=row.id,
                assistant=assistant,
                activities=["package-commands"],
                lists=True,
                listed=["package-commands"],
                opened=["package-commands"] * opened,
            )
            TRACES.put(txn, workspace_key(SHOP) + session_key(assistant, row.id), trace)
            if said:
                name, ts = f"again-{row.id}", row.last_event
                entry = Evidence(correction=name, session=row.id, ts=ts, weight=1.0, quote="")
                lesson.evidence.append(entry)
        LESSONS.put(txn, key, lesson)

    log = open_log(paths.log)
    log.transact(put)
    log.close()


def pause(paths: Paths, until: dict[str, int]) -> None:
    """Store pauses."""
    log: Log = open_log(paths.log)
    log.transact(Pauses(until).save)
    log.close()


def _fill(txn: Txn, home: Path) -> None:
    for workspace in (
        Workspace(
            id=SHOP,
            name="shop",
            root=str(home / "shop"),
            source="repository",
            first_seen=NOW - 9 * DAY,
            assistants=["claude-code", "codex"],
        ),
        Workspace(id=NOTES, name="notes", source="environment", assistants=["cursor"]),
    ):
        WORKSPACES.put(txn, workspace_key(workspace.id), workspace)
    _fill_sessions(txn, home)
    _fill_lessons(txn, home)
    for tally in (
        Tally(assistant="codex", version="0.170.0", what="new_item", count=12, path="/t/x.jsonl"),
        Tally(assistant="claude-code", version="", what="malformed line", count=2, path="/t/y"),
    ):
        TALLIES.put(txn, text_key(tally.assistant + tally.what), tally)
    for ts, usd, outcome in ((NOW - DAY, 0.2, "ok"), (NOW, 0.125, "ok"), (NOW + 1, 0.0, "no")):
        call = Call(
            ts=ts,
            model="api:claude-haiku-5-5",
            prompt="p1",
            session=NPM,
            candidates=2,
            input_tokens=1_000,
            output_tokens=100,
            usd=usd,
            outcome=outcome,
        )
        CALLS.put(txn, ts.to_bytes(8, "big") + bytes(2), call)


def _fill_sessions(txn: Txn, home: Path) -> None:
    codec = BlockCodec()
    transcript = home / "npm.jsonl"
    transcript.write_text("{}\n")
    status = transcript.stat()
    put_checkpoint(
        txn,
        str(transcript),
        Checkpoint(
            path=str(transcript),
            assistant="claude-code",
            device=status.st_dev,
            inode=status.st_ino,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            ctime_ns=status.st_ctime_ns,
        ),
    )
    rows = (
        Session(
            id=NPM,
            assistant="claude-code",
            workspace=SHOP,
            cwd=str(home / "shop"),
            state="ended",
            started=NOW - DAY,
            last_event=NOW - DAY + MINUTE,
            events=4,
            prompts=2,
            turns=1,
            corrections=1,
            codified_events=4,
        ),
        Session(
            id=FIX,
            assistant="codex",
            workspace=SHOP,
            state="active",
            started=NOW - 9 * MINUTE,
            last_event=NOW - 5 * MINUTE,
            events=7,
            prompts=1,
            turns=3,
        ),
        Session(id=HELD, assistant="cursor", workspace=NOTES, state="idle", events=1, prompts=1),
        Session(
            id=REFUSED,
            assistant="claude-code",
            workspace=SHOP,
            captured=False,
            why_not="HIVEMIND_CAPTURE=false in its environment",
            state="ended",
        ),
    )
    for row in rows:
        events = [_encode(event, codec) for event in _events()] if row.id == NPM else []
        append(txn, row, str(transcript), events, codec)
        put_session(txn, row)
    for due in (
        Due(workspace=SHOP, assistant="codex", session=FIX, reason="turns", since=NOW - MINUTE),
        Due(
            workspace=NOTES,
            assistant="cursor",
            session=HELD,
            reason="idle",
            since=NOW - 2 * MINUTE,
            not_before=NOW + 30 * MINUTE,
            attempts=2,
            error="the judge does not answer",
        ),
    ):
        DUE.put(txn, workspace_key(due.workspace) + session_key(due.assistant, due.session), due)


def _events() -> list[Event]:
    day, who = NOW - DAY, "claude-code"
    return [
        Prompt(
            id="1", ts=day, seq=0, session=NPM, assistant=who, author="human", text="add date-fns"
        ),
        ToolCall(
            id="2",
            ts=day,
            seq=90,
            session=NPM,
            assistant=who,
            author="agent",
            call="c1",
            name="Bash",
            target="npm install date-fns",
        ),
        Prompt(id="3", ts=day, seq=180, session=NPM, assistant=who, author="human", text=EVIL),
        Reply(
            id="4",
            ts=day,
            seq=270,
            session=NPM,
            assistant=who,
            author="agent",
            text="one\ntwo",
            sidechain=True,
        ),
    ]


def _encode(event: Event, codec: BlockCodec) -> Encoded:
    key = event_key(event.assistant, event.id)
    return Encoded(key, codec.encode_event(event), outline(event))


def _fill_lessons(txn: Txn, home: Path) -> None:
    for row in (
        Correction(
            id="corr-1",
            workspace=SHOP,
            session=NPM,
            assistant="claude-code",
            ts=NOW - DAY,
            channel="rejection",
            agent_output="npm install date-fns",
            user_diff="@@ -1 +1 @@\n-npm\n+pnpm\n",
            quote=EVIL,
            weight=1.0,
            state="accepted",
            lesson="les-1",
            transcript=str(home / "npm.jsonl"),
            seq=180,
            judge="api:claude-haiku-5-5/p2",
        ),
        Correction(
            id="corr-2",
            workspace=SHOP,
            session=FIX,
            assistant="codex",
            ts=NOW - MINUTE,
            channel="follow-up",
            quote="thanks",
            state="dismissed",
            why="no correction",
        ),
    ):
        key = workspace_key(row.workspace) + session_key(row.assistant, row.session)
        CORRECTIONS.put(txn, key + text_key(row.id), row)
    evidence = [
        Evidence(correction="corr-1", session=NPM, ts=NOW - DAY, weight=1.0, quote=EVIL),
        Evidence(correction="gone", session=FIX, ts=NOW - 2 * DAY, weight=3.0, quote="pnpm!"),
    ]
    for lesson in (
        Lesson(
            id="les-1",
            workspace=SHOP,
            rule="Use pnpm, not npm.",
            not_when=["publishing the SDK"],
            state="promoted",
            evidence=evidence,
            skill="ski-1",
            updated=NOW - DAY,
            judge="api:claude-haiku-5-5/p1",
        ),
        Lesson(
            id="les-2",
            workspace=SHOP,
            rule="Name tests after the behaviour.",
            evidence=[Evidence(correction="c9", session=NPM, ts=NOW, weight=1.0, quote="name it")],
            updated=NOW,
        ),
    ):
        LESSONS.put(txn, workspace_key(SHOP) + text_key(lesson.id), lesson)
    skill = Skill(
        id="ski-1",
        workspace=SHOP,
        name="package-commands",
        path=str(home / "shop" / ".claude" / "skills" / "package-commands" / "SKILL.md"),
        rules=["Use pnpm, not npm."],
        lessons=["les-1"],
        written=NOW - DAY,
        since={"les-1": NOW - DAY},
    )
    SKILLS.put(txn, workspace_key(SHOP) + text_key(skill.id), skill)
