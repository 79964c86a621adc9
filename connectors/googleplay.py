"""Reads the reviews of your own app on Google Play: those of the last week, for it never shows more."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from connectors.api import Api, Got, look_again
from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import Record, answer_of, id_of, inner, name_of, number_of, record, stars_of, text_of
from connectors.paging import Batch, Look, Stream, read_newest_first
from connectors.tokens import Token, Tokens, by_signed_request, key_text, signer
from earful.clock import from_epoch, now, parse_iso
from earful.errors import ConfigError, SkipRecord, SourceIll
from earful.secrets import secret_name
from earful.settings import SourceSettings
from earful.speech import _
from earful.values import Answer, Cursor, FoundMention, MentionKind, Missed, MissedReason

PAGE = 100  # reviews Google gives at most for one request
WINDOW = timedelta(days=7)  # what the list goes back
SCOPE = "https://www.googleapis.com/auth/androidpublisher"
STORE = "https://play.google.com/store/apps/details"
_KNOWN = frozenset({"reviews", "tokenPagination", "pageInfo", "kind"})


class GooglePlaySettings(SourceSettings):
    """Google Play reviews."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: reviews of your app are about you; `query`: filter"
    )
    package_name: str = Field(
        pattern=r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$", description="the app's name on Google Play: com.example.app"
    )
    key_file: Path | None = Field(
        None, description="the service account's key (JSON), relative to this file; else EARFUL_GOOGLEPLAY_KEY holds it"
    )
    base_url: str = Field("https://androidpublisher.googleapis.com", description="where the API is")
    token_url: str = Field("https://oauth2.googleapis.com/token", description="where tokens are granted")
    max_requests: int = Field(100, ge=1, le=200, description="at most so many requests a run, a hundred reviews each")


def _api(ask: Ask) -> Api:
    settings: GooglePlaySettings = ask.source
    given = key_text(ask, settings.key_file, secret_name(ask.source.credentials, "EARFUL_GOOGLEPLAY", "KEY"))
    account = _account(given.text, given.place)
    sign = signer(account["private_key"], "RS256", given.place)
    remedy = _(
        "see package_name, and invite %(account)s in the Play Console to see the app's information",
        account=account["client_email"],
    )

    def grant() -> Token:
        at = int(now().timestamp())
        claims = {
            "iss": account["client_email"], "scope": SCOPE, "aud": settings.token_url, "iat": at, "exp": at + 3600,
        }  # fmt: skip
        assertion = sign(claims, {"kid": account["private_key_id"]})
        again = _("make a new key for %(place)s, and see that this machine's clock is right", place=given.place)
        return by_signed_request(settings.token_url, assertion, again)

    return Api(settings.base_url, Tokens(grant), remedy)


