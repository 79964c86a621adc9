"""Tells when a source has fallen silent: it was read to its end, and gave nothing new for longer than is expected.

"Nothing new" is counted up to the last time it was read to its end: of a source that can't be read, nobody can say.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from earful.settings import Settings
from earful.text import excerpt
from models.mention import Source
from models.notices import FAILED, SILENT, tell_channel
from models.people import tell_person
from models.recipients import wanting
from models.run import Coverage, RunStatus

LONGEST_ERROR = 300


def silent_since(heard_at: datetime, read_at: datetime | None, expect_every: timedelta | None) -> datetime | None:
    """Since when a source is silent; None when it is not, or when nothing is expected of it.

    `heard_at` is when it last gave something new, `read_at` when it was last read to its end.
    """
    silent = expect_every is not None and read_at is not None and read_at - heard_at > expect_every
    return heard_at if silent else None


def last_heard(session: Session, source: Source) -> datetime | None:
    """When the source last gave something new, or else when it was first read; None when it never was."""
    first = select(func.min(Coverage.started_at)).where(Coverage.source_id == source.id)
    return source.last_new_at or session.scalar(first)


def silence_of(
    session: Session, source: Source, expect_every: timedelta | None, read_at: datetime | None = None
) -> datetime | None:
    """Since when a stored source is silent; `read_at` when it was just read to its end, else as it is stored."""
    heard_at = last_heard(session, source) if expect_every else None
    return silent_since(heard_at, read_at or source.last_read_at, expect_every) if heard_at else None


def silences(session: Session, settings: Settings) -> dict[int, datetime]:
    """The sources that are silent now, by id, each with since when; only those that the settings still have."""
    expected = {(brand.name, each.name): each.expect_every for brand in settings.brands for each in brand.sources}
    rows = session.scalars(select(Source).order_by(Source.id)).all()
    found = {row.id: silence_of(session, row, expected.get((row.brand, row.name))) for row in rows}
    return {key: since for key, since in found.items() if since}


def enqueue_silences(session: Session, settings: Settings, at: datetime) -> None:
    """Put each silence into the outbox of its brand's channels and of who wants it, once; a new one is another."""
    for key, since in silences(session, settings).items():
        source = session.get_one(Source, key)
        said = {"brand": source.brand, "source": source.name, "since": since.isoformat()}
        event = f"{SILENT}:{key}:{_mark(source.last_new_at)}"
        for channel in settings.notifications:
            if channel.hears_of(source.brand):
                tell_channel(session, channel.name, event, at, said)
        _tell_operators(session, settings, event, at, said)


def enqueue_failures(session: Session, settings: Settings, at: datetime) -> None:
    """Tell who wants to know it that a source could not be read in its last run: once, until it was read again."""
    configured = {(brand.name, each.name) for brand in settings.brands for each in brand.sources}
    last = select(func.max(Coverage.id)).where(Coverage.status != RunStatus.RUNNING).group_by(Coverage.source_id)
    found = select(Source, Coverage).join(Coverage, Coverage.source_id == Source.id)
    failed = found.where(Coverage.id.in_(last), Coverage.status == RunStatus.FAILED).order_by(Source.id)
    for source, entry in session.execute(failed).tuples().all():
        if (source.brand, source.name) in configured:
            said = {"brand": source.brand, "source": source.name, "error": excerpt(entry.error or "", LONGEST_ERROR)}
            _tell_operators(session, settings, f"{FAILED}:{source.id}:{_mark(source.last_read_at)}", at, said)


def _mark(moment: datetime | None) -> int:
    return int(moment.timestamp()) if moment else 0


def _tell_operators(session: Session, settings: Settings, event: str, at: datetime, said: Mapping[str, str]) -> None:
    for name in wanting(session, settings, event.partition(":")[0], said["brand"]):
        tell_person(session, name, event, at, said)
