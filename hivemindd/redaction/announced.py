"""Secrets of no form of their own, that a name or what stands around them announces."""

import re

from hivemindd.redaction.entropy import (
    is_key,
    is_login,
    is_login_pair,
    is_mixed,
    is_named,
    is_password,
    is_phrase,
    is_secret,
    is_spoken,
    is_url_password,
)
from hivemindd.redaction.pattern import HEX, Pattern, fill

# What stands around and in a value that a name announces: `PASSWORD = "..."`. Within quotes
# it may hold the other ones.
_OPEN = rb"[A-Za-z0-9!#$%*+./:=?@^_~\x80-\xff-]"
_INSIDE = rb"[!#-&(-\[\]-_a-~\x80-\xff]"


def _quoted(least: int) -> bytes:
    return (
        rb"""(?:\\{0,8}"([!#-\[\]-~\x80-\xff]{%d,})[\\"]|\\{0,8}'([!-&(-\[\]-~\x80-\xff]{%d,})[\\']|"""
        rb"""["'`\\]{1,8}(%b{%d,}))"""
    ) % (least, least, _INSIDE, least)


def _value(least: int) -> bytes:
    return rb"(?:%b|(%b{%d,}))" % (_quoted(least), _OPEN, least)


def _assigned(least: int) -> bytes:
    return (
        rb"""(?:>(%b{%d,})<|["'`\\\])]{0,8}[ \t]{0,4}"""
        rb"""(?::[ \t]?[A-Za-z]{3,12}[ \t]{0,2}=|:=|=>|==?|:|\xef\xbc\x9a|"""
        rb"""[,\\nr \t\r\n"'+-]{0,24}[Vv]alue["'\\]{0,8}[ \t]{0,2}[:=])[ \t]{0,4}%b)"""
    ) % (_OPEN, least, _value(least))


_PASSWORD = (
    rb"(?:(?i:pass(?:word|wd|phrase|code)[0-9]?|[_;&?]pwd|passwort|senha|contrasena|mot de passe)|"
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
    *(b"pass", b"_pwd", b";pwd", b"&pwd", b"?pwd", b"senha", b"contrase", b"mot de passe"),
    *(b"\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c", b"\xe5\xaf\x86\xe7\xa0\x81"),
    *(b"\xe5\xaf\x86\xe7\xa2\xbc", b"\xe3\x83\x91\xe3\x82\xb9"),
)
_SECRET_STARTS = (
    *(b"secret", b"token", b"credential", b"auth", b"api", b"access", b"private", b"account"),
    *(b"encryption", b"signing", b"master", b"license", b"shared", b"storage", b"subscription"),
    *(b"service", b"role", b"webhook", b"deploy", b"connection"),
)

# What may stand between a command and the first of its options of a name.
_BETWEEN = rb"(?:[^\r\n]{0,120}?[ \t])?"
_MYSQL = rb"(?:mysql|mariadb)[a-z]{0,6}(?:\.exe)?[ \t]"

# Commands that take a password as a short option, each with its own; two of them attached, too.
_LOGINS = (
    (rb"(?:docker|podman|buildah|skopeo|registry)(?:\.exe)?[ \t]login[ \t]", rb"-p[ \t=]{0,2}"),
    (rb"twine(?:\.exe)?[ \t]upload[ \t]", rb"-p[ \t=]{1,2}"),
    (rb"redis-cli(?:\.exe)?[ \t]", rb"-a[ \t=]{1,2}"),
    (rb"sqlcmd(?:\.exe)?[ \t]", rb"-P[ \t=]{0,2}"),
)
_LOGIN_STARTS = (
    *(b"docker", b"podman", b"buildah", b"skopeo", b"registry"),
    *(b"twine", b"sqlcmd", b"redis-cli"),
)

# A telling name as a key and the next string as its value, as msgpack lays out a dict; or any
# string under the key "value": what names that may stand anywhere beside it.
_HEADER = rb"(?:[\xa6-\xbf]|\xd9[\x00-\xff]|\xda[\x00-\xff]{2})"
_NAMES = (_PASSWORD, _SECRET, rb"(?i:pass|_pw|pwd)", rb"(?i:auth)", rb"\xa5value")
PAIR = rb"(?:%b)%b[^\x00-\x20]{6}" % (b"|".join(_NAMES), _HEADER)
PAIR_STARTS = (*_PASSWORD_STARTS, *_SECRET_STARTS, b"_pw", b"pwd", b"auth", b"\xa5value")
PASSWORD_KEY = re.compile(_PASSWORD + rb"\Z")
PASS_KEY = re.compile(rb"(?:(?:\A|[^A-Za-z])(?i:pass)|[a-z]Pass|_(?i:pw))\Z")
LOGIN_KEY = re.compile(rb"(?:(?i:pwd)|_AUTH)\Z")
PAIR_KEY = re.compile(rb"(?i:auth)\Z")
SECRET_KEY = re.compile(_SECRET + rb"\Z")

