"""Reads Reddit through PRAW: posts by search and by listing, comments by listing (its search finds posts only).

PRAW keeps the token and the pace; paging is ours, because a listing that ends early must never look like "nothing new".
"""

import html
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, parse_each
from connectors.fields import text_of
from connectors.lookup import Held, look_up
from connectors.reddit_session import SITE, Closed, Get, session
from earful import __version__
from earful.clock import from_epoch, now
from earful.errors import SkipRecord, SourceIll, SourceRefused
from earful.query import Query
from earful.settings import Duration, SourceSettings
from earful.speech import N_, _
from earful.text import digest
from earful.values import Cursor, FoundMention, MentionKind, Missed, MissedReason, SourceState

if TYPE_CHECKING:
    from connectors.reddit_http import Tally

PAGE = 100  # items Reddit gives at most for one request
SEARCH_CAP = 250  # posts a search gives at most, whatever it finds
LISTING_CAP = 1000  # items a listing goes back at most
MAX_QUESTION = 480  # characters of a search; Reddit cuts longer ones
MAX_TOGETHER = 40  # subreddits in one address


def _subreddit(name: str) -> str:
    plain = name.strip().removeprefix("/").removeprefix("r/").rstrip("/")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_]{1,20}|u_[\w-]{3,20}", plain, re.ASCII):
        raise ValueError(f'"{name}" is no subreddit; write its name, as in "travel"')
    return plain


class RedditSettings(SourceSettings):
    """Reddit."""

    subreddits: tuple[Annotated[str, AfterValidator(_subreddit)], ...] = Field(
        (), description="where to listen; when left out, all of Reddit is searched for posts, and comments are not read"
    )
    listen: tuple[Literal["search", "new", "comments"], ...] = Field(
        ("search", "new", "comments"),
        min_length=1,
        description="`search`: posts that match; `new`, `comments`: all new posts and comments of the subreddits",
    )
    base_url: str | None = Field(None, description="another server in place of www.reddit.com and oauth.reddit.com")
    user_agent: str = Field(
        f"linux:earful:{__version__} (self-hosted brand feedback reader)",
        min_length=7,
        description="who we say we are; Reddit wants your account in it: … (by u/name)",
    )
    overlap: Duration = Field(
        timedelta(days=1), description="how much is read again each time, for late and edited items"
    )


@dataclass(frozen=True, slots=True)
class Stream:
    """One listing to read: where, with what parameters, and how deep Reddit lets us."""

    name: str
    places: tuple[str, ...]
    cap: int
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where it is: `r/a+b/comments`, or `search` for all of Reddit."""
        return f"r/{'+'.join(self.places)}/{self.name}" if self.places else self.name

    @property
    def label(self) -> str:
        """The same for a message: many subreddits are only counted."""
        return self.path if len(self.places) <= 3 else f"{self.name} of {len(self.places)} subreddits"

    def apart(self) -> list["Stream"]:
        """The same for each subreddit by itself; nothing when it is only one."""
        return [replace(self, places=(place,)) for place in self.places] if len(self.places) > 1 else []


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a listing, its shape checked."""

    children: list[Any]
    after: str | None


@dataclass(slots=True)
class Progress:
    """What this read has come across so far."""

    until: float = 0  #: seconds since 1970: older items are known
    names: set[str] = field(default_factory=set)
    newest: float = 0
    had: list[str] = field(default_factory=list)  #: streams that gave anything
    closed: dict[str, str] = field(default_factory=dict)  #: subreddits that can't be read, and why
    read: int = 0  #: streams that could
    broken: bool = False  #: a listing ended where it should not have


# ---------------------------------------------------------------------------------------------------------- fetching


def fetch(ask: Ask) -> Iterator[Page]:
    """Read each stream, newest first, down to what was known the last time; the last page carries the cursor.

    The cursor is the newest time seen and the streams that gave anything. A changed query or list is read in full.

    Raises:
        SourceIll: Reddit is slow, ill, or answers in a shape we don't know.
        SourceRefused: bad or missing credentials, blocked, or none of the subreddits can be read.
    """
    settings: RedditSettings = ask.source
    streams = planned(settings, ask.query)
    mark = digest(*(repr(stream) for stream in streams))
    cursor = ask.cursor if ask.cursor.get("asked") == mark else {}
    progress = Progress(_until(ask, cursor), newest=cursor.get("newest", 0))
    number, started = 0, now().timestamp()
    with session(ask) as (get, tally):
        for stream in streams:
            for children, missed in read_stream(get, stream, progress, cursor.get("had", ())):
                number += 1
                yield _page(children, missed, number, tally.take(), progress)
    if progress.closed and not progress.read:
        raise SourceRefused("; ".join(progress.closed.values()))
    yield Page([], number + 1, 0, _moved(mark, progress, started), _gaps(settings, ask.query))


