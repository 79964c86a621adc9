"""Reads: takes what waits to be read, in batches, and stores what it says."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from earful import clock
from earful.configfile import Configuration
from earful.values import Label, Reader, Reading
from flows.steps.readers import Readers, budget_of, readers_by_brand
from models import pipeline
from models.database import Database
from models.pipeline import Unread
from sentiment.secondlook import SecondLook

BATCH = 2_000  # mentions: a batch's texts and readings take some megabytes, its transaction well under a second


@dataclass(frozen=True, slots=True)
class ReadCount:
    """How many mentions were read, how many of them the reader honestly could not score, and how many it doubted."""

    read: int = 0
    unscored: int = 0
    twice: int = 0  #: got a second look
    once: int = 0  #: should have had one, but time ran out

    def __add__(self, other: "ReadCount") -> "ReadCount":
        return ReadCount(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def in_words(self) -> str:
        """What was read, as a part of a sentence."""
        said = f"{self.read} read" + (f" ({self.unscored} that the reader can't score)" if self.unscored else "")
        return said + looks(self.twice, self.once)


def looks(twice: int, once: int) -> str:
    """How many got a second look, and how many had no time left for one; nothing where nobody looks twice."""
    if not twice and not once:
        return ""
    return f", {twice:,} of them twice" + (f" ({once:,} more had no time left)" if once else "")


def read_waiting(
    database: Database, config: Configuration, progress: Callable[[ReadCount], None] | None = None
) -> ReadCount:
    """Read all that waits, batch by batch, each in one transaction. Killed half-way, the rest still waits."""
    budget = budget_of(config.settings)
    readers = readers_by_brand(database, config.settings, budget)
    with database.read() as session:
        budget.share_among(pipeline.how_many_unread(session))
    total = ReadCount()
    while (count := read_batch(database, readers, BATCH)) is not None:
        total += count
        if progress:
            progress(count)
    return total


def read_batch(database: Database, readers: Readers, limit: int) -> ReadCount | None:
    """Read the next batch. Returns how many were stored, None when nothing waits."""
    with database.read() as session:
        waiting = pipeline.unread(session, limit)
    if not waiting:
        return None
    readings = _readings(waiting, readers)
    digests = {mention.id: mention.digest for mention in waiting}
    with database.write() as session:
        kept = pipeline.save_readings(session, readings, digests, clock.now())
    return counted(kept, [each.reader for each in readers.values()])


def counted(readings: Collection[Reading], readers: Sequence[Reader]) -> ReadCount:
    """What these readers made of mentions, in numbers."""
    marks = {mark for reader in readers for mark in reader.marks}
    twice = {reader.name for reader in readers if isinstance(reader, SecondLook)}
    return ReadCount(
        len(readings),
        sum(reading.label is Label.UNSCORED for reading in readings),
        sum(reading.reader in twice for reading in readings),
        sum((reading.reader, reading.version) not in marks for reading in readings),
    )


def _readings(mentions: Sequence[Unread], readers: Readers) -> dict[int, Reading]:
    by_brand: dict[str, list[Unread]] = defaultdict(list)
    for mention in mentions:
        by_brand[mention.brand].append(mention)
    found: dict[int, Reading] = {}
    for brand, some in by_brand.items():
        # A brand taken out of the settings still has mentions; any reader of the same name reads them.
        reader = readers.get(brand) or next(iter(readers.values()))
        found |= dict(zip((each.id for each in some), reader.read_mentions(some), strict=True))
    return found
