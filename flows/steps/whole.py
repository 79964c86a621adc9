"""The whole line in this process: collect, read, flag, tell the team, report. What Prefect does, without it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from earful import clock
from earful.configfile import Configuration
from earful.values import SourceCount
from flows.steps import collect
from flows.steps.flag import flag_waiting
from flows.steps.jobs import Job
from flows.steps.notify import deliver_waiting
from flows.steps.read import ReadCount, read_waiting
from flows.steps.report import RunReport, report
from flows.steps.sample import draw_samples
from models.database import Database
from models.run import RunKind


class Watcher(Protocol):
    """Somebody who wants to see how it goes."""

    def source(self, job: Job) -> None:
        """A source is about to be read."""

    def page(self, count: SourceCount) -> None:
        """A page of it was stored."""

    def step(self, name: str) -> None:
        """What comes after the sources begins: "reading", then "judging"."""

    def read(self, count: ReadCount) -> None:
        """A batch was read."""

    def judged(self, opened: int) -> None:
        """A batch was judged; so many were flagged."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """A watcher that looks away."""

    def source(self, job: Job) -> None:
        """Look away."""

    def page(self, count: SourceCount) -> None:
        """Look away."""

    def step(self, name: str) -> None:
        """Look away."""

    def read(self, count: ReadCount) -> None:
        """Look away."""

    def judged(self, opened: int) -> None:
        """Look away."""


def run_here(
    database: Database,
    config: Configuration,
    jobs: Sequence[Job],
    *,
    kind: RunKind = RunKind.COLLECT,
    since: datetime | None = None,
    watcher: Watcher | None = None,
) -> RunReport:
    """Do the whole line for these jobs, here and now.

    Raises:
        StoreError: the database can't be used. A source that fails is told in the report.
    """
    watcher = watcher or Nobody()
    run_id = collect.begin(database, kind)
    with collect.marked_when_stopped(database, run_id):
        for job in jobs:
            watcher.source(job)
            collect.collect_source(database, config, run_id, job, since, watcher.page)
        collect.end(database, run_id)
    return finish(database, config, run_id, watcher)


def finish(database: Database, config: Configuration, run_id: int, watcher: Watcher | None = None) -> RunReport:
    """The rest of the line once a run's sources are read: read, flag, draw the sample, tell the team, report."""
    watcher = watcher or Nobody()
    watcher.step("reading")
    count = read_waiting(database, config, watcher.read)
    watcher.step("judging")
    flagged = flag_waiting(database, config, watcher.judged)
    draw_samples(database, config, clock.now())
    delivery = deliver_waiting(database, config, clock.now())
    return report(database, run_id, count, flagged, delivery.errors)
