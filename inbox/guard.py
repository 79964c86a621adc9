"""What stands between the pages and the rest of the web: who may name this host, who may post, what a page may load.

A browser sends its cookies, and while there are no accounts whoever sits at this machine is signed in, so a page from
elsewhere must not be able to speak for a person: neither by a form (`Sec-Fetch-Site`, `Origin`) nor by a name of its
own that points here (`Host`).
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earful.speech import _
from inbox.problem import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SIGNED = "/webhooks/"  # asked by programs from anywhere, under any name: each request proves by itself who sent it
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with "no-referrer" our own forms would come with the origin "null"
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def host_of(authority: str) -> str | None:
    """The host name in `host:port`, lower case, without brackets; None when it can't be read."""
    try:
        return urlsplit(f"//{authority}").hostname
    except ValueError:
        return None


def refusal(method: str, headers: Mapping[str, str], hosts: frozenset[str]) -> tuple[int, str] | None:
    """Why a request is not answered, as status and sentence; None when it may pass. Header names are lower case."""
    authority = headers.get("host", "")
    if host_of(authority) not in hosts:
        return 400, _("This address is not one that Earful answers to. Open it as localhost, or set url under [inbox].")
    if method not in SAFE_METHODS and not _from_here(headers, authority):
        return 403, _("This request came from another site, so it was refused. Open the inbox and do it there.")
    return None


def _from_here(headers: Mapping[str, str], authority: str) -> bool:
    """Whether our own page sent it. A program that is no browser names neither origin, and passes."""
    fetch_site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    return origin is None or origin in {f"http://{authority}", f"https://{authority}"}


class Guard:
    """The ASGI layer that refuses what `refusal` names, and gives every answer its headers."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        signed = scope["path"].startswith(SIGNED)
        refused = None if signed else refusal(scope["method"], Headers(scope=scope), self.hosts)
        app = _answer(scope["path"], *refused) if refused else self.app
        # A static file's address changes with the file, see `asset`: a browser need not ask for it again.
        lasting = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=")
        await app(scope, receive, _with_headers(send, named_by_content=lasting))


def _answer(path: str, status: int, said: str) -> ASGIApp:
    """The refusal: as a program reads it, or as a person does."""
    if not path.startswith("/api/"):
        return PlainTextResponse(said, status)
    return problem(status, said)


def _with_headers(send: Send, *, named_by_content: bool) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            if headers.get("content-type", "").startswith("text/html"):
                headers["Cache-Control"] = "no-store"
            elif named_by_content and message["status"] == 200:
                headers["Cache-Control"] = "public, max-age=31536000, immutable"
        await send(message)

    return sending
