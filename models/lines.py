"""The queue as lines: what a list shows of each case, read as plain rows.

A page shows dozens, and only a fraction of what a case, its mention, its source and its reading hold: whole ones would
take five times as long to read as these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from earful.values import Severity, SourceState
from models.case import Case, CaseStatus, CaseTag, Returned
from models.mention import Mention, Source, StoredReading
from models.place import Place
from models.queue import WORST_FIRST, CaseFilter, case_ids

_BETWEEN_TAGS = "\n"  # a tag is one line
LONGEST = 20_000  # characters in which words of rules, searches and brand names are looked for


class CaseLine(NamedTuple):
    """What a line of the queue shows of a case and its mention."""

    id: int
    version: int
    status: CaseStatus
    severity: Severity
    reasons: list[dict[str, str]]
    opened_at: datetime
    due_at: datetime
    first_response_at: datetime | None
    closed_at: datetime | None
    assignee: str | None
    returned: Returned | None
    alike: int | None
    brand: str
    source: str
    state: SourceState
    published_at: datetime
    rating: float | None
    nps: int | None
    title: str
    text: str  #: its beginning
    language: str | None  #: None: it was not read
    themes: list[str] | None
    evidence: list[dict[str, Any]] | None
    joined_tags: str | None

    @property
    def tags(self) -> list[str]:
        """Its tags, in order."""
        return sorted(self.joined_tags.split(_BETWEEN_TAGS)) if self.joined_tags else []

    @property
    def place(self) -> Place:
        """Where it stands in the queue."""
        return Place(self.severity, self.opened_at, self.id)


@dataclass(frozen=True, slots=True)
class LinePage:
    """Some lines; `next` is None on the last page."""

    lines: Sequence[CaseLine]
    next: Place | None


def list_lines(session: Session, wanted: CaseFilter, limit: int, after: Place | None = None) -> LinePage:
    """Up to `limit` cases as lines, worst first, among equals the newest first, after a place."""
    # The ids come from the index alone, then only those rows are read: whole texts would take ten times as long.
    picked = case_ids(session, wanted, after).limit(limit + 1).subquery()
    rows = session.execute(_LINES.join(picked, picked.c.id == Case.id)).all()
    lines = [CaseLine._make(row) for row in rows]
    return LinePage(lines[:limit], lines[limit - 1].place if len(lines) > limit else None)


_LINES = (
    select(
        Case.id,
        Case.version,
        Case.status,
        Case.severity,
        Case.reasons,
        Case.opened_at,
        Case.due_at,
        Case.first_response_at,
        Case.closed_at,
        Case.assignee,
        Case.returned,
        Case.alike,
        Case.brand,
        Source.name,
        Mention.state,
        Mention.published_at,
        Mention.rating,
        Mention.nps,
        Mention.title,
        func.substr(Mention.text, 1, LONGEST),
        StoredReading.language,
        StoredReading.themes,
        StoredReading.evidence,
        select(func.aggregate_strings(CaseTag.tag, _BETWEEN_TAGS)).where(CaseTag.case_id == Case.id).scalar_subquery(),
    )
    .select_from(Case)
    .join(Mention, Mention.id == Case.mention_id)
    .join(Source, Source.id == Mention.source_id)
    .outerjoin(StoredReading, StoredReading.mention_id == Mention.id)
    .order_by(*WORST_FIRST)
)
