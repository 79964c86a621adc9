"""A small server on loopback that answers as it is told, and one world for each source to be read in."""

import gzip
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.sax.saxutils import escape

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connectors import http
from connectors.base import Ask, Connector, Page, Parsed
from connectors.http import Limits
from connectors.registry import CONNECTORS
from earful.query import parse_query
from earful.secrets import Secrets
from earful.values import Delivery
from tests.connectors.mailserver import PASSWORD, MailServer

NOON = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())
SECRETS = {
    "EARFUL_REDDIT_CLIENT_ID": "an-app",
    "EARFUL_REDDIT_CLIENT_SECRET": "its-secret",
    "EARFUL_BLUESKY_HANDLE": "us.example",
    "EARFUL_BLUESKY_APP_PASSWORD": "an-app-password",
    "EARFUL_YOUTUBE_KEY": "a-key",
    "EARFUL_TRUSTPILOT_API_KEY": "a-key",
    "EARFUL_GOOGLEBUSINESS_CLIENT_ID": "a-client",
    "EARFUL_GOOGLEBUSINESS_CLIENT_SECRET": "its-secret",
    "EARFUL_GOOGLEBUSINESS_REFRESH_TOKEN": "a-refresh-token",
    "EARFUL_WEBHOOK_TOKEN": "its-token",
    "EARFUL_WEBHOOK_SECRET": "its-key",
}
LOGINS = ("/access_token", "/token", ".createSession", ".refreshSession")  # how the paths end where tokens are granted
SECRETS |= {"EARFUL_MAILBOX_PASSWORD": PASSWORD}


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    values: dict[str, list[str]] = field(default_factory=dict)  # of the query, where a name stands more than once


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    declared: int | None = None  # a content-length that is not true
    drip: float = 0  # seconds between single bytes
    reset: bool = False
    times: int = 1  # the body is sent so often


class Fake:
    """Answers with `reply` (or what it returns when called); remembers what it was asked."""

    def __init__(self) -> None:
        self.reply: Reply | Callable[[Asked], Reply] = Reply()
        self.asked: list[Asked] = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                outer.answer(self)

            def do_POST(self) -> None:
                outer.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client may hang up
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, parts.path, dict(parse_qsl(parts.query)), headers, body, parse_qs(parts.query))
        self.asked.append(asked)
        reply = self.reply(asked) if callable(self.reply) else self.reply
        if reply.reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(reply.body) if reply.declared is None else reply.declared))
        handler.end_headers()
        self._send(handler, reply)
        handler.close_connection = handler.close_connection or reply.declared is not None

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if not reply.drip:
            for _ in range(reply.times):
                handler.wfile.write(reply.body)
            return
        for byte in reply.body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if self.over.wait(reply.drip):
                return


@pytest.fixture
def fake() -> Iterator[Fake]:
    server = Fake()
    yield server
    server.close()


@pytest.fixture
def mails() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be large, and nothing is waited for between tries. A busy machine may be slow."""
    from prawcore.sessions import FiniteRetryStrategy

    monkeypatch.setattr(http, "PATIENCE", Limits(seconds=20, silence=10, size=2_000_000))
    monkeypatch.setattr(FiniteRetryStrategy, "sleep", lambda self: None)


@dataclass
class Item:
    """One thing said, to be served in each source's own form."""

    id: str
    text: str
    author: str = "ada"
    at: int | None = NOON
    broken: bool = False


def _reddit(items: list[Item]) -> bytes:
    children = [
        {
            "kind": "t3",
            "data": {
                "name": f"t3_{item.id}",
                "title": item.text,
                "selftext": "",
                "author": item.author,
                "subreddit": "fjordair",
                "permalink": f"/r/fjordair/comments/{item.id}/x/",
                "score": 3,
                "edited": False,
                "created_utc": "soon" if item.broken else item.at,
            },
        }
        for item in items
    ]
    return json.dumps({"kind": "Listing", "data": {"after": None, "children": children}}).encode()


