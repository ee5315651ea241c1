"""What secrets look like: the table that `redact` scans with, each row with its samples.

Every regex is a bytes regex that RE2 and the standard library read alike: ASCII classes
only, no look-around, no backreference, nothing whose cost is not linear. A group marks the
secret where the regex also holds what announces it.

The formats come from the issuers' documentation and from the rules of gitleaks and of
GitHub secret scanning. Samples are built, not written out, so that no scanner takes this
file for a leak. What has no form of its own stands in `announced.py`.
"""

import re

from hivemindd.redaction.announced import ANNOUNCED
from hivemindd.redaction.pattern import HEX, WORD, Pattern, fill

PEM_MARK = rb"-----(?:BEGIN|END) (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
PEM_STARTS = (b"-----begin", b"-----end")

_SAFE = "[A-Za-z0-9_-]"


def _token(kind: str, chars: str, length: int, *prefixes: str, alone: bool = False) -> Pattern:
    """Build the row of a token that is one of `prefixes` and at least `length` `chars`."""
    either = "|".join(map(re.escape, prefixes))
    return Pattern(
        kind,
        f"(?:{either}){chars}{{{length},}}".encode(),
        tuple(prefix + fill(length, chars) for prefix in prefixes),
        tuple(prefix.lower().encode() for prefix in prefixes),
        alone,
    )


