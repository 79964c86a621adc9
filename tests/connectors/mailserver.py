"""A small IMAP4rev1 server on loopback: enough to log in, open a folder, search and fetch; its faults on a switch."""

import base64
import re
import socketserver
import ssl
from pathlib import Path
from typing import Any

from tests.services import Running

PASSWORD = "open-sesame"


class MailServer(Running):
    """Holds messages by UID. `fault` names what goes wrong; what it was told stands in `told`."""

    def __init__(self, context: ssl.SSLContext | None = None, *, starttls: bool = False) -> None:
        self.messages: dict[int, bytes] = {}
        self.days: dict[int, str] = {}
        self.validity, self.password, self.token = 7, PASSWORD, "t"
        self.fault = ""
        self.told: list[str] = []
        self._context, self._starttls = context, starttls
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def setup(self) -> None:
                if outer._context and not outer._starttls:
                    self.request = outer._context.wrap_socket(self.request, server_side=True)
                super().setup()

            def finish(self) -> None:
                super().finish()
                self.request.close()

            def handle(self) -> None:
                Session(outer, self).serve()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

            def handle_error(self, *_: Any) -> None: ...  # a client may hang up

        self.server = Server(("127.0.0.1", 0), Handler)
        self.begin()

    def deliver(self, *messages: bytes) -> None:
        """New messages get the next UIDs; one with a Message-ID that is there already takes the other's place."""
        for message in messages:
            places = (uid for uid, other in self.messages.items() if _name(other) == _name(message))
            self.messages[next(places, max(self.messages, default=0) + 1)] = message


def _name(message: bytes) -> bytes:
    found = re.search(rb"Message-ID: (\S+)", message)
    return found[1] if found else message


class Session:
    """One connection."""

    def __init__(self, server: MailServer, handler: Any) -> None:
        self.server, self.handler = server, handler
        self.out, self.lines = handler.wfile, handler.rfile

    def send(self, *lines: str | bytes) -> None:
        self.out.write(b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines) + b"\r\n")
        self.out.flush()

    def serve(self) -> None:
        if self.server.fault == "drip":
            while not self.server.over.wait(0.05):
                self.out.write(b"*")
                self.out.flush()
        if self.server.fault == "silence":
            self.server.over.wait(30)
        self.send("<html>" if self.server.fault == "html" else "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready")
        while line := self.lines.readline().decode("utf-8", "replace").strip():
            tag, _, command = line.partition(" ")
            self.server.told.append(command)
            if not self.answer(tag, command):
                return

    def answer(self, tag: str, command: str) -> bool:
        verb = " ".join(command.upper().split()[: 2 if command.upper().startswith("UID") else 1])
        handle = {
            "CAPABILITY": self.capability, "STARTTLS": self.starttls, "LOGIN": self.login,
            "AUTHENTICATE": self.authenticate, "EXAMINE": self.examine, "LIST": self.list, "UID SEARCH": self.search,
            "UID FETCH": self.fetch, "LOGOUT": self.logout,
        }.get(verb)  # fmt: skip
        if handle is None:
            self.send(f"{tag} BAD what is {verb}")
            return True
        return handle(tag, command) is not False

    def capability(self, tag: str, _: str) -> None:
        self.send("* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN AUTH=XOAUTH2", f"{tag} OK done")

    def starttls(self, tag: str, _: str) -> None:
        self.send(f"{tag} OK go ahead")
        assert self.server._context
        self.handler.request = self.server._context.wrap_socket(self.handler.request, server_side=True)
        self.out = self.handler.request.makefile("wb")
        self.lines = self.handler.request.makefile("rb")

    def login(self, tag: str, command: str) -> None:
        right = f'"{self.server.password}"' in command
        busy = f"{tag} NO [UNAVAILABLE] come back later"
        said = f"{tag} OK in" if right else f"{tag} NO [AUTHENTICATIONFAILED] wrong"
        self.send(busy if self.server.fault == "busy" else said)

    def authenticate(self, tag: str, command: str) -> None:
        self.send("+ ")
        said = base64.b64decode(self.lines.readline())
        if (
            command.split()[1].upper() == "XOAUTH2"
            and said.split(b"\1")[1] != b"auth=Bearer " + self.server.token.encode()
        ):
            self.send("+ " + base64.b64encode(b'{"status":"400"}').decode())  # the client answers with nothing
            self.lines.readline()
            self.send(f"{tag} NO AUTHENTICATE failed.")
            return
        self.server.told.append(said.decode())
        self.send(f"{tag} OK in")

    def examine(self, tag: str, command: str) -> None:
        if '"INBOX"' not in command and not command.endswith(" INBOX"):
            self.send(f"{tag} NO there is none")
            return
        following = max(self.server.messages, default=0) + 1
        self.send(
            f"* {len(self.server.messages)} EXISTS",
            f"* OK [UIDVALIDITY {self.server.validity}] valid",
            f"* OK [UIDNEXT {following}] next",
            f"{tag} OK [READ-ONLY] open",
        )

    def list(self, tag: str, _: str) -> None:
        self.send('* LIST (\\HasNoChildren) "/" "INBOX"', f"{tag} OK done")

    def search(self, tag: str, command: str) -> bool | None:
        if self.server.fault == "drop":
            return False
        first = re.search(r"UID (\d+):\*", command.removeprefix("UID SEARCH"))
        uids = sorted(self.server.messages)
        wanted = [uid for uid in uids if not first or uid >= int(first[1])] or (uids[-1:] if first else [])
        self.send("* SEARCH " + " ".join(map(str, wanted)), f"{tag} OK done")
        return None

    def fetch(self, tag: str, command: str) -> bool | None:
        match = re.search(r"FETCH (\S+) .*<0\.(\d+)>", command)
        assert match
        for number, uid in enumerate(int(each) for each in match[1].split(",")):
            body = self.server.messages.get(uid, b"")[: int(match[2])]
            if self.server.fault == "flood":
                self.send(f"* {number} FETCH (UID {uid} BODY[]<0> {{99999999999}}")
            if self.server.fault == "cut" and number:
                return False
            late = self.server.fault == "late uid"
            self.out.write(f"* {number} FETCH ({'' if late else f'UID {uid} '}BODY[]<0> {{{len(body)}}}\r\n".encode())
            self.send(body + (f" UID {uid})" if late else ")").encode())
        self.send(f"{tag} NO gone" if self.server.fault == "no" else f"{tag} OK done")
        return None

    def logout(self, tag: str, _: str) -> bool:
        self.send("* BYE", f"{tag} OK bye")
        return False


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for localhost that nobody knows, and a server's side of TLS with it."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return file, context