def _hackernews(items: list[Item]) -> bytes:
    hits = [
        {
            "objectID": None if item.broken else str(int(item.id, 36)),
            "title": item.text,
            "author": item.author,
            "created_at_i": item.at,
            "points": 2,
            "_tags": ["story"],
        }
        for item in items
    ]
    return json.dumps({"hits": hits, "nbHits": len(hits)}).encode()


def _rss(items: list[Item]) -> bytes:
    def entry(item: Item) -> str:
        if item.broken:
            return f"<entry><id>urn:{item.id}</id></entry>"
        when = f"<published>{datetime.fromtimestamp(item.at, UTC).isoformat()}</published>" if item.at else ""
        author = f"<author><name>{escape(item.author)}</name></author>"
        return f"<entry><id>urn:{item.id}</id><title>{escape(item.text)}</title>{author}{when}</entry>"

    entries = "".join(map(entry, items))
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>f</title>{entries}</feed>'.encode()


def _file(items: list[Item]) -> bytes:
    rows = [f'{item.id},"{item.text}",{item.author},{item.at or ""},{9 if item.broken else ""}' for item in items]
    return "\n".join(["id,text,author,date,rating", *rows, ""]).encode()


def _iso(at: int | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat() if at else None


def _mastodon(items: list[Item]) -> bytes:
    statuses = [
        {
            "id": str(int(item.id, 36)),
            "uri": None if item.broken else f"{{url}}/users/ada/statuses/{int(item.id, 36)}",
            "url": f"https://a.example/@ada/{item.id}",
            "content": f"<p>{escape(item.text)}</p>",
            "created_at": _iso(item.at),
            "account": {"acct": item.author},
            "language": "en",
        }
        for item in items
    ]
    return json.dumps(statuses).encode()


def _label(value: str) -> dict[str, str]:
    return {"label": value}


def _appstore(items: list[Item]) -> bytes:
    entries = [
        {
            "author": {"name": _label(item.author)},
            "im:rating": _label("9" if item.broken else "2"),
            "id": _label(str(int(item.id, 36))),
            "title": _label(item.text),
            "content": _label(""),
        }
        | ({"updated": _label(_iso(item.at) or "")} if item.at else {})
        for item in items
    ]
    last = {"attributes": {"rel": "last", "href": "https://a.example/us/rss/customerreviews/page=1/id=1/json"}}
    return json.dumps({"feed": {"entry": entries, "link": [last]}}).encode()


def _steam(items: list[Item]) -> bytes:
    reviews = [
        {
            "recommendationid": None if item.broken else str(int(item.id, 36)),
            "author": {"steamid": item.author},
            "review": item.text,
            "language": "english",
            "timestamp_created": item.at,
            "timestamp_updated": item.at,
        }
        for item in items
    ]
    return json.dumps({"response": {"reviews": reviews, "total_matching": len(reviews)}}).encode()


def _stackexchange(items: list[Item]) -> bytes:
    questions = [
        {
            "question_id": None if item.broken else int(item.id, 36),
            "title": item.text,
            "body": "",
            "owner": {"display_name": item.author},
            "creation_date": item.at,
            "link": f"https://travel.example/questions/{item.id}",
        }
        for item in items
    ]
    return json.dumps({"items": questions, "has_more": False, "quota_remaining": 299}).encode()


def _discourse(items: list[Item]) -> bytes:
    posts = [
        {
            "id": int(item.id[1:]),
            "post_number": 2,
            "topic_id": 9,
            "topic_slug": "bags",
            "username": item.author,
            "cooked": [1] if item.broken else f"<p>{escape(item.text)}</p>",
            "created_at": _iso(item.at),
        }
        for item in items
    ]
    return json.dumps({"latest_posts": posts}).encode()


def _bluesky(items: list[Item]) -> bytes:
    posts = [
        {
            "uri": None if item.broken else f"at://did:plc:ada/app.bsky.feed.post/{item.id}",
            "cid": f"bafy{item.id}",
            "author": {"did": "did:plc:ada", "handle": item.author},
            "record": {"text": item.text, "createdAt": _iso(item.at), "langs": ["en"]},
            "indexedAt": _iso(NOON + 3600),
            "labels": [],
        }
        for item in items
    ]
    return json.dumps({"posts": posts, "hitsTotal": len(posts)}).encode()


def _youtube_comment(item: Item) -> dict[str, Any]:
    snippet = {"textDisplay": item.text, "authorDisplayName": item.author, "videoId": "v" * 11, "likeCount": 1}
    return {"id": None if item.broken else item.id, "snippet": snippet | {"publishedAt": _iso(item.at)}}


def _youtube(items: list[Item]) -> bytes:
    threads = [{"snippet": {"topLevelComment": _youtube_comment(item), "totalReplyCount": 0}} for item in items]
    return json.dumps({"items": threads}).encode()


def _trustpilot(items: list[Item]) -> bytes:
    reviews = [
        {
            "id": item.id,
            "consumer": {"displayName": item.author},
            "stars": 9 if item.broken else 2,
            "title": item.text,
            "text": "",
            "language": "en",
            "createdAt": _iso(item.at),
        }
        for item in items
    ]
    return json.dumps({"reviews": reviews, "links": []}).encode()


def _googlebusiness(items: list[Item]) -> bytes:
    reviews = [
        {
            "name": f"accounts/1/locations/2/reviews/{item.id}",
            "reviewer": {"displayName": item.author},
            "starRating": "STAR_RATING_UNSPECIFIED" if item.broken else "TWO",
            "comment": item.text,
            "createTime": _iso(item.at),
            "updateTime": _iso(item.at),
        }
        for item in items
    ]
    return json.dumps({"reviews": reviews, "totalReviewCount": len(reviews)}).encode()


def _googleplay(items: list[Item]) -> bytes:
    def review(item: Item) -> dict[str, Any]:
        said = {"text": item.text, "starRating": 9 if item.broken else 2}
        said |= {"lastModified": {"seconds": str(item.at), "nanos": 0}} if item.at else {}
        return {"reviewId": item.id, "authorName": item.author, "comments": [{"userComment": said}]}

    return json.dumps({"reviews": [review(item) for item in items]}).encode()


def _appstoreconnect(items: list[Item]) -> bytes:
    reviews = [
        {
            "type": "customerReviews",
            "id": item.id,
            "attributes": {
                "rating": 9 if item.broken else 2,
                "title": item.text,
                "body": "",
                "reviewerNickname": item.author,
                "createdDate": _iso(item.at),
                "territory": "NOR",
            },
        }
        for item in items
    ]
    return json.dumps({"data": reviews, "links": {"self": "https://a.example/"}}).encode()


@cache
def _keys() -> dict[str, str]:
    """Keys made for this test run."""
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(*pem).decode()
    plain = rsa.generate_private_key(65537, 2048).private_bytes(*pem).decode()
    account = {"client_email": "reader@brygvell.example", "private_key": plain, "private_key_id": "k1"}
    return {"EARFUL_GOOGLEPLAY_KEY": json.dumps(account), "EARFUL_APPSTORECONNECT_KEY": elliptic}


def secrets(folder: Path) -> Secrets:
    """All that any source asks for."""
    return Secrets(folder, SECRETS | _keys())


def _mailbox(items: list[Item]) -> bytes:
    """Messages, one after another; each keeps its UID, so what is new stands last."""
    return b"\0".join(map(_mail, sorted(items, key=lambda item: item.id)))


def _mail(item: Item) -> bytes:
    when = f"Date: {format_datetime(datetime.fromtimestamp(item.at, UTC))}\r\n" if item.at else ""
    head = (
        f"From: {item.author}\r\n{when}Message-ID: <{item.id}@a.example>\r\nContent-Type: text/plain; charset=utf-8\r\n"
    )
    return f"{head}\r\n{'> quoted' if item.broken else item.text}\r\n".encode()


def _webhook(items: list[Item]) -> bytes:
    told = [
        {
            "id": item.id,
            "text": item.text,
            "author": item.author,
            "date": _iso(item.at),
            "rating": 9 if item.broken else None,
        }
        for item in items
    ]
    return json.dumps(told).encode()


class World:
    """One source to be read: served on loopback, or lying in a folder."""

    def __init__(self, connector: Connector, fake: Fake, folder: Path, mails: MailServer) -> None:
        self.connector, self.fake, self.folder, self.mails = connector, fake, folder, mails
        self.delivered: list[Delivery] = []
        self.page: Callable[[list[Item]], bytes] = PAGES[connector.name]

    def serve(self, reply: Reply | bytes, login: Reply | None = None) -> None:
        whole = not isinstance(reply, Reply)  # not a fault, which would befall everything it is asked
        reply = reply if isinstance(reply, Reply) else Reply(reply)
        if self.connector.name in {"file", "folder"}:
            (self.folder / "drop").mkdir(exist_ok=True)
            (self.folder / ("drop" if self.connector.name == "folder" else "") / "export.csv").write_bytes(reply.body)
        if self.connector.name == "mailbox" and whole:
            self.mails.deliver(*reply.body.split(b"\0"))
        elif self.connector.name == "mailbox":
            self.mails.fault = "html"  # whatever answers at its port, it is no mail server
        self.delivered = [Delivery(7, reply.body.decode(errors="replace"))]
        self.fake.reply = lambda asked: self.here(beside(asked, login) or (whole and elsewhere(asked)) or reply)

    def hold(self, items: list[Item]) -> None:
        """Answer by id for these items; the source no longer has others."""
        self.fake.reply = lambda asked: self.here(beside(asked) or LOOKUPS[self.connector.name](asked, items))

    def here(self, reply: Reply) -> Reply:
        return replace(reply, body=reply.body.replace(b"{url}", self.fake.url.encode()))

    def ask(self, cursor: Mapping[str, Any] | None = None, query: str = "fjordair", **settings: Any) -> Ask:
        own = {**SETTINGS[self.connector.name], **settings}
        own = {
            key: value.replace("{url}", self.fake.url) if isinstance(value, str) else value
            for key, value in own.items()
        }
        if self.connector.name == "mailbox":
            own = {"port": self.mails.port, **own}
        source = self.connector.settings.model_validate({"type": self.connector.name, "name": "it", **own})
        return Ask(source, parse_query(query), cursor or {}, secrets(self.folder), None, self.folder, self._uncollected)

    def _uncollected(self, after: int) -> list[Delivery]:
        return [each for each in self.delivered if each.id > after]

    def read(self, ask: Ask | None = None) -> tuple[list[Page], Parsed]:
        """All pages, and all that is in them."""
        return self._whole(list(self.connector.fetch(ask or self.ask())))

    def _whole(self, pages: list[Page]) -> tuple[list[Page], Parsed]:
        whole = Parsed()
        missed: list[Any] = []
        for page in pages:
            parsed = self.connector.parse(page)
            whole.found.extend(parsed.found)
            whole.rejected.extend(parsed.rejected)
            missed += [*page.missed, *parsed.missed]
        return pages, Parsed(whole.found, whole.rejected, tuple(missed))

    def look_again(self, ids: list[str]) -> tuple[list[Page], Parsed]:
        """The same of a re-check."""
        return self._whole(list(self.connector.recheck(self.ask(), ids)) if self.connector.recheck else [])


TOKEN = Reply(json.dumps({"access_token": "t", "expires_in": 3600, "token_type": "bearer", "scope": "*"}).encode())


def is_login(asked: Asked) -> bool:
    """Whether a token is asked for."""
    return asked.path.endswith(LOGINS)


def beside(asked: Asked, login: Reply | None = None) -> Reply | None:
    """What a source answers beside its pages: the login."""
    if not is_login(asked):
        return None
    return login or (SESSION if asked.path.endswith("Session") else TOKEN)


def elsewhere(asked: Asked) -> Reply | None:
    """What a source answers when it is asked for more than its one listing: nothing more."""
    return _json({"items": []}) if re.search(r"/2\.3/(search/excerpts|posts/.*/comments)$", asked.path) else None


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status)


