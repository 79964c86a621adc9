"""Reads questions, answers and comments on Stack Overflow and the other sites of Stack Exchange."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import unescape
from typing import Any

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import Record, id_of, inner, name_of, number_of, record, seconds_of, text_of, time_of
from connectors.http import Answer, get_json, note_quota
from connectors.lookup import Held, look_up
from connectors.markup import plain_text, web_address
from connectors.paging import Batch, Look, Stream, read_newest_first
from earful.errors import SkipRecord, SourceIll, SourceRefused
from earful.secrets import secret_name
from earful.settings import Duration, SourceSettings, parse_duration
from earful.speech import _
from earful.values import FoundMention, MentionKind, Missed, MissedReason, Quota, SourceState

PAGE = 100
LONGEST_PAUSE = 30  # seconds we wait within a run when asked to; for longer, the run ends
COMMENT_PAGES = 5  # of the comments on a hundred posts
_THROTTLED = 502  # the number of the error, in the body of an HTTP 400


class StackExchangeSettings(SourceSettings):
    """Stack Exchange."""

    site: str = Field(
        "stackoverflow", pattern=r"^[a-z0-9.-]{2,60}$", description="which site: stackoverflow, travel, …"
    )
    base_url: str = Field("https://api.stackexchange.com", description="where the API is")
    first: Duration = Field(parse_duration("30d"), description="how far back the first read goes")
    overlap: Duration = Field(parse_duration("1d"), description="how much is read again each time, for edited items")
    max_requests: int = Field(20, ge=1, le=200, description="at most so many pages a run for each alternative")


def fetch(ask: Ask) -> Iterator[Page]:
    """Search for each alternative of the query among questions and among answers, newest first, with their comments.

    Raises:
        SourceIll, SourceRefused: as `connectors.paging.read_newest_first`; a query without a word to search for.
    """
    settings: StackExchangeSettings = ask.source
    wanted = [" ".join(map(str, each)).replace("*", "") for each in ask.query.alternatives() or ()]
    if not wanted:
        raise SourceRefused(_("Stack Exchange needs a word to search for; the query names none that must be there"))
    api = _Api(ask)
    finders = {"questions": _questions, "answers": _answers}
    streams = [
        _stream(api, f"{what} with {words} on {settings.site}", find, words)
        for words in dict.fromkeys(wanted)
        for what, find in finders.items()
    ]
    look = Look(_external_id, lambda item: seconds_of(item, "creation_date"))
    yield from read_newest_first(
        ask, streams, look, overlap=settings.overlap, max_requests=settings.max_requests, first=settings.first
    )


_Find = Callable[["_Api", str, int], tuple[list[Any], bool]]


def _stream(api: "_Api", name: str, find: _Find, words: str) -> Stream:
    def read(number: int | None) -> Batch:
        posts: list[Any] = []
        try:
            posts, more = find(api, words, number or 1)
            comments, missed = _comments(api, posts)
        except _UsedUp:
            return Batch(posts, None, api.taken(), (_used_up(name),))
        return Batch([*posts, *comments], (number or 1) + 1 if more else None, api.taken(), missed)

    return Stream(name, read)


def _used_up(what: str) -> Missed:
    return Missed(
        MissedReason.QUOTA, _("Stack Exchange's quota is used up for now; %(what)s wait for the next run", what=what)
    )


def _questions(api: "_Api", words: str, number: int) -> tuple[list[Any], bool]:
    return api.call("search/advanced", q=words, sort="creation", order="desc", page=number)


def _answers(api: "_Api", words: str, number: int) -> tuple[list[Any], bool]:
    """The answers that the search finds give but a piece of their text: they are asked for by id."""
    found, more = api.call("search/excerpts", q=words, sort="creation", order="desc", page=number)
    ids = [str(each["answer_id"]) for each in found if isinstance(each, dict) and number_of(each, "answer_id")]
    return (api.call(f"answers/{';'.join(ids)}")[0] if ids else []), more


def _comments(api: "_Api", posts: Sequence[Any]) -> tuple[list[Any], tuple[Missed, ...]]:
    """The comments on these posts, each with what it answers."""
    known = {number: post for post in posts if isinstance(post, dict) and (number := _post_number(post))}
    if not known:
        return [], ()
    found: list[Any] = []
    for number in range(1, COMMENT_PAGES + 1):
        some, more = api.call(f"posts/{';'.join(map(str, known))}/comments", sort="creation", order="desc", page=number)
        found += [_placed(comment, known) for comment in some]
        if not more:
            return found, ()
    return found, (
        Missed(
            MissedReason.CAP,
            _("more than %(most)s comments on %(count)s posts", most=COMMENT_PAGES * PAGE, count=len(known)),
        ),
    )


def _post_number(post: Mapping[str, Any]) -> int | None:
    return number_of(post, "answer_id") or number_of(post, "question_id")


def _placed(comment: Any, posts: Mapping[int, Any]) -> Any:
    post = posts.get(number_of(comment, "post_id") or 0) if isinstance(comment, dict) else None
    return comment if post is None else {**comment, "post": _external_id(post), "question_id": post.get("question_id")}


# ----------------------------------------------------------------------------------------------------------- the API


class _UsedUp(Exception):
    """The quota is used up, or the API wants a longer pause than we make within a run."""


class _Api:
    """The API of one site. It keeps the pauses that it is asked to make, and counts its requests."""

    def __init__(self, ask: Ask) -> None:
        settings: StackExchangeSettings = ask.source
        key = ask.secrets.get(secret_name(settings.credentials, "EARFUL_STACKEXCHANGE", "KEY"))
        self._base = settings.base_url
        self._given: dict[str, str | int] = {"site": settings.site, "filter": "withbody", "pagesize": PAGE}
        self._given |= {"key": key} if key else {}
        self._host = _host(settings.site)
        self._pause, self._left, self._made = 0, True, 0

    def call(self, path: str, **params: str | int) -> tuple[list[Any], bool]:
        """The items of one page, each with the site it is on, and whether there are more.

        Raises:
            _UsedUp: there is no quota left, or not soon enough.
            SourceIll, SourceRefused: as `connectors.http.get_json`; an error in the body.
        """
        self._wait()
        url = f"{self._base.rstrip('/')}/2.3/{path}"
        self._made += 1
        value, answer = get_json(url, {**self._given, **params}, named=self._base, also=frozenset({400}))
        _check(value, answer)
        self._pause, self._left = number_of(value, "backoff") or 0, value.get("quota_remaining") != 0
        note_quota(_quota(value))
        items = [{**item, "on": self._host} if isinstance(item, dict) else item for item in value["items"]]
        return items, bool(value.get("has_more"))

    def taken(self) -> int:
        """The requests made since the last call."""
        made, self._made = self._made, 0
        return made

    def _wait(self) -> None:
        if not self._left or self._pause > LONGEST_PAUSE:
            raise _UsedUp
        if self._pause:
            time.sleep(self._pause)  # it asks for this in the body, and bans who does not listen


def _quota(value: dict[str, Any]) -> Quota | None:
    """What is left of the day's quota, which stands in the body."""
    left, most = number_of(value, "quota_remaining"), number_of(value, "quota_max")
    return None if left is None else Quota(left, most)


