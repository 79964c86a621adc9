"""Reads Hacker News, stories and comments, through its public search (Algolia)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import text_of
from connectors.http import get, get_json, json_of
from connectors.lookup import Held, look_up
from connectors.markup import plain_text
from earful.clock import from_epoch, now
from earful.errors import SkipRecord, SourceIll
from earful.query import Term
from earful.settings import Duration, SourceSettings
from earful.speech import _
from earful.text import digest
from earful.values import Cursor, FoundMention, MentionKind, Missed, MissedReason

MOST_HITS = 1000  # the search never gives more for one question; beyond it answers "0 hits" with a straight face
ITEM_PAGE = "https://news.ycombinator.com/item?id="


class HackerNewsSettings(SourceSettings):
    """Hacker News."""

    base_url: str = Field("https://hn.algolia.com", description="where its search is")
    items_url: str = Field(
        "https://hacker-news.firebaseio.com", description="where single items are, to see what was edited or deleted"
    )
    first: Duration = Field(timedelta(days=30), description="how far back the first read goes")
    overlap: Duration = Field(
        timedelta(days=1), description="how much is read again each time, for late and edited items"
    )
    max_requests: int = Field(60, ge=1, le=1000, description="at most so many requests a run")


@dataclass(frozen=True, slots=True)
class _Window:
    """A question and a stretch of time, in seconds since 1970: from `start` up to and with `end` (None: now)."""

    alternative: tuple[Term, ...]
    start: int
    end: int | None = None


def fetch(ask: Ask) -> Iterator[Page]:
    """Read each alternative of the query, newest first, a thousand hits at a time, narrowing the window.

    The cursor is the newest item's time and the question asked; a changed question is read from the beginning.

    Raises:
        SourceIll, SourceRefused: as `connectors.http.get_json`; and when the answer is not of the known shape.
    """
    settings: HackerNewsSettings = ask.source
    asked = [tuple(map(str, each)) for each in ask.query.alternatives() or ((),)]
    mark = digest(*asked)
    cursor = ask.cursor if ask.cursor.get("asked") == mark else {}
    start = _start(ask, settings, cursor)
    seen: dict[str, int] = {}
    for number, (hits, requests, missed, last) in enumerate(_answers(settings, ask, start), 1):
        fresh = [hit for hit in hits if _key(hit) not in seen]
        seen |= {_key(hit): _created(hit) or 0 for hit in fresh}
        after = {"asked": mark, "newest": max([*seen.values(), cursor.get("newest", 0)])} if last else None
        yield Page(fresh, number, requests, after, missed, repeated=len(hits) - len(fresh))


def _start(ask: Ask, settings: HackerNewsSettings, cursor: Cursor) -> int:
    if ask.since:
        return int(ask.since.timestamp())
    if newest := cursor.get("newest"):
        return int(newest) - int(settings.overlap.total_seconds())
    return int((now() - settings.first).timestamp())


def _answers(
    settings: HackerNewsSettings, ask: Ask, start: int
) -> Iterator[tuple[list[Any], int, tuple[Missed, ...], bool]]:
    """The hits of each request, the requests it took, what may have been missed, and whether it was the last one."""
    windows = [_Window(alternative, start) for alternative in ask.query.alternatives() or ((),)]
    left = settings.max_requests
    while windows:
        window = windows.pop(0)
        hits, requests = _ask(settings, window)
        left -= requests
        following, missed = _narrowed(window, hits)
        windows = ([following] if following else []) + windows
        if windows and left <= 0:
            detail = _(
                "stopped after %(most)s requests; older items are not read (raise max_requests)",
                most=settings.max_requests,
            )
            missed, windows = (*missed, Missed(MissedReason.CAP, detail)), []
        yield hits, requests, missed, not windows


def _narrowed(window: _Window, hits: Sequence[Any]) -> tuple[_Window | None, tuple[Missed, ...]]:
    """The window that is still unread, when there were more hits than one answer holds."""
    if len(hits) < MOST_HITS:
        return None, ()
    times = [created for hit in hits if (created := _created(hit)) is not None]
    oldest = min(times, default=window.start)
    if oldest > window.start and (window.end is None or oldest < window.end):
        return _Window(window.alternative, window.start, oldest), ()
    missed = Missed(
        MissedReason.CAP, _("more than %(most)s items within one second; some of them are not read", most=MOST_HITS)
    )
    return (_Window(window.alternative, window.start, oldest - 1) if oldest > window.start else None), (missed,)


def _ask(settings: HackerNewsSettings, window: _Window) -> tuple[list[Any], int]:
    until = [] if window.end is None else [f"created_at_i<={window.end}"]
    params: dict[str, str | int] = {
        "query": _question(window.alternative),
        "tags": "(story,comment)",
        "numericFilters": ",".join([f"created_at_i>={window.start}", *until]),
        "hitsPerPage": MOST_HITS,
        "advancedSyntax": "true",
        "typoTolerance": "false",
        "queryType": "prefixAll" if any(term.prefix for term in window.alternative) else "prefixNone",
    }
    url = settings.base_url.rstrip("/") + "/api/v1/search_by_date"
    value, answer = get_json(url, params, named=settings.base_url)
    return _hits(value), answer.requests


def _question(alternative: Sequence[Term]) -> str:
    """The terms as the search takes them: phrases in quotes, beginnings as plain words."""
    plain = [term.text.replace('"', " ") for term in alternative]
    return " ".join(f'"{text}"' if " " in text else text for text in plain)


def _hits(value: Any) -> list[Any]:
    hits = value.get("hits") if isinstance(value, dict) else None
    count = value.get("nbHits") if isinstance(value, dict) else None
    if not isinstance(hits, list) or not isinstance(count, int):
        raise SourceIll(
            _("Hacker News answered in a shape we don't know (no list of hits); is base_url right?"),
            reason=MissedReason.UNREADABLE,
        )
    if count > 0 and not hits:
        raise SourceIll(
            _("Hacker News says it has %(count)s hits, and gave none", count=count), reason=MissedReason.EMPTY
        )
    return hits


def _key(hit: Any) -> str:
    return str(hit.get("objectID")) if isinstance(hit, dict) and hit.get("objectID") else digest(repr(hit))


def _created(hit: Any) -> int | None:
    value = hit.get("created_at_i") if isinstance(hit, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# -------------------------------------------------------------------------------------------------------- re-checking


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at items, one request each, at Hacker News itself: its search forgets what is deleted, or fails on it.

    Raises:
        SourceIll, SourceRefused: as `connectors.lookup.look_up`.
    """
    wanted = [each for each in ids if each.isdigit()]
    yield from look_up(wanted, 1, lambda some: _held(ask.source, some[0]))