def _reddit_lookup(asked: Asked, items: list[Item]) -> Reply:
    wanted = asked.query["id"].split(",")
    return Reply(_reddit([item for item in items if f"t3_{item.id}" in wanted]))


def _hackernews_lookup(asked: Asked, items: list[Item]) -> Reply:
    number = int(asked.path.split("/")[-1].removesuffix(".json"))
    for item in items:
        if int(item.id, 36) == number:
            return _json({"id": number, "type": "story", "title": item.text, "by": item.author, "time": item.at})
    return _json({"id": number, "type": "story", "deleted": True, "time": NOON})


def _mastodon_lookup(asked: Asked, items: list[Item]) -> Reply:
    found = {each["uri"].split("/")[-1]: each for each in json.loads(_mastodon(items))}
    status = found.get(asked.path.split("/")[-1])
    return _json(status) if status else _json({"error": "Record not found"}, 404)


def _discourse_lookup(asked: Asked, items: list[Item]) -> Reply:
    posts = {str(each["id"]): each for each in json.loads(_discourse(items))["latest_posts"]}
    post = posts.get(asked.path.split("/")[-1].removesuffix(".json"))
    return _json(post) if post else _json({"errors": ["it is not there"], "error_type": "not_found"}, 404)


def _bluesky_lookup(asked: Asked, items: list[Item]) -> Reply:
    wanted = {uri.split("/")[-1] for uri in asked.values["uris"]}
    return Reply(_bluesky([item for item in items if item.id in wanted]))


