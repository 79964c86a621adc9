"""Tries a changed query on what is stored: which mentions it would gain and lose, before anybody sets it.

Only what is stored can be looked at: mentions under other brands, competitors and sources. What a source holds beyond
that was never kept; it comes with the first read after the change, which reads each searched source anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from earful.query import Query, parse_query
from earful.settings import Brand
from earful.text import excerpt, whole
from earful.values import SourceState
from models.database import Database
from models.mention import Mention, Source

EXAMPLES = 5
ROWS_AT_ONCE = 2_000
CAVEAT = (
    "This is what is stored. What the sources hold beyond it is not known before they are read again, "
    "which the first run after the change does from the beginning."
)


@dataclass(frozen=True, slots=True)
class Example:
    """One mention that would be gained or lost."""

    mention_id: int
    brand: str
    source: str
    published_at: datetime
    said: str  #: how it begins


@dataclass(slots=True)
class Side:
    """What would be gained, or lost: how many, and some of them."""

    count: int = 0
    examples: list[Example] = field(default_factory=list)

    def add(self, row: Row[Any], most: int) -> None:
        """Count a mention, and keep it as an example while there are few."""
        self.count += 1
        if len(self.examples) < most:
            said = excerpt(whole(row.title, row.text))
            self.examples.append(Example(row.id, row.brand, row.source, row.published_at, said))


@dataclass(slots=True)
class Trial:
    """What a changed query would do to a brand's stored mentions."""

    looked_at: int = 0  #: stored mentions that still have a text
    kept: int = 0  #: of the brand's own, those that both queries find
    untouched: int = 0  #: of the brand's own, those that no query chose: sources that keep everything, imports
    gained: Side = field(default_factory=Side)
    lost: Side = field(default_factory=Side)

    def as_json(self) -> dict[str, Any]:
        """The documented shape: docs/json.md."""
        return {**asdict(self), "note": CAVEAT}


def try_query(database: Database, brand: Brand, changed: Query, examples: int = EXAMPLES) -> Trial:
    """Compare the brand's query with a changed one over all that is stored, in memory that does not grow with it.

    Lost is what the brand's searched sources gave for it and the changed query does not match. Gained is what is stored
    as somebody else's (another brand's, a competitor's) that the changed query matches and the present one does not.
    """
    present, trial = parse_query(brand.search), Trial()
    chosen = {source.name for source in brand.sources if source.match == "query" and not source.about}
    for row in _stored(database):
        trial.looked_at += 1
        _weigh(trial, row, brand, chosen, present, changed, examples)
    return trial


def _weigh(
    trial: Trial, row: Row[Any], brand: Brand, chosen: set[str], present: Query, changed: Query, most: int
) -> None:
    ours = row.brand == brand.name
    if ours and row.source not in chosen:
        trial.untouched += 1
    elif ours and row.subject == brand.name:
        if _matches(changed, row):
            trial.kept += 1
        else:
            trial.lost.add(row, most)
    elif _matches(changed, row) and not _matches(present, row):
        trial.gained.add(row, most)


def _matches(query: Query, row: Row[Any]) -> bool:
    about = {"author": row.author, "language": row.language_hint, "source": row.type, "url": row.url}
    return query.matches(whole(row.title, row.text), **about)


def _stored(database: Database) -> Iterator[Row[Any]]:
    """Every mention that still has a text, in batches of their own: no reader keeps a writer waiting."""
    last: Sequence[Row[Any]] = ()
    after = 0
    while True:
        with database.read() as session:
            last = session.execute(_COLUMNS.where(Mention.id > after).limit(ROWS_AT_ONCE)).all()
        if not last:
            return
        yield from last
        after = last[-1].id


_COLUMNS = (
    select(
        Mention.id, Mention.brand, Mention.subject, Mention.title, Mention.text, Mention.author, Mention.language_hint,
        Mention.url, Mention.published_at, Source.name.label("source"), Source.type,
    )
    .join(Source, Source.id == Mention.source_id)
    .where(Mention.state != SourceState.DELETED)
    .order_by(Mention.id)
)  # fmt: skip