def _account(text: str, place: str) -> dict[str, str]:
    """The service account of a key file.

    Raises:
        ConfigError: it is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    names = ("client_email", "private_key", "private_key_id")
    if not isinstance(value, dict) or not all(isinstance(value.get(name), str) for name in names):
        raise ConfigError(
            _("%(place)s holds no key of a service account; download it as JSON from the Cloud console", place=place)
        )
    return {name: value[name] for name in names}


def fetch(ask: Ask) -> Iterator[Page]:
    """Read all that the last week holds; what may have been missed since the last read before it is told.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`.
        ConfigError: the key is missing or no key.
    """
    settings: GooglePlaySettings = ask.source
    api, started = _api(ask), now()
    stream = Stream(settings.package_name, lambda token: _read(api, settings, token), window=True)
    look = Look(lambda item: name_of(item["review"], "reviewId"), lambda item: _seconds(item["review"]))
    # In no promised order: the whole week is read each time, never only down to what is known.
    pages = read_newest_first(ask, [stream], look, overlap=2 * WINDOW, max_requests=settings.max_requests)
    for page in pages:
        yield page if page.cursor is None else _last(page, page.cursor, ask, started)


def _last(page: Page, cursor: Cursor, ask: Ask, started: datetime) -> Page:
    """The last page, with when we read, and what lies between the last read and what Google still shows."""
    page = replace(page, cursor={**cursor, "read": started.isoformat()})
    wanted = ask.since or (parse_iso(ask.cursor["read"]) if "read" in ask.cursor else None)
    if wanted is None:
        return replace(
            page, notes=(_("Google Play shows the last 7 days only; older reviews can be imported as a file"),)
        )
    if started - wanted <= WINDOW:
        return page
    shown = started - WINDOW
    detail = _(
        "Google Play shows the last 7 days only; import its export for %(first)s to %(last)s",
        first=f"{wanted:%Y-%m-%d}",
        last=f"{shown:%Y-%m-%d}",
    )
    return replace(page, missed=(*page.missed, Missed(MissedReason.GAP, detail)))


def _path(settings: GooglePlaySettings) -> str:
    return f"androidpublisher/v3/applications/{settings.package_name}/reviews"


def _read(api: Api, settings: GooglePlaySettings, token: str | None) -> Batch:
    params: dict[str, str | int] = {"maxResults": PAGE}
    got = api.get(_path(settings), params | ({"token": token} if token else {}))
    # Google leaves out what is empty, so {} means none.
    reviews = got.value.get("reviews", []) if isinstance(got.value, dict) and got.value.keys() <= _KNOWN else None
    if not isinstance(reviews, list):
        raise SourceIll(
            _("%(who)s answered in a shape we don't know", who="Google Play"), reason=MissedReason.UNREADABLE
        )
    following = inner(got.value, "tokenPagination").get("nextPageToken")
    items = [{"app": settings.package_name, "review": review} for review in reviews]
    return Batch(items, following if isinstance(following, str) and following else None, got.requests)


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at reviews by their ids; those older than a week can be asked for too.

    Raises:
        SourceIll, SourceRefused: as `connectors.api.look_again`.
        ConfigError: the key is missing or no key.
    """
    settings: GooglePlaySettings = ask.source
    api = _api(ask)

    def look_up(name: str) -> Got:
        got = api.look_up(f"{_path(settings)}/{quote(name, safe='')}")
        return got if got.value is None else Got({"app": settings.package_name, "review": got.value}, got.requests)

    yield from look_again(ids, look_up, settings.max_requests)


def parse(page: Page) -> Parsed:
    """Mentions of the reviews, as their authors wrote them. The developer's reply stands beside them."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(item: Any) -> FoundMention:
    review = record(item["review"])
    external_id, said = id_of(review, "reviewId"), _said(review)
    title, tab, body = (text_of(said, "originalText") or text_of(said, "text")).rpartition("\t")
    return FoundMention(
        external_id=external_id,
        text=body.strip(),
        title=title.replace("\t", " ").strip() if tab else "",
        kind=MentionKind.REVIEW,
        url=f"{STORE}?{_query(item['app'], external_id)}",
        author=text_of(review, "authorName") or None,
        published_at=_modified(said),
        rating=stars_of(said, "starRating"),
        reach=number_of(said, "thumbsUpCount"),
        language=_language(text_of(said, "reviewerLanguage")),
        place=_place(said),
        answer=_answer(review),
    )


def _query(app: str, review: str) -> str:
    return f"id={quote(app, safe='')}&reviewId={quote(review, safe='')}"


def _said(review: Record) -> Record:
    """What the user said last, of the talk between user and developer.

    Raises:
        SkipRecord: the user said nothing.
    """
    comments = review.get("comments")
    said = [inner(each, "userComment") for each in comments] if isinstance(comments, list) else []
    if not any(said):
        raise SkipRecord(_("the review has no comment of its user"))
    return max((each for each in said if each), key=lambda each: _epoch(each) or 0)


def _answer(review: Record) -> Answer | None:
    """What the developer said last."""
    said = [inner(each, "developerComment") for each in review["comments"]]
    latest: Record = max((each for each in said if each), key=lambda each: _epoch(each) or 0, default={})
    return answer_of({**latest, "at": _epoch(latest)}, "text", "at")


def _epoch(said: Record) -> float | None:
    """When it was written, in seconds since 1970: Google sends whole seconds as text and the rest as nanoseconds."""
    written = inner(said, "lastModified")
    seconds, nanos = str(written.get("seconds")), number_of(written, "nanos") or 0
    return int(seconds) + nanos / 1e9 if re.fullmatch(r"\d{1,12}", seconds, re.ASCII) else None


def _modified(said: Record) -> datetime | None:
    if said.get("lastModified") is None:
        return None
    seconds = _epoch(said)
    try:
        return from_epoch(seconds if seconds is not None else float("nan"))
    except ValueError:
        raise SkipRecord(_("its %(name)s is no time", name="lastModified")) from None


def _seconds(review: Any) -> float | None:
    try:
        moment = _modified(_said(record(review)))
    except SkipRecord:
        return None
    return moment.timestamp() if moment else None


def _language(code: str) -> str | None:
    """The language of a code such as `pt_BR`."""
    return re.split("[-_]", code)[0].lower() or None


def _place(said: Record) -> str | None:
    """The app's version and the device, where Google says them."""
    version = text_of(said, "appVersionName")
    device = text_of(inner(said, "deviceMetadata"), "productName") or text_of(said, "device")
    return " · ".join(part for part in (version, device) if part) or None


CONNECTOR = Connector(
    name="googleplay",
    settings=GooglePlaySettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    secrets=("EARFUL_GOOGLEPLAY_KEY",),
    facts=Facts(
        reads="reviews of your own app on Google Play that were written or changed in the last week",
        credentials="the key of a service account (JSON) that the Play Console lets see the app",
        terms="Google Play's developer API terms: only apps of your own; a review belongs to its author, so ask before "
        "you publish one",
        completeness="the last seven days, so read it every day; what lies before the first read, or in a longer gap, "
        "comes from the Play Console's export. Ratings without words are not in it",
    ),
)
