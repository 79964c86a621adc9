"""What a run did, told from its ledger: the numbers a person reads and a program relies on."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from earful.errors import NOTHING_READ, PARTLY_READ
from earful.values import COUNTED
from flows.steps.read import ReadCount
from models import runs
from models.database import Database
from models.run import Coverage, Run, RunStatus


def exit_code(statuses: Sequence[RunStatus]) -> int:
    """What a command that asked these sources ends with: all read, read in part, or nothing read at all."""
    if all(status is RunStatus.OK for status in statuses):
        return 0
    return NOTHING_READ if all(status is RunStatus.FAILED for status in statuses) else PARTLY_READ


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source in one run."""

    brand: str
    source: str
    status: RunStatus
    counts: dict[str, int]
    may_have_missed: list[dict[str, str]]
    notes: list[str]
    error: str | None
    silent_since: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The documented shape: docs/json.md."""
        return {
            "source": self.source,
            "brand": self.brand,
            "status": self.status.value,
            **self.counts,
            "may_have_missed": self.may_have_missed,
            "notes": self.notes,
            "error": self.error,
            "silent_since": self.silent_since.isoformat() if self.silent_since else None,
        }


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run: its sources, what reading and judging made of what they gave, and which channels missed it."""

    run_id: int
    sources: Sequence[SourceReport]
    count: ReadCount
    flagged: int
    flow_run_id: str | None = None
    not_told: Sequence[str] = ()  #: one sentence a channel that could not be told

    @property
    def complete(self) -> bool:
        """Whether every source was fully read."""
        return all(source.status is RunStatus.OK for source in self.sources)

    @property
    def exit_code(self) -> int:
        """What a command that did this run ends with."""
        return exit_code([source.status for source in self.sources])

    def as_json(self) -> dict[str, Any]:
        """The documented shape: docs/json.md."""
        return {
            "run": self.run_id,
            "flow_run": self.flow_run_id,
            "sources": [source.as_json() for source in self.sources],
            **asdict(self.count),
            "flagged": self.flagged,
            "not_told": list(self.not_told),
        }


def report(database: Database, run_id: int, count: ReadCount, flagged: int, not_told: Sequence[str] = ()) -> RunReport:
    """The report of a run, from its ledger."""
    with database.read() as session:
        run = session.get_one(Run, run_id)
        entries = [_source(entry) for entry in runs.ledger(session, run_id)]
        return RunReport(run_id, entries, count, flagged, run.flow_run_id, not_told)


def _source(entry: Coverage) -> SourceReport:
    return SourceReport(
        brand=entry.source.brand,
        source=entry.source.name,
        status=entry.status,
        counts={name: getattr(entry, name) for name in COUNTED},
        may_have_missed=list(entry.missed),
        notes=list(entry.notes),
        error=entry.error,
        silent_since=entry.silent_since,
    )