ANNOUNCED = (
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
        (f"Authorization: Bearer {fill(24)}", f'\\"authorization\\": \\"Basic {fill(12)}==\\"'),
        (b"authorization",),
        check=is_password,
    ),
    Pattern(
        "bearer-token",
        rb"(?i:bearer)[ \t]{1,3}([A-Za-z0-9._~+/=-]{16,})",
        (f"-H 'X-Auth: Bearer {fill(32)}'",),
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
        (f"Set-Cookie: sid={fill(32)}; Path=/", f"Cookie: a=b; session={fill(24)}"),
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
        (f"--api-token {fill(16)}",),
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
        (f"my api key is {fill(20)}",),
        (b"token", b"secret", b"api"),
        check=is_secret,
    ),
    Pattern(
        "password",
        _MYSQL + _BETWEEN + rb"""-p["']?([!#-&(-\[\]-_a-~]{6,})""",
        (
            "mysql -u root -pTr0ub4dor3 shop",
            "mysqldump -p'Tr0ub4dor&3' shop >a.sql",
            "mysql.exe --ssl-ca=C:\\ca.pem -pTr0ub4dor3 shop -pshop",
            "mysql -u root -e 'show tables; select 1' -pTr0ub4dor3",
        ),
        (b"mysql", b"mariadb"),
        check=is_spoken,
        gate=_MYSQL,
        innocent=(
            "docker run --name mysql -p 3306:3306 -p127.0.0.1:3306:3306 mysql:8",
            "mysql -u root -p shop2024 < dump1.sql",
            "mysql -p$MYSQL_PASSWORD2",
        ),
    ),
    Pattern(
        "password",
        rb"(?:%b)" % b"|".join(command + _BETWEEN + option for command, option in _LOGINS)
        + rb"""["']?([!#-&(-\[\]-_a-~]{6,})""",
        (
            "docker login -u me -p Tr0ub4dor registry.example",
            "redis-cli -h db -a 'Tr0ub4dor' ping",
            "sqlcmd -S db -U sa -P Tr0ub4dor3",
            "twine upload -u me -p Tr0ub4dor dist/*",
            "docker.exe login -pTr0ub4dor registry.example",
            "docker login -p Tr0ub4dor -u me -p me",
            "docker login -u 'DOM\\me' -p Tr0ub4dor 2>&1 | tee log; echo",
            "sqlcmd -S localhost\\SQLEXPRESS -Q 'select 1; select 2' -P Tr0ub4dor3",
        ),
        _LOGIN_STARTS,
        check=is_password,
        gate=rb"(?:%b)" % b"|".join(command for command, _ in _LOGINS),
        innocent=(
            "docker login -u me --password-stdin; docker run -p 127.0.0.1:80:80 app",
            "docker login -u me -p $REGISTRY_TOKEN2",
            "redis-cli -a ${REDIS_PASSWORD2} --no-auth-warning",
            "redis-cli -h c --pipe -append2file",
        ),
    ),
    Pattern(
        "basic-auth",
        rb"""(?i:_auth["'`\\]{0,8}[ \t]{0,2}[=: \t][ \t]{0,2}["'`\\]{0,8}|"""
        rb"""auth["'`\\]{1,8}[ \t]{0,2}:[ \t]{0,2}["'`\\]{1,8})([A-Za-z0-9+/]{8,}={0,2})""",
        (
            "//registry.example/:_auth=bWU6VHIwdWI0ZG9y",
            'npm config set _auth "bWU6VHIwdWI0ZG9yMw=="',
            "_auth=bWU6VHIwdWI0ZG9yMw",
            "_auth=am9zw6k6bm/DqWwyMDI2",
            "_auth=bWU6cODfd29yZA==",
            "_auth=bWU6VHIwdWI0ZG9yX",
            '{"auths": {"registry.example": {"auth": "bWU6VHIwdWI0ZG9y"}}}',
        ),
        (b"_auth", b"auth"),
        check=is_login_pair,
        innocent=("auth: middleware, auth=required1, auth = AuthService, auth: 'c29tZXRoaW5n'",),
    ),
    Pattern(
        "password",
        rb"""(?:PASSWORD|PASSWD|PASSPHRASE)=(?:\\{0,8}"([^\x00-\x1f"\\]{12,128})[\\"]|"""
        rb"""\\{0,8}'([^\x00-\x1f'\\]{12,128})[\\']|([()A-Za-z0-9!#$%*+./:=?@^_~\x80-\xff-]{8,}))""",
        (
            "DB_PASSWORD=pa(ss)w0rd1",
            "ADMIN_PASSWORD='c0rrect horse battery staple'",
            'DB_PASSWORD="c0rrect horse, it\'s a staple"',
        ),
        (b"pass",),
        check=is_phrase,
        innocent=(
            "POSTGRES_PASSWORD=postgres",
            "PASSWORD=get_password(user, 12345)",
            "PASSWORD=read_secret2()",
            'PASSWORD="${DB_PASSWORD:-the default 1}"',
            "connect(PASSWORD=config_value2)",
        ),
    ),
    Pattern(
        "password",
        _PASSWORD + _assigned(6),
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
            "PGPASSWORD=s3cr3t psql",
            "password: Tr0ub4",
            'PASSWORD = "Tr0ub4dor\'s3x"',
            "DB_PASSWORD='a<b>c\"d1234'",
        ),
        _PASSWORD_STARTS,
        check=is_named,
        lined=True,
        innocent=(
            "password = get_password()",
            "password: string, passphrase: bytes",
            "def login(password=None, password2=default2, **more)",
            "the password: must have 12 characters",
            "password: 'Password must have at least 8 characters'",
            "passwords=Tr0ub4dor3, password_hash=Tr0ub4dor3",
            "password: sunshine",
        ),
    ),
    Pattern(
        "password",
        rb"""(?:(?i:pass|_pw)["'`\\\])]{0,8}[ \t]{0,2}(?:==?|=>|:)[ \t]{0,2}%b|"""
        rb"""(?:_(?i:pass|pw):[ ]|(?i:pass|_pw)["'`\\\])]{0,8}[ \t]{0,2}==?[ \t]{0,2})(%b{6,}))"""
        % (_quoted(6), _OPEN),
        (
            "DB_PASS=Sup3rS3cret!",
            "DB_PW=Tr0ub4dor3",
            "db_pass = 'Tr0ub4dor&3x'",
            'auth: { user: "me@x.io", pass: "Tr0ub4dor&3x" }',
            '{\\"smtpPass\\": \\"Tr0ub4dor3\\"}',
            "smtp_pass: Tr0ub4-dor3",
        ),
        (b"pass", b"_pw", b"_pass"),
        check=is_mixed,
        unless=(b"com", b"by", b"sur", b"tres", b"over", b"under"),
        lined=True,
        innocent=(
            "pass: bool, pw = None, passed=12, passes: 'k7Qw2ZpX'",
            "compass: x, compass='north2east', bypass=true, bypass=stage2-late",
            "PASS: TestUpload2/sub1 (0.02s)",
            "pass=12.5ms pass=12/14 pass: 12 of 14 tests, first_pass: 2026-11-22",
            "first_pass = run_pass1, second_pass: Pass2Result, render_pass=RenderPass2(a)",
            "pass: 'all the tests2'",
            "the first pass: it reads file2.py; two-pass: yes",
            "db_pass = os.environ['DB_PASS2'], pass: '${SMTP_PASS2}', user_pw = read_pw2()",
            "smtp_pass: options.pass2",
        ),
    ),
    Pattern(
        "password",
        rb"""(?:(?i:pwd)|_AUTH)["'`\\\])]{0,8}[ \t]{0,2}(?:(?:==?|=>|:)[ \t]{0,2}%b|"""
        rb"""==?[ \t]{0,2}(%b{6,}))""" % (_quoted(6), _OPEN),
        (
            "REDIS_AUTH=Tr0ub4dor3",
            "connect(host, pwd='Tr0ub4dor3')",
            "pwd=Tr0ub4dor3; uid=sa",
            "Uid=a; Pwd=Tr0ub4dor3; Ssl=no",
            "userPwd: 'Tr0ub4dor3'",
        ),
        (b"pwd", b"_auth"),
        check=is_login,
        innocent=(
            "PWD=/srv/app2 OLDPWD=/srv/app3, pwd=$(pwd), pwd = path.resolve(dir2), cwd='app2'",
            'make PWD=\'sub/dir2\', pwd=build/x86_64, {"pwd": "src/app2"}',
            "BASIC_AUTH=off, NO_AUTH='false', USE_AUTH=true, X_AUTH=auth.v2, TYPE_AUTH = 'OAUTH2'",
            "SMTP_AUTH=CRAM-MD5 KAFKA_AUTH=SCRAM-SHA-512 DIGEST_AUTH=sha256 API_AUTH=Auth0Provider",
        ),
    ),
    Pattern(
        "secret",
        _SECRET + _assigned(8),
        (
            f"CLIENT_SECRET={fill(24)}",
            f'"api_key": "{fill(32, HEX)}"',
            f"SECRET_KEY_BASE={fill(64, HEX)}",
            f"X-Api-Key: {fill(20)}",
            f'os.environ["SLACK_TOKEN"] = "{fill(20)}"',
            f"//registry.example/:_authToken={fill(36)}",
            f"apiKey: `{fill(20)}`",
        ),
        _SECRET_STARTS,
        check=is_secret,
        unless=(b"public", b"publickey"),
    ),
    Pattern(
        "secret",
        rb"""_(?:KEY|PAT|PASS|PW|AUTH|CREDS?)["']?[ \t]{0,2}[=:][ \t]{0,2}""" + _value(8),
        (f"ENCRYPTION_KEY={fill(32)}", f'STRIPE_KEY: "{fill(24)}"'),
        (b"_key", b"_pat", b"_pass", b"_pw", b"_auth", b"_cred"),
        check=is_key,
    ),
)
