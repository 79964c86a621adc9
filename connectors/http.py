"""The one way anything is fetched by URL: bounded in time and size, and never from where the operator did not mean.

    operator's URL ──> host named? public? https? ──> answer ──> redirect? checked again ──> status ──> size ──> body

The address is checked at the moment of connecting, so that no name can point somewhere else in between.
"""

import email.utils
import json
import re
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from connectors.addresses import shown
from connectors.quota import quota_of
from earful import __version__
from earful.clock import now
from earful.errors import SourceIll, SourceRefused
from earful.speech import N_, _
from earful.values import MissedReason, Quota

if TYPE_CHECKING:
    from connectors.network import Guard

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


Params = Mapping[str, str | int | Sequence[str]]
"""What goes behind the question mark of an address; a list is given piece by piece."""

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


@dataclass(slots=True)
class Tally:
    """How many requests were made so far, whatever came of them, and how many more the source said it allows."""

    requests: int = 0
    quota: Quota | None = None


_TALLY: ContextVar[Tally | None] = ContextVar("tally", default=None)


@contextmanager
def tallied() -> Iterator[Tally]:
    """Count the requests made within, also those that end in an error and so come with no page."""
    tally = Tally()
    before = _TALLY.set(tally)
    try:
        yield tally
    finally:
        _TALLY.reset(before)


def note_quota(quota: Quota | None) -> None:
    """Keep what a source said of our quota; None: it said nothing, and what it said before stands."""
    if quota and (tally := _TALLY.get()):
        tally.quota = quota


