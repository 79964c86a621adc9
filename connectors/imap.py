"""Speaks IMAP to one mailbox: encrypted, reading only, and bounded in time and in what is taken in at once."""

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from imap_tools import BaseMailBox
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError, UnexpectedCommandStatusError
from imap_tools.utils import check_command_status

from earful.errors import SourceIll, SourceRefused, nearest
from earful.speech import N_, _

PATIENCE = 60.0  # seconds for one command, whole
SILENCE = 20.0  # seconds without a byte
MAX_ANSWER = 64 << 20  # bytes of one answer
_LATER = re.compile(rb"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\]", re.IGNORECASE)

Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class Server:
    """Where the mailbox is."""

    host: str
    port: int
    security: Security


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in, and with what: a password, or a short-lived token of the provider (OAuth 2.0)."""

    user: str
    key: str = field(repr=False)
    is_token: bool = False


class _Bounded(imaplib.IMAP4):
    """Hangs up on a server that takes too long over an answer, or sends too much."""

    _timer: threading.Timer | None = None
    _taken = 0
    _hung_up = False

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        super().open(host, port, timeout)
        self.renew()

    def renew(self) -> None:
        """Begin to count anew, for the next command."""
        self._stop()
        self._taken = 0
        self._timer = threading.Timer(PATIENCE, self._hang_up)
        self._timer.daemon = True
        self._timer.start()

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _hang_up(self) -> None:
        self._hung_up = True
        with suppress(OSError):  # it is closed already
            # Of the socket below TLS: TLS would wait for the other side.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def read(self, size: int) -> bytes:
        self._take(size)
        with self._in_time():
            return super().read(size)

    def readline(self) -> bytes:
        with self._in_time():
            line = super().readline()
        self._take(len(line))
        return line

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Whatever the reading ends with after we hung up, it took too long."""
        try:
            yield
        except OSError:
            if not self._hung_up:
                raise
        if self._hung_up:
            raise TimeoutError

    def _take(self, size: int) -> None:
        self._taken += size
        if self._taken > MAX_ANSWER:
            raise self.abort(_("the answer is larger than %(size)s MB", size=MAX_ANSWER >> 20))

    def shutdown(self) -> None:
        self._stop()
        super().shutdown()


class _BoundedTls(_Bounded, imaplib.IMAP4_SSL):  # type: ignore[misc] # both take a host, a port and a timeout
    """The same, encrypted from the first byte."""


class Box(BaseMailBox):
    """One mailbox, connected to and not yet logged in."""

    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        server = self._server
        if server.security == "tls":
            return _BoundedTls(server.host, server.port, ssl_context=_tls(), timeout=SILENCE)
        client = _Bounded(server.host, server.port, timeout=SILENCE)
        if server.security == "starttls":
            check_command_status(client.starttls(_tls()), UnexpectedCommandStatusError)
        return client

    def renew(self) -> None:
        """Count time and bytes anew, for the next command."""
        client: Any = self.client
        client.renew()


def _tls() -> ssl.SSLContext:
    from connectors.network import tls

    return tls()


@contextmanager
def connected(server: Server, login: Login) -> Iterator[Box]:
    """A mailbox that is logged in to.

    Raises:
        SourceRefused: the server is not who it says, knows no encryption there, or refuses the login.
        SourceIll: it can't be reached, is too slow, or hangs up.
    """
    box: Box | None = None
    try:
        box = Box(server)
        _log_in(box, server, login)
        yield box
    except (imaplib.IMAP4.error, UnexpectedCommandStatusError, OSError, EOFError) as error:
        raise _told(server, error) from error
    finally:
        if box:
            _leave(box)


def _log_in(box: Box, server: Server, login: Login) -> None:
    try:
        _way(box, login)(login.user, login.key, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort) or _LATER.search(_answer(error)):
            raise
        refused = _NOT_ALLOWED if login.is_token else _WRONG
        said = _shown(_answer(error))
        raise SourceRefused(_(refused, host=server.host, user=login.user, said=said)) from error


def _way(box: Box, login: Login) -> Callable[..., object]:
    if login.is_token:
        return box.xoauth2
    return box.login if (login.user + login.key).isascii() else box.login_utf8


