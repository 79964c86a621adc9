"""Reads feeds: RSS, Atom, RDF and JSON Feed, as blogs, news sites, forums and search alerts offer them."""

import calendar
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from pydantic import Field, TypeAdapter

from connectors.addresses import shown
from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.dates import parse_when
from connectors.http import Answer, get, refuse_html
from connectors.markup import plain_text, web_address
from earful.clock import from_epoch, now, parse_iso
from earful.errors import SkipRecord, SourceIll, SourceRefused
from earful.settings import SourceSettings
from earful.speech import _
from earful.text import digest, storable
from earful.values import Cursor, FoundMention, MentionKind, Missed, MissedReason

REREAD_AFTER = timedelta(days=7)  # some servers answer "not modified" for ever: now and then we don't ask
REMEMBERED = 200  # entries whose ids tell the next read whether it overlaps with this one


class RssSettings(SourceSettings):
    """A feed."""

    url: str = Field(min_length=1, description="the feed's address (RSS, Atom or JSON Feed), https://…")
    kind: MentionKind = Field(MentionKind.ARTICLE, description="what its entries are: article, post, review, …")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of any kind of feed, with the markup it came with."""

    guid: str = ""
    link: str = ""
    title: str = ""
    content: str = ""
    author: str = ""
    published: datetime | None = None
    external_id: str = ""  #: given by `identified`


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it was read."""

    entries: Sequence[Entry]
    language: str | None = None
    note: str = ""  #: what is wrong with it, when it is usable all the same


@dataclass(frozen=True, slots=True)
class Entries:
    """What a page holds."""

    entries: Sequence[Entry] = ()
    language: str | None = None
    kind: MentionKind = MentionKind.ARTICLE