_OWN_DOMAINS = frozenset({"stackoverflow", "superuser", "serverfault", "askubuntu", "stackapps"})


def _host(site: str) -> str:
    """Where a site's pages are: `travel` is at travel.stackexchange.com, `pt.stackoverflow` at pt.stackoverflow.com."""
    if site.endswith((".com", ".net")):
        return site
    return f"{site}.com" if site.rsplit(".", maxsplit=1)[-1] in _OWN_DOMAINS else f"{site}.stackexchange.com"


def _check(value: Any, answer: Answer) -> None:
    if not isinstance(value, dict) or not ("error_id" in value or isinstance(value.get("items"), list)):
        raise SourceIll(
            _("%(who)s answered in a shape we don't know", who="Stack Exchange"), reason=MissedReason.UNREADABLE
        )
    if value.get("error_id") == _THROTTLED:
        raise SourceIll(_("Stack Exchange asks us to slow down: %(said)s", said=value.get("error_message")))
    if "error_id" in value or answer.status != 200:
        raise SourceRefused(_("Stack Exchange refuses the search: %(said)s", said=value.get("error_message")))
    if value.get("has_more") and not value["items"]:
        raise SourceIll(_("Stack Exchange says there is more, and gave nothing"), reason=MissedReason.EMPTY)


# -------------------------------------------------------------------------------------------------------- re-checking

