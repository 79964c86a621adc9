"""The shape every connector has: fetch pages (I/O), parse them (pure), and say what it is.

`fetch` yields pages as they come; `parse` turns one page into mentions and rejected records. A page that is not what
it should be raises a `SourceError`: "nothing new" and "could not read" never look alike.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from earful.errors import SkipRecord
from earful.query import Query
from earful.secrets import Secrets
from earful.settings import SourceSettings
from earful.values import Cursor, FoundMention, Missed, Rejected

RAW_LIMIT = 4000  # characters kept of a rejected record: enough to mend it, not enough to fill a disk


@dataclass(frozen=True, slots=True)
class Ask:
    """What a connector is asked for: one source of one brand, from where it was left off."""

    source: Any  #: the connector's own settings (its `SourceSettings` subclass)
    query: Query  #: what the brand (and its competitors) look for
    cursor: Cursor  #: as the last complete read left it; {} the first time
    secrets: Secrets
    since: datetime | None = None  #: read back to this time, whatever the cursor says
    base_dir: Path = Path()  #: the configuration's folder: relative paths in the settings start here


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


@dataclass(frozen=True, slots=True)
class Parsed:
    """What is in one page. An item found deleted may keep its title: the query looks at it, the store drops it."""

    found: list[FoundMention] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    missed: tuple[Missed, ...] = ()
    notes: tuple[str, ...] = ()  #: as in `Page`


@dataclass(frozen=True, slots=True)
class Facts:
    """What an operator wants to know of a source before using it."""

    reads: str
    credentials: str
    terms: str
    completeness: str


@dataclass(frozen=True, slots=True)
class Connector:
    """One type of source. `recheck` looks again at items by id, where the source can: gone ones come back deleted."""

    name: str  #: the word for it in `earful.toml`: type = "…"
    settings: type[SourceSettings]
    fetch: Callable[[Ask], Iterator[Page]]
    parse: Callable[[Page], Parsed]
    facts: Facts
    recheck: Callable[[Ask, Sequence[str]], Iterator[Page]] | None = None
    secrets: tuple[str, ...] = ()  #: names of the secrets it needs, `EARFUL_…`


def parse_each(
    records: Iterable[Any], parse_one: Callable[[Any], FoundMention], *, where: str, raw: Callable[[Any], str] = str
) -> Parsed:
    """Parse record by record; one that raises `SkipRecord` is rejected with its reason, the others are kept."""
    parsed = Parsed()
    for number, record in enumerate(records, 1):
        try:
            parsed.found.append(parse_one(record))
        except SkipRecord as skip:
            parsed.rejected.append(Rejected(f"{where} item {number}", str(skip), raw(record)[:RAW_LIMIT]))
    return parsed
