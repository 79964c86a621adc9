"""Takes signed deliveries, and keeps each before it is answered; the next run collects them.

No session and no form: who knows the token and signs with the secret may deliver. Whoever does not is told nothing: a
wrong token, a wrong signature and a page that is not there are answered alike.
"""

import hmac
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from earful.configfile import Configuration
from earful.jsonbody import NotJson, TooDeep, values_in
from earful.signing import SIGNATURE_HEADER, TIMESTAMP_HEADER, is_genuine, secret_names
from inbox.house import House, house
from inbox.person import public
from inbox.problem import problem
from models import deliveries

MAX_BODY = 1_000_000  # bytes of one delivery
MAX_ITEMS = 1_000  # items of one delivery
PER_MINUTE = 120  # deliveries of one token; and all that come with a wrong one
MINUTE = timedelta(minutes=1)

router = APIRouter(include_in_schema=False)


class Refused(Exception):
    """A delivery that is not taken: how it is answered."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})


NOT_FOUND = (404, "There is nothing here.")


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook that is configured, with its secrets."""

    brand: str
    source: str
    token: str
    secret: str


@dataclass(slots=True)
class Pace:
    """How many deliveries came within the last minute, by token."""

    times: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def check(self, key: str, now: datetime) -> None:
        """Count one more.

        Raises:
            Refused: there were too many; says when to come again.
        """
        times = self.times[key]
        while times and times[0] <= now - MINUTE:
            times.popleft()
        if len(times) >= PER_MINUTE:
            wait = int((times[0] + MINUTE - now).total_seconds()) + 1
            raise Refused(429, f"more than {PER_MINUTE} deliveries within a minute", {"Retry-After": str(wait)})
        times.append(now)


@router.post("/webhooks/{token}", dependencies=[public()])
async def deliver(request: Request, token: str) -> Response:
    """Take a delivery: 202 once it is kept, however often it comes; else a JSON problem that says what is wrong."""
    home = house(request)
    try:
        items = await _taken(request, home, token)
    except Refused as refused:
        return problem(refused.status, str(refused), refused.headers)
    return JSONResponse({"received": items}, 202)


@router.api_route(
    "/webhooks/{token}", methods=["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"], dependencies=[public()]
)
def silent() -> Response:
    """Tell nothing to whoever only looks."""
    return problem(*NOT_FOUND)


async def _taken(request: Request, home: House, token: str) -> int:
    now = home.clock()
    hook = hook_of(home.config, token)
    pace: Pace = request.app.state.pace
    pace.check(hook.token if hook else "", now)
    body = await _body(request)
    signature = request.headers.get(SIGNATURE_HEADER, "")
    # The same work for a wrong token: nobody learns from the time it takes.
    secret = hook.secret if hook else "nobody's"
    genuine = is_genuine(secret, request.headers.get(TIMESTAMP_HEADER, ""), body, signature, now)
    if hook is None or not genuine:
        raise Refused(*NOT_FOUND)
    text, items = read_body(body)
    await run_in_threadpool(_keep, home, hook, signature.strip().lower().removeprefix("sha256="), text, now)
    return items


def _keep(home: House, hook: Hook, signature: str, text: str, now: datetime) -> None:
    with home.database.write() as session:
        deliveries.keep(session, hook.brand, hook.source, signature, text, now)


def hook_of(config: Configuration, token: str) -> Hook | None:
    """The webhook of this token. Every token is compared in full."""
    found = [hook for hook in hooks(config) if hmac.compare_digest(hook.token.encode(), token.encode())]
    return found[0] if len(found) == 1 else None


def hooks(config: Configuration) -> Iterator[Hook]:
    """Every webhook that can be delivered to: those whose token and secret are set."""
    for brand in config.settings.brands:
        for source in brand.sources:
            if source.type == "webhook":
                token, secret = (config.secrets.get(name) for name in secret_names(source.credentials))
                if token and secret:
                    yield Hook(brand.name, source.name, token, secret)


async def _body(request: Request) -> bytes:
    """The body, read no further than is allowed.

    Raises:
        Refused: it is too large.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise Refused(413, f"a delivery has at most {MAX_BODY:,} bytes; send several")
        parts.append(part)
    return b"".join(parts)


def read_body(body: bytes) -> tuple[str, int]:
    """A delivery's text and how many items it has: one JSON object, a list of them, or one a line.

    Raises:
        Refused: it is none of these, holds nothing, or holds too much.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(400, f"the body is not UTF-8: {error.reason} at byte {error.start}") from None
    items = _items(text)
    if not items:
        raise Refused(422, "the delivery is empty: send a JSON object, a list of objects, or one object a line")
    if items > MAX_ITEMS:
        raise Refused(413, f"a delivery has at most {MAX_ITEMS:,} items; send several")
    return text, items


def _items(text: str) -> int:
    try:
        values = values_in(text)
    except TooDeep as error:
        raise Refused(422, f"the body can't be read: {error}") from None
    except NotJson as error:
        raise Refused(400, f"the body is not JSON: {error}") from None
    if not all(isinstance(each, dict) for each in values):
        raise Refused(422, "send a JSON object, a list of objects, or one object a line")
    return len(values)