def _youtube_lookup(asked: Asked, items: list[Item]) -> Reply:
    return _json({"items": [_youtube_comment(item) for item in items if item.id in asked.query["id"].split(",")]})


def _stackexchange_lookup(asked: Asked, items: list[Item]) -> Reply:
    wanted = asked.path.split("/")[-1].split(";")
    return Reply(_stackexchange([item for item in items if str(int(item.id, 36)) in wanted]))


def _review_lookup(source: str) -> Callable[[Asked, list[Item]], Reply]:
    def answer(asked: Asked, items: list[Item]) -> Reply:
        found = [item for item in items if item.id == asked.path.rsplit("/", 1)[1]]
        value = json.loads(PAGES[source](found))
        records = value.get("reviews", value.get("data"))
        if not records:
            return _json({"error": {"message": "there is no such review"}}, 404)
        return _json({"data": records[0]} if "data" in value else records[0])

    return answer


LOOKUPS: dict[str, Callable[[Asked, list[Item]], Reply]] = {
    "reddit": _reddit_lookup,
    "hackernews": _hackernews_lookup,
    "mastodon": _mastodon_lookup,
    "discourse": _discourse_lookup,
    "bluesky": _bluesky_lookup,
    "youtube": _youtube_lookup,
    "stackexchange": _stackexchange_lookup,
    **{name: _review_lookup(name) for name in ("trustpilot", "googlebusiness", "googleplay", "appstoreconnect")},
}
SESSION = _json({"accessJwt": "a", "refreshJwt": "r", "did": "did:plc:us", "handle": "us.example"})
PAGES = {
    "reddit": _reddit,
    "bluesky": _bluesky,
    "youtube": _youtube,
    "hackernews": _hackernews,
    "rss": _rss,
    "file": _file,
    "folder": _file,
    "mailbox": _mailbox,
    "webhook": _webhook,
    "mastodon": _mastodon,
    "appstore": _appstore,
    "steam": _steam,
    "stackexchange": _stackexchange,
    "discourse": _discourse,
    "trustpilot": _trustpilot,
    "googlebusiness": _googlebusiness,
    "googleplay": _googleplay,
    "appstoreconnect": _appstoreconnect,
}
SETTINGS: dict[str, dict[str, Any]] = {
    "reddit": {"base_url": "{url}", "subreddits": ["fjordair"], "listen": ["new"]},
    "hackernews": {"base_url": "{url}", "items_url": "{url}"},
    "rss": {"url": "{url}/feed.xml"},
    "file": {"path": "export.csv"},
    "bluesky": {"base_url": "{url}"},
    "youtube": {"base_url": "{url}", "videos": ["v" * 11], "terms_accepted": "2026-01-01"},
    "folder": {"path": "drop", "settle": "0s"},
    "mailbox": {"host": "127.0.0.1", "security": "none", "user": "kari", "first": "400d"},
    "webhook": {},
    "mastodon": {"base_url": "{url}", "tags": ["fjordair"]},
    "appstore": {"base_url": "{url}", "app_id": "123456789"},
    "steam": {"base_url": "{url}", "app_id": 42},
    "stackexchange": {"base_url": "{url}"},
    "discourse": {"base_url": "{url}"},
    "trustpilot": {"base_url": "{url}", "business_unit_id": "0123456789abcdef01234567"},
    "googlebusiness": {
        "base_url": "{url}",
        "token_url": "{url}/token",
        "locations": {"Bergen": "accounts/1/locations/2"},
    },
    "googleplay": {"base_url": "{url}", "token_url": "{url}/token", "package_name": "com.fjordair.app"},
    "appstoreconnect": {"base_url": "{url}", "app_id": "123456789", "key_id": "ABCDEFGH12"},
}


