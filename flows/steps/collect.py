"""Collects: reads one source page by page and stores each page, its counts and its cursor in one transaction."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from connectors.base import Ask, Page, Parsed
from connectors.http import tallied
from connectors.registry import connector
from earful import clock
from earful.configfile import Configuration
from earful.errors import EarfulError, SourceError, SourceRefused, StoreError
from earful.speech import _
from earful.text import excerpt
from earful.values import Delivery, FoundMention, Missed, MissedReason, SourceCount
from flows.steps.jobs import Job, Subjects
from models import deliveries, runs, store
from models.changes import plan
from models.database import Database
from models.run import RunKind, RunStatus
from models.silence import silence_of
from models.store import Intake

AHEAD = timedelta(days=1)  # how far a date may lie ahead: clocks differ, and a bare date may be of another zone
DELIVERIES_AT_ONCE = 50  # of up to a megabyte each; mostly of a few hundred bytes

Progress = Callable[[SourceCount], None]


def begin(database: Database, kind: RunKind = RunKind.COLLECT, flow_run_id: str | None = None) -> int:
    """Begin a run; returns its id."""
    with database.write() as session:
        return runs.begin_run(session, kind, clock.now(), flow_run_id)


def end(database: Database, run_id: int) -> RunStatus:
    """End a run; returns how it went, over all its sources."""
    with database.write() as session:
        return runs.end_run(session, run_id, clock.now())


@contextmanager
def marked_when_stopped(database: Database, run_id: int) -> Iterator[None]:
    """Mark the run as interrupted where a person stops it meanwhile: nobody is to take it for one that still reads."""
    try:
        yield
    except KeyboardInterrupt:
        with suppress(StoreError), database.write() as session:
            runs.interrupt_run(session, run_id, clock.now())
        raise


def collect_source(
    database: Database,
    config: Configuration,
    run_id: int,
    job: Job,
    since: datetime | None = None,
    progress: Progress | None = None,
) -> RunStatus:
    """Read one source to its end. A source that fails is a result, told in the ledger; the others go on.

    Raises:
        StoreError: the database can't be used.
    """
    error = tried(lambda: read_source(database, config, run_id, job, since, progress))
    return give_up(database, run_id, job, error) if error else finish(database, run_id, job)


def tried(read: Callable[[], None]) -> SourceError | None:
    """What stopped the reading of one source, if anything did: whatever is wrong with it, the others are read.

    Raises:
        StoreError: the database can't be used.
    """
    try:
        read()
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug in one connector, too
        return as_source_error(error)
    return None


def as_source_error(error: BaseException) -> SourceError:
    """What stopped one source, as a result: a failure of the source as it is, anything else with what it was.

    A missing secret concerns this source only; a bug of ours is logged with its traceback.
    """
    if isinstance(error, SourceError):
        return error
    if isinstance(error, EarfulError):
        return SourceRefused(str(error))
    logging.getLogger("earful").error("a source stopped on a bug of ours; please report it", exc_info=error)
    return SourceRefused(
        _(
            "a bug of ours stopped it, please report it: %(kind)s: %(why)s",
            kind=type(error).__name__,
            why=excerpt(str(error)),
        )
    )


def read_source(
    database: Database,
    config: Configuration,
    run_id: int,
    job: Job,
    since: datetime | None = None,
    progress: Progress | None = None,
) -> None:
    """Read one source page by page, storing each as it comes; asked again, it goes on from the stored cursor.

    Raises:
        SourceError: the source could not be read (to its end); the pages before are stored.
    """
    reads = connector(job.source.type)
    subjects = Subjects(job)
    with database.write() as session:
        row = store.source_row(session, job.brand.name, job.source.name, job.source.type, job.fingerprint)
        store.open_ledger(session, run_id, row.id, clock.now())
        source_id, cursor = row.id, row.cursor
    ask = Ask(job.source, job.query, cursor, config.secrets, since, config.folder, _deliveries(database, job))
    with requests_told(database, run_id, source_id) as told:
        for page in reads.fetch(ask):
            intake = Intake(source_id, job.brand.name, run_id, clock.now())
            count = save_page(database, intake, page, reads.parse(page), subjects)
            told(page)
            if progress:
                progress(count)


def _deliveries(database: Database, job: Job) -> Callable[[int], Sequence[Delivery]]:
    """How the source's connector gets what was delivered to it."""

    def delivered(after: int) -> Sequence[Delivery]:
        with database.read() as session:
            return deliveries.uncollected(session, job.brand.name, job.source.name, after, DELIVERIES_AT_ONCE)

    return delivered


@contextmanager
def requests_told(database: Database, run_id: int, source_id: int) -> Iterator[Callable[[Page], None]]:
    """Add to the ledger what no page told of: the requests of a source that failed before it gave one, and our quota.

    Gives what to call with each page that was stored.
    """
    told = 0

    def page_came(page: Page) -> None:
        nonlocal told
        told += page.requests

    with tallied() as made:
        try:
            yield page_came
        finally:
            rest = SourceCount(requests=max(0, made.requests - told), quota=made.quota)
            if rest != SourceCount():
                with database.write() as session:
                    store.add_to_ledger(session, run_id, source_id, rest, clock.now())


