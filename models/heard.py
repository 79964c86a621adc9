"""Everything that was heard, flagged or not: lists of mentions, newest first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from earful.values import Label
from models.case import Case
from models.mention import Mention, Source, StoredReading
from models.place import MentionPlace, values
from models.search import WALKED, among_mentions, in_order, newest_first, place_of

STREAM_ROWS = 500  # rows held in memory at once when everything is read


@dataclass(frozen=True, slots=True)
class MentionFilter:
    """Which mentions; what is left out filters nothing."""

    brand: str | None = None
    source: str | None = None
    label: Label | None = None
    language: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A mention with source and reading loaded, and the case it was flagged into."""

    mention: Mention
    case_id: int | None


@dataclass(frozen=True, slots=True)
class MentionPage:
    """Some mentions; `next` is None on the last page."""

    mentions: Sequence[Heard]
    next: MentionPlace | None


def list_mentions(
    session: Session, wanted: MentionFilter, limit: int, after: MentionPlace | None = None
) -> MentionPage:
    """Up to `limit` mentions, newest first, after a place."""
    picked = _picked(session, wanted, limit + 1, after)
    rows = session.execute(WHOLE_MENTIONS.where(Mention.id.in_(picked)))
    heard = {mention.id: Heard(mention, case_id) for mention, case_id in rows}
    found = [heard[key] for key in picked]
    shown = found[:limit]
    last = shown[-1].mention if len(found) > limit else None
    return MentionPage(shown, MentionPlace(last.published_at, last.id) if last else None)


def _picked(session: Session, wanted: MentionFilter, limit: int, after: MentionPlace | None) -> Sequence[int]:
    """The ids of a page, in order: found by an index alone, so that only what is shown is read whole."""
    picked: Sequence[int] = ()
    for ids in (_searched if wanted.text else _newest)(session, wanted, after):
        picked = session.scalars(ids.limit(limit)).all()
        if len(picked) == limit:
            break
    return picked


def _newest(session: Session, wanted: MentionFilter, after: MentionPlace | None) -> Iterator[Select[tuple[int]]]:
    """The newest are walked; what a filter lets through seldom is then found by the filter's own index, and sorted."""
    older = () if after is None else (tuple_(*_PLACE) < values(_PLACE_TYPES, after.published_at, after.id),)
    walked = select(Mention.published_at).where(*older).order_by(*_NEWEST_FIRST).offset(WALKED).limit(1)
    edge = session.scalar(walked) if replace(wanted, brand=None) != MentionFilter() else None
    newest = select(Mention.id).where(*_conditions(session, wanted), *older).order_by(*_NEWEST_FIRST)
    if edge is None:
        yield newest
        return
    yield newest.where(Mention.published_at >= edge)
    found = select(Mention.id).where(*_conditions(session, wanted, sought=True), *older)
    yield in_order(found, Mention.published_at, Mention.id)


def _searched(session: Session, wanted: MentionFilter, after: MentionPlace | None) -> Iterator[Select[tuple[int]]]:
    before = place_of(after.published_at, after.id) if after else None
    conditions = _conditions(session, wanted)
    for ids in newest_first(session, wanted.text, before):
        yield ids.join(Mention, Mention.id == ids.selected_columns[0]).where(*conditions) if conditions else ids


def find_mention(session: Session, mention_id: int) -> Heard | None:
    """One mention; None when there is none of this id."""
    row = session.execute(WHOLE_MENTIONS.where(Mention.id == mention_id)).tuples().one_or_none()
    return Heard(*row) if row else None


def stream_mentions(session: Session, wanted: MentionFilter, limit: int | None = None) -> Iterator[Heard]:
    """All mentions of a filter, newest first; memory does not grow with their number."""
    statement = WHOLE_MENTIONS.where(*_conditions(session, wanted)).limit(limit)
    if wanted.text:
        statement = statement.where(Mention.id.in_(among_mentions(session, wanted.text)))
    rows = session.execute(statement.execution_options(yield_per=STREAM_ROWS))
    for mention, case_id in rows:
        yield Heard(mention, case_id)


_PLACE = (Mention.published_at, Mention.id)
_PLACE_TYPES = [column.type for column in _PLACE]
_NEWEST_FIRST = (Mention.published_at.desc(), Mention.id.desc())
WHOLE_MENTIONS = (
    select(Mention, Case.id)
    .outerjoin(Case, Case.mention_id == Mention.id)
    .options(joinedload(Mention.source, innerjoin=True), joinedload(Mention.reading))
    .order_by(*_NEWEST_FIRST)
)


def looked_at(session: Session, asked: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column as a condition that is checked but not searched by.

    SQLite would search by an index that begins with it and then sort all it found, tens of thousands; the list's own
    index is in order already, and the first page of it is all that is wanted.
    """
    if session.get_bind().dialect.name != "sqlite":
        return asked.expression
    return type_coerce(literal_column(f"+{asked.expression}"), asked.type)


def sources_named(session: Session, name: str | None) -> Sequence[int]:
    """The sources of this name, each of another brand: looked up first, so that the database knows how few they are."""
    return session.scalars(select(Source.id).where(Source.name == name)).all()


def any_in_language(session: Session, code: str) -> bool:
    """Whether any mention was read as being in this language."""
    return session.scalar(select(StoredReading.mention_id).where(StoredReading.language == code).limit(1)) is not None


def _conditions(session: Session, wanted: MentionFilter, *, sought: bool = False) -> list[ColumnElement[bool]]:
    """What is asked of each mention of a list; `sought`: they are found by it, in no order."""
    source = Mention.source_id.expression if sought else looked_at(session, Mention.source_id)
    read = _found_by if sought else Mention.reading.has
    asked: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (wanted.brand, lambda: Mention.brand == wanted.brand),
        (wanted.source, lambda: source.in_(sources_named(session, wanted.source))),
        (wanted.label, lambda: read(StoredReading.label == wanted.label)),
        (wanted.language, lambda: read(StoredReading.language == wanted.language)),
    ]
    return [condition() for value, condition in asked if value]


def _found_by(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Mention.id.in_(select(StoredReading.mention_id).where(condition))
