"""The exports, from the store to files: testimonials that may go out, and everything that was heard."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from campaigns.files import Format, write_files
from campaigns.testimonials import COLUMNS, HeldBack, Sorting
from earful.errors import ConfigError, nearest
from earful.speech import _
from models import outgoing
from models.database import Database

MENTION_COLUMNS = tuple(field.name for field in fields(outgoing.HeardMention))


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: the files, how many records are in each, and how many stayed here for which reason."""

    files: Sequence[Path]
    written: int
    held_back: dict[HeldBack, int]


def export_testimonials(
    database: Database, folder: Path, formats: Sequence[Format], at: datetime, brand: str | None = None
) -> Exported:
    """Write the testimonials that may go out at this moment.

    Raises:
        ConfigError: no source of such a brand was ever read.
        ExportError: a file can't be written; what stood there before stands there still.
    """
    sorting = Sorting(Counter(), at)
    with database.read() as session:
        allowed = sorting.allowed(outgoing.candidates(session, _stored_brand(session, brand)))
        files, written = write_files(folder, "testimonials", formats, COLUMNS, allowed)
    return Exported(files, written, {reason: sorting.held[reason] for reason in HeldBack if sorting.held[reason]})


def export_mentions(
    database: Database,
    folder: Path,
    formats: Sequence[Format],
    brand: str | None = None,
    since: datetime | None = None,
) -> Exported:
    """Write every mention with its reading, however many there are; `since` goes by the time of publishing.

    Raises:
        ConfigError: no source of such a brand was ever read.
        ExportError: a file can't be written; what stood there before stands there still.
    """
    with database.read() as session:
        rows = outgoing.mentions(session, _stored_brand(session, brand), since)
        files, written = write_files(folder, "mentions", formats, MENTION_COLUMNS, _records(rows))
    return Exported(files, written, {})


def _records(rows: Iterator[outgoing.HeardMention]) -> Iterator[dict[str, Any]]:
    return ({name: getattr(row, name) for name in MENTION_COLUMNS} for row in rows)


def _stored_brand(session: Session, brand: str | None) -> str | None:
    """The brand as it is stored, whatever case it was asked for in."""
    if brand is None:
        return None
    known = outgoing.brands_heard(session)
    for name in known:
        if name.casefold() == brand.casefold():
            return name
    raise ConfigError(
        _('no source of a brand "%(name)s" has been read yet%(hint)s', name=brand, hint=nearest(brand, known))
    )
