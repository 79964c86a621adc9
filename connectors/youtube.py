"""Reads comments and replies on YouTube, of a channel's videos or of single videos, once its terms are confirmed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, StringConstraints

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import id_of, inner, name_of, number_of, record, seconds_of, text_of, time_of
from connectors.http import get_json
from connectors.lookup import Held, look_up
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.clock import now
from earful.errors import SkipRecord, SourceIll, SourceRefused
from earful.secrets import secret_name
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import N_, _
from earful.text import excerpt, storable
from earful.values import FoundMention, MentionKind, Missed, MissedReason, SourceState

PAGE = 100  # threads, or replies, that one request gives at most
LOOK_UP = 50  # comments that can be asked for by id at a time
KEPT = timedelta(days=30)  # what its policy allows to keep without asking again
POLICY = "https://developers.google.com/youtube/terms/developer-policies"
MOST_REPLY_PAGES = 20  # of one comment
USED_UP = Missed(
    MissedReason.QUOTA,
    N_("YouTube's quota for this key is used up until midnight, Pacific time; the next run reads the rest"),
)
_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_PACE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "processingFailure"})

ChannelId = Annotated[str, StringConstraints(pattern=r"^UC[\w-]{22}$")]
VideoId = Annotated[str, StringConstraints(pattern=r"^[\w-]{11}$")]


class YouTubeSettings(SourceSettings):
    """YouTube comments."""

    channels: tuple[ChannelId, ...] = Field((), description="ids of channels (UC…): comments on all their videos")
    videos: tuple[VideoId, ...] = Field((), description="ids of single videos, whoever's they are")
    terms_accepted: date | None = Field(
        None, description="the day you read YouTube's developer policies and found your use allowed; without it, off"
    )
    base_url: str = Field("https://www.googleapis.com", description="where the API is")
    first: Duration = Field(parse_duration("30d"), description="how far back the first read goes")
    overlap: Duration = Field(
        parse_duration("7d"),
        description="how much is read again each time, for edits and for replies to older comments",
    )
    max_requests: int = Field(50, ge=1, le=1000, description="at most so many pages a run of each channel and video")


# ---------------------------------------------------------------------------------------------------------- fetching


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the comments of each channel and video, newest threads first, with their replies.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`; terms that are not confirmed, no key, no
            channel and no video.
    """
    settings: YouTubeSettings = ask.source
    api = _Api(ask)
    places = [("allThreadsRelatedToChannelId", each) for each in settings.channels]
    places += [("videoId", each) for each in settings.videos]
    if not places:
        raise SourceRefused(_("nothing to read on YouTube: name some `channels` or `videos` by their ids"))
    yield from read_newest_first(
        ask,
        [_stream(api, {kind: each}) for kind, each in dict.fromkeys(places)],
        Look(
            lambda comment: name_of(comment, "id"), lambda comment: seconds_of(inner(comment, "snippet"), "publishedAt")
        ),
        overlap=settings.overlap,
        max_requests=settings.max_requests,
        first=settings.first,
    )


def _stream(api: "_Api", place: Mapping[str, str]) -> Stream:
    def read(token: str | None) -> Batch:
        comments: list[Any] = []
        try:
            threads, following = api.page(
                "commentThreads", {**place, "part": "snippet,replies", "order": "time"}, token
            )
            for thread in threads:
                comments += _comments(api, thread)
        except _QuotaUsedUp:
            return Batch(comments, None, api.taken(), (USED_UP,))
        return Batch(comments, following, api.taken())

    return Stream(f"YouTube comments of {next(iter(place.values()))}", read)


def _comments(api: "_Api", thread: Any) -> list[Any]:
    """A thread's first comment and all its replies; more of them than come with it are asked for."""
    first = inner(inner(thread, "snippet"), "topLevelComment") or thread
    shown = inner(thread, "replies").get("comments")
    replies = shown if isinstance(shown, list) else []
    count = number_of(inner(thread, "snippet"), "totalReplyCount") or 0
    if count > len(replies) and isinstance(first.get("id"), str):
        replies = _all_replies(api, first["id"])
    return [first, *replies]


def _all_replies(api: "_Api", comment: str) -> list[Any]:
    found: list[Any] = []
    token: str | None = None
    for _page in range(MOST_REPLY_PAGES):
        replies, token = api.page("comments", {"part": "snippet", "parentId": comment}, token)
        found += replies
        if token is None:
            break
    return found


# ----------------------------------------------------------------------------------------------------------- the API


class _QuotaUsedUp(Exception):
    """The key's quota for today is used up."""