def _moved(mark: str, progress: Progress, started: float) -> Cursor | None:
    """Where to go on; nowhere else while something could not be read, so that all of it is read once it can."""
    if progress.closed or progress.broken:
        return None
    # An item dated tomorrow must not hide those of today, nor one that came meanwhile those of streams read before it.
    newest = min(progress.newest, started)
    return {"asked": mark, "newest": newest, "had": progress.had}


def planned(settings: RedditSettings, query: Query) -> list[Stream]:
    """The streams to read for a query.

    Raises:
        SourceRefused: nothing can be read as it is set.
    """
    groups = [settings.subreddits[at : at + MAX_TOGETHER] for at in range(0, len(settings.subreddits), MAX_TOGETHER)]
    streams = []
    if "search" in settings.listen:
        streams += [_search(group, question) for group in groups or [()] for question in questions(query)]
    for name in ("new", "comments"):
        if name in settings.listen:
            streams += [Stream(name, group, LISTING_CAP) for group in groups]
    if not streams:
        raise SourceRefused(_("nothing to read on Reddit: name some `subreddits`, or words to search for in the query"))
    return streams


def _search(places: tuple[str, ...], question: str) -> Stream:
    params: dict[str, str | int] = {"q": question, "sort": "new", "t": "all", "type": "link", "include_over_18": "on"}
    return Stream("search", places, SEARCH_CAP, params | ({"restrict_sr": 1} if places else {}))


def questions(query: Query) -> list[str]:
    """What to ask Reddit's search, each short enough; what it can't be asked (`refund*`, NEAR, …) is checked later."""
    asked: list[str] = []
    for alternative in query.alternatives() or ():
        terms = [f'"{term.text}"' if " " in term.text else term.text for term in alternative if not term.prefix]
        part = " ".join(text.replace("\\", " ") for text in terms)
        if not part:
            continue
        joined = f"{asked[-1]} OR {_grouped(part)}" if asked else _grouped(part)
        asked = [*asked[:-1], joined] if asked and len(joined) <= MAX_QUESTION else [*asked, _grouped(part)]
    return asked


def _grouped(part: str) -> str:
    return f"({part})" if " " in part and not re.fullmatch(r'"[^"]*"', part) else part


def _gaps(settings: RedditSettings, query: Query) -> tuple[Missed, ...]:
    if "search" in settings.listen and not settings.subreddits and not _all_searchable(query):
        said = _(
            "parts of the query can't be searched on Reddit (beginnings like refund*, or NOT alone); name subreddits"
        )
        return (Missed(MissedReason.UNREADABLE, said),)
    return ()


def _all_searchable(query: Query) -> bool:
    return all(any(not term.prefix for term in alternative) for alternative in query.alternatives() or ((),))


def _until(ask: Ask, cursor: Cursor) -> float:
    if ask.since:
        return ask.since.timestamp()
    overlap: timedelta = ask.source.overlap
    return float(cursor["newest"]) - overlap.total_seconds() if cursor.get("newest") else 0


def _page(children: list[Any], missed: tuple[Missed, ...], number: int, requests: int, progress: Progress) -> Page:
    fresh = []
    for child in children:
        if (name := _name(child)) not in progress.names:
            progress.names.add(name)
            fresh.append(child)
    progress.newest = max([progress.newest, *map(_created, fresh)])
    return Page(fresh, number, requests, missed=missed, repeated=len(children) - len(fresh))


_FULLNAME = re.compile(r"t[13]_[a-z0-9]{1,13}")
_Part = tuple[list[Any], tuple[Missed, ...]]


def read_stream(get: Get, stream: Stream, progress: Progress, had: Sequence[str]) -> Iterator[_Part]:
    """The pages of one stream; each subreddit by itself where one of them is closed, or all together are too many."""
    open_places = tuple(place for place in stream.places if place not in progress.closed)
    if stream.places and not open_places:
        return
    stream = replace(stream, places=open_places)
    try:
        capped = yield from _walk(get, stream, progress, had)
        progress.read += 1
    except Closed as closed:
        if not stream.apart():
            yield [], (_blocked(stream, progress, closed),)
        capped = True
    if capped:
        for one in stream.apart():
            yield from read_stream(get, one, progress, had)


def _blocked(stream: Stream, progress: Progress, closed: Closed) -> Missed:
    place = stream.places[0] if stream.places else stream.name
    progress.closed[place] = _("r/%(place)s can't be read: %(why)s", place=place, why=closed)
    return Missed(MissedReason.BLOCKED, progress.closed[place])


