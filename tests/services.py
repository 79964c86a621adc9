"""Services on loopback that messages really reach: a web server and a mail server, which keep what they get."""

import json
import socketserver
import ssl
import threading
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Got(NamedTuple):
    """One request: where it went, and its JSON."""

    path: str
    body: Any


class Running:
    """A server in a thread of its own, from `begin` to `close`, or for as long as the `with` lasts."""

    server: socketserver.BaseServer

    def begin(self) -> None:
        self.over = threading.Event()  # for a handler that lets its client wait
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])  # type: ignore[index]


class Web(Running):
    """Takes every JSON that is posted, and answers as it is told."""

    def __init__(self, answer: int = 200, tls: ssl.SSLContext | None = None) -> None:
        self.got: list[Got] = []
        self.answer = answer
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                web.got.append(Got(self.path, json.loads(body)))
                self.send_response(web.answer)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)


class Mail(Running):
    """Takes every mail, as SMTP has it (RFC 5321), without asking who sends it."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], EmailMessage]] = []
        mail = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                recipients: list[str] = []
                self.say("220 here")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb == b"RCPT":
                        recipients.append(line.decode().partition("<")[2].partition(">")[0])
                    if verb == b"DATA":
                        self.say("354 go on")
                        mail.got.append((recipients, self.data()))
                    if verb == b"QUIT":
                        self.say("221 bye")
                        break
                    self.say("250 ok")

            def data(self) -> EmailMessage:
                lines = list(iter(self.rfile.readline, b".\r\n"))
                raw = b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)
                found = message_from_bytes(raw, policy=policy.default)
                assert isinstance(found, EmailMessage)
                return found

            def say(self, line: str) -> None:
                self.wfile.write(line.encode() + b"\r\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)


def tls_for(folder: Path, now: datetime) -> ssl.SSLContext:
    """What lets a server on loopback speak https, by a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begun = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = begun.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    pem = folder / "loopback.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(plain + dated.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
