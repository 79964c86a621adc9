"""Reads a public Discourse forum: all new posts, matched here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import id_of, name_of, number_of, record, seconds_of, text_of, time_of
from connectors.http import get_json
from connectors.lookup import Held, look_up
from connectors.markup import plain_text, web_address
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.errors import SkipRecord, SourceIll
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.values import FoundMention, MentionKind, MissedReason, SourceState

WINDOW = 50  # ids that one answer covers, whether or not their posts still exist


class DiscourseSettings(SourceSettings):
    """A Discourse forum."""

    base_url: str = Field(min_length=1, description="the forum's address, https://…")
    first: Duration = Field(parse_duration("30d"), description="how far back the first read goes")
    overlap: Duration = Field(parse_duration("1d"), description="how much is read again each time, for edited items")
    max_requests: int = Field(60, ge=1, le=1000, description="at most so many requests a run, some fifty posts each")


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the newest posts of the forum.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`.
    """
    settings: DiscourseSettings = ask.source
    base = settings.base_url.rstrip("/")

    def read(before: int | None) -> Batch:
        value, answer = get_json(f"{base}/posts.json", {"before": before} if before else None, named=base)
        posts = value.get("latest_posts") if isinstance(value, dict) else None
        if not isinstance(posts, list):
            raise SourceIll(
                _("%(host)s answered in a shape we don't know; is it a Discourse forum?", host=base),
                reason=MissedReason.UNREADABLE,
            )
        return Batch([{"base": base, "post": post} for post in posts], _before(posts, before), answer.requests)

    look = Look(lambda item: name_of(item["post"], "id"), lambda item: seconds_of(item["post"], "created_at"))
    yield from read_newest_first(
        ask,
        [Stream(base, read)],
        look,
        overlap=settings.overlap,
        max_requests=settings.max_requests,
        first=settings.first,
    )


def _before(posts: list[Any], before: int | None) -> int | None:
    """The id the next window ends with. An empty window says nothing: its posts may all be deleted."""
    ids = [number for post in posts if isinstance(post, dict) and (number := number_of(post, "id"))]
    following = min(ids) - 1 if ids else before - WINDOW if before else 0
    return following if following > 0 else None


# -------------------------------------------------------------------------------------------------------- re-checking


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at posts, one request each, and one more for the title of those that open a topic.

    Raises:
        SourceIll, SourceRefused: as `connectors.http.get_json`.
    """
    base = ask.source.base_url.rstrip("/")
    yield from look_up([each for each in ids if each.isdigit()], 1, lambda some: _held(base, some[0]))


def _held(base: str, number: str) -> Held:
    post, answer = get_json(f"{base}/posts/{number}.json", named=base, also=frozenset({404, 410}))
    if answer.status in {404, 410} and isinstance(post, dict) and "errors" in post:
        return Held({}, answer.requests)
    if not isinstance(post, dict) or str(post.get("id")) != number:
        raise SourceIll(
            _("%(host)s answered with something else than the post it was asked for", host=base),
            reason=MissedReason.UNREADABLE,
        )
    if post.get("post_number") != 1:
        return Held({number: {"base": base, "post": post}}, answer.requests)
    title, requests = _title(base, post)
    return Held({number: {"base": base, "post": {**post, "topic_title": title}}}, answer.requests + requests)


def _title(base: str, post: Mapping[str, Any]) -> tuple[str, int]:
    topic, answer = get_json(f"{base}/t/{number_of(post, 'topic_id')}.json", named=base)
    title = topic.get("title") if isinstance(topic, dict) else None
    if not isinstance(title, str):
        raise SourceIll(
            _("%(host)s answered with something else than the topic of a post", host=base),
            reason=MissedReason.UNREADABLE,
        )
    return title, answer.requests


def parse(page: Page) -> Parsed:
    """Mentions of the posts, as plain text."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(item: Any) -> FoundMention:
    post = record(item["post"])
    external_id, number, topic = id_of(post, "id"), number_of(post, "post_number"), number_of(post, "topic_id")
    published = time_of(post, "created_at")
    opens = number == 1
    kind = MentionKind.POST if opens else MentionKind.COMMENT
    thread = str(topic) if topic else None
    title = text_of(post, "topic_title") if opens else ""
    if post.get("deleted_at") or post.get("user_deleted") or post.get("hidden"):
        # The title tells whether the post was ours; the store keeps nothing of it.
        return FoundMention(
            external_id, "", title, kind=kind, published_at=published, thread_id=thread, state=SourceState.DELETED
        )
    text = plain_text(text_of(post, "cooked"))
    if not (text or title):
        raise SkipRecord(_("the post has no text"))
    return FoundMention(
        external_id=external_id,
        text=text,
        title=title,
        kind=kind,
        url=web_address(f"{item['base']}/t/{quote(text_of(post, 'topic_slug') or '-', safe='')}/{topic}/{number}"),
        author=text_of(post, "username") or None,
        published_at=published,
        reach=number_of(post, "reads"),
        thread_id=thread,
        state=SourceState.EDITED if (number_of(post, "version") or 1) > 1 else SourceState.LIVE,
    )


CONNECTOR = Connector(
    name="discourse",
    settings=DiscourseSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    facts=Facts(
        reads="all public posts of one Discourse forum",
        credentials="none; forums that ask for a login can't be read",
        terms="each forum has its own rules: read them, link back, and ask authors before you quote them",
        completeness="every public post since the last read; the re-check notices edits and deletions of open cases",
    ),
)