class _Api:
    """YouTube's Data API with the operator's key; counts its requests."""

    def __init__(self, ask: Ask) -> None:
        settings: YouTubeSettings = ask.source
        _check_terms(settings)
        name = secret_name(settings.credentials, "EARFUL_YOUTUBE", "KEY")
        key = ask.secrets.get(name)
        if not key:
            where = _("the environment, .env, or a file in secrets/")
            raise SourceRefused(
                _("%(name)s is not set; put it into %(where)s (docs/connectors/youtube.md)", name=name, where=where)
            )
        self._headers = {"x-goog-api-key": key}  # in the address it would stand in logs
        self._base = settings.base_url.rstrip("/")
        self._made = 0

    def page(self, what: str, params: Mapping[str, str], token: str | None = None) -> tuple[list[Any], str | None]:
        """One page of a listing, and where the next one is.

        Raises:
            _QuotaUsedUp: there is none left today.
            SourceIll, SourceRefused: as `connectors.http.get_json`; an error that YouTube tells of.
        """
        asked: dict[str, str | int] = {**params, "textFormat": "plainText"}
        asked |= {} if "id" in params else {"maxResults": PAGE}
        asked |= {"pageToken": token} if token else {}
        self._made += 1
        url = f"{self._base}/youtube/v3/{what}"
        value, answer = get_json(url, asked, headers=self._headers, named=self._base, also=frozenset({400, 403, 404}))
        if answer.status != 200:
            raise _of_error(value, answer.status)
        items = value.get("items") if isinstance(value, dict) else None
        if not isinstance(items, list):
            raise SourceIll(
                _("YouTube answered in a shape we don't know (no list of items); is base_url right?"),
                reason=MissedReason.UNREADABLE,
            )
        following = value.get("nextPageToken")
        return items, following if isinstance(following, str) else None

    def taken(self) -> int:
        """The requests made since the last call."""
        made, self._made = self._made, 0
        return made


def _check_terms(settings: YouTubeSettings) -> None:
    if settings.terms_accepted is None or settings.terms_accepted > now().date():
        raise SourceRefused(
            _(
                "YouTube is off until you confirm its terms: read %(policy)s (they restrict what may be derived from "
                'its data, and for how long it may be kept), then set terms_accepted = "YYYY-MM-DD", the day you did',
                policy=POLICY,
            )
        )


def _of_error(value: Any, status: int) -> Exception:
    error = inner(value, "error")
    reasons = error.get("errors")
    first = reasons[0] if isinstance(reasons, list) and reasons else None
    reason = str(first.get("reason")) if isinstance(first, dict) else ""
    if reason in _QUOTA:
        return _QuotaUsedUp()
    said = excerpt(storable(str(error.get("message") or reason or _("it does not say why"))))
    if reason in _PACE:
        return SourceIll(_("YouTube asks us to slow down: %(said)s", said=said))
    return SourceRefused(_("YouTube refuses the request (HTTP %(status)s): %(said)s", status=status, said=said))


# -------------------------------------------------------------------------------------------------------- re-checking


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at comments, fifty at a time.

    Raises:
        SourceIll, SourceRefused: as `connectors.lookup.look_up`; terms that are not confirmed, no key.
    """
    api = _Api(ask)
    yield from look_up([each for each in ids if re.fullmatch(r"[\w.-]+", each)], LOOK_UP, lambda some: _held(api, some))


def _held(api: _Api, some: Sequence[str]) -> Held:
    try:
        comments, _ = api.page("comments", {"part": "snippet", "id": ",".join(some)})
    except _QuotaUsedUp:
        return Held({}, api.taken(), unsaid=some, missed=(USED_UP,))
    return Held({name_of(comment, "id"): comment for comment in comments}, api.taken())


# ----------------------------------------------------------------------------------------------------------- parsing


def parse(page: Page) -> Parsed:
    """Mentions of the comments and replies. They were asked for as plain text."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(value: Any) -> FoundMention:
    comment = record(value)
    external_id, snippet = id_of(comment, "id"), inner(comment, "snippet")
    text = text_of(snippet, "textDisplay")
    if not text:
        raise SkipRecord(_("the comment has no text"))
    parent, video = text_of(snippet, "parentId") or None, text_of(snippet, "videoId")
    published, updated = time_of(snippet, "publishedAt"), time_of(snippet, "updatedAt")
    return FoundMention(
        external_id=external_id,
        text=text,
        kind=MentionKind.COMMENT,
        url=f"https://www.youtube.com/watch?v={quote(video, safe='')}&lc={quote(external_id, safe='')}"
        if video
        else None,
        author=text_of(snippet, "authorDisplayName") or None,
        published_at=published,
        reach=number_of(snippet, "likeCount"),
        thread_id=parent or external_id,
        parent_id=parent,
        state=SourceState.EDITED if published and updated and updated > published else SourceState.LIVE,
        place=video or None,
    )


CONNECTOR = Connector(
    name="youtube",
    settings=YouTubeSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    keeps=KEPT,
    secrets=("EARFUL_YOUTUBE_KEY",),
    facts=Facts(
        reads="comments and replies on the videos of channels you name, or on single videos",
        credentials="an API key of a Google Cloud project with the YouTube Data API v3 switched on (free)",
        terms="off until you set terms_accepted: its policy restricts what may be derived from its data. What it gave "
        "is refreshed or deleted within 30 days: keep the re-check running",
        completeness="every public comment of the channels and videos you name; a reply to a comment older than "
        "`overlap` is not seen. 10,000 requests a day; the run says when they are used up",
    ),
)
