"""Opens connections only to where the operator meant, checked at the moment of connecting, and ends them in time.

Imported only when something is fetched: the client below it takes longer to load than most commands run.
"""

import ipaddress
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import certifi
import httpcore

from connectors.addresses import shown
from earful.errors import SourceRefused
from earful.speech import _

BROKEN = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError)
"""What a connection that failed on the way raises."""
LATE = (httpcore.TimeoutException, TimeoutError)
"""What one that took too long raises."""


def ascii_of(url: str) -> bytes:
    """The address as it goes over the wire: letters beyond ASCII escaped, the host in IDNA.

    Raises:
        ValueError: it has no such form.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    host = f"[{host}]" if ":" in host else host
    netloc = f"{host}:{parts.port}" if parts.port else host
    path, query = (quote(part, safe="/%:@!$&'()*+,;=~?") for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, netloc, path, query, "")).encode("ascii")


def address_of(url: str) -> httpcore.URL:
    """The same in parts: given as a whole, httpcore would lose what stands behind a semicolon (`/questions/1;2;3`)."""
    parts = urlsplit(ascii_of(url))
    target = (parts.path or b"/") + (b"?" + parts.query if parts.query else b"")
    return httpcore.URL(scheme=parts.scheme, host=(parts.hostname or b""), port=parts.port, target=target)


def check_address(url: str, named: str) -> None:
    """Refuse what is visibly wrong before any connection is made."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        secure = {"https": True, "http": False}.get(parts.scheme.lower())
        parts.port, ascii_of(url)  # either raises where the address is none
    except ValueError:
        raise SourceRefused(_('"%(address)s" is no address', address=shown(url))) from None
    if secure is None or not host or parts.username:
        raise SourceRefused(
            _('"%(address)s" is no address we can read; it should begin with https://', address=shown(url))
        )
    if host != named and _is_private(host):
        raise SourceRefused(_("%(host)s is a private address, which no source may send us to", host=host))
    if not secure and not (host == named and _is_loopback(host)):
        raise SourceRefused(
            _(
                "%(address)s is not encrypted; write https:// (plain http only works for this machine itself)",
                address=shown(url),
            )
        )


def _is_private(host: str) -> bool:
    """Whether the host is written as a private address, in any of the ways there are; names are looked up later."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_global
    except ValueError:
        pass
    try:
        return not ipaddress.ip_address(socket.inet_aton(host)).is_global
    except OSError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Guard:
    """Until when an answer must be there, and the host that the operator named."""

    deadline: float
    named: str

    def left(self, timeout: float | None) -> float:
        """The seconds to wait at most, of those that are left.

        Raises:
            ReadTimeout: there are none.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this answer is over")
        return min(left, timeout) if timeout else left

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host that we may connect to.

        Raises:
            SourceRefused: they are private, and the operator did not name the host.
            httpcore.ConnectError: it has none.
        """
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except OSError as error:
            raise httpcore.ConnectError(
                _("its name can't be resolved (%(why)s); check the address, or try later", why=error)
            ) from error
        if host.lower() != self.named and not all(ipaddress.ip_address(each.split("%")[0]).is_global for each in found):
            raise SourceRefused(_("%(host)s is a private address, which no source may send us to", host=host))
        return found


@cache
def tls() -> ssl.SSLContext:
    """What verifies a server: the usual authorities, and those that this system trusts."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()  # those of the system, where a company's own may be
    return context


def pool(url: str, guard: Guard) -> httpcore.ConnectionPool:
    """What opens the connection: directly, or through the proxy that the environment names for such addresses."""
    proxy = urllib.request.getproxies().get(urlsplit(url).scheme)
    host = urlsplit(url).hostname or ""
    context = tls()
    if proxy and not urllib.request.proxy_bypass(host) and not _is_loopback(host):
        proxy_host = (urlsplit(proxy).hostname or "").lower()
        return httpcore.HTTPProxy(
            proxy, ssl_context=context, network_backend=_Backend(Guard(guard.deadline, proxy_host))
        )
    return httpcore.ConnectionPool(ssl_context=context, network_backend=_Backend(guard))


class _Backend(httpcore.NetworkBackend):
    """Connects only where the guard allows, and never waits beyond its deadline."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("it has no address")
        for address in self._guard.addresses(host, port)[:4]:
            try:
                limit = self._guard.left(timeout)
                stream = self._plain.connect_tcp(address, port, limit, local_address, socket_options)
                return _Stream(stream, self._guard)
            except httpcore.ConnectError as error:
                failed = error
        raise failed


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline, so that a dripping server can't hold us."""

    def __init__(self, stream: httpcore.NetworkStream, guard: Guard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._guard.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._guard.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._guard.left(timeout)), self._guard)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
