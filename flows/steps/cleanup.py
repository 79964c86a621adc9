"""Forgets what is past its retention, in small transactions, so that nobody waits long for the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import Session

from earful.configfile import Configuration
from earful.settings import Retention
from models import doors, forgetting
from models.database import Database
from models.forgetting import Ids

BATCH = 1000  # rows in one transaction


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was let go; after a dry run, what would be."""

    mentions: int  #: lost their text, author and link, and stay as counts
    rejected: int  #: records deleted
    ledger: int  #: entries of the coverage ledger deleted: one is one source in one run
    runs: int  #: runs deleted that nothing refers to any more
    dry_run: bool = False
    sessions: int = 0  #: sign-ins and links to choose a password that are over, deleted


def clean_up(
    database: Database, config: Configuration, now: datetime, *, dry_run: bool = False, batch: int = BATCH
) -> Cleaned:
    """Let go what the settings' retention no longer covers. What people decided, and consent, stays.

    Raises:
        StoreError: the database can't be used. What was let go before stays so; the next clean-up does the rest.
    """
    kinds = _kinds(config.settings.retention, now)
    if dry_run:
        with database.read() as session:
            gone = [forgetting.how_many(session, old) for old, _ in kinds]
    else:
        gone = [_all(database, old, let_go, batch) for old, let_go in kinds]
    mentions, rejected, ledger, runs = gone
    return Cleaned(mentions, rejected, ledger, runs, dry_run, _sessions(database, now, dry_run=dry_run))


def _sessions(database: Database, now: datetime, *, dry_run: bool) -> int:
    if dry_run:
        with database.read() as session:
            return doors.count_stale(session, now)
    with database.write() as session:
        return doors.forget_stale(session, now)


LetGo = Callable[[Session, Ids], int]


def _kinds(keep: Retention, now: datetime) -> tuple[tuple[Select[tuple[int]], LetGo], ...]:
    """What is old, and how it is let go: mentions, rejected records, the ledger, and then the runs it was of."""
    before = now - keep.mentions
    return (
        (
            forgetting.old_mentions(before, now),
            lambda session, ids: forgetting.forget_mentions(session, ids, before, now),
        ),
        (forgetting.old_rejected(now - keep.rejected), forgetting.delete_rejected),
        (forgetting.old_coverage(now - keep.runs), forgetting.delete_coverage),
        (forgetting.old_runs(now - keep.runs), forgetting.delete_runs),
    )


def _all(database: Database, old: Select[tuple[int]], let_go: LetGo, batch: int) -> int:
    """Let all of these go, batch by batch: found in a reading transaction, let go in a short writing one."""
    count, after = 0, 0
    while ids := _next(database, old, after, batch):
        with database.write() as session:
            count += let_go(session, ids)
        after = ids[-1]
    return count


def _next(database: Database, old: Select[tuple[int]], after: int, batch: int) -> Ids:
    with database.read() as session:
        return forgetting.next_of(session, old, after, batch)
