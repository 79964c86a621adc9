"""Reads questions on Stack Overflow and the other sites of Stack Exchange."""

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import id_of, inner, name_of, number_of, record, seconds_of, text_of, time_of
from connectors.http import Answer, get_json
from connectors.markup import plain_text, web_address
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.errors import SkipRecord, SourceIll, SourceRefused
from earful.settings import Duration, SourceSettings, parse_duration
from earful.values import FoundMention, MentionKind, Missed, MissedReason, SourceState

PAGE = 100
LONGEST_PAUSE = 30  # seconds we wait within a run when asked to; for longer, the run ends
_THROTTLED = 502  # the number of the error, in the body of an HTTP 400


class StackExchangeSettings(SourceSettings):
    """Stack Exchange."""

    site: str = Field(
        "stackoverflow", pattern=r"^[a-z0-9.-]{2,60}$", description="which site: stackoverflow, travel, …"
    )
    base_url: str = Field("https://api.stackexchange.com", description="where the API is")
    first: Duration = Field(parse_duration("30d"), description="how far back the first read goes")
    overlap: Duration = Field(parse_duration("1d"), description="how much is read again each time, for edited items")
    max_requests: int = Field(20, ge=1, le=200, description="at most so many requests a run for each alternative")


def fetch(ask: Ask) -> Iterator[Page]:
    """Search for each alternative of the query, newest questions first.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`; a query without a word to search for.
    """
    settings: StackExchangeSettings = ask.source
    wanted = [" ".join(map(str, each)).replace("*", "") for each in ask.query.alternatives() or ()]
    if not wanted:
        raise SourceRefused("Stack Exchange needs a word to search for; the query names none that must be there")
    streams = [_stream(ask, settings, words) for words in dict.fromkeys(wanted)]
    look = Look(lambda item: name_of(item, "question_id"), lambda item: seconds_of(item, "creation_date"))
    yield from read_newest_first(
        ask, streams, look, overlap=settings.overlap, max_requests=settings.max_requests, first=settings.first
    )


def _stream(ask: Ask, settings: StackExchangeSettings, words: str) -> Stream:
    key = ask.secrets.get(f"{settings.credentials or 'EARFUL_STACKEXCHANGE'}_KEY")
    url = settings.base_url.rstrip("/") + "/2.3/search/advanced"

    def read(number: int | None) -> Batch:
        params: dict[str, str | int] = {
            "q": words, "site": settings.site, "sort": "creation", "order": "desc", "filter": "withbody",
            "pagesize": PAGE, "page": number or 1,
        }  # fmt: skip
        value, answer = get_json(
            url, params | ({"key": key} if key else {}), named=settings.base_url, also=frozenset({400})
        )
        return _batch(value, answer, number or 1)

    return Stream(f"{words} on {settings.site}", read)


def _batch(value: Any, answer: Answer, number: int) -> Batch:
    _check(value, answer)
    more = bool(value.get("has_more"))
    pause, quota = number_of(value, "backoff") or 0, value.get("quota_remaining")
    stop = more and (quota == 0 or pause > LONGEST_PAUSE)
    if more and not stop and pause:
        time.sleep(pause)  # it asks for this in the body, and bans who does not listen
    missed = (
        (Missed(MissedReason.QUOTA, "Stack Exchange's quota for today is used up; older items wait"),) if stop else ()
    )
    return Batch(value["items"], number + 1 if more and not stop else None, answer.requests, missed)


def _check(value: Any, answer: Answer) -> None:
    if not isinstance(value, dict) or not ("error_id" in value or isinstance(value.get("items"), list)):
        raise SourceIll("Stack Exchange answered in a shape we don't know")
    if value.get("error_id") == _THROTTLED:
        raise SourceIll(f"Stack Exchange asks us to slow down: {value.get('error_message')}")
    if "error_id" in value or answer.status != 200:
        raise SourceRefused(f"Stack Exchange refuses the search: {value.get('error_message')}")
    if value.get("has_more") and not value["items"]:
        raise SourceIll("Stack Exchange says there is more, and gave nothing")


def parse(page: Page) -> Parsed:
    """Mentions of the questions, as plain text."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(value: Any) -> FoundMention:
    item = record(value)
    external_id = id_of(item, "question_id")
    title, text = unescape(text_of(item, "title")), plain_text(text_of(item, "body"))
    if not (title or text):
        raise SkipRecord("the question has neither a title nor a text")
    link = web_address(text_of(item, "link"))
    site = re.match(r"https?://(?:www\.)?([^/]+)", link or "")
    return FoundMention(
        external_id=external_id,
        text=text,
        title=title,
        kind=MentionKind.POST,
        url=link,
        author=unescape(text_of(inner(item, "owner"), "display_name")) or None,
        published_at=time_of(item, "creation_date"),
        reach=number_of(item, "view_count"),
        thread_id=external_id,
        state=SourceState.EDITED if item.get("last_edit_date") else SourceState.LIVE,
        place=site[1] if site else None,
    )


CONNECTOR = Connector(
    name="stackexchange",
    settings=StackExchangeSettings,
    fetch=fetch,
    parse=parse,
    facts=Facts(
        reads="questions on one site of Stack Exchange that match the query",
        credentials="none for 300 requests a day; EARFUL_STACKEXCHANGE_KEY (free) for 10,000",
        terms="texts are under CC BY-SA: name the author and link the question wherever you show them",
        completeness="questions, not their answers and comments; a later deletion is not noticed",
    ),
)
