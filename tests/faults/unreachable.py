"""Addresses at which nobody gives an answer in HTTP."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import Handler, Server


class _Babbling(Handler):
    def do_POST(self) -> None:  # noqa: N802  name of the base
        self.read_body()
        self.wfile.write(b"\0\xff this is no HTTP\r\n\r\n")
        self.close_connection = True


@contextmanager
def nobody_listens() -> Iterator[str]:
    """Give an address at which nobody answers."""
    with Server(Handler) as server:
        url = server.url
    yield url


@contextmanager
def no_name() -> Iterator[str]:
    """Give a host that no name server knows (RFC 6761)."""
    yield "http://judge.invalid"


@contextmanager
def no_http() -> Iterator[str]:
    """Give a server that speaks something else."""
    with Server(_Babbling) as server:
        yield server.url


@contextmanager
def no_tls() -> Iterator[str]:
    """Give a server that is said to speak TLS, and does not."""
    with Server(Handler) as server:
        yield server.url.replace("http:", "https:")


@contextmanager
def unknown_certificate(folder: Path) -> Iterator[str]:
    """Give a server whose certificate nobody vouches for."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server = Server(Handler)
    server._http.socket = tls.wrap_socket(server._http.socket, server_side=True)
    with server:
        yield server.url.replace("http:", "https:")