# ---------------------------------------------------------------------------------------------------------- fetching


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the feed once; one page. The cursor holds its validators and the ids that stood in it.

    Raises:
        SourceIll, SourceRefused: as `connectors.http.get`; and when what came is no feed.
    """
    settings: RssSettings = ask.source
    cursor = ask.cursor if ask.cursor.get("url") == settings.url else {}
    answer = get(settings.url, headers=_validators(ask, cursor), named=settings.url)
    if answer.status == 304:
        yield _nothing_new(cursor, answer)
        return
    feed = read_feed(answer)
    entries, shared = identified(feed.entries, cursor.get("shared", ()))
    missed = _missed(answer, entries, cursor.get("ids", ()))
    yield Page(
        Entries(entries, feed.language, settings.kind),
        requests=answer.requests,
        cursor=_cursor(settings.url, answer, entries, shared),
        missed=missed,
        notes=(feed.note,) if feed.note else (),
    )


def _validators(ask: Ask, cursor: Cursor) -> dict[str, str]:
    """What makes the server say "not modified"; nothing when it is time to look for ourselves."""
    if ask.since or not cursor.get("read_at") or now() - parse_iso(cursor["read_at"]) > REREAD_AFTER:
        return {}
    named = {"if-none-match": cursor.get("etag"), "if-modified-since": cursor.get("last_modified")}
    return {name: value for name, value in named.items() if value}


def _nothing_new(cursor: Cursor, answer: Answer) -> Page:
    if not cursor:
        raise SourceIll(_('%(address)s answered "not modified" to a first request', address=shown(answer.url)))
    return Page(
        Entries(), requests=answer.requests, cursor=cursor, notes=(_("the feed is unchanged since the last read"),)
    )


def _cursor(url: str, answer: Answer, entries: Sequence[Entry], shared: Sequence[str]) -> Cursor:
    whole = _is_whole(answer.body)
    return {
        "url": url,
        "etag": answer.headers.get("etag") if whole else None,
        "last_modified": answer.headers.get("last-modified") if whole else None,
        "read_at": now().isoformat(),
        "ids": [digest(entry.external_id)[:12] for entry in entries[:REMEMBERED]],
        "shared": list(shared)[:REMEMBERED],
    }


def _missed(answer: Answer, entries: Sequence[Entry], before: Sequence[str]) -> tuple[Missed, ...]:
    missed = []
    if not _is_whole(answer.body):
        missed.append(
            Missed(MissedReason.UNREADABLE, _("the feed breaks off; the entries behind the break are not read"))
        )
    if before and not entries:
        missed.append(
            Missed(MissedReason.EMPTY, _("the feed has no entries, the last time it had %(count)s", count=len(before)))
        )
    elif before and not {digest(entry.external_id)[:12] for entry in entries} & set(before):
        said = _("none of its %(count)s entries was there the last time; read it more often", count=len(entries))
        missed.append(Missed(MissedReason.GAP, said))
    return tuple(missed)


def _is_whole(body: bytes) -> bool:
    end = body[-4000:].rstrip()
    return end.endswith(b"}") or bool(re.search(rb"</\s*(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", end, re.IGNORECASE))


# ----------------------------------------------------------------------------------------------------------- reading


def read_feed(answer: Answer) -> Feed:
    """The entries of an answer.

    Raises:
        SourceRefused: it is no feed.
        SourceIll: it is empty, or broken before its first entry.
    """
    refuse_html(answer, _("a feed"))
    if answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return _json_feed(answer)
    return _xml_feed(answer)


def _json_feed(answer: Answer) -> Feed:
    try:
        value = json.loads(answer.body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise SourceIll(
            _("%(address)s is broken JSON: %(why)s", address=shown(answer.url), why=error),
            reason=MissedReason.UNREADABLE,
        ) from None
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(items, list) or not str(value.get("version", "")).startswith("https://jsonfeed.org/"):
        raise SourceRefused(
            _(
                "%(address)s is JSON, but not a feed; look for the address of its RSS or JSON Feed",
                address=shown(answer.url),
            )
        )
    entries = [_json_entry(item, answer.url) for item in items if isinstance(item, dict)]
    return Feed(entries, _language(value.get("language")))


def _json_entry(item: Mapping[str, Any], base: str) -> Entry:
    authors = item.get("authors") or [item.get("author")]
    first = authors[0] if isinstance(authors, list) and authors else None
    text = _text(item.get("content_html")) or _escaped(_text(item.get("content_text"))) or _text(item.get("summary"))
    return Entry(
        guid=_text(item.get("id")),
        link=_joined(base, _text(item.get("url")) or _text(item.get("external_url"))),
        title=_escaped(_text(item.get("title"))),
        content=text,
        author=_text(first.get("name")) if isinstance(first, dict) else "",
        published=_when(_text(item.get("date_published")) or _text(item.get("date_modified"))),
    )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _when(text: str) -> datetime | None:
    """The time when it is one; an undated entry is better than an invented date."""
    try:
        return parse_when(text) if text else None
    except ValueError:
        return None


def _xml_feed(answer: Answer) -> Feed:
    import feedparser

    kind = {"content-type": answer.headers.get("content-type", "application/xml")}
    found = feedparser.parse(
        io.BytesIO(answer.body), response_headers=kind, sanitize_html=False, resolve_relative_uris=False
    )
    if not found.get("version") and not found.entries:
        raise SourceRefused(
            _("%(address)s is not a feed (no RSS, Atom or JSON Feed in it)", address=shown(answer.url)),
            reason=MissedReason.UNREADABLE,
        )
    note = _note(found)
    if note and not found.entries:
        what = _("%(why)s; nothing in it could be read", why=_problem(found))
        raise SourceIll(
            _(
                "%(address)s is a broken feed (%(what)s); try later, or tell the site's owner",
                address=shown(answer.url),
                what=what,
            ),
            reason=MissedReason.UNREADABLE,
        )
    entries = [_xml_entry(entry, answer.url) for entry in found.entries]
    return Feed(entries, _language(found.feed.get("language")), note)


def _note(found: Any) -> str:
    if not found.get("bozo"):
        return ""
    if type(found.get("bozo_exception")).__name__ in {"CharacterEncodingOverride", "NonXMLContentType"}:
        return ""  # a wrong label on a sound feed
    return _("the feed is not well formed (%(why)s); the entries that could be read are kept", why=_problem(found))


def _problem(found: Any) -> str:
    return str(found.get("bozo_exception")).replace("<unknown>:", "line ", 1)


def _xml_entry(entry: Any, base: str) -> Entry:
    def own(name: str) -> Any:
        return dict.get(entry, name)  # its own lookup fills one date in for another

    contents = own("content") or []
    longest = max((_text(each.get("value")) for each in contents), key=len, default="")
    return Entry(
        guid=_text(own("id")),
        link=_joined(base, _text(own("link"))),
        title=_text(own("title")),
        content=longest or _text(own("summary")),
        author=_text(own("author")),
        published=_stamp(own("published"), own("published_parsed")) or _stamp(own("updated"), own("updated_parsed")),
    )


def _stamp(written: Any, parsed: Any) -> datetime | None:
    """A time as the feed's parser read it, if the text really names its year: the parser fills gaps with today's."""
    if parsed is None:
        return None
    short = rf"\d[ -][A-Za-z]{{3}}[ -]{parsed.tm_year % 100:02d}\b"
    if not re.search(rf"{parsed.tm_year:04d}|{short}", str(written)):
        return None
    return from_epoch(calendar.timegm(parsed))


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return ""


def _language(value: object) -> str | None:
    code = _text(value).lower().replace("_", "-")
    return code if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code) else None


def identified(entries: Sequence[Entry], shared: Sequence[str]) -> tuple[list[Entry], list[str]]:
    """Each entry with an id that stays: its guid, else its link, else its author, time and title.

    A guid or link that different entries share is none; it is remembered as such in the second list.
    """
    users: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        users.setdefault(entry.guid or entry.link, set()).add((entry.link, entry.title))
    found = {name for name, different in users.items() if len(different) > 1}
    useless = dict.fromkeys([*shared, *sorted(found)])
    return [replace(entry, external_id=_id(entry, useless)) for entry in entries], list(useless)


def _id(entry: Entry, useless: Mapping[str, None]) -> str:
    own = next((name for name in (entry.guid, entry.link) if name and name not in useless), "")
    if own:
        return storable(own)
    if not (entry.author or entry.published or entry.title):
        return ""
    when = entry.published.isoformat() if entry.published else None
    return "entry-" + digest(entry.author, when, entry.title, entry.link)


# ----------------------------------------------------------------------------------------------------------- parsing


def parse(page: Page) -> Parsed:
    """Mentions of the entries, as plain text."""
    feed: Entries = page.content
    return parse_each(
        feed.entries, lambda entry: _mention(entry, feed), where="feed", raw=lambda entry: _raw(entry, feed)
    )


def _raw(entry: Entry, feed: Entries) -> str:
    return _KEPT.dump_json(replace(feed, entries=[entry])).decode()


def again(_ask: Ask, raw: str) -> Page:
    """A page of the one entry whose text was kept.

    Raises:
        SkipRecord: it is none, or not whole.
    """
    try:
        return Page(_KEPT.validate_json(raw), requests=0)
    except ValueError:
        raise SkipRecord(_("what was kept of it is not whole; it has to come from its feed again")) from None


_KEPT = TypeAdapter(Entries)


def _mention(entry: Entry, feed: Entries) -> FoundMention:
    title, text = plain_text(entry.title), plain_text(entry.content)
    if not (title or text):
        raise SkipRecord(_("the entry has neither a title nor a text"))
    if not entry.external_id:
        raise SkipRecord(_("the entry has no id, link, author, time or title that tells it from others"))
    return FoundMention(
        external_id=entry.external_id,
        text=text,
        title=" ".join(title.split()),
        kind=feed.kind,
        url=web_address(entry.link) or web_address(entry.guid),
        author=plain_text(entry.author) or None,
        published_at=entry.published,
        language=feed.language,
    )


CONNECTOR = Connector(
    name="rss",
    settings=RssSettings,
    fetch=fetch,
    parse=parse,
    again=again,
    facts=Facts(
        reads="any RSS, Atom, RDF or JSON Feed: blogs, news, forums, search alerts",
        credentials="none",
        terms="feeds are published to be read; show excerpts with a link, and ask before you publish a text in full",
        completeness="what stands in the feed, usually its latest 10 to 100 entries; when no entry was there the last "
        "time, the run says that some may have been missed",
    ),
)