def _walk(get: Get, stream: Stream, progress: Progress, had: Sequence[str]) -> Generator[_Part, None, bool]:
    """Page by page down to known items. Returns whether Reddit's cap ended it before."""
    own: set[str] = set()
    used: set[str] = set()
    first = last = _first(get, stream)
    listing: Listing | None = first
    while listing is not None:
        own.update(map(_name, listing.children))
        yield listing.children, ()
        last = listing
        ended = listing.after is None or _all_known(listing, progress.until)
        listing = None if ended else _following(get, stream, listing, own, used)
    yield from _remembered(stream, own, progress, had)
    if _all_known(last, progress.until):
        return False
    capped = _is_capped(stream, len(own))
    if used and not capped:
        top = _first(get, stream)
        yield top.children, ()
        capped = _is_capped(stream, len(own), _arrived(first, top))
    if capped:
        yield [], () if stream.apart() else (_capped(stream),)
    elif last.after is not None:
        progress.broken = True
        yield (
            [],
            (
                Missed(
                    MissedReason.EMPTY,
                    _("%(name)s promised more after %(count)s items and gave none", name=stream.label, count=len(own)),
                ),
            ),
        )
    return capped


def _is_capped(stream: Stream, count: int, arrived: int = 0) -> bool:
    """Near the known cap, or after whole pages only: an end in the middle of nothing is rather a cap than the end.

    What arrives while we page takes up places under the cap, and what was removed is left out without being replaced,
    so the end comes early. Where the subreddits can be read one by one, the suspicion alone is reason enough.
    """
    near = 0.5 if stream.apart() else 0.98
    return count + arrived >= stream.cap * near or (count > 0 and count % PAGE == 0)


def _arrived(before: Listing, after: Listing) -> int:
    """How many items came on top between two looks at it; a whole cap of them when nothing is left of the first."""
    known = set(map(_name, before.children))
    return next((place for place, child in enumerate(after.children) if _name(child) in known), LISTING_CAP)


def _capped(stream: Stream) -> Missed:
    said = (
        N_("%(name)s: Reddit's search finds %(most)s items at most; narrow the query")
        if stream.name == "search"
        else N_("%(name)s: Reddit's listings go back %(most)s items at most; read more often")
    )
    return Missed(MissedReason.CAP, _(said, name=stream.path, most=stream.cap))


def _remembered(stream: Stream, own: set[str], progress: Progress, had: Sequence[str]) -> Iterator[_Part]:
    key = digest(repr(stream))[:12]
    if own:
        progress.had.append(key)
    elif key in had:
        yield [], (Missed(MissedReason.EMPTY, _("%(name)s is empty; the last time it was not", name=stream.label)),)


def _first(get: Get, stream: Stream) -> Listing:
    return _checked(get(stream.path, {**stream.params, "limit": PAGE}), stream)


def _following(get: Get, stream: Stream, listing: Listing, own: set[str], used: set[str]) -> Listing | None:
    """The next page: after the item Reddit names; where that leads nowhere or in a circle, after the last ones."""
    last = [_name(child) for child in reversed(listing.children[-3:])]
    for anchor in dict.fromkeys([listing.after or "", *last]):
        if _FULLNAME.fullmatch(anchor) and anchor not in used:
            used.add(anchor)
            found = _checked(get(stream.path, {**stream.params, "limit": PAGE, "after": anchor}), stream)
            if any(_name(child) not in own for child in found.children):
                return found
    return None


def _checked(value: Any, stream: Stream) -> Listing:
    """The listing in an answer.

    Raises:
        SourceIll: it is none: empty, null, or something else.
    """
    data = value.get("data") if isinstance(value, dict) and value.get("kind") == "Listing" else None
    children = data.get("children") if isinstance(data, dict) else None
    after = data.get("after") if isinstance(data, dict) else None
    if not isinstance(children, list) or not isinstance(after, str | None):
        if value in ("", None):
            raise SourceIll(_("Reddit answered %(name)s with nothing", name=stream.label), reason=MissedReason.EMPTY)
        said = _("Reddit answered %(name)s with something that is no listing", name=stream.label)
        raise SourceIll(said, reason=MissedReason.UNREADABLE)
    return Listing(children, after or None)


def _all_known(listing: Listing, until: float) -> bool:
    """Whether the whole page is older than what we know; single items may be out of order."""
    return bool(until and listing.children) and max(map(_created, listing.children)) < until


def _data(child: Any) -> Mapping[str, Any]:
    data = child.get("data") if isinstance(child, dict) else None
    return data if isinstance(data, dict) else {}


def _name(child: Any) -> str:
    name = _data(child).get("name")
    return name if isinstance(name, str) and name else digest(repr(child))


