"""Parses rejected records again from the raw text that was kept of them, with today's connectors and settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from connectors.base import RAW_LIMIT, Ask, Connector, Page, Parsed
from connectors.registry import connector
from connectors.versions import ANOTHERS
from earful import clock
from earful.configfile import Configuration
from earful.errors import SkipRecord
from earful.speech import _
from earful.values import FoundMention, Rejected, SourceCount
from flows.steps import collect
from flows.steps.jobs import Job, Subjects, jobs
from models import rejected, runs, store
from models.changes import Known, content_digest
from models.database import Database
from models.mention import RejectedRecord, Source
from models.run import RunKind, RunStatus
from models.store import Intake

AT_ONCE = 200  # records of a transaction


@dataclass(slots=True)
class _Outcome:
    """What became of some kept records, by their ids.

    `used` are the mentions in those that can be used now, each with the last run that saw the record.
    """

    used: dict[int, list[tuple[FoundMention, int]]] = field(default_factory=dict)
    still: dict[int, Rejected] = field(default_factory=dict)

    @property
    def found(self) -> list[tuple[FoundMention, int]]:
        """What is in those that can be used now."""
        return [each for several in self.used.values() for each in several]


def retry_rejected(
    database: Database, config: Configuration, brand: str | None = None, source: str | None = None
) -> int:
    """Parse what is kept of all sources, or those asked for, and store what can be used now. Returns the run's id.

    What can be used is stored as if it had just been fetched, and is no longer kept as rejected; the rest stays, with
    the reason it has now. A source that can't be read again is told in the ledger.

    Raises:
        StoreError: the database can't be used.
        ConfigError: there is no such brand or source.
    """
    known = {(job.brand.name, job.source.name): job for job in jobs(config.settings, brand, source)}
    with database.write() as session:
        run_id = runs.begin_run(session, RunKind.COLLECT, clock.now())
        kept = [row for row in rejected.sources_with_rejected(session) if (row.brand, row.name) in known]
    with collect.marked_when_stopped(database, run_id):
        for row in kept:
            _retry_source(database, config, run_id, known[row.brand, row.name], row)
        collect.end(database, run_id)
    return run_id


def _retry_source(database: Database, config: Configuration, run_id: int, job: Job, row: Source) -> None:
    with database.write() as session:
        store.open_ledger(session, run_id, row.id, clock.now())
    ask = Ask(job.source, job.query, row.cursor, config.secrets, None, config.folder)
    error = collect.tried(lambda: _retry_records(database, run_id, job, row.id, ask))
    with database.write() as session:
        status = RunStatus.FAILED if error else RunStatus.OK
        store.close_ledger(session, run_id, row.id, status, clock.now(), str(error) if error else None)


def _retry_records(database: Database, run_id: int, job: Job, source_id: int, ask: Ask) -> None:
    reads, subjects, after = connector(job.source.type), Subjects(job), 0
    while True:
        with database.read() as session:
            kept = rejected.next_rejected(session, source_id, after, AT_ONCE)
        if not kept:
            return
        after = kept[-1].id
        outcome = _parsed(reads, ask, kept)
        with database.read() as session:
            _leave_others(session, source_id, kept, outcome)
        _save(database, Intake(source_id, job.brand.name, run_id, clock.now()), outcome, subjects)


def _leave_others(session: Session, source_id: int, kept: Sequence[RejectedRecord], outcome: _Outcome) -> None:
    """Leave rejected what only has somebody else's id: such a row alone looks like a newer version of theirs.

    Once `id` is mended, it has an id that nothing else is stored under.
    """
    suspects = {record.id: record for record in kept if record.reason == ANOTHERS and record.id in outcome.used}
    stored = store.known(session, source_id, [found.external_id for key in suspects for found, _ in outcome.used[key]])
    for key, record in suspects.items():
        if any(_is_other(found, stored.get(found.external_id)) for found, _ in outcome.used[key]):
            del outcome.used[key]
            outcome.still[key] = Rejected(record.position, record.reason, record.raw)


def _is_other(found: FoundMention, known: Known | None) -> bool:
    return known is not None and known.digest != content_digest(found)


def _save(database: Database, intake: Intake, outcome: _Outcome, subjects: Subjects) -> SourceCount:
    """Store what can be used as one page, in the transaction in which it stops being kept as rejected."""
    about = collect.about_us(Parsed([found for found, _ in outcome.found]), subjects)
    tried = len(outcome.used) + len(outcome.still)
    note = _("%(tried)s kept records were parsed again; %(used)s can be used now", tried=tried, used=len(outcome.used))
    with database.write() as session:
        store.hold_source(session, intake.source_id)
        rejected.let_go(session, list(outcome.used))
        rejected.reword(session, intake.source_id, outcome.still)
        known = store.known(session, intake.source_id, [found.external_id for found, _ in outcome.found])
        news = [found for found, run_id in outcome.found if _is_news(known.get(found.external_id), run_id)]
        parsed = Parsed(news, list(outcome.still.values()), notes=(note,))
        page = Page([], requests=0, repeated=len(outcome.found) - len(news))
        return collect.store_page(session, intake, page, parsed, about)


def _is_news(known: Known | None, run_id: int) -> bool:
    """Whether what was kept in this run is later than what is stored: an old record must not undo a later edit."""
    return known is None or known.run_id < run_id


def _parsed(reads: Connector, ask: Ask, kept: Sequence[RejectedRecord]) -> _Outcome:
    outcome = _Outcome()
    for record in kept:
        before = Rejected(record.position, record.reason, record.raw)
        again = _again(reads, ask, before)
        if isinstance(again, Rejected):
            outcome.still[record.id] = again
        else:
            outcome.used[record.id] = [(found, record.run_id) for found in again.found]
    return outcome


def _again(reads: Connector, ask: Ask, record: Rejected) -> Parsed | Rejected:
    """What the record holds, or the record with the reason why it still can't be used."""
    if len(record.raw) >= RAW_LIMIT:
        return record  # only its beginning was kept: what was cut off must not be taken for its end
    try:
        parsed = reads.parse(reads.again(ask, record.raw))
    except SkipRecord:
        return record  # it was not kept as it stood; why it could not be used is still the better reason
    return replace(record, reason=parsed.rejected[0].reason) if parsed.rejected else parsed