_WRONG = N_(
    "%(host)s does not accept the password of %(user)s (%(said)s); it or the user may be wrong or expired, or the "
    "provider wants a password made for one application, or a token"
)
_NOT_ALLOWED = N_(
    "%(host)s does not accept the token of %(user)s (%(said)s); the application that got it may not have been allowed "
    "to read this mailbox over IMAP"
)


def _answer(error: Exception) -> bytes:
    said = error.command_result[1] if isinstance(error, UnexpectedCommandStatusError) else [str(error).encode()]
    return b" ".join(part for part in said if isinstance(part, bytes))


def _shown(answer: bytes) -> str:
    return " ".join(answer.decode("ascii", "replace").split())[:120]


def _told(server: Server, error: Exception) -> SourceIll | SourceRefused:
    where = f"{server.host}:{server.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return SourceRefused(
            _(
                "%(where)s can't be trusted: %(why)s; check `host`, or the certificate",
                where=where,
                why=error.verify_message,
            )
        )
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return SourceRefused(
            _('%(where)s does not speak TLS there; check `port`, or set security = "starttls"', where=where)
        )
    if isinstance(error, TimeoutError):
        return SourceIll(_("%(where)s took too long to answer", where=where))
    if isinstance(error, socket.gaierror):
        return SourceIll(
            _("%(host)s can't be found: %(why)s; check `host`, or try later", host=server.host, why=error.strerror)
        )
    said = " ".join(str(error).split())[:200]
    if isinstance(error, imaplib.IMAP4.error) and not isinstance(error, imaplib.IMAP4.abort):
        return SourceRefused(
            _(
                "%(where)s does not answer as a mail server should (%(said)s); check `host`, `port`, `security`",
                where=where,
                said=said,
            )
        )
    return SourceIll(_("%(where)s broke off: %(said)s", where=where, said=said))


def _leave(box: Box) -> None:
    try:
        box.renew()
        box.client.logout()
    except (imaplib.IMAP4.error, OSError, EOFError):
        box.client.shutdown()


def examine(box: Box, folder: str) -> tuple[int, int | None]:
    """Open a folder for reading only. Returns its UIDVALIDITY and, where the server says it, its next UID.

    Raises:
        SourceRefused: there is no such folder; the message lists the nearest.
    """
    box.renew()
    try:
        box.folder.set(folder, readonly=True)
    except MailboxFolderSelectError as error:
        names = [each.name for each in box.folder.list()]
        raise SourceRefused(
            _('the mailbox has no folder "%(folder)s"%(hint)s', folder=folder, hint=nearest(folder, names))
        ) from error
    return _told_number(box, "UIDVALIDITY") or 0, _told_number(box, "UIDNEXT")


def _told_number(box: Box, name: str) -> int | None:
    values = box.client.response(name)[1]
    return int(values[-1]) if values and isinstance(values[-1], bytes) and values[-1].isdigit() else None


def search(box: Box, criteria: str) -> list[int]:
    """The UIDs that match, ascending."""
    box.renew()
    status, data = box.client.uid("SEARCH", criteria)
    check_command_status((status, data), UnexpectedCommandStatusError)
    return sorted({int(uid) for line in data if isinstance(line, bytes) for uid in line.split() if uid.isdigit()})


def letters(box: Box, uids: Iterable[int], most: int) -> list[tuple[int, bytes]]:
    """These messages with their UIDs, of each at most so many bytes; nothing is marked as seen."""
    box.renew()
    wanted = ",".join(str(uid) for uid in uids)
    status, data = box.client.uid("FETCH", wanted, f"(UID BODY.PEEK[]<0.{most}>)")
    check_command_status((status, data), UnexpectedCommandStatusError)
    found = []
    for place, part in enumerate(data):
        if isinstance(part, tuple):
            after = data[place + 1] if place + 1 < len(data) else b""
            told = part[0] + (after if isinstance(after, bytes) else b"")  # some servers name the UID afterwards
            if uid := re.search(rb"\bUID (\d+)", told):
                found.append((int(uid[1]), bytes(part[1])[:most]))
    return sorted(found)
