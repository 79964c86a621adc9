"""Reads the Google reviews of your own locations through the Business Profile API."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from connectors.api import Api, Got, look_again
from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import answer_of, id_of, inner, name_of, number_of, record, seconds_of, text_of, time_of
from connectors.paging import Batch, Look, Stream, read_newest_first
from connectors.tokens import Token, Tokens, by_refresh_token
from earful.errors import SkipRecord, SourceIll
from earful.secrets import secret_name
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.values import FoundMention, MentionKind, Missed, MissedReason, SourceState

PAGE = 50  # reviews Google gives at most for one request
PREFIX = "EARFUL_GOOGLEBUSINESS"
SECRET_NAMES = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_KNOWN = frozenset({"reviews", "averageRating", "totalReviewCount", "nextPageToken"})
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"

Location = Annotated[str, StringConstraints(pattern=r"^accounts/(\d+|-)/locations/\d+$")]


class GoogleBusinessSettings(SourceSettings):
    """Google Business Profile reviews."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: reviews of your locations are about you; `query`: filter"
    )
    locations: dict[str, Location] = Field(
        min_length=1, description='your locations: a name of your own = "accounts/…/locations/…"'
    )
    base_url: str = Field("https://mybusiness.googleapis.com", description="where the API is")
    token_url: str = Field("https://oauth2.googleapis.com/token", description="where tokens are granted")
    overlap: Duration = Field(parse_duration("3d"), description="how much is read again each time, for late reviews")
    max_requests: int = Field(
        200, ge=1, le=2000, description="at most so many requests a run and location, fifty reviews each"
    )