QUICK = {"rss", "reddit", "trustpilot", "file"}  # one of each kind: feed, listing, login, own data
FAULTS = ("test_no_fault_", "test_a_fault_", "test_every_request_", "test_what_retry_after_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave most of "every fault at every source" to `make test`: the quick loop holds each fault at a few of them."""
    for item in items:
        faulty = item.path.name == "test_contract.py" and item.name.startswith(FAULTS)
        if faulty and item.name.partition("[")[2].strip("]").partition("-")[0] not in QUICK:
            item.add_marker("slow")


@pytest.fixture(params=sorted(CONNECTORS))
def world(request: pytest.FixtureRequest, fake: Fake, mails: MailServer, tmp_path: Path) -> World:
    """Each registered source in turn."""
    return World(CONNECTORS[request.param], fake, tmp_path, mails)


@pytest.fixture
def worlds(fake: Fake, mails: MailServer, tmp_path: Path) -> Callable[[str], World]:
    return lambda name: World(CONNECTORS[name], fake, tmp_path, mails)


@pytest.fixture
def make_item() -> type[Item]:
    return Item


@pytest.fixture
def make_reply() -> type[Reply]:
    return Reply


@pytest.fixture(scope="session")
def bomb() -> bytes:
    """Three hundred megabytes of nothing, packed."""
    return gzip.compress(b"", 1) + b"".join([gzip.compress(bytes(1_000_000), 9)] * 300)


@pytest.fixture
def faults(fake: Fake, bomb: bytes) -> dict[str, Reply]:
    """What a server may do to us, by name; `cut` and `charset` depend on the page and are made in the test."""
    loop = {"location": "/again"}
    date = format_datetime(datetime.now(UTC), usegmt=True)
    return {
        "html": Reply(b"<!doctype html><html><head><title>Blocked</title></head><body>Are you human?</body></html>"),
        "empty": Reply(b""),
        "null": Reply(b"null"),
        "wrong shape": Reply(b'{"surprise": true}'),
        "a list": Reply(b'["surprise"]'),
        "text": Reply(b"Service temporarily unavailable"),
        "bomb": Reply(bomb, headers={"content-encoding": "gzip"}),
        "broken gzip": Reply(b"this is not gzip at all", headers={"content-encoding": "gzip"}),
        "redirect loop": Reply(status=302, headers=loop),
        "redirect to nowhere": Reply(status=302),
        "429 in seconds": Reply(status=429, headers={"retry-after": "7"}),
        "429 with a date": Reply(status=429, headers={"retry-after": date}),
        "429 with garbage": Reply(status=429, headers={"retry-after": "soon"}),
        "429": Reply(b"<html>slow down</html>", status=429),
        "500": Reply(status=500),
        "503": Reply(b"<html>away</html>", status=503, headers={"retry-after": "30"}),
        "401": Reply(status=401),
        "403": Reply(b"<html>no</html>", status=403),
        "404": Reply(status=404),
        "204": Reply(status=204),
        "304 unasked": Reply(status=304),
        "reset": Reply(reset=True),
        "short": Reply(b'{"a": ', declared=500),
        "endless": Reply(bytes(1_000_000), declared=10_000_000_000, times=10_000),
    }
