"""What secrets look like: the table that `redact` scans with, each row with its samples.

Every regex is a bytes regex that RE2 and the standard library read alike: ASCII classes
only, no look-around, no backreference, nothing whose cost is not linear. A group marks the
secret where the regex also holds what announces it.

The formats come from the issuers' documentation and from the rules of gitleaks and of
GitHub secret scanning. Samples are built, not written out, so that no scanner takes this
file for a leak.
"""

import re
from collections.abc import Callable

import msgspec

from hivemindd.redaction.entropy import is_key, is_password, is_secret, is_spoken, is_url_password


class Pattern(msgspec.Struct, frozen=True):
    """One kind of secret.

    `regex` needs no context at its ends, so that it also matches in the middle of raw
    msgpack; `alone` adds, for text, that no word runs into it. Every match begins with one
    of `starts`, in lower case. `check` has the last word on what the group captured, and is
    told whether that is sure to be a literal and not a name in code. What stands in `unless`, in
    lower case, says right before a match that it is none. `gate` is a part of
    `regex` that is cheaper to look for, where a long class comes first.
    """

    kind: str
    regex: bytes
    samples: tuple[str, ...]
    starts: tuple[bytes, ...]
    alone: bool = False
    check: Callable[[bytes, bool], bool] | None = None
    unless: tuple[bytes, ...] = ()
    gate: bytes = b""


# What stands around and in a value that a name announces: `PASSWORD = "..."`.
_OPEN = rb"[A-Za-z0-9!#$%*+./:=?@^_~\x80-\xff-]"
_INSIDE = rb"[!#-&(-\[\]-_a-~\x80-\xff]"
_VALUE = rb"""(?:["'`\\]{1,8}(""" + _INSIDE + rb"{8,})|(" + _OPEN + rb"{8,}))"
_ASSIGNED = (
    rb"""(?:>(""" + _OPEN + rb"""{8,})</|["'`\\\])]{0,8}[ \t]{0,4}"""
    rb"""(?::[ \t]?[A-Za-z]{3,12}[ \t]{0,2}=|:=|=>|==?|:|\xef\xbc\x9a|"""
    rb"""[,\\nr \t\r\n"'+-]{0,24}[Vv]alue["'\\]{0,8}[ \t]{0,2}[:=])[ \t]{0,4}""" + _VALUE + b")"
)
_PASSWORD = (
    rb"(?:(?i:pass(?:word|wd|phrase|code)[0-9]?|[_;]pwd|passwort|senha|contrasena|mot de passe)|"
    rb"contrase\xc3\xb1a|\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c|"
    rb"\xe5\xaf\x86\xe7\xa0\x81|\xe5\xaf\x86\xe7\xa2\xbc|"
    rb"\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89)"
)
_SECRET = (
    rb"(?i:secret(?:[_-]?key(?:[_-]?base)?)?|token|credentials?|authorization|"
    rb"(?:api|access|auth|private|account|encryption|signing|master|license|shared|storage|"
    rb"subscription|service|role|webhook|deploy)[_ -]?key|api[_-]?secret|connection[_-]?string)"
)
_PASSWORD_STARTS = (
    *(b"pass", b"_pwd", b";pwd", b"senha", b"contrase", b"mot de passe"),
    *(b"\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c", b"\xe5\xaf\x86\xe7\xa0\x81"),
    *(b"\xe5\xaf\x86\xe7\xa2\xbc", b"\xe3\x83\x91\xe3\x82\xb9"),
)
_SECRET_STARTS = (
    *(b"secret", b"token", b"credential", b"auth", b"api", b"access", b"private", b"account"),
    *(b"encryption", b"signing", b"master", b"license", b"shared", b"storage", b"subscription"),
    *(b"service", b"role", b"webhook", b"deploy", b"connection"),
)

