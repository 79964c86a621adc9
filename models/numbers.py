"""What can be counted over a stretch of time: mentions by whom, label, language and source; cases and how they went."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from earful.values import Label
from models.case import Case, CaseStatus
from models.mention import Mention, Source, StoredReading


class CaseTimes(NamedTuple):
    """How one case went, as far as counting needs it."""

    status: CaseStatus
    opened_at: datetime
    due_at: datetime
    first_due_at: datetime | None  #: the first promise, where its author's return made another
    first_response_at: datetime | None
    reasons: list[dict[str, str]]

    @property
    def promised_at(self) -> datetime:
        """By when the first answer was promised."""
        return self.first_due_at or self.due_at


def voices(session: Session, brand: str, start: datetime, end: datetime) -> dict[str, int]:
    """How many mentions are about the brand and about each competitor."""
    return _counted(session, _heard(Mention.subject, brand, start, end), Mention.subject)


def labels(session: Session, brand: str, start: datetime, end: datetime) -> dict[Label, int]:
    """How many mentions of the brand were read as what."""
    chosen = _heard(StoredReading.label, brand, start, end).join(Mention.reading)
    return _counted(session, chosen.where(Mention.subject == brand), StoredReading.label)


def languages(session: Session, brand: str, start: datetime, end: datetime) -> dict[str, int]:
    """How many mentions of the brand are in which language."""
    chosen = _heard(StoredReading.language, brand, start, end).join(Mention.reading)
    return _counted(session, chosen.where(Mention.subject == brand), StoredReading.language)


def sources(session: Session, brand: str, start: datetime, end: datetime) -> dict[str, int]:
    """How many mentions of the brand came from which source."""
    chosen = _heard(Source.name, brand, start, end).join(Mention.source)
    return _counted(session, chosen.where(Mention.subject == brand), Source.name)


def cases_opened(session: Session, brand: str, start: datetime, end: datetime) -> list[CaseTimes]:
    """The cases opened in this time."""
    columns = [getattr(Case, name) for name in CaseTimes._fields]
    rows = session.execute(select(*columns).where(Case.brand == brand, Case.opened_at >= start, Case.opened_at < end))
    return [CaseTimes(*row) for row in rows]


def _heard(column: InstrumentedAttribute[Any], brand: str, start: datetime, end: datetime) -> Select[Any]:
    when = (Mention.brand == brand, Mention.published_at >= start, Mention.published_at < end)
    return select(column, func.count()).select_from(Mention).where(*when)


def _counted(session: Session, chosen: Select[Any], column: InstrumentedAttribute[Any]) -> dict[Any, int]:
    return {key: count for key, count in session.execute(chosen.group_by(column).order_by(func.count().desc(), column))}
