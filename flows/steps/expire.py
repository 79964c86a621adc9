"""Lets go of what a source's terms no longer allow to keep, because it could not be asked for again in time.

It holds whatever becomes of the source: ill, refused, or gone from the settings.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors.base import Connector
from earful.speech import _
from earful.values import FoundMention, SourceCount, SourceState
from models import forgetting, store
from models.changes import Vanished
from models.database import Database
from models.mention import Source
from models.run import RunStatus
from models.sources import all_sources
from models.store import Intake

BATCH = 1000  # mentions in one transaction
Limited = Sequence[tuple[Source, timedelta]]


def limited(database: Database, registry: Mapping[str, Connector]) -> Limited:
    """The sources whose terms say how long what they gave may be kept, with how long."""
    with database.read() as session:
        rows = all_sources(session)
    return [(row, reads.keeps) for row in rows if (reads := registry.get(row.type)) and reads.keeps]


def anything_expired(database: Database, sources: Limited, now: datetime) -> bool:
    """Whether there is any mention to let go."""
    with database.read() as session:
        return any(forgetting.not_seen_since(session, row.id, now - keeps, 1) for row, keeps in sources)


def forget_rejected(database: Database, sources: Limited, now: datetime) -> None:
    """Delete rejected records that are too old: their raw text came from the source as well."""
    with database.write() as session:
        for row, keeps in sources:
            forgetting.delete_rejected_of(session, row.id, now - keeps)


def let_go(database: Database, sources: Limited, run_id: int, now: datetime) -> int:
    """Let go of text, author and reading of what is too old; returns of how many. Counts stay, the ledger tells."""
    return sum(_of_source(database, row, keeps, run_id, now) for row, keeps in sources)


def _of_source(database: Database, row: Source, keeps: timedelta, run_id: int, now: datetime) -> int:
    intake, count = Intake(row.id, row.brand, run_id, now), 0
    while gone := _batch(database, intake, now - keeps):
        count += gone
    if count:
        _tell(
            database,
            intake,
            _("%(count)s mentions could not be asked for again within %(days)s days", count=count, days=keeps.days),
        )
    return count


def _batch(database: Database, intake: Intake, before: datetime) -> int:
    with database.write() as session:
        store.hold_source(session, intake.source_id)
        ids = forgetting.not_seen_since(session, intake.source_id, before, BATCH)
        gone = [Vanished(FoundMention(each, "", state=SourceState.DELETED)) for each in ids]
        store.apply_changes(session, intake, gone, {})
    return len(ids)


def _tell(database: Database, intake: Intake, what: str) -> None:
    note = _("%(what)s, as the source's terms want: their text, author and reading were let go", what=what)
    with database.write() as session:
        if store.open_ledger(session, intake.run_id, intake.source_id, intake.seen_at):
            store.close_ledger(session, intake.run_id, intake.source_id, RunStatus.OK, intake.seen_at)
        store.add_to_ledger(session, intake.run_id, intake.source_id, SourceCount(notes=(note,)), intake.seen_at)