# A telling name as a key and the next string as its value, as msgpack lays out a dict; or any
# string under the key "value": what names that may stand anywhere beside it.
_HEADER = rb"(?:[\xa8-\xbf]|\xd9[\x00-\xff]|\xda[\x00-\xff]{2})"
PAIR = b"(?:" + _PASSWORD + b"|" + _SECRET + rb"|\xa5value)" + _HEADER + rb"[^\x00-\x20]{8}"
PAIR_STARTS = (*_PASSWORD_STARTS, *_SECRET_STARTS, b"\xa5value")
PASSWORD_KEY = re.compile(_PASSWORD + rb"\Z")
SECRET_KEY = re.compile(_SECRET + rb"\Z")

PEM_MARK = rb"-----(?:BEGIN|END) (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
PEM_STARTS = (b"-----begin", b"-----end")

_WORD = "[A-Za-z0-9]"
_SAFE = "[A-Za-z0-9_-]"
_HEX = "[0-9a-f]"


def _fill(length: int, chars: str = _WORD) -> str:
    """Return `length` varied characters of a class that nobody takes for a real secret."""
    alphabet = "k7Qw2ZpX9vRb4TnM" if "A-Za-z" in chars else "0F1E2D3C4B5A6978"
    alphabet = alphabet.lower() if "a-f" in chars else alphabet
    return (alphabet * (length // len(alphabet) + 1))[:length]


def _token(kind: str, chars: str, length: int, *prefixes: str, alone: bool = False) -> Pattern:
    """Build the row of a token that is one of `prefixes` and at least `length` `chars`."""
    either = "|".join(map(re.escape, prefixes))
    return Pattern(
        kind,
        f"(?:{either}){chars}{{{length},}}".encode(),
        tuple(prefix + _fill(length, chars) for prefix in prefixes),
        tuple(prefix.lower().encode() for prefix in prefixes),
        alone,
    )


TABLE = (
    # Code hosts, package registries, build services.
    _token("github-token", _WORD, 36, "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _token("github-token", "[A-Za-z0-9_]", 60, "github_pat_"),
    _token(
        "gitlab-token",
        "[A-Za-z0-9_.-]",
        20,
        *("glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-"),
        *("glagent-", "gloas-", "glsoat-", "glffct-"),
    ),
    _token("bitbucket-token", "[A-Za-z0-9_=-]", 24, "ATBB", "ATCTT3", "ATATT3", alone=True),
    _token("npm-token", _WORD, 36, "npm_"),
    _token("pypi-token", _SAFE, 50, "pypi-AgE"),
    _token("rubygems-token", _HEX, 48, "rubygems_"),
    _token("crates-token", _WORD, 32, "cio", alone=True),
    _token("docker-token", _SAFE, 24, "dckr_pat_", "dckr_oat_"),
    _token("buildkite-token", _HEX, 40, "bkua_"),
    _token("sonar-token", _HEX, 40, "sqp_", "squ_", "sqa_", "sqb_"),
    _token("sentry-token", "[A-Za-z0-9_=+/]", 60, "sntrys_", "sntryu_"),
    # Models.
    _token("anthropic-key", _SAFE, 20, "sk-ant-"),
    _token("openai-key", _SAFE, 40, "sk-proj-", "sk-svcacct-", "sk-admin-"),
    _token("openrouter-key", _HEX, 60, "sk-or-v1-"),
    _token("api-key", _WORD, 32, "sk-", alone=True),
    _token("huggingface-token", _WORD, 34, "hf_", "api_org_", alone=True),
    _token("groq-key", _WORD, 48, "gsk_"),
    _token("xai-key", _WORD, 70, "xai-"),
    _token("perplexity-key", _WORD, 40, "pplx-"),
    _token("replicate-token", _WORD, 37, "r8_", alone=True),
    _token("langsmith-key", "[0-9a-f_]", 40, "lsv2_pt_", "lsv2_sk_"),
    # Clouds and hosting.
    Pattern(
        "aws-key-id",
        rb"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        ("AKIA" + "Q7XZ2KPLM4NRTVW6",),
        (b"akia", b"asia", b"abia", b"acca"),
    ),
    Pattern(
        "aws-secret",
        rb"(?i:secret[_-]?access[_-]?key|aws[_-]?secret[_-]?key)[^A-Za-z0-9]{1,12}([A-Za-z0-9/+]{40})",
        (f'aws_secret_access_key = "{_fill(40)}"', f'\\"SecretAccessKey\\": \\"{_fill(40)}\\"'),
        (b"secret", b"aws"),
    ),
    Pattern(
        "aws-secret",
        rb"\xc2\xabredacted:aws-key-id\xc2\xbb[^A-Za-z0-9]{1,8}([A-Za-z0-9/+]{40})",
        (f"\u00abredacted:aws-key-id\u00bb,{_fill(40)}",),
        (b"\xc2\xabredacted:aws-key-id",),
    ),
    _token("google-api-key", _SAFE, 35, "AIza", alone=True),
    _token("google-oauth", _SAFE, 20, "ya29.", "GOCSPX-"),
    _token("google-oauth", _SAFE, 40, "1//0", alone=True),
    Pattern(
        "azure-key",
        rb"(?:AccountKey|SharedAccessKey|SharedSecret)=([A-Za-z0-9+/]{40,}={0,2})",
        (f"AccountName=a;AccountKey={_fill(86)}==", f"SharedAccessKey={_fill(43)}="),
        (b"accountkey=", b"sharedaccesskey=", b"sharedsecret="),
    ),
    Pattern("azure-sas", rb"sig=([A-Za-z0-9%+/]{40,})", (f"&sig={_fill(43)}%3D",), (b"sig=",)),
    Pattern("azure-secret", rb"Q~[A-Za-z0-9_~.-]{31,34}", (f"k7Q8Q~{_fill(31)}",), (b"q~",)),
    Pattern(
        "azure-key",
        rb"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}",
        (f"{_fill(52)}JQQJ99{_fill(26)}", f"{_fill(76)}AZDO{_fill(4)}"),
        (b"jqqj99", b"azdo"),
        gate=rb"JQQJ99[A-Za-z0-9]{26}|AZDO[A-Za-z0-9]{4}",
    ),
    _token("digitalocean-token", _HEX, 64, "dop_v1_", "doo_v1_", "dor_v1_"),
    _token("alibaba-key-id", _WORD, 20, "LTAI", alone=True),
    _token("heroku-key", _SAFE, 50, "HRKU-AA"),
    _token("netlify-token", _WORD, 36, "nfp_", "nfc_"),
    _token("flyio-token", "[A-Za-z0-9+/=,_-]", 60, "FlyV1 fm2_", "fm2_", "fo1_"),
    _token("supabase-key", "[A-Za-z0-9_]", 24, "sbp_", "sb_secret_"),
    _token("planetscale-token", "[A-Za-z0-9_.=-]", 32, "pscale_tkn_", "pscale_pw_"),
    _token("databricks-token", _HEX, 32, "dapi"),
    _token("vault-token", _SAFE, 24, "hvs.", "hvb.", "hvr."),
    _token("terraform-token", _SAFE, 60, ".atlasv1."),
    _token("pulumi-token", _HEX, 40, "pul-"),
    _token("doppler-token", _WORD, 40, "dp.pt.", "dp.st.", "dp.ct.", "dp.sa."),
    _token("tailscale-key", "[A-Za-z0-9-]", 20, "tskey-"),
    _token("grafana-token", "[A-Za-z0-9_=+/]", 32, "glsa_", "glc_"),
    _token("newrelic-key", "[A-Z0-9]", 27, "NRAK-"),
    _token("1password-token", _SAFE, 100, "ops_eyJ"),
    # Messages, money, work.
    _token("slack-token", "[A-Za-z0-9-]", 10, "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"),
    _token("slack-token", "[A-Za-z0-9.-]", 20, "xoxe-", "xoxe.", "xoxc-", "xoxd-", "xapp-1-"),
    Pattern(
        "slack-webhook",
        rb"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/]{20,})",
        (f"https://hooks.slack.com/services/T{_fill(8)}/B{_fill(8)}/{_fill(24)}",),
        (b"hooks.slack.com",),
    ),
    Pattern(
        "discord-webhook",
        rb"discord(?:app)?\.com/api/webhooks/([0-9]{8,20}/[A-Za-z0-9_-]{50,})",
        (f"https://discord.com/api/webhooks/123456789012/{_fill(68)}",),
        (b"discord",),
    ),
    Pattern("telegram-token", rb":AA[A-Za-z0-9_-]{33}", (f"12345678:AA{_fill(33)}",), (b":aa",)),
    _token("stripe-key", _WORD, 10, "sk_live_", "sk_test_", "rk_live_", "rk_test_"),
    _token("webhook-secret", "[A-Za-z0-9+/=]", 24, "whsec_"),
    _token("twilio-key", _HEX, 32, "SK", alone=True),
    Pattern(
        "sendgrid-key",
        rb"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,}",
        (f"SG.{_fill(22)}.{_fill(43)}",),
        (b"sg.",),
    ),
    Pattern(
        "resend-key",
        rb"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}",
        (f"re_{_fill(8)}_{_fill(24)}",),
        (b"re_",),
    ),
    _token("shopify-token", "[a-fA-F0-9]", 32, "shpat_", "shpca_", "shppa_", "shpss_"),
    _token("square-token", _SAFE, 22, "sq0atp-", "sq0csp-"),
    _token("linear-key", _WORD, 32, "lin_api_", "lin_oauth_"),
    _token("notion-token", _WORD, 40, "ntn_", "secret_"),
    _token("figma-token", _SAFE, 40, "figd_"),
    _token("postman-key", "[0-9a-f-]", 50, "PMAK-"),
    Pattern(
        "airtable-token",
        rb"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
        (f"pat{_fill(14)}.{_fill(64, _HEX)}",),
        (b"pat",),
    ),
    _token("age-key", "[A-Z0-9]", 50, "AGE-SECRET-KEY-1"),
    # What any issuer may use.
    Pattern(
        "jwt",
        rb"eyJ[A-Za-z0-9_-]{10,400}\.[A-Za-z0-9_-]{0,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]{8,}){0,2}",
        (f"eyJ{_fill(20)}.eyJ{_fill(40)}.{_fill(43)}",),
        (b"eyj",),
    ),
    Pattern(
        "url-password",
        rb""":\\?/\\?/[A-Za-z0-9._~%!$&*+=-]{0,128}:([!#-.0-;=?-\[\]-_a-~\x80-\xff]{1,})@""",
        ("postgres://app:Tr0ub4dor@db/x", "redis://:k7Qw2Zp@h:6379", "https://u:p%40ss@host"),
        (b":/", b":\\/"),
        check=is_url_password,
    ),
    Pattern(
        "authorization",
        rb"""(?i:authorization)["'\\]{0,8}[ \t]{0,2}[:=,][ \t]{0,2}["'`\\]{0,8}"""
        rb"""(?i:bearer|basic|token|digest|apikey|bot)[ \t]{1,3}([A-Za-z0-9._~+/=-]{8,})""",
        (f"Authorization: Bearer {_fill(24)}", f'\\"authorization\\": \\"Basic {_fill(12)}==\\"'),
        (b"authorization",),
        check=is_password,
    ),
    Pattern(
        "bearer-token",
        rb"(?i:bearer)[ \t]{1,3}([A-Za-z0-9._~+/=-]{16,})",
        (f"-H 'X-Auth: Bearer {_fill(32)}'",),
        (b"bearer",),
        check=is_secret,
    ),
    Pattern(
        "basic-auth",
        rb"""(?:-u|--user)[ \t=]["']?[A-Za-z0-9._@+-]{1,64}:([!#-&(-\[\]-_a-~]{6,})""",
        ("curl -u admin:Tr0ub4dor https://a", "curl --user 'me:s3cr3t&more' x"),
        (b"-u", b"--user"),
        check=is_password,
    ),
    Pattern(
        "cookie",
        rb"""(?i:cookie)["'\\]{0,8}[ \t]{0,2}:[ \t]{0,2}["'`\\]{0,8}"""
        rb"""((?:[A-Za-z0-9_.-]+=[A-Za-z0-9%+/:._~!-]*={0,2};[ ]?)*"""
        rb"""[A-Za-z0-9_.-]+=[A-Za-z0-9%+/:._~!-]{16,}={0,2})""",
        (f"Set-Cookie: sid={_fill(32)}; Path=/", f"Cookie: a=b; session={_fill(24)}"),
        (b"cookie",),
        check=is_key,
    ),
    Pattern(
        "password",
        rb"""(?:--[a-z-]{0,24}(?i:pass(?:word|wd|phrase))|"""
        rb"""login[ \t]{1,4}[^ \t\r\n]{1,64}[ \t]{1,4}password|sshpass[ \t]-p)"""
        rb"""[ \t=]{1,2}["']?([!#-&(-\[\]-_a-~]{6,})""",
        (
            "--db-password Tr0ub4dor",
            "machine h login me password Tr0ub4dor",
            "sshpass -p 'Tr0ub4dor' x",
        ),
        (b"--", b"login", b"sshpass"),
        check=is_password,
    ),
    Pattern(
        "secret",
        rb"""--[a-z-]{0,24}(?:token|secret|key)[ =]["']?([!#-&(-\[\]-_a-~]{12,})""",
        (f"--api-token {_fill(16)}",),
        (b"--",),
        check=is_key,
    ),
    Pattern(
        "password",
        rb"""(?i:password|passphrase|passcode)[ ](?:is|was)[ :]{1,2}["'`]?(""" + _OPEN + rb"{6,})",
        ("the password is hunter2, stop asking", "Password was: `Tr0ub4dor`"),
        (b"pass",),
        check=is_spoken,
    ),
    Pattern(
        "secret",
        rb"""(?i:token|secret|api[ _-]?key)[ ](?:is|was)[ :]{1,2}["'`]?(""" + _OPEN + rb"{8,})",
        (f"my api key is {_fill(20)}",),
        (b"token", b"secret", b"api"),
        check=is_secret,
    ),
    Pattern(
        "password",
        _PASSWORD + _ASSIGNED,
        (
            "DB_PASSWORD=Sup3rS3cret!",
            "db.password = 'c0rrect-horse&9'",
            '{\\"passwd\\": \\"Zx81-2k9w\\"}',
            "<password>Tr0ub4dor3</password>",
            "Server=h;Uid=a;Pwd=Tr0ub4dor3;",
            "mot de passe : Tr0ub4dor3x9",
            "\u5bc6\u7801\uff1aTr0ub4dor3x9",
            "const password: string = 'Tr0ub4dor3'",
            "- name: PGPASSWORD\n  value: Tr0ub4dor3",
        ),
        _PASSWORD_STARTS,
        check=is_password,
    ),
    Pattern(
        "secret",
        _SECRET + _ASSIGNED,
        (
            f"CLIENT_SECRET={_fill(24)}",
            f'"api_key": "{_fill(32, _HEX)}"',
            f"SECRET_KEY_BASE={_fill(64, _HEX)}",
            f"X-Api-Key: {_fill(20)}",
            f'os.environ["SLACK_TOKEN"] = "{_fill(20)}"',
            f"//registry.example/:_authToken={_fill(36)}",
            f"apiKey: `{_fill(20)}`",
        ),
        _SECRET_STARTS,
        check=is_secret,
        unless=(b"public", b"publickey"),
    ),
    Pattern(
        "secret",
        rb"""_(?:KEY|PAT|PASS|PW|AUTH|CREDS?)["']?[ \t]{0,2}[=:][ \t]{0,2}""" + _VALUE,
        (f"ENCRYPTION_KEY={_fill(32)}", f'STRIPE_KEY: "{_fill(24)}"'),
        (b"_key", b"_pat", b"_pass", b"_pw", b"_auth", b"_cred"),
        check=is_key,
    ),
)
