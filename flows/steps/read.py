"""Reads: takes what waits to be read, in batches, and stores what it says."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from earful import clock
from earful.configfile import Configuration
from earful.settings import Settings
from earful.text import whole
from earful.values import Label, Passage, Reader, Reading
from flows.steps.names import Names
from models import pipeline
from models.database import Database
from models.pipeline import Unread
from sentiment.reader import reader_named

Readers = dict[str, tuple[Reader, Names]]
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
    readers = readers_by_brand(config.settings)
    total = ReadCount()
    while (count := read_batch(database, readers)) is not None:
        total += count
        if progress:
            progress(count)
    return total


def readers_by_brand(settings: Settings) -> Readers:
    """The reader of each brand, listening for that brand's languages, and the names to keep out of its readings.

    Raises:
        ConfigError: there is no reader of the name that is set.
    """
    return {brand.name: (reader_named(settings.reader, brand.languages), Names(brand)) for brand in settings.brands}


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
        texts = [names.ours(whole(each.title, each.text), each.subject) for each in some]
        read = reader.read([_passage(each, ours.text) for each, ours in zip(some, texts, strict=True)])
        found |= {each.id: ours.told(one) for each, ours, one in zip(some, texts, read, strict=True)}
    return found


def _passage(mention: Unread, text: str) -> Passage:
    # The language that a source names is often its account's setting and not the text's, so it is not passed on.
    return Passage(text, rating=mention.rating, nps=mention.nps, brand=mention.brand)
