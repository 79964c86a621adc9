"""Reads customer reviews of an app from Apple's App Store, storefront by storefront."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import inner, name_of, record, seconds_of, text_of, time_of
from connectors.http import get_json
from connectors.markup import plain_text, web_address
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.errors import SkipRecord, SourceIll
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.values import FoundMention, MentionKind, MissedReason

PAGES = 10  # the feed ends there, whatever there is
PER_PAGE = 50


def _country(code: str) -> str:
    if not re.fullmatch("[a-z]{2}", code.strip().lower()):
        raise ValueError(f'"{code}" is no storefront; write a country in two letters, as in "no"')
    return code.strip().lower()


class AppStoreSettings(SourceSettings):
    """App Store reviews."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: reviews of your app are about you; `query`: filter"
    )
    app_id: str = Field(pattern=r"^\d{5,12}$", description="the number in the app's address: …/id123456789")
    countries: tuple[Annotated[str, AfterValidator(_country)], ...] = Field(
        ("us",), min_length=1, description="storefronts to read, as two-letter countries"
    )
    base_url: str = Field("https://itunes.apple.com", description="where the feeds are")
    overlap: Duration = Field(parse_duration("3d"), description="how much is read again each time, for late items")


def fetch(ask: Ask) -> Iterator[Page]:
    """Read each storefront, newest first, ten pages at most.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`.
    """
    settings: AppStoreSettings = ask.source
    streams = [_stream(settings, country) for country in settings.countries]
    look = Look(lambda item: name_of(item["entry"], "id"), lambda item: seconds_of(_updated(item["entry"]), "label"))
    yield from read_newest_first(ask, streams, look, overlap=settings.overlap, max_requests=PAGES)


def _updated(entry: Any) -> Any:
    return inner(entry, "updated")


def _stream(settings: AppStoreSettings, country: str) -> Stream:
    def read(number: int | None) -> Batch:
        number = number or 1
        path = f"{country}/rss/customerreviews/page={number}/id={settings.app_id}/sortby=mostrecent/json"
        value, answer = get_json(f"{settings.base_url.rstrip('/')}/{path}", named=settings.base_url)
        feed = value.get("feed") if isinstance(value, dict) else None
        if not isinstance(feed, dict):
            raise SourceIll(
                _("the App Store answered for %(country)s in a shape we don't know", country=country),
                reason=MissedReason.UNREADABLE,
            )
        items = [{"country": country, "entry": entry} for entry in _entries(feed) if not _is_the_app(entry)]
        following = number + 1 if number < _last_page(feed) else None
        return Batch(items, following, answer.requests)

    return Stream(f"{settings.app_id} in {country}", read, cap=PAGES * PER_PAGE)


def _entries(feed: dict[str, Any]) -> list[Any]:
    """The entries: none, one by itself, or a list of them."""
    found = feed.get("entry")
    return found if isinstance(found, list) else [] if found is None else [found]


def _is_the_app(entry: Any) -> bool:
    return isinstance(entry, dict) and "im:name" in entry and "im:rating" not in entry


def _last_page(feed: dict[str, Any]) -> int:
    """Which page the feed says is its last; all ten when it does not say, since single pages may be empty."""
    links = feed.get("link")
    for link in links if isinstance(links, list) else []:
        attributes = inner(link, "attributes")
        page = re.search(r"/page=(\d+)/", str(attributes.get("href")))
        if attributes.get("rel") == "last" and page:
            return min(int(page[1]), PAGES)
    return PAGES


def parse(page: Page) -> Parsed:
    """Mentions of the reviews."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(item: Any) -> FoundMention:
    entry = record(item["entry"])
    text, title = (plain_text(text_of(inner(entry, name), "label")) for name in ("content", "title"))
    rating = _rating(text_of(inner(entry, "im:rating"), "label"))
    external_id = text_of(inner(entry, "id"), "label")
    if not external_id.isdigit():
        raise SkipRecord(_("the review has no id"))
    return FoundMention(
        external_id=external_id,
        text=text,
        title=title,
        kind=MentionKind.REVIEW,
        url=web_address(text_of(inner(inner(entry, "link"), "attributes"), "href")),
        author=text_of(inner(inner(entry, "author"), "name"), "label") or None,
        published_at=time_of(_updated(entry), "label"),
        rating=rating,
        place=item["country"],
    )


def _rating(text: str) -> float:
    if text not in {"1", "2", "3", "4", "5"}:
        raise SkipRecord(_('the rating "%(text)s" is not 1 to 5 stars', text=text))
    return float(text)


CONNECTOR = Connector(
    name="appstore",
    settings=AppStoreSettings,
    fetch=fetch,
    parse=parse,
    facts=Facts(
        reads="customer reviews of one app in the App Store, for each storefront you name",
        credentials="none",
        terms="a public feed; the reviews belong to their authors, so ask before you publish one",
        completeness="the newest 500 reviews of each storefront, some hours late; ratings without words are not "
        "in it. Reviews can't be asked for by id, so a later deletion can't be noticed",
    ),
)
