"""Full-text search: what is indexed of a mention, and how a search is asked, alike on SQLite and PostgreSQL.

The words are folded by `earful.query` (case, accents, width; each character by itself in scripts without spaces), so
both databases hold and look for the very same words. SQLite indexes them in an FTS5 table that follows `mention_words`
by triggers, PostgreSQL as a `tsvector` in `mention_words` itself; both keep those with a case a second time, in the
small `case_search`. A change of title, text or author takes a mention's words away by a trigger, in the same
transaction: what is forgotten can't be found, whichever code forgot it. `index_words` puts the new ones in.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    ForeignKey,
    Select,
    TableClause,
    Text,
    cast,
    column,
    false,
    func,
    insert,
    literal,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from earful.clock import from_epoch
from earful.errors import ConfigError
from earful.query import And, Field, Near, Node, Not, Or, Query, Term, parse_query, words_of
from models.base import Base, BigId
from models.case import Case
from models.mention import Mention
from models.upsert import Row, batches

MOST_WORDS = 16_000  # of one text: PostgreSQL tells no places apart beyond 16,383
WALKED = 5_000  # of the newest mentions, to find words that are said often
FARTHER = 20  # times as far back is where words are looked for next
LONGEST_WORD = 60  # characters; what is longer is no word, and is found by its beginning


class FoldedWords(TypeDecorator[str]):
    """Folded words with a blank between them; on PostgreSQL a `tsvector` of exactly these, past its own parser."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """A `tsvector`, or plain text."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Each word with its place, as PostgreSQL writes them. Words hold letters and digits only, never a quote."""
        if value is None or dialect.name != "postgresql":
            return value
        return " ".join(f"'{word}':{place}" for place, word in enumerate(value.split(), 1))

    def bind_expression(self, bindvalue: Any) -> Any:
        """Say what the text is: PostgreSQL takes no text for a `tsvector` by itself."""
        return cast(bindvalue, self)


