"""Reads Mastodon: the public timelines of hashtags, as one server knows them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import AfterValidator, Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import id_of, inner, name_of, number_of, record, seconds_of, text_of, time_of
from connectors.http import Answer, get_json
from connectors.lookup import Held, look_up
from connectors.markup import plain_text, web_address
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.errors import SkipRecord, SourceError, SourceIll
from earful.secrets import secret_name
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.values import FoundMention, MentionKind, MissedReason, SourceState

PAGE = 40  # posts a server gives at most for one request


def _tag(name: str) -> str:
    plain = name.strip().lstrip("#")
    if not re.fullmatch(r"\w{1,100}", plain):
        raise ValueError(f'"{name}" is no hashtag; write one word, as in "fjordair"')
    return plain


class MastodonSettings(SourceSettings):
    """Mastodon."""

    tags: tuple[Annotated[str, AfterValidator(_tag)], ...] = Field(min_length=1, description="hashtags to read")
    base_url: str = Field("https://mastodon.social", description="the server whose view of the network is read")
    overlap: Duration = Field(parse_duration("1d"), description="how much is read again each time, for edited items")
    max_requests: int = Field(25, ge=1, le=500, description="at most so many requests a run for each hashtag")


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the timeline of each hashtag, newest first.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`.
    """
    settings: MastodonSettings = ask.source
    streams = [_stream(ask, settings, tag) for tag in settings.tags]
    look = Look(lambda status: name_of(status, "uri"), lambda status: seconds_of(status, "created_at"))
    yield from read_newest_first(ask, streams, look, overlap=settings.overlap, max_requests=settings.max_requests)


def _stream(ask: Ask, settings: MastodonSettings, tag: str) -> Stream:
    url = f"{settings.base_url.rstrip('/')}/api/v1/timelines/tag/{quote(tag)}"
    headers = _headers(ask)

    def read(before: str | None) -> Batch:
        params: dict[str, str | int] = {"limit": PAGE} | ({"max_id": before} if before else {})
        value, answer = get_json(url, params, headers=headers, named=settings.base_url)
        if not isinstance(value, list):
            raise SourceIll(
                _(
                    "%(host)s answered #%(tag)s in a shape we don't know; is it a Mastodon server?",
                    host=settings.base_url,
                    tag=tag,
                ),
                reason=MissedReason.UNREADABLE,
            )
        return Batch(value, _before(value, answer), answer.requests)

    return Stream(f"#{tag}", read)


def _before(statuses: list[Any], answer: Answer) -> str | None:
    """Where the next page begins: as the Link header says, or behind the last post of a full page."""
    for address, kind in re.findall(r'<([^>]*)>\s*;\s*rel="?(\w+)', answer.headers.get("link", "")):
        if kind == "next":
            return next(iter(parse_qs(urlsplit(address).query).get("max_id", [])), None)
    full = len(statuses) >= PAGE and isinstance(statuses[-1], dict)
    return str(statuses[-1].get("id") or "") or None if full else None


# -------------------------------------------------------------------------------------------------------- re-checking

_OWN = re.compile(r"(https?://[^/]+)/(?:users/[^/]+|ap/users/\d+)/statuses/(\d+)")


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at posts, each at the server it was written on: its word counts, and it needs no account.

    Posts of servers other than Mastodon, and of those that don't answer, stay as they are.

    Raises:
        SourceIll, SourceRefused: the settings' own server can't be read.
    """
    silent: set[str] = set()
    yield from look_up(ids, 1, lambda some: _held(ask, some[0], silent))


def _held(ask: Ask, uri: str, silent: set[str]) -> Held:
    base = ask.source.base_url.rstrip("/")
    place = _OWN.fullmatch(uri)
    if place is None or place[1] in silent:
        return Held({}, 0, unsaid=[uri])
    try:
        return _asked(place[1], place[2], uri, _headers(ask) if place[1] == base else {}, named=base)
    except SourceError:
        if place[1] == base:
            raise
        silent.add(place[1])
        return Held({}, 0, unsaid=[uri])


def _asked(server: str, number: str, uri: str, headers: Mapping[str, str], named: str) -> Held:
    url = f"{server}/api/v1/statuses/{number}"
    value, answer = get_json(url, headers=headers, named=named, also=frozenset({404, 410}))
    if answer.status in {404, 410} and isinstance(value, dict) and "error" in value:
        return Held({}, answer.requests)
    if not isinstance(value, dict) or value.get("uri") != uri:
        raise SourceIll(
            _("%(host)s answered with something else than the post it was asked for", host=server),
            reason=MissedReason.UNREADABLE,
        )
    return Held({uri: value}, answer.requests)


def _headers(ask: Ask) -> dict[str, str]:
    token = ask.secrets.get(secret_name(ask.source.credentials, "EARFUL_MASTODON", "TOKEN"))
    return {"authorization": f"Bearer {token}"} if token else {}


def parse(page: Page) -> Parsed:
    """Mentions of the posts, as plain text."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(value: Any) -> FoundMention:
    status = record(value)
    account = inner(status, "account")
    text, title = plain_text(text_of(status, "content")), plain_text(text_of(status, "spoiler_text"))
    if not (text or title):
        raise SkipRecord(_("the post has no text"))
    return FoundMention(
        external_id=id_of(status, "uri"),
        text=text,
        title=title,
        kind=MentionKind.COMMENT if status.get("in_reply_to_id") else MentionKind.POST,
        url=web_address(text_of(status, "url")),
        author=text_of(account, "acct") or None,
        published_at=time_of(status, "created_at"),
        reach=(number_of(status, "favourites_count") or 0) + (number_of(status, "reblogs_count") or 0),
        language=text_of(status, "language") or None,
        state=SourceState.EDITED if status.get("edited_at") else SourceState.LIVE,
    )


CONNECTOR = Connector(
    name="mastodon",
    settings=MastodonSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    facts=Facts(
        reads="public posts with the hashtags you name",
        credentials="none for most servers; EARFUL_MASTODON_TOKEN where a server shows its timelines to members only",
        terms="each server has its own rules: read them; authors expect to be asked before they are quoted",
        completeness="what this one server has seen of a hashtag; posts without the hashtag are not found. The "
        "re-check notices edits and deletions of open cases, where a post's own server runs Mastodon and answers",
    ),
)
