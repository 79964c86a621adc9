"""Reads all customer reviews of your own app through the App Store Connect API."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

from pydantic import Field

from connectors.api import Api, Got, look_again
from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import answer_of, id_of, inner, name_of, record, seconds_of, stars_of, text_of, time_of
from connectors.paging import Batch, Look, Stream, read_newest_first
from connectors.tokens import Token, Tokens, key_text, signer
from earful.clock import now
from earful.errors import SkipRecord, SourceIll
from earful.secrets import secret_name
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.values import FoundMention, MentionKind, Missed, MissedReason

_WITH: dict[str, str | int] = {"include": "response"}  # what the developer answered
PAGE = 200  # reviews Apple gives at most for one request
LIFE = timedelta(minutes=15)  # of a token; Apple takes none that lives for more than twenty
AUDIENCE = "appstoreconnect-v1"


class AppStoreConnectSettings(SourceSettings):
    """App Store Connect reviews."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: reviews of your app are about you; `query`: filter"
    )
    app_id: str = Field(pattern=r"^\d{5,12}$", description="the number in the app's address: …/id123456789")
    issuer_id: str | None = Field(
        None, pattern=r"^[0-9a-fA-F-]{36}$", description="who issues the key; left out for a key of a single person"
    )
    key_id: str = Field(pattern=r"^[A-Z0-9]{8,20}$", description="which key it is; it stands in the key file's name")
    key_file: Path | None = Field(
        None, description="the key (.p8), relative to this file; else EARFUL_APPSTORECONNECT_KEY holds it"
    )
    base_url: str = Field("https://api.appstoreconnect.apple.com", description="where the API is")
    overlap: Duration = Field(parse_duration("3d"), description="how much is read again each time, for late reviews")
    max_requests: int = Field(100, ge=1, le=1000, description="at most so many requests a run, 200 reviews each")


def _api(ask: Ask) -> Api:
    settings: AppStoreConnectSettings = ask.source
    given = key_text(ask, settings.key_file, secret_name(ask.source.credentials, "EARFUL_APPSTORECONNECT", "KEY"))
    sign = signer(given.text, "ES256", given.place)

    def grant() -> Token:
        at, until = now(), now() + LIFE
        who = {"iss": settings.issuer_id} if settings.issuer_id else {"sub": "user"}
        claims = {**who, "iat": int(at.timestamp()), "exp": int(until.timestamp()), "aud": AUDIENCE}
        return Token(sign(claims, {"kid": settings.key_id}), until, requests=0)

    remedy = _(
        "see issuer_id, key_id, app_id and %(place)s; the key's role must include customer reviews", place=given.place
    )
    return Api(settings.base_url, Tokens(grant), remedy)


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the reviews of all storefronts, newest first.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`.
        ConfigError: the key is missing or no key.
    """
    settings: AppStoreConnectSettings = ask.source
    api = _api(ask)
    look = Look(lambda item: name_of(item, "id"), lambda item: seconds_of(inner(item, "attributes"), "createdDate"))
    streams = [Stream(settings.app_id, lambda cursor: _read(api, settings, cursor))]
    yield from read_newest_first(ask, streams, look, overlap=settings.overlap, max_requests=settings.max_requests)


def _read(api: Api, settings: AppStoreConnectSettings, asked: dict[str, str] | None) -> Batch:
    got = api.get(
        f"v1/apps/{settings.app_id}/customerReviews", asked or {"sort": "-createdDate", "limit": PAGE, **_WITH}
    )
    reviews = got.value.get("data") if isinstance(got.value, dict) else None
    if not isinstance(reviews, list):
        raise SourceIll(
            _("%(who)s answered in a shape we don't know", who="App Store Connect"), reason=MissedReason.UNREADABLE
        )
    reviews = _answered(reviews, got.value)
    link = inner(got.value, "links").get("next")
    if not isinstance(link, str) or not link:
        return Batch(reviews, None, got.requests)
    if not _is_ours(link, settings.base_url):
        said = _("App Store Connect's next page is on another host, where our token has no business; it was not read")
        return Batch(reviews, None, got.requests, (Missed(MissedReason.BLOCKED, said),))
    return Batch(reviews, dict(parse_qsl(urlsplit(link).query)), got.requests)


def _answered(reviews: Sequence[Any], value: Any) -> list[Any]:
    """The reviews, each with the response that came along for it."""
    included = value.get("included") if isinstance(value, dict) else None
    known = included if isinstance(included, list) else []
    responses = {name_of(each, "id"): each for each in known if isinstance(each, dict)}

    def response(review: Any) -> Any:
        return responses.get(name_of(inner(inner(inner(review, "relationships"), "response"), "data"), "id"))

    return [{**each, "response": found} if (found := response(each)) else each for each in reviews]


def _is_ours(link: str, base_url: str) -> bool:
    """Whether a link leads to where we ask: of it only the parameters are used, the address stays ours."""
    return urlsplit(urljoin(base_url, link))[:2] == urlsplit(base_url)[:2]


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at reviews by their ids.

    Raises:
        SourceIll, SourceRefused: as `connectors.api.look_again`.
        ConfigError: the key is missing or no key.
    """
    api = _api(ask)

    def look_up(name: str) -> Got:
        got = api.look_up(f"v1/customerReviews/{quote(name, safe='')}", _WITH)
        return got if got.value is None else Got(_answered([inner(got.value, "data")], got.value)[0], got.requests)

    yield from look_again(ids, look_up, ask.source.max_requests)


def parse(page: Page) -> Parsed:
    """Mentions of the reviews. The developer's response stands beside them."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(value: Any) -> FoundMention:
    review = record(value)
    external_id, said = id_of(review, "id"), inner(review, "attributes")
    title, text = text_of(said, "title"), text_of(said, "body")
    if not (title or text):
        raise SkipRecord(_("the review has neither a title nor a text"))
    return FoundMention(
        external_id=external_id,
        text=text,
        title=title,
        kind=MentionKind.REVIEW,
        author=text_of(said, "reviewerNickname") or None,
        published_at=time_of(said, "createdDate"),
        rating=stars_of(said, "rating"),
        place=text_of(said, "territory") or None,
        answer=answer_of(inner(inner(review, "response"), "attributes"), "responseBody", "lastModifiedDate"),
    )


CONNECTOR = Connector(
    name="appstoreconnect",
    settings=AppStoreConnectSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    secrets=("EARFUL_APPSTORECONNECT_KEY",),
    facts=Facts(
        reads="customer reviews of your own app in the App Store, all storefronts at once",
        credentials="an App Store Connect API key (.p8), its id, and the issuer id",
        terms="Apple's developer agreement: only apps of your own; a review belongs to its author, so ask before you "
        "publish one",
        completeness="all reviews, 200 a request up to max_requests; a changed review gets a new date and updates its "
        "mention; deletions of those with an open case. Ratings without words are not in it",
    ),
)
