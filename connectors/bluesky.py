"""Reads Bluesky: posts and replies anywhere on it, found by its search, with an account's app password."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import Record, id_of, inner, name_of, number_of, record, seconds_of, text_of, time_of
from connectors.http import Answer, accepted, get_json, json_of, send
from connectors.lookup import Held, look_up
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.errors import SkipRecord, SourceIll, SourceRefused
from earful.query import Term
from earful.secrets import secret_name
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.text import excerpt, storable
from earful.values import FoundMention, MentionKind, Missed, MissedReason, SourceState

PAGE = 100  # posts a search gives at most for one request
LOOK_UP = 25  # posts that can be asked for by id at a time
_WITHHELD = frozenset({"!takedown", "!hide", "!suspend"})  # labels by which Bluesky takes a post out of view
_URI = re.compile(r"at://([^/\s]+)/app\.bsky\.feed\.post/([A-Za-z0-9._:~-]+)")


class BlueskySettings(SourceSettings):
    """Bluesky."""

    base_url: str = Field("https://bsky.social", description="the server where your account is")
    first: Duration = Field(parse_duration("30d"), description="how far back the first read goes")
    overlap: Duration = Field(parse_duration("1d"), description="how much is read again each time, for late posts")
    max_requests: int = Field(50, ge=1, le=1000, description="at most so many requests a run for each alternative")


# ---------------------------------------------------------------------------------------------------------- fetching


def fetch(ask: Ask) -> Iterator[Page]:
    """Search for each alternative of the query, newest first.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`; bad or missing credentials; a query without
            a word to search for.
    """
    settings: BlueskySettings = ask.source
    wanted, gaps = questions(ask.query.alternatives() or ())
    if not wanted:
        raise SourceRefused(_("Bluesky needs a whole word to search for; the query names none that must be there"))
    session = _Session(ask)
    session.log_in()
    streams = [_stream(session, words) for words in wanted]
    if gaps:
        yield Page([], 0, 0, missed=gaps)
    yield from read_newest_first(
        ask,
        streams,
        Look(lambda post: name_of(post, "uri"), _seconds),
        overlap=settings.overlap,
        max_requests=settings.max_requests,
        first=settings.first,
    )


def questions(alternatives: Sequence[Sequence[Term]]) -> tuple[list[str], tuple[Missed, ...]]:
    """What to ask the search, each alternative by itself; and that it can't be asked for beginnings of words."""
    asked = [
        " ".join(f'"{text}"' if re.search(r"\W", text) else text for text in texts)
        for each in alternatives
        if (texts := [term.text.replace('"', " ") for term in each if not term.prefix])
    ]
    said = _("words of which the query has only the beginning (refund*) can't be searched on Bluesky; write them out")
    whole = all(any(not term.prefix for term in each) for each in alternatives)
    return list(dict.fromkeys(asked)), () if whole else (Missed(MissedReason.UNREADABLE, said),)


def _stream(session: "_Session", words: str) -> Stream:
    def read(cursor: str | None) -> Batch:
        params = {"q": words, "sort": "latest", "limit": PAGE} | ({"cursor": cursor} if cursor else {})
        value, requests = session.get("app.bsky.feed.searchPosts", params)
        posts = _posts(value)
        following = value.get("cursor")
        return Batch(posts, following if posts and isinstance(following, str) else None, requests)

    return Stream(f"{words} on Bluesky", read)


def _posts(value: Any) -> list[Any]:
    posts = value.get("posts") if isinstance(value, dict) else None
    if not isinstance(posts, list):
        raise SourceIll(
            _("Bluesky answered in a shape we don't know (no list of posts); is base_url right?"),
            reason=MissedReason.UNREADABLE,
        )
    return posts


# ------------------------------------------------------------------------------------------------------- the session


class _Expired(Exception):
    """The session's token is past its time."""


@dataclass(slots=True)
class _Tokens:
    access: str
    refresh: str


class _Session:
    """A login, kept for one read. A token that expires on the way is renewed, once a request."""

    def __init__(self, ask: Ask) -> None:
        self._base: str = ask.source.base_url
        self._names = secret_names(ask.source)
        self._account, self._password = (ask.secrets.get(name) for name in self._names)
        self._tokens = _Tokens("", "")
        self._requests = 0

    def log_in(self) -> None:
        """Begin the session.

        Raises:
            SourceRefused: the credentials are missing or wrong.
            SourceIll: as `connectors.http.send`.
        """
        if not (self._account and self._password):
            where = _("the environment, .env, or files in secrets/")
            names = " and ".join(self._names)
            raise SourceRefused(
                _(
                    "%(names)s are not set; put them into %(where)s (docs/connectors/bluesky.md)",
                    names=names,
                    where=where,
                )
            )
        body = json.dumps({"identifier": self._account, "password": self._password}).encode()
        answer = self._send("com.atproto.server.createSession", {"content-type": "application/json"}, body)
        if answer.status in {400, 401}:
            names = " and ".join(self._names)
            raise SourceRefused(
                _(
                    "Bluesky does not accept %(names)s (%(why)s); make a new app password there",
                    names=names,
                    why=_error(answer),
                )
            )
        self._tokens = _tokens(answer)

    def get(self, method: str, params: Mapping[str, Any]) -> tuple[Any, int]:
        """Ask for something: the value, and the requests made since the last one, logins included.

        Raises:
            SourceIll, SourceRefused: as `connectors.http.get_json`.
        """
        try:
            value = self._get(method, params)
        except _Expired:
            self._renew()
            value = self._again(method, params)
        made, self._requests = self._requests, 0
        return value, made

    def _again(self, method: str, params: Mapping[str, Any]) -> Any:
        try:
            return self._get(method, params)
        except _Expired:
            raise SourceRefused(
                _("Bluesky gave a token that has expired already; is this machine's clock right?")
            ) from None

    def _get(self, method: str, params: Mapping[str, Any]) -> Any:
        url = f"{self._base.rstrip('/')}/xrpc/{method}"
        headers = {"authorization": f"Bearer {self._tokens.access}"}
        value, answer = get_json(url, params, headers=headers, named=self._base, also=frozenset({400, 401}))
        self._requests += answer.requests
        if answer.status in {400, 401}:
            if _error(answer) == "ExpiredToken":
                raise _Expired
            raise SourceRefused(
                _("Bluesky refuses to answer (HTTP %(status)s: %(why)s)", status=answer.status, why=_error(answer))
            )
        return value

    def _renew(self) -> None:
        answer = self._send(
            "com.atproto.server.refreshSession", {"authorization": f"Bearer {self._tokens.refresh}"}, b""
        )
        if answer.status in {400, 401}:
            self.log_in()
        else:
            self._tokens = _tokens(answer)

    def _send(self, method: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self._requests += 1
        return send("POST", f"{self._base.rstrip('/')}/xrpc/{method}", headers, body, named=self._base)


def secret_names(settings: BlueskySettings) -> tuple[str, str]:
    """The names of the secrets a source uses: the account's handle, and an app password of it."""
    handle, password = (
        secret_name(settings.credentials, "EARFUL_BLUESKY", name) for name in ("HANDLE", "APP_PASSWORD")
    )
    return handle, password


def _tokens(answer: Answer) -> _Tokens:
    value = json_of(accepted(answer))
    access, refresh = (value.get(name) if isinstance(value, dict) else None for name in ("accessJwt", "refreshJwt"))
    if not (isinstance(access, str) and isinstance(refresh, str) and (access + refresh).isprintable()):
        raise SourceIll(
            _("Bluesky answered the login without a token; is base_url right?"), reason=MissedReason.UNREADABLE
        )
    return _Tokens(access, refresh)


def _error(answer: Answer) -> str:
    """What the answer says is wrong, in a word."""
    try:
        value = json.loads(answer.body)
    except ValueError:
        return f"HTTP {answer.status}"
    said = value.get("error") if isinstance(value, dict) else None
    return excerpt(storable(said)) if isinstance(said, str) else f"HTTP {answer.status}"


# -------------------------------------------------------------------------------------------------------- re-checking


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at posts, 25 at a time.

    Raises:
        SourceIll, SourceRefused: as `connectors.lookup.look_up`; bad or missing credentials.
    """
    session = _Session(ask)
    session.log_in()
    yield from look_up([each for each in ids if _URI.fullmatch(each)], LOOK_UP, lambda some: _held(session, some))


def _held(session: _Session, uris: Sequence[str]) -> Held:
    value, requests = session.get("app.bsky.feed.getPosts", {"uris": list(uris)})
    return Held({name_of(post, "uri"): post for post in _posts(value)}, requests)


# ----------------------------------------------------------------------------------------------------------- parsing


def parse(page: Page) -> Parsed:
    """Mentions of the posts. Those that Bluesky withholds lose text and author."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(value: Any) -> FoundMention:
    post = record(value)
    uri = id_of(post, "uri")
    parts = _URI.fullmatch(uri)
    if parts is None:
        raise SkipRecord(_("it is no post of Bluesky"))
    if _labels(post) & _WITHHELD:
        return FoundMention(uri, "", published_at=_time(post), state=SourceState.DELETED)
    said, author = inner(post, "record"), inner(post, "author")
    text = text_of(said, "text")
    if not text:
        raise SkipRecord(_("the post has no text"))
    root, parent = (inner(inner(said, "reply"), name).get("uri") for name in ("root", "parent"))
    return FoundMention(
        external_id=uri,
        text=text,
        kind=MentionKind.COMMENT if parent else MentionKind.POST,
        url=f"https://bsky.app/profile/{parts[1]}/post/{parts[2]}",
        author=_author(author),
        published_at=_time(post),
        reach=sum(number_of(post, f"{name}Count") or 0 for name in ("like", "repost", "quote")),
        language=_language(said),
        thread_id=storable(root) if isinstance(root, str) else uri,
        parent_id=storable(parent) if isinstance(parent, str) else None,
    )


def _labels(post: Record) -> set[str]:
    """The labels that stand on a post, without those that were taken back."""
    labels = post.get("labels")
    known = [each for each in labels if isinstance(each, dict)] if isinstance(labels, list) else []
    return {str(each.get("val")) for each in known if not each.get("neg")}


def _author(author: Record) -> str | None:
    """The handle, else the account's lasting id: a handle that no longer leads anywhere says nothing."""
    handle = text_of(author, "handle")
    return handle if handle and handle != "handle.invalid" else text_of(author, "did") or None


def _language(said: Record) -> str | None:
    languages = said.get("langs")
    only = languages[0] if isinstance(languages, list) and len(languages) == 1 else None
    return storable(only) if isinstance(only, str) else None


def _time(post: Record) -> datetime | None:
    """When it was written, as its author's program says, and at the latest when Bluesky first saw it."""
    times = [time_of(inner(post, "record"), "createdAt"), time_of(post, "indexedAt")]
    return min((each for each in times if each), default=None) if times[0] else None


def _seconds(post: Any) -> float | None:
    times = [seconds_of(inner(post, "record"), "createdAt"), seconds_of(post, "indexedAt")]
    return min((each for each in times if each is not None), default=None)


CONNECTOR = Connector(
    name="bluesky",
    settings=BlueskySettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    secrets=("EARFUL_BLUESKY_HANDLE", "EARFUL_BLUESKY_APP_PASSWORD"),
    facts=Facts(
        reads="posts and replies on Bluesky that match the query",
        credentials="a Bluesky account's handle and an app password of it, made in a minute under Settings",
        terms="public posts under Bluesky's terms; what was deleted there must be deleted here: keep the re-check "
        "running, and ask authors before you quote them",
        completeness="what Bluesky's search has indexed and shows this account; posts of accounts that block it are "
        "missing. The re-check notices deletions of open cases",
    ),
)
