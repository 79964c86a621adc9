"""Reads: takes what waits to be read, in batches, and stores what it says."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from earful import clock
from earful.configfile import Configuration
from earful.values import Label, Reading
from flows.steps.readers import Readers, read_by, readers_by_brand
from models import pipeline
from models.database import Database
from models.pipeline import Unread

BATCH = 2_000  # mentions: a batch's texts and readings take some megabytes, its transaction well under a second


@dataclass(frozen=True, slots=True)
class ReadCount:
    """How many mentions were read, and how many of them the reader honestly could not score."""

    read: int = 0
    unscored: int = 0

    def __add__(self, other: "ReadCount") -> "ReadCount":
        return ReadCount(self.read + other.read, self.unscored + other.unscored)


def read_waiting(
    database: Database, config: Configuration, progress: Callable[[ReadCount], None] | None = None
) -> ReadCount:
    """Read all that waits, batch by batch, each in one transaction. Killed half-way, the rest still waits."""
    readers = readers_by_brand(database, config.settings)
    total = ReadCount()
    while (count := read_batch(database, readers)) is not None:
        total += count
        if progress:
            progress(count)
    return total


def read_batch(database: Database, readers: Readers, limit: int = BATCH) -> ReadCount | None:
    """Read the next batch. Returns how many were stored, None when nothing waits."""
    with database.read() as session:
        waiting = pipeline.unread(session, limit)
    if not waiting:
        return None
    readings = _readings(waiting, readers)
    digests = {mention.id: mention.digest for mention in waiting}
    with database.write() as session:
        kept = pipeline.save_readings(session, readings, digests, clock.now())
    return ReadCount(len(kept), sum(reading.label is Label.UNSCORED for reading in kept))


def _readings(mentions: Sequence[Unread], readers: Readers) -> dict[int, Reading]:
    by_brand: dict[str, list[Unread]] = defaultdict(list)
    for mention in mentions:
        by_brand[mention.brand].append(mention)
    found: dict[int, Reading] = {}
    for brand, some in by_brand.items():
        # A brand taken out of the settings still has mentions; any reader of the same name reads them.
        reader, names = readers.get(brand) or next(iter(readers.values()))
        found |= dict(zip((each.id for each in some), read_by(reader, names, some), strict=True))
    return found
