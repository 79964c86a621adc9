"""The sources that were ever read, and those that people only imported by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.mention import Source
from models.run import Coverage, Run, RunKind


def all_sources(session: Session) -> Sequence[Source]:
    """Every source that was ever read, by brand and name."""
    return session.scalars(select(Source).order_by(Source.brand, Source.name)).all()


@dataclass(frozen=True, slots=True)
class Imported:
    """A source that people only ever imported by hand, and the ledger of the last time."""

    source: Source
    last: Coverage


def only_imported(session: Session, sources: Sequence[Source]) -> list[Imported]:
    """Those of these sources that no run but imports ever read, the last imported first."""
    by_id = {source.id: source for source in sources}
    collected = (
        select(Coverage.id).join(Coverage.run).where(Coverage.source_id == Source.id, Run.kind != RunKind.IMPORT)
    )
    found = session.scalars(select(Source.id).where(Source.id.in_(by_id), ~collected.exists())).all()
    last = select(func.max(Coverage.id)).where(Coverage.source_id.in_(found)).group_by(Coverage.source_id)
    entries = session.scalars(select(Coverage).where(Coverage.id.in_(last)).order_by(Coverage.id.desc()))
    return [Imported(by_id[entry.source_id], entry) for entry in entries]
