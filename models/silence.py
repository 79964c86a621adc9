"""Tells when a source has fallen silent: it was read to its end, and gave nothing new for longer than is expected.

"Nothing new" is counted up to the last time it was read to its end: of a source that can't be read, nobody can say.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from earful.settings import Settings
from models.mention import Source
from models.outbox import OutboxEntry
from models.run import Coverage
from models.upsert import insert_new


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
    """Put each silence into the outbox of each channel of its brand, once; one that begins anew is another."""
    for key, since in silences(session, settings).items():
        source = session.get_one(Source, key)
        said = {"brand": source.brand, "source": source.name, "since": since.isoformat()}
        mark = int(source.last_new_at.timestamp()) if source.last_new_at else 0
        entry = {"event": f"source.silent:{key}:{mark}", "payload": said, "created_at": at, "attempts": 0}
        rows = [
            {**entry, "channel": channel.name} for channel in settings.notifications if channel.hears_of(source.brand)
        ]
        insert_new(session, OutboxEntry, rows, ["event", "channel"])