def _held(settings: HackerNewsSettings, number: str) -> Held:
    answer = get(f"{settings.items_url.rstrip('/')}/v0/item/{number}.json", named=settings.items_url)
    if answer.body.strip() == b"null":
        return Held({}, answer.requests, unsaid=[number])  # what it has mislaid was not deleted by anybody
    value = json_of(answer)
    if not isinstance(value, dict) or str(value.get("id")) != number:
        raise SourceIll(
            _("Hacker News answered in a shape we don't know (no such item); is items_url right?"),
            reason=MissedReason.UNREADABLE,
        )
    gone = value.get("deleted") is True or value.get("dead") is True
    return Held({} if gone else {number: _as_hit(value)}, answer.requests)


def _as_hit(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as the search would give it."""
    names = {"title": "title", "by": "author", "time": "created_at_i", "score": "points", "parent": "parent_id"}
    kind = "comment" if item.get("type") == "comment" else "story"
    found = {theirs: item[ours] for ours, theirs in names.items() if ours in item}
    return {"objectID": str(item["id"]), "_tags": [kind], f"{kind}_text": item.get("text"), **found}


# ----------------------------------------------------------------------------------------------------------- parsing


def parse(page: Page) -> Parsed:
    """Mentions of the hits."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(hit: Any) -> FoundMention:
    if not isinstance(hit, dict) or not isinstance(hit.get("objectID"), str) or not hit["objectID"].isdigit():
        raise SkipRecord(_("the item has no id"))
    is_comment = "comment_text" in hit or "comment" in _tags(hit)
    text = plain_text(text_of(hit, "comment_text" if is_comment else "story_text"))
    title = "" if is_comment else plain_text(text_of(hit, "title"))
    if not (text or title):
        raise SkipRecord(_("the item has neither a title nor a text"))
    return FoundMention(
        external_id=hit["objectID"],
        text=text,
        title=title,
        kind=MentionKind.COMMENT if is_comment else MentionKind.POST,
        url=ITEM_PAGE + hit["objectID"],
        author=text_of(hit, "author") or None,
        published_at=_published(hit),
        reach=hit["points"] if isinstance(hit.get("points"), int) else None,
        thread_id=_number(hit, "story_id") if is_comment else hit["objectID"],
        parent_id=_number(hit, "parent_id"),
    )


def _tags(hit: Mapping[str, Any]) -> list[Any]:
    tags = hit.get("_tags")
    return tags if isinstance(tags, list) else []


def _published(hit: Mapping[str, Any]) -> datetime | None:
    created = _created(hit)
    if created is None and hit.get("created_at_i") is not None:
        raise SkipRecord(_("%(name)s is no time", name="created_at_i"))
    try:
        return None if created is None else from_epoch(created)
    except ValueError as error:
        raise SkipRecord(str(error)) from None


def _number(hit: Mapping[str, Any], name: str) -> str | None:
    value = hit.get(name)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


CONNECTOR = Connector(
    name="hackernews",
    settings=HackerNewsSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    facts=Facts(
        reads="stories and comments on Hacker News",
        credentials="none",
        terms="a free public search; keep to a few requests a day, link back, ask authors before quoting them",
        completeness="all that the search has indexed, usually within minutes; items that were killed or deleted are "
        "not in it. The re-check notices edits and deletions of open cases, one request each",
    ),
)