TABLE = (
    # Code hosts, package registries, build services.
    _token("github-token", WORD, 36, "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _token("github-token", "[A-Za-z0-9_]", 60, "github_pat_"),
    _token(
        "gitlab-token",
        "[A-Za-z0-9_.-]",
        20,
        *("glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-"),
        *("glagent-", "gloas-", "glsoat-", "glffct-"),
    ),
    _token("bitbucket-token", "[A-Za-z0-9_=-]", 24, "ATBB", "ATCTT3", "ATATT3", alone=True),
    _token("npm-token", WORD, 36, "npm_"),
    _token("pypi-token", _SAFE, 50, "pypi-AgE"),
    _token("rubygems-token", HEX, 48, "rubygems_"),
    _token("crates-token", WORD, 32, "cio", alone=True),
    _token("docker-token", _SAFE, 24, "dckr_pat_", "dckr_oat_"),
    _token("buildkite-token", HEX, 40, "bkua_"),
    _token("sonar-token", HEX, 40, "sqp_", "squ_", "sqa_", "sqb_"),
    _token("sentry-token", "[A-Za-z0-9_=+/]", 60, "sntrys_", "sntryu_"),
    # Models.
    _token("anthropic-key", _SAFE, 20, "sk-ant-"),
    _token("openai-key", _SAFE, 40, "sk-proj-", "sk-svcacct-", "sk-admin-"),
    _token("openrouter-key", HEX, 60, "sk-or-v1-"),
    _token("api-key", WORD, 32, "sk-", alone=True),
    _token("huggingface-token", WORD, 34, "hf_", "api_org_", alone=True),
    _token("groq-key", WORD, 48, "gsk_"),
    _token("xai-key", WORD, 70, "xai-"),
    _token("perplexity-key", WORD, 40, "pplx-"),
    _token("replicate-token", WORD, 37, "r8_", alone=True),
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
        (f'aws_secret_access_key = "{fill(40)}"', f'\\"SecretAccessKey\\": \\"{fill(40)}\\"'),
        (b"secret", b"aws"),
    ),
    Pattern(
        "aws-secret",
        rb"\xc2\xabredacted:aws-key-id\xc2\xbb[^A-Za-z0-9]{1,8}([A-Za-z0-9/+]{40})",
        (f"\u00abredacted:aws-key-id\u00bb,{fill(40)}",),
        (b"\xc2\xabredacted:aws-key-id",),
    ),
    _token("google-api-key", _SAFE, 35, "AIza", alone=True),
    _token("google-oauth", _SAFE, 20, "ya29.", "GOCSPX-"),
    _token("google-oauth", _SAFE, 40, "1//0", alone=True),
    Pattern(
        "azure-key",
        rb"(?:AccountKey|SharedAccessKey|SharedSecret)=([A-Za-z0-9+/]{40,}={0,2})",
        (f"AccountName=a;AccountKey={fill(86)}==", f"SharedAccessKey={fill(43)}="),
        (b"accountkey=", b"sharedaccesskey=", b"sharedsecret="),
    ),
    Pattern("azure-sas", rb"sig=([A-Za-z0-9%+/]{40,})", (f"&sig={fill(43)}%3D",), (b"sig=",)),
    Pattern("azure-secret", rb"Q~[A-Za-z0-9_~.-]{31,34}", (f"k7Q8Q~{fill(31)}",), (b"q~",)),
    Pattern(
        "azure-key",
        rb"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}",
        (f"{fill(52)}JQQJ99{fill(26)}", f"{fill(76)}AZDO{fill(4)}"),
        (b"jqqj99", b"azdo"),
        gate=rb"JQQJ99[A-Za-z0-9]{26}|AZDO[A-Za-z0-9]{4}",
    ),
    _token("digitalocean-token", HEX, 64, "dop_v1_", "doo_v1_", "dor_v1_"),
    _token("alibaba-key-id", WORD, 20, "LTAI", alone=True),
    _token("heroku-key", _SAFE, 50, "HRKU-AA"),
    _token("netlify-token", WORD, 36, "nfp_", "nfc_"),
    _token("flyio-token", "[A-Za-z0-9+/=,_-]", 60, "FlyV1 fm2_", "fm2_", "fo1_"),
    _token("supabase-key", "[A-Za-z0-9_]", 24, "sbp_", "sb_secret_"),
    _token("planetscale-token", "[A-Za-z0-9_.=-]", 32, "pscale_tkn_", "pscale_pw_"),
    _token("databricks-token", HEX, 32, "dapi"),
    _token("vault-token", _SAFE, 24, "hvs.", "hvb.", "hvr."),
    _token("terraform-token", _SAFE, 60, ".atlasv1."),
    _token("pulumi-token", HEX, 40, "pul-"),
    _token("doppler-token", WORD, 40, "dp.pt.", "dp.st.", "dp.ct.", "dp.sa."),
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
        (f"https://hooks.slack.com/services/T{fill(8)}/B{fill(8)}/{fill(24)}",),
        (b"hooks.slack.com",),
    ),
    Pattern(
        "discord-webhook",
        rb"discord(?:app)?\.com/api/webhooks/([0-9]{8,20}/[A-Za-z0-9_-]{50,})",
        (f"https://discord.com/api/webhooks/123456789012/{fill(68)}",),
        (b"discord",),
    ),
    Pattern("telegram-token", rb":AA[A-Za-z0-9_-]{33}", (f"12345678:AA{fill(33)}",), (b":aa",)),
    _token("stripe-key", WORD, 10, "sk_live_", "sk_test_", "rk_live_", "rk_test_"),
    _token("webhook-secret", "[A-Za-z0-9+/=]", 24, "whsec_"),
    _token("twilio-key", HEX, 32, "SK", alone=True),
    Pattern(
        "sendgrid-key",
        rb"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,}",
        (f"SG.{fill(22)}.{fill(43)}",),
        (b"sg.",),
    ),
    Pattern(
        "resend-key",
        rb"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}",
        (f"re_{fill(8)}_{fill(24)}",),
        (b"re_",),
    ),
    _token("shopify-token", "[a-fA-F0-9]", 32, "shpat_", "shpca_", "shppa_", "shpss_"),
    _token("square-token", _SAFE, 22, "sq0atp-", "sq0csp-"),
    _token("linear-key", WORD, 32, "lin_api_", "lin_oauth_"),
    _token("notion-token", WORD, 40, "ntn_", "secret_"),
    _token("figma-token", _SAFE, 40, "figd_"),
    _token("postman-key", "[0-9a-f-]", 50, "PMAK-"),
    Pattern(
        "airtable-token",
        rb"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
        (f"pat{fill(14)}.{fill(64, HEX)}",),
        (b"pat",),
    ),
    _token("age-key", "[A-Z0-9]", 50, "AGE-SECRET-KEY-1"),
    # What any issuer may use.
    Pattern(
        "jwt",
        rb"eyJ[A-Za-z0-9_-]{10,400}\.[A-Za-z0-9_-]{0,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]{8,}){0,2}",
        (f"eyJ{fill(20)}.eyJ{fill(40)}.{fill(43)}",),
        (b"eyj",),
    ),
    *ANNOUNCED,
)