def _created(child: Any) -> float:
    created = _data(child).get("created_utc")
    return float(created) if isinstance(created, int | float) else 0


# -------------------------------------------------------------------------------------------------------- re-checking


def recheck(ask: Ask, ids: Sequence[str]) -> Iterator[Page]:
    """Look again at items by their ids, a hundred at a time; those that are gone come back as `Gone`.

    Raises:
        SourceIll, SourceRefused: as `fetch`.
    """
    wanted = [name for name in ids if _FULLNAME.fullmatch(name)]
    with session(ask) as (get, tally):
        yield from look_up(wanted, PAGE, lambda some: _held(get, tally, some))


def _held(get: Get, tally: "Tally", some: Sequence[str]) -> Held:
    stream = Stream("api/info", (), PAGE)
    try:
        found = _checked(get(stream.path, {"id": ",".join(some)}), stream).children
    except Closed as closed:
        raise SourceRefused(_("Reddit does not tell how items stand: %(why)s", why=closed)) from None
    return Held({_name(child): child for child in found}, tally.take())


# ----------------------------------------------------------------------------------------------------------- parsing

_KINDS = {"t3": MentionKind.POST, "t1": MentionKind.COMMENT}
_EMPTIED = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]", "[deleted by user]"})
_UNSEEN = re.compile("&#x200B;|&nbsp;", re.IGNORECASE)  # the editor leaves these where nothing was written


def parse(page: Page) -> Parsed:
    """Mentions of posts and comments. Deleted and removed ones lose text and author."""
    return parse_each(page.content, _mention, where=f"page {page.number}")


def _mention(child: Any) -> FoundMention:
    data = _data(child)
    name = data.get("name")
    kind = _KINDS.get(str(child.get("kind"))) if isinstance(child, dict) else None
    if kind is None or not isinstance(name, str) or not _FULLNAME.fullmatch(name):
        raise SkipRecord(_("it is neither a post nor a comment with an id"))
    text = text_of(data, "body" if kind is MentionKind.COMMENT else "selftext")
    title = "" if kind is MentionKind.COMMENT else text_of(data, "title")
    gone = data.get("removed_by_category") or text in _EMPTIED or title in _EMPTIED
    found = _frame(name, kind, data)
    if gone:
        # Reddit still shows the title: it tells whether the item was ours, and the store keeps nothing of it.
        return replace(found, title="" if title in _EMPTIED else title, state=SourceState.DELETED)
    if not (text or title):
        raise SkipRecord(_("it has neither a title nor a text"))
    return replace(
        found,
        text=_UNSEEN.sub(" ", text).strip(),
        title=title,
        author=_author(data),
        state=SourceState.EDITED if data.get("edited") else SourceState.LIVE,
    )


def _frame(name: str, kind: MentionKind, data: Mapping[str, Any]) -> FoundMention:
    """All of an item but what its author may take back."""
    permalink = text_of(data, "permalink")
    return FoundMention(
        external_id=name,
        text="",
        kind=kind,
        url=SITE + html.unescape(permalink) if permalink.startswith(("/r/", "/user/")) else None,
        published_at=_published(data),
        reach=data["score"] if type(data.get("score")) is int else None,
        thread_id=text_of(data, "link_id") or (name if kind is MentionKind.POST else None),
        parent_id=text_of(data, "parent_id") or None,
        place=text_of(data, "subreddit") or None,
    )


def _author(data: Mapping[str, Any]) -> str | None:
    author = text_of(data, "author")
    return None if not author or author in _EMPTIED else author


def _published(data: Mapping[str, Any]) -> Any:
    created = data.get("created_utc")
    if created is None:
        return None
    if isinstance(created, bool) or not isinstance(created, int | float):
        raise SkipRecord(_("its time is no number"))
    try:
        return from_epoch(created)
    except ValueError as error:
        raise SkipRecord(_("its time is impossible: %(why)s", why=error)) from None


CONNECTOR = Connector(
    name="reddit",
    settings=RedditSettings,
    fetch=fetch,
    parse=parse,
    recheck=recheck,
    secrets=("EARFUL_REDDIT_CLIENT_ID", "EARFUL_REDDIT_CLIENT_SECRET"),
    facts=Facts(
        reads="posts and comments of subreddits you name; posts anywhere by search",
        credentials="an approved Reddit app: id and secret (since November 2025 Reddit approves each app by hand)",
        terms="non-commercial use under Reddit's Data API terms; commercial use needs a written agreement with Reddit. "
        "What was deleted there must be deleted here: keep the re-check running",
        completeness="the newest 1,000 posts and 1,000 comments of each subreddit and 250 search results per read; "
        "comments only in the subreddits you name. When a cap is reached, the run says so",
    ),
)