def save_page(database: Database, intake: Intake, page: Page, parsed: Parsed, subjects: Subjects) -> SourceCount:
    """Store one page with its rejected records, its counts and, where the page moves it, the cursor. All or nothing."""
    about = about_us(parsed, subjects)
    with database.write() as session:
        return store_page(session, intake, page, parsed, about)


def about_us(parsed: Parsed, subjects: Subjects) -> dict[str, str]:
    """Whom each of the mentions is about, by external id; those about nobody we listen for are left out."""
    return {found.external_id: name for found in parsed.found if (name := subjects.of(found)) is not None}


def store_page(session: Session, intake: Intake, page: Page, parsed: Parsed, about: dict[str, str]) -> SourceCount:
    """The part of `save_page` that stands in the transaction."""
    parsed = none_ahead(parsed, intake.seen_at)
    store.hold_source(session, intake.source_id)
    known = store.known(session, intake.source_id, (found.external_id for found in parsed.found))
    # What is known stays ours even when an edit took the brand's name out of it.
    kept = [found for found in parsed.found if found.external_id in about or found.external_id in known]
    changes = plan(kept, known, intake.run_id)
    count = store.apply_changes(session, intake, changes, about)
    count += store.keep_rejected(session, intake, parsed.rejected)
    count += of_page(page, parsed, len(kept))
    store.add_to_ledger(session, intake.run_id, intake.source_id, count, intake.seen_at)
    runs.beat(session, intake.run_id, intake.seen_at)
    if page.collected:
        deliveries.collected(session, page.collected, intake.seen_at)
    if page.cursor is not None:
        store.move_cursor(session, intake.source_id, page.cursor)
    return count


def none_ahead(parsed: Parsed, at: datetime) -> Parsed:
    """The same, without times that can't be: what is dated more than a day ahead of now counts as undated.

    It would be the newest of all for as long as its date lies ahead, and be missing from every report until then.
    """
    latest = at + AHEAD
    found = [_none_ahead(each, latest) for each in parsed.found]
    if found == parsed.found:
        return parsed
    note = _(
        "items dated more than a day ahead count as undated; look at the dates, and at date_format where it is set"
    )
    return replace(parsed, found=found, notes=(*parsed.notes, note))


def _none_ahead(found: FoundMention, latest: datetime) -> FoundMention:
    if found.published_at is not None and found.published_at > latest:
        found = replace(found, published_at=None)
    if found.answer is not None and found.answer.at is not None and found.answer.at > latest:
        found = replace(found, answer=replace(found.answer, at=None))
    return found


def of_page(page: Page, parsed: Parsed, kept: int) -> SourceCount:
    """What a page adds to the ledger beside what became of its items; so many of the good ones were kept."""
    return SourceCount(
        requests=page.requests,
        fetched=len(parsed.found) + len(parsed.rejected) + page.repeated + parsed.repeated,
        off_query=len(parsed.found) - kept,
        repeated=page.repeated + parsed.repeated,
        missed=(*page.missed, *parsed.missed),
        notes=(*page.notes, *parsed.notes),
    )


def finish(database: Database, run_id: int, job: Job) -> RunStatus:
    """Close the ledger of a source that was read to its end: ok, or partial when something may have been missed."""
    with database.write() as session:
        row = store.source_row(session, job.brand.name, job.source.name, job.source.type, job.fingerprint)
        entry = store.ledger_entry(session, run_id, row.id)
        if entry.rejected and entry.rejected == entry.fetched:
            said = _(
                "none of its %(count)s records could be used; look at their reasons, and at the settings",
                count=entry.rejected,
            )
            count = SourceCount(missed=(Missed(MissedReason.UNREADABLE, said),))
            store.add_to_ledger(session, run_id, row.id, count, clock.now())
        status = RunStatus.PARTIAL if entry.missed else RunStatus.OK
        store.close_ledger(session, run_id, row.id, status, clock.now())
        if status is RunStatus.OK:
            entry.silent_since = silence_of(session, row, job.source.expect_every, clock.now())
            store.mark_read(session, row.id, clock.now())
    return status


def give_up(database: Database, run_id: int, job: Job, error: SourceError) -> RunStatus:
    """Close the ledger of a source that failed: partial when some of it was read, failed when nothing was."""
    missed = Missed(error.reason, _("reading ended early: %(why)s", why=error))
    with database.write() as session:
        row = store.source_row(session, job.brand.name, job.source.name, job.source.type, job.fingerprint)
        store.open_ledger(session, run_id, row.id, clock.now())
        entry = store.ledger_entry(session, run_id, row.id)
        status = RunStatus.PARTIAL if entry.fetched else RunStatus.FAILED
        store.add_to_ledger(session, run_id, row.id, SourceCount(missed=(missed,)), clock.now())
        store.close_ledger(session, run_id, row.id, status, clock.now(), str(error))
    return status
