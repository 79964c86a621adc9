"""The shape every connector has: fetch pages (I/O), parse them (pure), and say what it is.

`fetch` yields pages as they come; `parse` turns one page into mentions and rejected records. A page that is not what
it should be raises a `SourceError`: "nothing new" and "could not read" never look alike.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from earful.errors import SkipRecord
from earful.query import Query
from earful.secrets import Secrets
from earful.settings import SourceSettings
from earful.speech import _
from earful.text import digest, storable
from earful.values import Cursor, Delivery, FoundMention, Missed, Rejected, SourceState

RAW_LIMIT = 32_000  # characters kept of a rejected record: enough to mend it, not enough to fill a disk
MAX_ID = 300  # characters of an id; longer ones can't be indexed
MAX_NAME = 200  # characters of an author's or a place's name
MAX_HINT = 20  # characters of a language code
MAX_TEXT = 100_000  # characters of a text: a long book chapter, and what a reader still reads in a second
MAX_REACH = 2**31 - 1  # what a database's ordinary whole number holds


def nothing_delivered(_after: int) -> Sequence[Delivery]:
    """What waits to be collected where nothing was delivered."""
    return ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What a connector is asked for: one source of one brand, from where it was left off."""

    source: Any  #: the connector's own settings (its `SourceSettings` subclass)
    query: Query  #: what the brand (and its competitors) look for
    cursor: Cursor  #: as the last complete read left it; {} the first time
    secrets: Secrets
    since: datetime | None = None  #: read back to this time, whatever the cursor says
    base_dir: Path = Path()  #: the configuration's folder: relative paths in the settings start here
    #: what was delivered to this source and waits to be collected, above an id; oldest first, some at a time
    delivered: Callable[[int], Sequence[Delivery]] = nothing_delivered


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a source, unparsed.

    A source read newest first may move its cursor only with its last page: until then older items are still unread.
    """

    content: Any  #: what `parse` takes: bytes, a list of dicts, …
    number: int = 1  #: 1 for the first page of this read
    requests: int = 1  #: requests it took
    cursor: Cursor | None = None  #: where to go on after this page; None: stay where we were
    missed: tuple[Missed, ...] = ()
    repeated: int = 0  #: items the connector itself saw twice and left out
    notes: tuple[str, ...] = ()  #: for the operator, nothing lost: "unchanged since the last read"
    collected: tuple[int, ...] = ()  #: ids of the deliveries it holds; they are let go when it is stored


@dataclass(frozen=True, slots=True)
class Gone:
    """A record of a page: the source was asked for this item, and no longer has it."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What is in one page. An item found deleted may keep its title: the query looks at it, the store drops it."""

    found: list[FoundMention] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    missed: tuple[Missed, ...] = ()
    notes: tuple[str, ...] = ()  #: as in `Page`
    repeated: int = 0  #: older versions of items whose newest version comes later


@dataclass(frozen=True, slots=True)
class Facts:
    """What an operator wants to know of a source before using it."""

    reads: str
    credentials: str
    terms: str
    completeness: str


def again_from_json(_ask: Ask, raw: str) -> Page:
    """A page of the one record that was kept as JSON.

    Raises:
        SkipRecord: it is none, or not whole.
    """
    try:
        return Page([json.loads(raw)], requests=0)
    except (ValueError, RecursionError):
        raise SkipRecord(_("what was kept of it is not whole; it has to come from its source again")) from None


def as_json(record: Any) -> str:
    """A record as it is kept when it can't be used."""
    return json.dumps(record, ensure_ascii=False, default=str)


@dataclass(frozen=True, slots=True)
class Connector:
    """One type of source. `recheck` looks again at items by id, where the source can: gone ones come back as `Gone`."""

    name: str  #: the word for it in `earful.toml`: type = "…"
    settings: type[SourceSettings]
    fetch: Callable[[Ask], Iterator[Page]]
    parse: Callable[[Page], Parsed]
    facts: Facts
    recheck: Callable[[Ask, Sequence[str]], Iterator[Page]] | None = None
    secrets: tuple[str, ...] = ()  #: names of the secrets it needs, `EARFUL_…`
    again: Callable[[Ask, str], Page] = again_from_json  #: a page of the one record whose raw text was kept
    #: how long its terms allow to keep what was not asked for again; None: they don't say
    keeps: timedelta | None = None


def fitted(found: FoundMention) -> FoundMention:
    """The mention with nothing larger than a store can hold: long ids become fingerprints, texts and names are cut.

    One oversized record must not cost the page it came with.
    """
    if (
        len(found.external_id) <= MAX_ID
        and len(found.text) + len(found.title) <= MAX_TEXT
        and all(len(name or "") <= MAX_NAME for name in (found.author, found.place, found.thread_id, found.parent_id))
        and len(found.language or "") <= MAX_HINT
        and (found.answer is None or len(found.answer.text) <= MAX_TEXT)
        and -MAX_REACH <= (found.reach or 0) <= MAX_REACH
    ):
        return found
    return _cut(found)


def _cut(found: FoundMention) -> FoundMention:
    return replace(
        found,
        external_id=_short_id(found.external_id),
        text=found.text[:MAX_TEXT],
        title=found.title[: MAX_TEXT // 100],
        author=found.author and found.author[:MAX_NAME],
        place=found.place and found.place[:MAX_NAME],
        thread_id=found.thread_id and _short_id(found.thread_id),
        parent_id=found.parent_id and _short_id(found.parent_id),
        answer=found.answer and replace(found.answer, text=found.answer.text[:MAX_TEXT]),
        language=found.language if len(found.language or "") <= MAX_HINT else None,
        reach=None if found.reach is None else max(-MAX_REACH, min(found.reach, MAX_REACH)),
    )


def _gone(record: Gone) -> FoundMention:
    return FoundMention(record.external_id, "", state=SourceState.DELETED)


def _short_id(external_id: str) -> str:
    return external_id if len(external_id) <= MAX_ID else "long-" + digest(external_id)


def rejected(where: str, reason: str, raw: str) -> Rejected:
    """A rejected record whose texts a store can hold."""
    return Rejected(where, storable(reason), storable(raw)[:RAW_LIMIT])


def parse_each(
    records: Iterable[Any], parse_one: Callable[[Any], FoundMention], *, where: str, raw: Callable[[Any], str] = as_json
) -> Parsed:
    """Parse record by record; one that raises `SkipRecord` is rejected with its reason, the others are kept.

    What is `Gone` becomes a deleted mention.
    """
    parsed = Parsed()
    for number, record in enumerate(records, 1):
        try:
            parsed.found.append(_gone(record) if isinstance(record, Gone) else fitted(parse_one(record)))
        except SkipRecord as skip:
            parsed.rejected.append(rejected(f"{where} item {number}", str(skip), raw(record)))
    return parsed