_KINDS = {
    "questions": re.compile(r"(\d+)"),
    "answers": re.compile(r"answer-(\d+)"),
    "comments": re.compile(r"comment-(\d+)"),
}


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at questions, answers and comments, a hundred of a kind at a time.

    Raises:
        SourceIll, SourceRefused: as `connectors.lookup.look_up`.
    """
    api = _Api(ask)
    for kind, form in _KINDS.items():
        own = [each for each in ids if form.fullmatch(each)]
        yield from look_up(own, PAGE, lambda some, kind=kind: _held(api, kind, some))  # type: ignore[misc]


def _held(api: _Api, kind: str, some: Sequence[str]) -> Held:
    try:
        items, _ = api.call(f"{kind}/{';'.join(each.split('-')[-1] for each in some)}")
    except _UsedUp:
        return Held({}, api.taken(), unsaid=some, missed=(_used_up(kind),))
    return Held({_external_id(item): item for item in items}, api.taken())


# ----------------------------------------------------------------------------------------------------------- parsing


def parse(page: Page) -> Parsed:
    """Mentions of the questions, answers and comments, as plain text."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _external_id(item: Any) -> str:
    """A question's own number; those of answers and comments with a word before, because they are counted apart."""
    for kind in ("comment", "answer"):
        if isinstance(item, dict) and f"{kind}_id" in item:
            return f"{kind}-{name_of(item, f'{kind}_id')}"
    return name_of(item, "question_id")


def _mention(value: Any) -> FoundMention:
    item = record(value)
    if "comment_id" in item:
        return _comment(item)
    return _answer(item) if "answer_id" in item else _question(item)


def _question(item: Record) -> FoundMention:
    external_id = id_of(item, "question_id")
    title, text = unescape(text_of(item, "title")), plain_text(text_of(item, "body"))
    if not (title or text):
        raise SkipRecord(_("the question has neither a title nor a text"))
    link = web_address(text_of(item, "link"))
    site = re.match(r"https?://(?:www\.)?([^/]+)", link or "")
    found = _framed(item, external_id, text, "last_edit_date")
    return replace(
        found,
        title=title,
        kind=MentionKind.POST,
        url=link,
        reach=number_of(item, "view_count"),
        thread_id=external_id,
        place=site[1] if site else found.place,
    )


def _answer(item: Record) -> FoundMention:
    number, question = id_of(item, "answer_id"), number_of(item, "question_id")
    found = _framed(item, f"answer-{number}", plain_text(text_of(item, "body")), "last_edit_date")
    asked = str(question) if question else None
    return replace(found, url=_link(item, f"a/{number}"), thread_id=asked, parent_id=asked)


def _comment(item: Record) -> FoundMention:
    number, question = id_of(item, "comment_id"), number_of(item, "question_id")
    found = _framed(item, f"comment-{number}", plain_text(text_of(item, "body")), "edited")
    return replace(
        found,
        url=_link(item, f"posts/comments/{number}"),
        thread_id=str(question) if question else None,
        parent_id=text_of(item, "post") or None,
    )


def _framed(item: Record, external_id: str, text: str, edited: str) -> FoundMention:
    """What the three have in common."""
    if not text and "title" not in item:
        raise SkipRecord(_("it has no text"))
    return FoundMention(
        external_id=external_id,
        text=text,
        kind=MentionKind.COMMENT,
        author=unescape(text_of(inner(item, "owner"), "display_name")) or None,
        published_at=time_of(item, "creation_date"),
        reach=number_of(item, "score"),
        state=SourceState.EDITED if item.get(edited) else SourceState.LIVE,
        place=text_of(item, "on") or None,
    )


def _link(item: Record, path: str) -> str | None:
    on = text_of(item, "on")
    return web_address(f"https://{on}/{path}") if on else None


CONNECTOR = Connector(
    name="stackexchange",
    settings=StackExchangeSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    facts=Facts(
        reads="questions and answers on one site of Stack Exchange that match the query, and the comments on them",
        credentials="none for 300 requests a day; EARFUL_STACKEXCHANGE_KEY (free) for 10,000",
        terms="texts are under CC BY-SA: name the author and link the post wherever you show them",
        completeness="questions and answers that the search finds, and comments on those that a run reads; "
        "other comments can't be searched. The re-check notices edits and deletions of open cases",
    ),
)
