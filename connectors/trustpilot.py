"""Reads the reviews of one business on Trustpilot through its public API."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self
from urllib.parse import quote

from pydantic import Field, model_validator

from connectors.api import Api, Got, look_again
from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import (
    answer_of,
    id_of,
    inner,
    name_of,
    number_of,
    record,
    seconds_of,
    stars_of,
    text_of,
    time_of,
)
from connectors.paging import Batch, Look, Stream, read_newest_first
from connectors.tokens import FixedKey
from earful.errors import SkipRecord, SourceIll
from earful.secrets import secret_name
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.values import FoundMention, MentionKind, MissedReason, SourceState

PAGE = 100  # reviews Trustpilot gives at most for one request
SITE = "https://www.trustpilot.com"
_UNIT = r"^[0-9a-f]{24}$"


class TrustpilotSettings(SourceSettings):
    """Trustpilot reviews."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: reviews of your business are about you; `query`: filter"
    )
    domain: str | None = Field(
        None, pattern=r"^[A-Za-z0-9.-]{3,200}$", description="your website as Trustpilot knows it: example.com"
    )
    business_unit_id: str | None = Field(None, pattern=_UNIT, description="… or the id that Trustpilot gave it")
    language: str | None = Field(None, pattern=r"^[a-z]{2}$", description="only reviews in this language (ISO 639-1)")
    base_url: str = Field("https://api.trustpilot.com", description="where the API is")
    overlap: Duration = Field(parse_duration("14d"), description="how much is read again each time, for edited reviews")
    max_requests: int = Field(100, ge=1, le=2000, description="at most so many requests a run, a hundred reviews each")

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not (self.domain or self.business_unit_id):
            raise ValueError("name the business: domain, or business_unit_id")
        return self


def _api(ask: Ask) -> Api:
    settings: TrustpilotSettings = ask.source
    name = secret_name(ask.source.credentials, "EARFUL_TRUSTPILOT", "API_KEY")
    key = ask.secrets.require(name, _("Trustpilot's API asks for a key"))
    remedy = _(
        "see that %(name)s is the key of a plan with API access, and domain or business_unit_id are right", name=name
    )
    return Api(settings.base_url, FixedKey("apikey", key), remedy)


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the reviews of the business, newest first.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`.
        ConfigError: there is no key.
    """
    settings: TrustpilotSettings = ask.source
    look = Look(lambda item: name_of(item, "id"), lambda item: seconds_of(item, "createdAt"))
    streams = [Stream(settings.domain or str(settings.business_unit_id), _Reviews(_api(ask), settings).read)]
    yield from read_newest_first(ask, streams, look, overlap=settings.overlap, max_requests=settings.max_requests)


class _Reviews:
    """The reviews of one business, whose id is looked up first when only its domain is known."""

    def __init__(self, api: Api, settings: TrustpilotSettings) -> None:
        self._api = api
        self._settings = settings
        self._unit = settings.business_unit_id

    def read(self, number: int | None) -> Batch:
        """The page of this number; the first when None."""
        number, searched = number or 1, 0
        if self._unit is None:
            self._unit, searched = self._found()
        params: dict[str, str | int] = {"page": number, "perPage": PAGE, "orderBy": "createdat.desc"}
        params |= {"language": self._settings.language} if self._settings.language else {}
        got = self._api.get(f"v1/business-units/{self._unit}/reviews", params)
        reviews = got.value.get("reviews") if isinstance(got.value, dict) else None
        if not isinstance(reviews, list):
            raise SourceIll(
                _("%(who)s answered in a shape we don't know", who="Trustpilot"), reason=MissedReason.UNREADABLE
            )
        return Batch(reviews, number + 1 if _goes_on(got.value, reviews) else None, got.requests + searched)

    def _found(self) -> tuple[str, int]:
        got = self._api.get("v1/business-units/find", {"name": str(self._settings.domain)})
        unit = got.value.get("id") if isinstance(got.value, dict) else None
        if not isinstance(unit, str) or not unit.isalnum():
            raise SourceIll(
                _("Trustpilot answered the search for the business in a shape we don't know"),
                reason=MissedReason.UNREADABLE,
            )
        return unit, got.requests


def _goes_on(value: dict[str, Any], reviews: list[Any]) -> bool:
    """Whether there is another page: this one is full, or Trustpilot names the next."""
    links = value.get("links")
    named = any(isinstance(link, dict) and link.get("rel") == "next-page" for link in _list(links))
    return bool(reviews) and (named or len(reviews) >= PAGE)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at reviews by their ids.

    Raises:
        SourceIll, SourceRefused: as `connectors.api.look_again`.
        ConfigError: there is no key.
    """
    api = _api(ask)

    def look_up(name: str) -> Got:
        return api.look_up(f"v1/reviews/{quote(name, safe='')}")

    yield from look_again(ids, look_up, ask.source.max_requests)


def parse(page: Page) -> Parsed:
    """Mentions of the reviews. The company's reply stands beside them."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(value: Any) -> FoundMention:
    review = record(value)
    external_id = id_of(review, "id")
    created, updated = time_of(review, "createdAt"), time_of(review, "updatedAt")
    rating, text, title = stars_of(review, "stars"), text_of(review, "text"), text_of(review, "title")
    if not (text or title):
        raise SkipRecord(_("the review has neither a title nor a text"))
    return FoundMention(
        external_id=external_id,
        text=text,
        title=title,
        kind=MentionKind.REVIEW,
        url=f"{SITE}/reviews/{quote(external_id, safe='')}",
        author=text_of(inner(review, "consumer"), "displayName") or None,
        published_at=created,
        rating=rating,
        reach=number_of(review, "numberOfLikes"),
        language=text_of(review, "language") or None,
        place=text_of(inner(review, "location"), "name") or None,
        answer=answer_of(inner(review, "companyReply"), "text", "createdAt"),
        state=SourceState.EDITED if created and updated and updated > created else SourceState.LIVE,
    )


CONNECTOR = Connector(
    name="trustpilot",
    settings=TrustpilotSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    secrets=("EARFUL_TRUSTPILOT_API_KEY",),
    facts=Facts(
        reads="reviews of one business on Trustpilot, in all languages",
        credentials="an API key; it comes with a Trustpilot plan that includes the API",
        terms="Trustpilot's API terms and brand guidelines: name Trustpilot and link back where you show a review, "
        "keep none that was deleted there, and ask its author before you publish one",
        completeness="all public reviews, a hundred a request up to max_requests; edits within `overlap`; edits and "
        "deletions of those with an open case",
    ),
)
