"""Reads user reviews of a game or program on Steam."""

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import answer_of, id_of, inner, name_of, number_of, record, seconds_of, text_of, time_of
from connectors.http import get_json
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.errors import SkipRecord, SourceIll, SourceRefused
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.values import FoundMention, MentionKind, Missed, MissedReason, SourceState

PAGE = 100
_TAGS = re.compile(
    r"\[/?(?:b|i|u|h\d|list|olist|\*|url|quote|code|strike|spoiler|table|tr|td|th|noparse|hr)(?:=[^\]]*)?\]"
)
_LANGUAGES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "latam": "es", "italian": "it", "russian": "ru",
    "schinese": "zh", "tchinese": "zh", "japanese": "ja", "koreana": "ko", "polish": "pl", "portuguese": "pt",
    "brazilian": "pt", "turkish": "tr", "ukrainian": "uk", "norwegian": "no", "swedish": "sv", "danish": "da",
    "finnish": "fi", "dutch": "nl", "czech": "cs", "hungarian": "hu", "bulgarian": "bg", "indonesian": "id",
    "thai": "th", "romanian": "ro", "greek": "el", "vietnamese": "vi", "arabic": "ar",
}  # fmt: skip


class SteamSettings(SourceSettings):
    """Steam reviews."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: reviews of your app are about you; `query`: filter"
    )
    app_id: int = Field(ge=1, lt=2**32, description="the number in the store's address: …/app/123456")
    base_url: str = Field("https://api.steampowered.com", description="where the API is")
    overlap: Duration = Field(parse_duration("3d"), description="how much is read again each time, for late items")
    max_requests: int = Field(30, ge=1, le=1000, description="at most so many requests a run, a hundred reviews each")


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the reviews in all languages, newest first.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`.
    """
    settings: SteamSettings = ask.source
    look = Look(lambda item: name_of(item, "recommendationid"), lambda item: seconds_of(item, "timestamp_created"))
    streams = [Stream(f"app {settings.app_id}", _Reviews(settings).read)]
    yield from read_newest_first(ask, streams, look, overlap=settings.overlap, max_requests=settings.max_requests)


class _Reviews:
    """The reviews of one app, and how many there should be: its pages end early at busy times, without a word."""

    def __init__(self, settings: SteamSettings) -> None:
        self._settings = settings
        self._total: int | None = None
        self._count = 0

    def read(self, cursor: str | None) -> Batch:
        """The page at a cursor."""
        asked = {
            "appid": self._settings.app_id, "cursor": cursor or "*", "filter": 1, "languages": ["all"],
            "review_type": 0, "purchase_type": 1, "num_per_page": PAGE, "filter_offtopic_activity": False,
        }  # fmt: skip
        url = self._settings.base_url.rstrip("/") + "/IUserReviewsService/GetAppReviews/v1/"
        value, answer = get_json(url, {"input_json": json.dumps(asked)}, named=self._settings.base_url)
        response = value.get("response") if isinstance(value, dict) else None
        reviews = self._checked(response)
        self._count += len(reviews)
        following = inner(value, "response").get("cursor") if reviews else None
        return Batch(reviews, following, answer.requests, () if reviews else self._short())

    def _checked(self, response: Any) -> list[Any]:
        if response == {}:
            raise SourceRefused(
                _("Steam knows no app %(app)s; see the number in the store's address", app=self._settings.app_id)
            )
        if not isinstance(response, dict) or not ({"reviews", "query_summary"} & response.keys()):
            raise SourceIll(_("%(who)s answered in a shape we don't know", who="Steam"), reason=MissedReason.UNREADABLE)
        reviews = response.get("reviews") or []
        if not isinstance(reviews, list):
            raise SourceIll(
                _("Steam answered in a shape we don't know (no list of reviews)"), reason=MissedReason.UNREADABLE
            )
        if self._total is None:
            self._total = number_of(response, "total_matching")
        return reviews

    def _short(self) -> tuple[Missed, ...]:
        if self._total is None or self._count >= self._total * 0.98 - 2:
            return ()
        said = _(
            "Steam said it has %(total)s reviews and stopped after %(count)s; the next run asks again",
            total=self._total,
            count=self._count,
        )
        return (Missed(MissedReason.EMPTY, said),)


def parse(page: Page) -> Parsed:
    """Mentions of the reviews. Steam knows no stars: thumbs up or down become the title, as its own pages show them."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(value: Any) -> FoundMention:
    review = record(value)
    external_id = id_of(review, "recommendationid")
    text = _TAGS.sub("", text_of(review, "review")).strip()
    if not text:
        raise SkipRecord(_("the review has no text"))
    created, updated = time_of(review, "timestamp_created"), time_of(review, "timestamp_updated")
    thumb = review.get("voted_up")
    return FoundMention(
        external_id=external_id,
        text=text,
        title="" if not isinstance(thumb, bool) else "Recommended" if thumb else "Not recommended",
        kind=MentionKind.REVIEW,
        author=text_of(inner(review, "author"), "steamid") or None,
        published_at=created,
        reach=number_of(review, "votes_up"),
        answer=answer_of(review, "developer_response", "timestamp_dev_responded"),
        language=_LANGUAGES.get(text_of(review, "language")),
        state=SourceState.EDITED if created and updated and updated > created else SourceState.LIVE,
    )


CONNECTOR = Connector(
    name="steam",
    settings=SteamSettings,
    fetch=fetch,
    parse=parse,
    facts=Facts(
        reads="user reviews of one app on Steam, in all languages",
        credentials="none",
        terms="public reviews under the Steam Web API terms; they belong to their authors: ask before you publish one",
        completeness="all public reviews, newest first; at busy times Steam ends a list early, and the run says so. "
        "Reviews can't be asked for by id, so a later deletion can't be noticed",
    ),
)