class StoredWords(Base):
    """What a search finds of one mention. Derived: `index_words` makes it, triggers take it away."""

    __tablename__ = "mention_words"  # its FTS5 tables (SQLite) and GIN indexes (PostgreSQL) are made by the migration

    mention_id: Mapped[int] = mapped_column(BigId, ForeignKey("mentions.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(BigId, unique=True, doc="by publication and id: the order of the list")
    flagged: Mapped[bool] = mapped_column(doc="has a case")
    words: Mapped[str] = mapped_column(FoldedWords)


_SECONDS = 2**33  # either side of 1970: more than two centuries
_IDS = 2**29
_ZERO = from_epoch(0)


_MENTION_SEARCH = table("mention_search", column("rowid", BigId), column("words"))
_CASE_SEARCH = table("case_search", column("rowid", BigId), column("mention_id", BigId), column("words"))


def place_of(published_at: datetime, mention_id: int) -> int:
    """Where a mention stands among all, by the second of its publication, then its id: what a search is ordered by."""
    seconds = min(max(int((published_at - _ZERO).total_seconds()), -_SECONDS), _SECONDS - 1)
    return seconds * _IDS + mention_id % _IDS


def folded(title: str, body: str, author: str | None) -> str:
    """The words of a mention as they are indexed; "" when it has none."""
    words = words_of("\n".join((title, body, author or "")))
    return " ".join(word[:LONGEST_WORD] for word in words[:MOST_WORDS])


# ------------------------------------------------------------------------------------------------------- keeping it up


def index_words(session: Session, source_id: int, external_ids: Iterable[str]) -> None:
    """Index those of these mentions that are not: new ones, and edited ones, whose old words a trigger took away."""
    for some in batches(list(external_ids)):
        _index(session, _unindexed().where(Mention.source_id == source_id, Mention.external_id.in_(some)))


def index_all(session: Session, after: int, limit: int) -> int | None:
    """Index what is not indexed among the `limit` mentions above an id. Returns the last id, None after the last."""
    ids = session.scalars(select(Mention.id).where(Mention.id > after).order_by(Mention.id).limit(limit)).all()
    if not ids:
        return None
    _index(session, _unindexed().where(Mention.id > after, Mention.id <= ids[-1]))
    return ids[-1]


def mark_flagged(session: Session, mention_ids: Sequence[int]) -> None:
    """Let these mentions be found among cases."""
    for some in batches(mention_ids):
        statement = update(StoredWords).where(StoredWords.mention_id.in_(some), ~StoredWords.flagged)
        session.execute(statement.values(flagged=True), execution_options={"synchronize_session": False})


def _unindexed() -> Select[Any]:
    has_case = select(Case.id).where(Case.mention_id == Mention.id).exists()
    columns = (Mention.id, Mention.published_at, Mention.title, Mention.text, Mention.author, has_case)
    return select(*columns).where(~select(StoredWords.place).where(StoredWords.mention_id == Mention.id).exists())


def _index(session: Session, chosen: Select[Any]) -> None:
    rows = [_row(*found) for found in session.execute(chosen).tuples()]
    if kept := [row for row in rows if row["words"]]:
        session.execute(insert(StoredWords), kept)


def _row(key: int, published_at: datetime, title: str, body: str, author: str | None, flagged: bool) -> Row:
    place, words = place_of(published_at, key), folded(title, body, author)
    return {"mention_id": key, "place": place, "flagged": flagged, "words": words}


# -------------------------------------------------------------------------------------------------------------- asking


def among_cases(session: Session, typed: str) -> ColumnElement[bool]:
    """The cases whose mention holds what was typed; none when it holds no word to look for."""
    asked = _asked(session, typed)
    if not asked:
        return false()
    if _is_postgresql(session):
        found = select(_CASE_SEARCH.c.mention_id).where(_holds(_CASE_SEARCH.c.words, asked))
    else:
        found = select(_CASE_SEARCH.c.rowid).where(_match(_CASE_SEARCH, asked))
    return Case.mention_id.in_(found)


def among_mentions(session: Session, typed: str) -> Select[tuple[int]]:
    """The ids of all mentions that hold what was typed."""
    *_narrower, everything = newest_first(session, typed)
    return everything.order_by(None)


def newest_first(session: Session, typed: str, before: int | None = None) -> Iterator[Select[tuple[int]]]:
    """The ids of mentions that hold what was typed, from before a place, the newest first, in ever wider looks.

    Each look finds the newest there are; a wider one is needed only when it found too few. The last one finds all.
    """
    asked = _asked(session, typed)
    if asked and _is_postgresql(session):
        yield from _on_postgresql(session, asked, before)
        return
    ids = select(StoredWords.mention_id)
    if not asked:
        yield ids.where(false())
        return
    place = _MENTION_SEARCH.c.rowid  # FTS5 walks its matches in this order by itself, and stops where the page is full
    found = ids.select_from(_MENTION_SEARCH).join(StoredWords, StoredWords.place == place)
    found = found.where(_match(_MENTION_SEARCH, asked), *_before(place, before))
    yield found.order_by(place.desc())


def _on_postgresql(session: Session, asked: str, before: int | None) -> Iterator[Select[tuple[int]]]:
    """What is said often stands among the newest, which are walked; what is said seldom is found by its index.

    The planner can't tell which it is, as it knows of no rare word how rare it is: left alone, it walks through all
    there are. An index of words knows no order, so it is asked for what is near first, and only then for everything.
    """
    place = StoredWords.place
    newer = _before(place.expression, before)
    hits = select(StoredWords.mention_id).where(_holds(StoredWords.words.expression, asked), *newer)
    newest = select(place).where(*newer).order_by(place.desc()).limit(WALKED).subquery()
    top, floor = session.execute(select(func.max(newest.c.place), func.min(newest.c.place))).one()
    if top is not None:
        yield hits.where(place >= floor).order_by(place.desc())
        yield in_order(hits.where(place >= top - (top - floor) * FARTHER), place)
    yield in_order(hits, place)


def in_order(found: Select[tuple[int]], *last_first: InstrumentedAttribute[Any]) -> Select[tuple[int]]:
    """The ids of all that is found, and only then sorted: else a planner may walk everything in that order."""
    columns = found.with_only_columns(found.selected_columns[0].label("found"), *last_first)
    hits = columns.cte("hits").prefix_with("MATERIALIZED")
    return select(hits.c.found).order_by(*(hits.c[column.key].desc() for column in last_first))


def _before(place: ColumnElement[int], before: int | None) -> list[ColumnElement[bool]]:
    return [] if before is None else [place < before]


def _match(searched: TableClause, asked: str) -> ColumnElement[bool]:
    return searched.c.words.bool_op("MATCH")(literal(asked))


def _holds(words: ColumnElement[str], asked: str) -> ColumnElement[bool]:
    return words.bool_op("@@")(cast(literal(asked, Text), TSQUERY))


def _asked(session: Session, typed: str) -> str:
    root = wanted(typed)
    if root is None:
        return ""
    return _tsquery(root) if _is_postgresql(session) else _fts5(root)


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


@lru_cache(maxsize=1000)
def wanted(typed: str) -> Node | None:
    """What was typed, in the house's query language; plain words where it can't be read. None: no word in it."""
    try:
        return _pruned(parse_query(typed).root)
    except ConfigError:
        return _pruned(_plain(typed))


@lru_cache(maxsize=1000)
def query_of(typed: str) -> Query | None:
    """What was typed as a query, to tell where in a text it stands."""
    root = wanted(typed)
    return Query(root) if root else None


def _plain(typed: str) -> Node:
    return And(tuple(Term(word) for word in words_of(typed)))


def _pruned(node: Node) -> Node | None:
    """The node without what no index holds: terms without a letter, and what only excludes."""
    match node:
        case Term(text, _):
            return node if words_of(text) else None
        case Field(_, value):
            return _pruned(Term(value))
        case Near(left, right, _):
            return _pruned(And((Or(left), Or(right))))
        case Or(parts):
            kept = [pruned for part in parts if (pruned := _pruned(part))]
            return Or(tuple(kept)) if kept else None
        case And(parts):
            return _pruned_all(parts)
        case Not():
            return None


def _pruned_all(parts: Sequence[Node]) -> Node | None:
    held = [pruned for part in parts if not isinstance(part, Not) and (pruned := _pruned(part))]
    out = [Not(pruned) for part in parts if isinstance(part, Not) and (pruned := _pruned(part.of))]
    return And((*held, *out)) if held else None


def _terms(term: Term) -> list[str]:
    return [word[:LONGEST_WORD] for word in words_of(term.text)]


def _fts5(node: Node) -> str:
    match node:
        case Term(_, prefix):
            return f'"{" ".join(_terms(node))}"' + "*" * prefix
        case Or(parts):
            return f"({' OR '.join(map(_fts5, parts))})"
        case And(parts):
            held = " AND ".join(_fts5(part) for part in parts if not isinstance(part, Not))
            out = "".join(f" NOT {_fts5(part.of)}" for part in parts if isinstance(part, Not))
            return f"(({held}){out})"
    raise AssertionError(node)


def _tsquery(node: Node) -> str:
    match node:
        case Term(_, prefix):
            return f"({' <-> '.join(map(repr, _terms(node)))}{':*' * prefix})"
        case Or(parts):
            return f"({' | '.join(map(_tsquery, parts))})"
        case And(parts):
            return f"({' & '.join(map(_tsquery, parts))})"
        case Not(of):
            return f"!{_tsquery(of)}"
    raise AssertionError(node)