def get(
    url: str,
    params: Params | None = None,
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
    from connectors.network import Guard, check_address

    limits = limits or PATIENCE
    guard = Guard(time.monotonic() + limits.seconds, _hostname(named))
    target = f"{url}{'&' if '?' in url else '?'}{urlencode(params, doseq=True)}" if params else url
    for number in range(1, MAX_REDIRECTS + 2):
        check_address(target, guard.named)
        answer = _once(target, headers or {}, guard, limits, number)
        if answer.status not in {301, 302, 303, 307, 308}:
            return answer if answer.status in also else accepted(answer)
        target = _next(answer)
        headers = {} if urlsplit(target).netloc != urlsplit(answer.url).netloc else headers
    raise SourceRefused(
        _(
            "%(host)s redirects more than %(most)s times; open %(address)s in a browser to see where to",
            host=_host(url),
            most=MAX_REDIRECTS,
            address=shown(url),
        )
    )


def send(method: str, url: str, headers: Mapping[str, str], body: bytes, *, named: str) -> Answer:
    """One request of any method, bounded and guarded as `get`, its answer as it is, whatever its status.

    Raises:
        SourceIll: time-out, dropped connection, a broken or cut answer.
        SourceRefused: an address we don't go to, an answer that is too large.
    """
    from connectors.network import Guard, check_address

    guard = Guard(time.monotonic() + PATIENCE.seconds, _hostname(named))
    check_address(url, guard.named)
    return _once(url, headers, guard, PATIENCE, 1, method, body)


def get_json(url: str, params: Params | None = None, **options: Any) -> tuple[Any, Answer]:
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
        raise SourceIll(
            _("%(host)s answered with broken JSON: %(why)s", host=_host(answer.url), why=error),
            reason=MissedReason.UNREADABLE,
        ) from None
    if value is None:
        raise SourceIll(_("%(host)s answered with nothing (null)", host=_host(answer.url)), reason=MissedReason.EMPTY)
    return value


def refuse_html(answer: Answer, wanted: str) -> None:
    """Raise when an answer is empty, or a web page where something else was asked for."""
    start = answer.body[:2000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        raise SourceIll(
            _(
                "%(host)s answered with an empty page where %(wanted)s was expected",
                host=_host(answer.url),
                wanted=wanted,
            ),
            reason=MissedReason.EMPTY,
        )
    if re.match(rb"(<!--.*?-->\s*|<\?xml[^>]*\?>\s*)*(<!doctype html|<html)", start, re.DOTALL):
        why = _("the address is wrong, or the page asks for a login or a captcha")
        raise SourceRefused(
            _("%(address)s is a web page, not %(wanted)s: %(why)s", address=shown(answer.url), wanted=wanted, why=why)
        )


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


def _hostname(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _next(answer: Answer) -> str:
    location = answer.headers.get("location")
    if not location:
        raise SourceRefused(_("%(host)s redirects without saying where to", host=_host(answer.url)))
    return urljoin(answer.url, location)


def accepted(answer: Answer) -> Answer:
    """The answer, when its status says that it is one.

    Raises:
        SourceIll: 429, 5xx, and the like; carries what Retry-After said.
        SourceRefused: any other status.
    """
    host, status = _host(answer.url), answer.status
    if status in {200, 203, 304}:
        return answer
    if status in _ILL or status >= 500:
        said = (
            N_("%(host)s asks us to slow down (HTTP %(status)s)")
            if status == 429
            else N_("%(host)s is ill (HTTP %(status)s)")
        )
        raise SourceIll(_(said, host=host, status=status), retry_after(answer.headers))
    if status in {401, 403}:
        raise SourceRefused(
            _(
                "%(host)s does not let us read %(address)s (HTTP %(status)s): blocked, or credentials needed",
                host=host,
                address=shown(answer.url),
                status=status,
            )
        )
    raise SourceRefused(
        _(
            "%(host)s has no such page (HTTP %(status)s): %(address)s",
            host=host,
            status=status,
            address=shown(answer.url),
        )
    )


def _once(
    url: str,
    headers: Mapping[str, str],
    guard: "Guard",
    limits: Limits,
    number: int,
    method: str = "GET",
    content: bytes | None = None,
) -> Answer:
    """One request. No redirect is followed."""
    from connectors import network

    if tally := _TALLY.get():
        tally.requests += 1
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
    address = network.address_of(url)
    try:
        with (
            network.pool(url, guard) as pool,
            pool.stream(method, address, headers=list(sent.items()), content=content, extensions=waits) as response,
        ):
            heads = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            note_quota(quota_of(heads, now()))
            body = b"" if response.status in {304, 204} else _body(response.iter_stream(), heads, limits, _host(url))
            return Answer(url, response.status, heads, body, number)
    except network.LATE:
        raise SourceIll(
            _(
                "%(host)s did not answer (fully) within %(seconds)s seconds",
                host=_host(url),
                seconds=f"{limits.seconds:.0f}",
            )
        ) from None
    except network.BROKEN as error:
        raise SourceIll(_failed(_host(url), error)) from error
    except zlib.error:
        raise SourceIll(
            _("%(host)s answered with broken compression", host=_host(url)), reason=MissedReason.UNREADABLE
        ) from None


def _failed(host: str, error: Exception) -> str:
    """What to say of a connection that failed, and what to do about it."""
    if error.args and isinstance(error.args[0], ConnectionRefusedError):  # httpcore puts the system's own in there
        return _("nothing answers at %(host)s; check the address, or try later", host=host)
    return _("%(host)s could not be read: %(why)s", host=host, why=error or type(error).__name__)


def _body(chunks: Iterable[bytes], headers: Mapping[str, str], limits: Limits, host: str) -> bytes:
    packing = headers.get("content-encoding", "identity").strip().lower() or "identity"
    if packing not in {"identity", "gzip", "x-gzip", "deflate"}:
        raise SourceRefused(
            _('%(host)s answered in the encoding "%(packing)s", which we did not ask for', host=host, packing=packing),
            reason=MissedReason.UNREADABLE,
        )
    body = bytearray()
    for piece in chunks if packing == "identity" else _unpacked(chunks, gzipped="gzip" in packing):
        body += piece
        if len(body) > limits.size:
            raise SourceRefused(
                _(
                    "%(host)s sends more than %(size)s MB; that is no page we want",
                    host=host,
                    size=f"{limits.size / 1e6:.0f}",
                )
            )
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
