"""Looks again at mentions, those of open cases daily: an edited one is read anew, one that is gone is forgotten.

Nobody should answer what its author took back. Only sources that can be asked by id are; what a source does not answer
is not taken for deleted, it is told as something that may have been missed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from connectors.base import Ask, Connector, Page, Parsed
from connectors.registry import CONNECTORS
from earful import clock
from earful.configfile import Configuration
from earful.errors import EarfulError
from earful.speech import _
from earful.values import Missed, MissedReason, SourceCount
from flows.steps import expire
from flows.steps.collect import marked_when_stopped, of_page, requests_told, tried
from flows.steps.jobs import Job, jobs
from models import forgetting, runs, store
from models.changes import Insert, plan
from models.database import Database
from models.run import RunKind, RunStatus
from models.sources import all_sources
from models.store import Intake

AT_ONCE = 1000  # ids a connector is given at a time
IN_TIME = timedelta(days=10)  # before the terms' limit: so many daily re-checks may fail


@dataclass(frozen=True, slots=True)
class Rechecked:
    """One source that was asked again: how it went, what came of it, and why not when it failed."""

    brand: str
    source: str
    status: RunStatus
    asked: int
    count: SourceCount
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RecheckReport:
    """A re-check. `run_id` is None when no source had anything to be asked for."""

    run_id: int | None
    sources: tuple[Rechecked, ...] = ()
    expired: int = 0  #: mentions that were let go, because they could not be asked for as their source's terms want

    @property
    def complete(self) -> bool:
        """Whether every source answered for all that it was asked."""
        return all(source.status is RunStatus.OK for source in self.sources)


@dataclass(frozen=True, slots=True)
class _Task:
    """One source to be asked again."""

    job: Job
    connector: Connector
    source_id: int
    ids: Sequence[str]
    ask: Ask


def recheck_mentions(
    database: Database, config: Configuration, now: datetime, registry: Mapping[str, Connector] = CONNECTORS
) -> RecheckReport:
    """Look again at what must be looked at, where its source can be asked. A source that fails is a result.

    That is every open case's mention, and what a source's terms no longer allow to keep without asking; what could not
    be asked for in time is let go.

    Raises:
        StoreError: the database can't be used.
        ConfigError: a brand's query can't be read.
    """
    tasks, limited = _tasks(database, config, registry, now), expire.limited(database, registry)
    expire.forget_rejected(database, limited, now)
    if not tasks and not expire.anything_expired(database, limited, now):
        return RecheckReport(None)
    with database.write() as session:
        run_id = runs.begin_run(session, RunKind.RECHECK, now)
    with marked_when_stopped(database, run_id):
        done = tuple(_recheck(database, task, run_id, now) for task in tasks)
        expired = expire.let_go(database, limited, run_id, now)
        with database.write() as session:
            runs.end_run(session, run_id, now)
    return RecheckReport(run_id, done, expired)


def _tasks(database: Database, config: Configuration, registry: Mapping[str, Connector], now: datetime) -> list[_Task]:
    """What there is to ask of sources that are still in the settings and can be asked by id."""
    known = {(job.brand.name, job.source.name): job for job in _jobs(config)}
    found = []
    with database.read() as session:
        for row in all_sources(session):
            job = known.get((row.brand, row.name))
            reads = registry.get(job.source.type) if job else None
            if job and reads and reads.recheck:
                unseen_since = now - reads.keeps + IN_TIME if reads.keeps else None
                if ids := forgetting.to_look_at_again(session, row.id, unseen_since):
                    ask = Ask(job.source, job.query, row.cursor, config.secrets, None, config.folder)
                    found.append(_Task(job, reads, row.id, ids, ask))
    return found


def _jobs(config: Configuration) -> Sequence[Job]:
    return jobs(config.settings) if any(brand.sources for brand in config.settings.brands) else ()


def _recheck(database: Database, task: _Task, run_id: int, now: datetime) -> Rechecked:
    with database.write() as session:
        store.open_ledger(session, run_id, task.source_id, now)
    counts: list[SourceCount] = []
    error = tried(lambda: counts.extend(_pages(database, task, run_id, now)))
    return _close(database, task, run_id, now, sum(counts, SourceCount()), error)


def _pages(database: Database, task: _Task, run_id: int, now: datetime) -> Iterator[SourceCount]:
    """Ask, and store page by page. At the end, tell of those that the source did not answer for."""
    intake = Intake(task.source_id, task.job.brand.name, run_id, now)
    silent = set(task.ids)
    ids = iter(task.ids)
    with requests_told(database, run_id, task.source_id) as told:
        while some := list(islice(ids, AT_ONCE)):
            for page in task.connector.recheck(task.ask, some) if task.connector.recheck else ():
                yield _save(database, intake, page, task.connector.parse(page), silent)
                told(page)
    if silent:
        yield _unanswered(database, intake, len(silent), len(task.ids))


def _save(database: Database, intake: Intake, page: Page, parsed: Parsed, silent: set[str]) -> SourceCount:
    """Store what a page says of what was asked for; anything else in it is left alone. `silent` loses the answered."""
    answered = {found.external_id for found in parsed.found} & silent
    found = [found for found in parsed.found if found.external_id in answered]
    with database.write() as session:
        store.hold_source(session, intake.source_id)
        changes = plan(found, store.known(session, intake.source_id, answered), intake.run_id)
        count = store.apply_changes(session, intake, [each for each in changes if not isinstance(each, Insert)], {})
        count += store.keep_rejected(session, intake, parsed.rejected)
        count += of_page(page, parsed, len(found))
        store.add_to_ledger(session, intake.run_id, intake.source_id, count, intake.seen_at)
        runs.beat(session, intake.run_id, clock.now())  # life is shown in real time, whatever `now` we were given
    silent -= answered
    return count


def _unanswered(database: Database, intake: Intake, silent: int, asked: int) -> SourceCount:
    detail = _(
        "the source did not say how %(silent)s of %(asked)s posts stand; they are kept as they were last seen",
        silent=silent,
        asked=asked,
    )
    count = SourceCount(missed=(Missed(MissedReason.EMPTY, detail),))
    with database.write() as session:
        store.add_to_ledger(session, intake.run_id, intake.source_id, count, intake.seen_at)
    return count


def _close(
    database: Database, task: _Task, run_id: int, now: datetime, count: SourceCount, error: EarfulError | None
) -> Rechecked:
    status = _status(count, error)
    with database.write() as session:
        store.close_ledger(session, run_id, task.source_id, status, now, str(error) if error else None)
    said = str(error) if error else None
    return Rechecked(task.job.brand.name, task.job.source.name, status, len(task.ids), count, said)


def _status(count: SourceCount, error: EarfulError | None) -> RunStatus:
    if error:
        return RunStatus.PARTIAL if count.fetched else RunStatus.FAILED
    return RunStatus.PARTIAL if count.missed else RunStatus.OK
