"""The flow that collects: one task a source, then reads, flags and tells the team of what came."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.tasks import exponential_backoff

from earful import clock
from earful.errors import ConfigError, SourceError, SourceIll, StoreError
from earful.speech import _
from earful.values import SourceCount
from earful.when import back_to
from flows.flag import flag_mentions
from flows.house import opened
from flows.ledger import publish, summary
from flows.limits import alone
from flows.notify import tell_the_team
from flows.read import read_texts
from flows.steps import collect as steps
from flows.steps.jobs import Job, jobs
from flows.steps.report import report
from models.database import Database
from models.run import RunStatus

RETRIES = 3
FIRST_PAUSE = 10.0  # seconds before the first retry; doubled each time, give or take half
LONGEST_PAUSE = timedelta(minutes=10)  # a source that asks for more is left until the next run, which goes on there
LONGEST_READ = timedelta(hours=2)  # of one source, looked at after each page; a page has its connector's time-outs
SOURCES_AT_ONCE = 4


def asking_again_may_help(_task: object, _run: TaskRun, state: State) -> bool:
    """Whether a failed task is retried: only where the source is ill for now, after the pause that it asked for."""
    error = state.data
    if not isinstance(error, SourceIll):
        return False
    pause = error.retry_after or timedelta(0)
    if pause > LONGEST_PAUSE:
        return False
    if pause:
        get_run_logger().info("the source asks us to wait %d s", pause.total_seconds())
        time.sleep(pause.total_seconds())
    return True


@task(
    name="read source",
    task_run_name="read {source} of {brand}",
    retries=RETRIES,
    retry_delay_seconds=exponential_backoff(FIRST_PAUSE),
    retry_jitter_factor=0.5,
    retry_condition_fn=asking_again_may_help,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def read_one(run_id: int, brand: str, source: str, since: str | None = None) -> None:
    """Read one source to its end, alone among those of its type.

    Raises:
        SourceError: it could not be read to its end; what came before is stored.
    """
    with opened() as (config, database):
        job = next(iter(jobs(config.settings, brand, source)))
        with alone(job.source.type):
            steps.read_source(
                database, config, run_id, job, back_to(since or None, clock.now()), no_longer_than(LONGEST_READ)
            )
        steps.finish(database, run_id, job)


def no_longer_than(limit: timedelta) -> Callable[[SourceCount], None]:
    """Something to call after each page; raises `SourceError` when reading has taken longer than the limit."""
    logger = get_run_logger()
    latest = time.monotonic() + limit.total_seconds()

    def after_page(count: SourceCount) -> None:
        logger.info("a page: %d fetched, %d new, %d rejected", count.fetched, count.new, count.rejected)
        if time.monotonic() > latest:
            raise SourceError(
                _("it was still not read to its end after %(limit)s; the next run goes on from here", limit=limit)
            )

    return after_page


def run_name() -> str:
    """What a run of `collect` is called in the list of runs."""
    asked = flow_run.parameters
    which = " of ".join(asked[key] for key in ("source", "brand") if asked.get(key))
    return f"collect {which or 'all brands'}"


@flow(
    name="collect",
    flow_run_name=run_name,
    task_runner=cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner[Any](max_workers=SOURCES_AT_ONCE)),
    timeout_seconds=12 * 3600,
    persist_result=False,
)
def collect(brand: str | None = None, source: str | None = None, since: str | None = None) -> State:
    """Collect from every source, or those asked for; then read, flag, and tell the team.

    A source that fails stops no other. The run ends as completed with what it did, as failed when nothing could be
    read.

    Args:
        brand: only this brand
        source: only the source of this name
        since: read back to this time (2026-11-01) or so far back (7d), whatever was read before
    """
    try:
        return _collect(brand, source, since)
    except ConfigError as error:
        return Failed(message=str(error))


def _collect(brand: str | None, source: str | None, since: str | None) -> State:
    start = back_to(since or None, clock.now())
    with opened() as (config, database):
        todo = jobs(config.settings, brand, source)
        run_id = steps.begin(database, flow_run_id=str(flow_run.id))
        status = _read_all(database, run_id, todo, start.isoformat() if start else None)
        count = read_texts()
        done = report(database, run_id, count, flag_mentions())
    done = replace(done, not_told=tell_the_team().errors)
    publish(done)
    ended = Failed if status is RunStatus.FAILED else Completed
    return ended(message=summary(done))


def _read_all(database: Database, run_id: int, todo: Sequence[Job], since: str | None) -> RunStatus:
    started = [(job, read_one.submit(run_id, job.brand.name, job.source.name, since)) for job in todo]
    for _job, future in started:
        future.wait()
    for job, future in started:
        _close(database, run_id, job, future)
    return steps.end(database, run_id)


def _close(database: Database, run_id: int, job: Job, future: PrefectFuture[Any]) -> None:
    """A source that failed is a result, whatever stopped it; only the database, or somebody, stops the run."""
    error = future.result(raise_on_failure=False)
    if isinstance(error, Exception) and not isinstance(error, StoreError):
        steps.give_up(database, run_id, job, steps.as_source_error(error))
    elif isinstance(error, BaseException):
        raise error