def _api(ask: Ask) -> Api:
    settings: GoogleBusinessSettings = ask.source
    names = [secret_name(ask.source.credentials, PREFIX, name) for name in SECRET_NAMES]
    why = _("Google asks for the id and secret of an OAuth client, and a refresh token")
    client_id, client_secret, refresh_token = (ask.secrets.require(name, why) for name in names)
    remedy = _(
        "see %(client)s, %(secret)s and %(refresh)s: docs/connectors/googlebusiness.md",
        client=names[0],
        secret=names[1],
        refresh=names[2],
    )

    def grant() -> Token:
        again = _(
            "a refresh token of an OAuth app in testing ends after seven days, and a withdrawn one at once; %(remedy)s",
            remedy=remedy,
        )
        return by_refresh_token(settings.token_url, client_id, client_secret, refresh_token, again)

    return Api(settings.base_url, Tokens(grant), remedy)


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the reviews of each location, those that changed last first.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`.
        ConfigError: a secret is missing.
    """
    settings: GoogleBusinessSettings = ask.source
    api = _api(ask)
    streams = [Stream(place, _Reviews(api, place, name).read) for place, name in settings.locations.items()]
    look = Look(lambda item: name_of(item["review"], "name"), lambda item: seconds_of(item["review"], "updateTime"))
    yield from read_newest_first(ask, streams, look, overlap=settings.overlap, max_requests=settings.max_requests)


class _Reviews:
    """The reviews of one location, and how many there should be."""

    def __init__(self, api: Api, place: str, location: str) -> None:
        self._api = api
        self._place = place
        self._location = location
        self._total: int | None = None
        self._count = 0

    def read(self, token: str | None) -> Batch:
        """The page of this token; the first when None."""
        params: dict[str, str | int] = {"pageSize": PAGE, "orderBy": "updateTime desc"}
        got = self._api.get(f"v4/{self._location}/reviews", params | ({"pageToken": token} if token else {}))
        reviews = _checked(got.value)
        self._count += len(reviews)
        self._total = number_of(got.value, "totalReviewCount") if self._total is None else self._total
        following = text_of(got.value, "nextPageToken") or None
        items = [{"place": self._place, "review": review} for review in reviews]
        return Batch(items, following, got.requests, () if following else self._short())

    def _short(self) -> tuple[Missed, ...]:
        if self._total is None or self._count >= self._total * 0.98 - 2:
            return ()
        said = _(
            "%(name)s: Google has %(total)s reviews and gave %(count)s; the next run asks again",
            name=self._place,
            total=self._total,
            count=self._count,
        )
        return (Missed(MissedReason.EMPTY, said),)


def _checked(value: Any) -> list[Any]:
    """The reviews in an answer; Google leaves out what is empty, so `{}` means none."""
    reviews = value.get("reviews", []) if isinstance(value, dict) and value.keys() <= _KNOWN else None
    if not isinstance(reviews, list) or not isinstance(value.get("nextPageToken", ""), str):
        raise SourceIll(_("%(who)s answered in a shape we don't know", who="Google"), reason=MissedReason.UNREADABLE)
    return reviews


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at reviews by their ids; those of a location that is no longer in the settings are left out.

    Raises:
        SourceIll, SourceRefused: as `connectors.api.look_again`.
        ConfigError: a secret is missing.
    """
    settings: GoogleBusinessSettings = ask.source
    api = _api(ask)
    places = {_own_id(name): (place, name) for place, name in settings.locations.items()}

    def look_up(name: str) -> Got:
        location, _, review = name.partition("/reviews/")
        place, parent = places[location]
        got = api.look_up(f"v4/{parent}/reviews/{review}")
        return got if got.value is None else Got({"place": place, "review": got.value}, got.requests)

    asked = [name for name in ids if _ID.fullmatch(name) and name.partition("/reviews/")[0] in places]
    yield from look_again(asked, look_up, settings.max_requests)


_ID = re.compile(r"locations/\d+/reviews/[\w=-]+", re.ASCII)


def _own_id(name: str) -> str:
    """A resource's name without its account: a location may move to another one, and its reviews stay the same."""
    return re.sub(r"^accounts/[^/]+/", "", name)


def parse(page: Page) -> Parsed:
    """Mentions of the reviews, in their author's own words. The owner's reply stands beside them."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(item: Any) -> FoundMention:
    review = record(item["review"])
    external_id = _own_id(id_of(review, "name"))
    created, updated = time_of(review, "createTime"), time_of(review, "updateTime")
    reviewer = inner(review, "reviewer")
    stars = _STARS.get(text_of(review, "starRating"))
    if stars is None:
        raise SkipRecord(_("its starRating is not one to five stars"))
    return FoundMention(
        external_id=external_id,
        text=original(text_of(review, "comment")),
        kind=MentionKind.REVIEW,
        author=None if reviewer.get("isAnonymous") is True else text_of(reviewer, "displayName") or None,
        published_at=created,
        rating=float(stars),
        place=item["place"],
        answer=answer_of(inner(review, "reviewReply"), "comment", "updateTime"),
        state=SourceState.EDITED if created and updated and updated > created else SourceState.LIVE,
    )


def original(comment: str) -> str:
    """What the author wrote, of a comment that may hold Google's translation before it or behind it."""
    if comment.startswith(_TRANSLATED) and _ORIGINAL in comment:
        return comment.partition(_ORIGINAL)[2].strip()
    before, translated, _ = comment.partition(f"\n\n{_TRANSLATED}")
    return before.strip() if translated and before.strip() else comment


CONNECTOR = Connector(
    name="googlebusiness",
    settings=GoogleBusinessSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    secrets=tuple(f"{PREFIX}_{name}" for name in SECRET_NAMES),
    facts=Facts(
        reads="Google reviews of your own, verified locations, those of stars alone too",
        credentials="access to the Business Profile API (Google approves each project by hand), an OAuth client's id "
        "and secret, and a refresh token of somebody who manages the locations",
        terms="Google's Business Profile API policies: only locations that you manage, nothing kept longer than "
        "needed; a review belongs to its author, so ask before you publish one",
        completeness="all reviews, with every edit, because those that changed last come first; deletions of those "
        "with an open case",
    ),
)
