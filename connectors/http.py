"""The one way anything is fetched by URL: bounded in time and size, and never from where the operator did not mean.

    operator's URL ──> host named? public? https? ──> answer ──> redirect? checked again ──> status ──> size ──> body

The address is checked at the moment of connecting, so that no name can point somewhere else in between.
"""

import email.utils
import ipaddress
import json
import re
import socket
import ssl
import time
import urllib.request
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpcore
import httpx

from earful import __version__
from earful.clock import now
from earful.errors import SourceIll, SourceRefused

USER_AGENT = f"Earful/{__version__} (self-hosted brand feedback reader)"
MAX_REDIRECTS = 5
LONGEST_WAIT = timedelta(days=1)  # nobody means more by Retry-After
_ILL = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of our time and memory one answer may take."""

    seconds: float = 25  #: for the whole answer, from the first byte asked to the last one read
    silence: float = 10  #: without a byte
    size: int = 20_000_000  #: bytes, unpacked


PATIENCE = Limits()
"""What every request gets that is not given its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: 200, or 304 with an empty body."""

    url: str  #: where it came from in the end
    status: int
    headers: Mapping[str, str]  #: by lower-case name
    body: bytes
    requests: int = 1  #: it took, redirects included


def get(
    url: str,
    params: Mapping[str, str | int] | None = None,
    *,
    named: str,
    headers: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    also: frozenset[int] = frozenset(),
) -> Answer:
    """Fetch a URL, following redirects one by one.

    `named` is the URL as it stands in the operator's settings: its host may be private or loopback, no other may.
    `also` are statuses whose answers are wanted too, for what stands in them.

    Raises:
        SourceIll: time-out, dropped connection, 429, 5xx, a broken or cut answer; carries what Retry-After said.
        SourceRefused: other 4xx, an address we don't go to, an endless redirect, an answer that is too large.
    """
    limits = limits or PATIENCE
    guard = _Guard(time.monotonic() + limits.seconds, _hostname(named))
    target = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
    for number in range(1, MAX_REDIRECTS + 2):
        _check_address(target, guard.named)
        answer = _once(target, headers or {}, guard, limits, number)
        if answer.status not in {301, 302, 303, 307, 308}:
            return answer if answer.status in also else _accepted(answer)
        target = _next(answer)
        headers = {} if urlsplit(target).netloc != urlsplit(answer.url).netloc else headers
    raise SourceRefused(
        f"{_host(url)} redirects more than {MAX_REDIRECTS} times; open {shown(url)} in a browser to see where to"
    )


def send(method: str, url: str, headers: Mapping[str, str], body: bytes, *, named: str) -> Answer:
    """One request of any method, bounded and guarded as `get`, its answer as it is, whatever its status.

    Raises:
        SourceIll: time-out, dropped connection, a broken or cut answer.
        SourceRefused: an address we don't go to, an answer that is too large.
    """
    guard = _Guard(time.monotonic() + PATIENCE.seconds, _hostname(named))
    _check_address(url, guard.named)
    return _once(url, headers, guard, PATIENCE, 1, method, body)


def get_json(url: str, params: Mapping[str, str | int] | None = None, **options: Any) -> tuple[Any, Answer]:
    """Fetch JSON: the value and the answer it came in.

    Raises:
        SourceIll, SourceRefused: as `get`; and when the answer is empty, `null`, cut, or no JSON at all.
    """
    answer = get(url, params, headers={"accept": "application/json", **options.pop("headers", {})}, **options)
    return json_of(answer), answer


def json_of(answer: Answer) -> Any:
    """The JSON value of an answer.

    Raises:
        SourceRefused: it is a web page.
        SourceIll: it is empty, `null`, cut, or no JSON.
    """
    refuse_html(answer, "JSON")
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise SourceIll(f"{_host(answer.url)} answered with broken JSON: {error}") from None
    if value is None:
        raise SourceIll(f"{_host(answer.url)} answered with nothing (null)")
    return value


def refuse_html(answer: Answer, wanted: str) -> None:
    """Raise when an answer is empty, or a web page where something else was asked for."""
    start = answer.body[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        raise SourceIll(f"{_host(answer.url)} answered with an empty page where {wanted} was expected")
    if re.match(rb"(<!--.*?-->\s*|<\?xml[^>]*\?>\s*)*(<!doctype html|<html)", start, re.DOTALL):
        why = "the address is wrong, or the page asks for a login or a captcha"
        raise SourceRefused(f"{shown(answer.url)} is a web page, not {wanted}: {why}")


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long the server asks us to wait: in seconds, or until a date; None when it does not say, or says nonsense."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", said, re.ASCII):
        return min(timedelta(seconds=float(said)), LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(said)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return _until(until if until.tzinfo else until.replace(tzinfo=UTC))


def _until(moment: datetime) -> timedelta:
    return max(timedelta(0), min(moment - now(), LONGEST_WAIT))


def _host(url: str) -> str:
    return urlsplit(url).netloc or url


def shown(url: str) -> str:
    """The address without its query and login, where tokens stand: what may be printed."""
    return re.sub(r"//[^/@]*@", "//", url.split("?", 1)[0].split("#", 1)[0])


def _hostname(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _next(answer: Answer) -> str:
    location = answer.headers.get("location")
    if not location:
        raise SourceRefused(f"{_host(answer.url)} redirects without saying where to")
    return urljoin(answer.url, location)


def _accepted(answer: Answer) -> Answer:
    host, status = _host(answer.url), answer.status
    if status in {200, 203, 304}:
        return answer
    if status in _ILL or status >= 500:
        what = "asks us to slow down" if status == 429 else "is ill"
        raise SourceIll(f"{host} {what} (HTTP {status})", retry_after(answer.headers))
    if status in {401, 403}:
        raise SourceRefused(
            f"{host} does not let us read {shown(answer.url)} (HTTP {status}): blocked, or credentials needed"
        )
    raise SourceRefused(f"{host} has no such page (HTTP {status}): {shown(answer.url)}")


def _once(
    url: str,
    headers: Mapping[str, str],
    guard: "_Guard",
    limits: Limits,
    number: int,
    method: str = "GET",
    content: bytes | None = None,
) -> Answer:
    """One request. No redirect is followed."""
    sent = {
        "host": _host(url),
        "user-agent": USER_AGENT,
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        **headers,
    }
    if content:
        sent["content-length"] = str(len(content))
    waits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), limits.silence)}
    try:
        with (
            _pool(url, guard) as pool,
            pool.stream(method, _ascii(url), headers=list(sent.items()), content=content, extensions=waits) as response,
        ):
            heads = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            body = b"" if response.status in {304, 204} else _body(response.iter_stream(), heads, limits, _host(url))
            return Answer(url, response.status, heads, body, number)
    except (httpcore.TimeoutException, TimeoutError):
        raise SourceIll(f"{_host(url)} did not answer (fully) within {limits.seconds:.0f} seconds") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
        raise SourceIll(f"{_host(url)} could not be read: {error or type(error).__name__}") from error
    except zlib.error:
        raise SourceIll(f"{_host(url)} answered with broken compression") from None


def _ascii(url: str) -> bytes:
    return str(httpx.URL(url)).encode("ascii")


def _body(chunks: Iterable[bytes], headers: Mapping[str, str], limits: Limits, host: str) -> bytes:
    packing = headers.get("content-encoding", "identity").strip().lower() or "identity"
    if packing not in {"identity", "gzip", "x-gzip", "deflate"}:
        raise SourceRefused(f'{host} answered in the encoding "{packing}", which we did not ask for')
    body = bytearray()
    for piece in chunks if packing == "identity" else _unpacked(chunks, gzipped="gzip" in packing):
        body += piece
        if len(body) > limits.size:
            raise SourceRefused(f"{host} sends more than {limits.size / 1e6:.0f} MB; that is no page we want")
    return bytes(body)


_PIECE = 1 << 20  # bytes unpacked at a time, so that a bomb is seen before it goes off


def _unpacked(chunks: Iterable[bytes], *, gzipped: bool) -> Iterator[bytes]:
    unpacker = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if unpacker is None or unpacker.eof:
                unpacker = _unpacker(rest, gzipped=gzipped)
            yield unpacker.decompress(rest, _PIECE)
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    while unpacker and not unpacker.eof and (piece := unpacker.decompress(b"", _PIECE)):
        yield piece
    if unpacker and not unpacker.eof:
        raise zlib.error("cut short")


def _unpacker(start: bytes, *, gzipped: bool) -> Any:
    if gzipped:
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    return zlib.decompressobj(zlib.MAX_WBITS if start[0] & 0x0F == 8 else -zlib.MAX_WBITS)  # some send it bare


# ---------------------------------------------------------------------------------------------- where we may connect


def _check_address(url: str, named: str) -> None:
    """Refuse what is visibly wrong before any connection is made."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        secure = {"https": True, "http": False}.get(parts.scheme.lower())
        _ = parts.port, _ascii(url)
    except (ValueError, httpx.InvalidURL):
        raise SourceRefused(f'"{shown(url)}" is no address') from None
    if secure is None or not host or parts.username:
        raise SourceRefused(f'"{shown(url)}" is no address we can read; it should begin with https://')
    if host != named and _is_private(host):
        raise SourceRefused(f"{host} is a private address, which no source may send us to")
    if not secure and not (host == named and _is_loopback(host)):
        raise SourceRefused(
            f"{shown(url)} is not encrypted; write https:// (plain http only works for this machine itself)"
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
class _Guard:
    """Until when an answer must be there, and the host that the operator named."""

    deadline: float
    named: str

    def left(self, timeout: float | None) -> float:
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
            raise httpcore.ConnectError(f"its name can't be resolved ({error})") from error
        if host.lower() != self.named and not all(ipaddress.ip_address(each.split("%")[0]).is_global for each in found):
            raise SourceRefused(f"{host} is a private address, which no source may send us to")
        return found


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _pool(url: str, guard: _Guard) -> httpcore.ConnectionPool:
    proxy = urllib.request.getproxies().get(urlsplit(url).scheme)
    host = urlsplit(url).hostname or ""
    tls = _tls()
    if proxy and not urllib.request.proxy_bypass(host) and not _is_loopback(host):
        proxy_host = (urlsplit(proxy).hostname or "").lower()
        return httpcore.HTTPProxy(proxy, ssl_context=tls, network_backend=_Backend(_Guard(guard.deadline, proxy_host)))
    return httpcore.ConnectionPool(ssl_context=tls, network_backend=_Backend(guard))


class _Backend(httpcore.NetworkBackend):
    """Connects only where the guard allows, and never waits beyond its deadline."""

    def __init__(self, guard: _Guard) -> None:
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

    def __init__(self, stream: httpcore.NetworkStream, guard: _Guard) -> None:
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
