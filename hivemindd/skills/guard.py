"""Decide what may stand in a skill, whatever a judge said.

An assistant obeys its skills, so nothing may enter one that runs when it is loaded, pulls
in other text, points elsewhere, hides from the reader, or hands out permissions. What a
person may well forbid ("Never run `rm -rf` without asking", "Use httpx, not curl") is let
through, but only as what the rule forbids. A name that would be expanded (`spelling`) is
judged as it will be written; in a file nothing of the kind may be left.
"""

import re
import unicodedata
from collections.abc import Iterator

from hivemindd.contrast import Span, is_left, left
from hivemindd.permissions import GRANTED, NOT, UNASKED
from hivemindd.skills.spelling import LEGENDS, spell

RULE_LIMIT = 200
DESCRIPTION_LIMIT = 1024
FILE_LIMIT = 4096
RULES_LIMIT = 8
EXAMPLES_LIMIT = 2

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME_LIMIT = 64
_FILE = re.compile(
    r'---\nname: "(?P<name>[^"\\\n]+)"\n'
    r'description: "(?P<description>(?:[^"\\\n]|\\["\\])+)"\n---\n\n'
    r"# [A-Z0-9][a-z0-9 ]*\n\n"
    r"## Rules\n\n(?P<rules>(?:- [^\n]+\n)+)\n"
    r"(?:## Does not apply\n\n(?P<exceptions>(?:- [^\n]+\n)+)\n)?"
    r"(?:## Example\n\n(?P<examples>(?:- [^\n]+\n)+)\n)?"
    + "".join(f"(?:{re.escape(legend)}\n\n)?" for legend in LEGENDS.values())
    + r"<!-- hivemindd:skill_id=[A-Za-z0-9-]{1,64} v[1-9][0-9]{0,8} -->\n"
)
# Marks that show nothing: variation selectors, fillers, joiners. (Zero-width and bidi
# controls and tags are of category Cf, private use is Co.)
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2028\u2029\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
# Letters that are drawn like others: phonetic ones, small capitals, letters in a box; and marks
# that cover an ASCII letter.
_LOOKALIKE = re.compile(
    "[\u0250-\u02af\u1d00-\u1dbf\ua4d0-\ua4ff\ua720-\ua7ff\uab30-\uab6f"
    "\U0001f150-\U0001f169\U0001f172-\U0001f17d\U0001f180-\U0001f189]"
    "|[!-~][\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"(?=.*[0-9])(?:[0-9a-f]+|[0-9A-F]+)")
_SEGMENT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[+/_=-]+")
# Digits before a word, and the signs of emphasis: the word is read all the same.
_GLUED = re.compile(
    r"(?<![^\W\d_])\d[\d_]*(?=[^\W\d_]{2})|\d+(?=[^\W\d_]{2})"
    r"|(?<![\w`.])_+(?=[^\W\d_][^`]*_(?!\w))"
)
_WORD = re.compile(r"[^\W\d_]+")
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
# Greek letters that stand beside Latin ones in units and formulas.
_SIGNS = "μΩπλΔΣ"
_DRAWN_ALIKE = frozenset(
    {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "CANADIAN", "GEORGIAN", "DESERET"}
)

# What no skill needs, prohibition or not.
_NEVER: tuple[tuple[str, str], ...] = (
    ("it holds syntax that runs a command when it is loaded", r"!\s?`|```|~~~"),
    ("it holds a variable that is replaced when it is loaded", r"\$[\w{(\[\"'@*#?!$-]"),
    (
        "it holds an @ that can include a file or name an address",
        r"@(?!\s|$)(?<![\w-]@(?=[\^~]?\d[\d.x]*(?![\w@])|(?:latest|next)\b))",
    ),
    (
        "it spells out a sign that begins no name",
        r"\((?:at|dollar)\)(?![a-z_/])|\w\(at\)|\(dollar\)(?:arguments|claude_)",
    ),
    ("it holds HTML or an entity", r"<!--|-->|<(?=[/!?])|(?<!\w)<(?=[a-z])|&#?\w+;"),
    ("it holds a link", r"\]\s?\(|\]\s?\[|!\[|\[\["),
    ("it holds a URL", r"\b[a-z][a-z0-9+.-]*://|\b(?:www\.|mailto:|javascript:|data:\w+/)"),
    (
        "it names a web site",
        (
            r"\b(?!asp\.net\b)[\w-]+\.(?:com|net|org|biz|xyz|onion)\b(?!\.\w|\()"
            r"|\b[\w-]+\.(?:io|dev|app|ai|sh|me|cc|gg|to|co|ru|cn|top|info)(?:/|:\d)"
            r"|\w ?[\[({] ?(?:\.|dot) ?[\])}] ?\w"
        ),
    ),
    (
        "it holds an IP address",
        r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?:\b[0-9a-f]{1,4}:){3,}|::[0-9a-f]{1,4}\b",
    ),
    (
        "it holds an escaped character",
        r"\\(?:x[0-9a-f]{2}|u\{?[0-9a-f]{2,}|[0-7]{3})|(?:%[0-9a-f]{2}){2}",
    ),
    (
        "it holds a rule of YAML or Markdown",
        r"---|===|___|^\s*(?:#|>|\||[-*+]\s|\d+[.)]\s)|^\s*\w+:\s*$",
    ),
    ("it stands on a secret that was redacted", "\u00ab\\s?redacted|\\[redacted\\]"),
    (
        "it tries to set other instructions aside",
        (
            r"(?<![a-z])(?:ignor|disregard|forget|overrid|bypass|circumvent|supersed)\w*\b.{0,40}"
            r"\b(?:instruction|rule|prompt|guideline|guardrail|safety|previous|prior|above|system|"
            r"polic|user|everything|restriction|skill)|"
            r"\b(?:system|developer) (?:prompt|message|mode)|\bnew instructions|\byou are now\b|"
            r"\bjailbreak|\bas an ai\b|"
            r"(?:^|[.;!?]\s)\W*(?:system|assistant|user|important|human)\s?:|"
            r"</?(?:system|user|assistant)"
        ),
    ),
    (
        "it hides something from the user",
        (
            rf"(?:{NOT}|\b(?:without|avoid)) (?:ever )?(?:tell|inform|notify|warn|alert)"
            r"(?:ing)?\b|"
            r"\b(?:hide|conceal|keep)\b.{0,30}\bfrom (?:the )?(?:user|human|developer|me)\b|"
            r"\bkeep (?:this|it) (?:a )?secret|\b(?:secretly|silently|covertly|stealth)\b|"
            rf"{NOT} (?:mention|reveal|disclose|show|report)\b.{{0,30}}"
            r"\bto (?:the )?(?:user|human|developer|anyone|me)\b"
        ),
    ),
    ("it widens permissions", f"{UNASKED}|{GRANTED}"),
)
_COMMAND = "it tells to run a dangerous command"
_GIVE = r"(?:fe+d(?:s|ing)?|sen[dt]|sends|sending|redirect(?:s|ed|ing)?)"
# What only a prohibition may name.
_FORBIDDABLE: tuple[tuple[str, str], ...] = (
    (
        _COMMAND,
        (
            r"\b(?:curl|wget|sudo|doas|chmod|chown|mkfs\w*|ncat|netcat|powershell|"
            r"invoke-\w+|osascript|crontab|launchctl|nohup|xargs|setuid|scp|telnet|certutil|"
            r"mshta)\b|\bnc -|\bdd if=|"
            r"\brm\s+(?:-\w+\s+)*-\w*[rf]|\brm\s+--(?:recursive|force)|"
            r"\beval\b(?! (?:set|suite|script|harness|data|run|result|metric)s?\b)|\bexec\s?\(|"
            r"\|\s*&?\s*(?:\S*/)?(?:ba|z|da|k|c|fi)?sh\b|\|\s*(?:python|perl|ruby|node|php)|"
            r"(?<!\bavoid )\bpip(?:e|es|ed|ing)\b.{0,60}\b(?:(?:in)?to|through|via)\s"
            r"(?:(?:a|the|your|my)\s)?[`'\"]?(?:\S*/)?(?:(?:(?:ba|z|da|k|c|fi)?sh|shell)\b(?![-'\u2019])|"
            r"(?:python|perl|ruby|node|php)[0-9.]*[`'\"]?\s?(?:$|[.,;:!?)]|-(?!\w)|(?:and|then)\b))|"
            rf"\b{_GIVE}\b.{{0,40}}\b(?:in)?to\s[`'\"]?(?:\S*/)?(?:ba|z|k|c|fi)?sh\b(?![-'\u2019])|"
            rf"\b(?:{_GIVE}|(?:pass|hand)(?:es|s|ed|ing)?(?!\s[`'\"]?-))\b.{{0,40}}\b(?:in)?to\s"
            r"[`'\"]?(?:\S*/)?(?:ba|z|da|k|c|fi)?sh[`'\"]?(?:$|[.,;:!?)]|\s(?:and|then)\b)|"
            r"--privileged\b|--(?:pid|ipc|uts|userns)[= ]host\b|(?<!\w)(?:-v|--volume)[ =]/:|"
            r"\bdocker\.sock\b|"
            r"<\(|/dev/(?:tcp|udp|sd)|base64\s+(?:-d|--decode)|--no-verify\b|--insecure\b|--force\b|"
            r"\bgit\s+(?:reset\s+--hard|clean\s+-\w*f|push\s+(?:\S+\s+)*-f\b)|\bkill\s+-9|\bdrop\s+"
            r"(?:table|database)|\bsource\s+/|:\(\)\s*\{"
        ),
    ),
    (
        "it weakens security",
        (
            r"\b(?:disabl|turn(?:ing)? off|skip|switch(?:ing)? off)\w*\b.{0,24}"
            r"\b(?:tls|ssl|certificate|verification|firewall|auth\w*|csrf|cors|antivirus|selinux|"
            r"apparmor|gatekeeper)|"
            r"verify\s?=\s?false|node_tls_reject|strict_?host_?key_?checking"
        ),
    ),
    (
        "it names a place where credentials are kept",
        (
            r"(?:~|\bhome|/root|/users/[\w.-]+|/home/[\w.-]+)/\.|\.(?:ssh|aws|gnupg|kube|docker|azure|"
            r"netrc|npmrc|pypirc|git-credentials|pgpass)\b|\bid_(?:rsa|dsa|ecdsa|ed25519)|\.pem\b|"
            r"(?<![\w.])\.env(?!\.(?:example|sample|template|dist|test)|\w|\()\b|/etc/\w+|"
            r"\bcredentials\.\w+|\bkeychain\b|\b(?:private|ssh) keys?\b|\blogin data\b"
        ),
    ),
    (
        "it names a configuration of an assistant or of the shell",
        (
            r"\b(?:claude|agents|gemini|copilot-instructions)\.md\b|\bskill\.md\b|"
            r"(?<![\w])\.(?:claude|codex|cursor\w*|agents|gemini|windsurf\w*|aider\w*|pi|openclaw|"
            r"hermes|mcp\.json|hivemind\w*)(?:/|\b)|\bmcp ?servers?\b|(?<!\w)\.git/|"
            r"(?<!\w)\.(?:bash|zsh)\w*|(?<!\w)\.(?:profile|envrc)\b|\.vscode/|\bgit config\b"
        ),
    ),
    ("it names a person's folder", r"/(?:home|users|root)/\w|[a-z]:\\+users\\"),
)
_UNASKED = re.compile(
    r"\bwithout (?:\w+ )?(?:ask|confirm|permi|approv|consent|prompt|review|check)\w*", re.IGNORECASE
)
# A prohibition is one of these words, a verb that it forbids, and what follows up to a turn.
_PROHIBITION = re.compile(
    r"(?:never|do not|don['\u2019]t)(?: ever)? (?:run|use|call|execute|invoke|pipe|add|write|"
    r"commit|push|install|pass|edit|change|touch|modify|read|open|print|log|store|put|create|copy|start|"
    r"suggest|import|include|stage|upload|send|feed|hand|redirect|share|"
    r"rely on|force-push|force push|"
    r"(?P<undoing>delete|remove|overwrite|disable|turn off|skip))\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"[,.;:!?](?=\s|$)|[\u2013\u2014]| - |(?<![\w-])(?:but|and|then|instead|unless|until|till|"
    r"before|after|except|always|so|when|while|because|if|rather|only|just|simply|first|not|no|"
    r"never|nothing|none|other than|apart from|besides|\w+n['\u2019]t|lack\w*|miss\w*|fail\w*|"
    r"forget\w*|avoid\w*|refus\w*|hesitat\w*|prevent\w*|block\w*|omit\w*)(?![\w-])",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?] (?=\S)")
_WITHOUT = re.compile(r"\bwithout\b", re.IGNORECASE)


def _compile(table: tuple[tuple[str, str], ...]) -> list[tuple[str, re.Pattern[str]]]:
    return [(reason, re.compile(regex, re.IGNORECASE)) for reason, regex in table]


_REJECTED = _compile(_NEVER)
_DANGERS = _compile(_FORBIDDABLE)


def normalise(text: str) -> str:
    """Return `text` as it would be written: NFKC, on one line, single spaces."""
    return re.sub(r"[ \t\r\n]+", " ", unicodedata.normalize("NFKC", text)).strip(" ")


def written(text: str) -> str:
    """Return `text` as it stands in a skill: in its normal form, signs of names spelled out."""
    return spell(normalise(text))


def check(text: str, limit: int = RULE_LIMIT) -> str | None:
    """Return why `text` must not stand in a skill, None when it may, as it will be written."""
    return _refuse(written(text), limit)


def check_name(name: str) -> str | None:
    """Return why `name` cannot name a skill, None when it can."""
    if len(name) > _NAME_LIMIT or not _NAME.fullmatch(name):
        return f"a name has at most {_NAME_LIMIT} characters of a-z, 0-9 and single hyphens"
    return None


def check_description(text: str) -> str | None:
    """Return why `text`, just as it is, cannot describe a skill, None when it can."""
    if any(char in text for char in "<>\n\r"):
        return "it holds < or > or a line break"
    return _refuse(text, DESCRIPTION_LIMIT)


def check_file(data: bytes) -> str | None:
    """Return why `data` is no SKILL.md of ours, None when it is one down to each line.

    The last look before a file is written: two keys of front matter, headings that we
    know, bullets without a fault, what signs stand for, the mark, and nothing else.
    """
    if len(data) > FILE_LIMIT:
        return f"it is larger than {FILE_LIMIT} bytes"
    text = data.decode("utf-8", "replace")
    match = _FILE.fullmatch(text)
    if not match or text.encode() != data or unicodedata.normalize("NFKC", text) != text:
        return "it is not laid out as a skill"
    if reason := check_name(match["name"]):
        return reason
    if reason := check_description(re.sub(r"\\(.)", r"\1", match["description"])):
        return f"its description: {reason}"
    rules, exceptions, examples = (
        _bullets(match[part]) for part in ("rules", "exceptions", "examples")
    )
    if max(len(rules), len(exceptions)) > RULES_LIMIT or len(examples) > EXAMPLES_LIMIT:
        return f"it has more than {RULES_LIMIT} rules or exceptions, or {EXAMPLES_LIMIT} examples"
    # The full stop is ours, and an example sets two texts side by side.
    found = (_refuse(line, RULE_LIMIT + 1) for line in (*rules, *exceptions))
    shown = (_refuse(line, 2 * RULE_LIMIT) for line in examples)
    return next((reason for reason in (*found, *shown) if reason), None)


def _bullets(part: str | None) -> list[str]:
    """Return the texts of a list; only a newline ends a line here, others are faults."""
    return [line.removeprefix("- ") for line in part.split("\n")[:-1]] if part else []


def _refuse(text: str, limit: int) -> str | None:
    return next(_reasons(text, limit), None)


def _reasons(text: str, limit: int) -> Iterator[str]:
    if not text:
        yield "it is empty"
    if len(text) > limit:
        yield f"it is longer than {limit} characters"
    yield from _hidden(text)
    if text.count("`") % 2:
        yield "it holds an unpaired backtick"
    if any(_is_blob(match.group()) for match in _BLOB.finditer(text)):
        yield "it holds an encoded text"
    for said in dict.fromkeys((text, _GLUED.sub(r"\g<0> ", text), _GLUED.sub("", text))):
        yield from (reason for reason, regex in _REJECTED if regex.search(said))
        yield from _dangers(said)


def _hidden(text: str) -> Iterator[str]:
    for char in text:
        if unicodedata.category(char) in _HIDDEN or _INVISIBLE.match(char):
            yield f"it holds the invisible character U+{ord(char):04X}"
    if found := _LOOKALIKE.search(text):
        yield f"it holds a letter that looks like another, U+{ord(found[0][-1]):04X}"
    for word in _WORD.findall(text):
        names = {
            unicodedata.name(char, "").partition(" ")[0] for char in word if char not in _SIGNS
        }
        if "LATIN" in names and names & _DRAWN_ALIKE:
            yield "it mixes alphabets within a word"


def _is_blob(run: str) -> bool:
    """Tell encoded data from long names and paths: its letters and digits change too often."""
    return len(run) < 3 * len(_SEGMENT.findall(run)) or bool(_HEX.fullmatch(run))


def _dangers(text: str) -> Iterator[str]:
    """Look for dangers outside what the text forbids or tells to leave, sentence by sentence."""
    asked: list[Span] = []
    named = left(text)
    commands = list(named)
    for begin in (0, *(match.end() for match in _SENTENCE_END.finditer(text))):
        start = _PROHIBITION.match(text, begin)
        if not start:
            continue
        turn = _TURN.search(text, start.end())
        governed = turn.start() if turn else len(text)
        without = _WITHOUT.search(text, begin, governed)
        forbidden = begin, without.start() if without else governed
        asked.append((begin, governed))
        named.append(forbidden)
        # To forbid that a command is undone is to ask for it.
        if not start["undoing"]:
            commands.append(forbidden)
    if any(not is_left(match.span(), asked) for match in _UNASKED.finditer(text)):
        yield "it widens permissions"
    for reason, regex in _DANGERS:
        spared = commands if reason == _COMMAND else named
        if any(not is_left(match.span(), spared) for match in regex.finditer(text)):
            yield reason
