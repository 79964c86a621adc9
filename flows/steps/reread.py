"""Reads again what an older reader read, in batches; first only tells what would change."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from earful import clock
from earful.configfile import Configuration
from earful.settings import Rule, Settings
from earful.text import excerpt, whole
from earful.values import Label, Reading, Unjudged, Verdict
from flows.steps.flag import verdicts_on
from flows.steps.readers import BrandReader, Readers, readers_by_brand
from models import rereading
from models.database import Database
from models.notices import enqueue_cases
from models.rules import in_force
from triage.rules import ask_authors

BATCH = 2_000
EXAMPLES = 5  # of each sort that are kept to be shown
EXCERPT = 120


class Example(NamedTuple):
    """A mention that a new reading flags, or no longer flags."""

    mention_id: int
    brand: str
    was: Label
    now: Label
    text: str  #: its beginning


@dataclass(slots=True)
class Reread:
    """What reading again did, or would do."""

    read: int = 0
    relabelled: int = 0  #: mentions with another label
    flagged: int = 0  #: mentions that are flagged now and were not
    unflagged: int = 0  #: mentions that were flagged, that nobody has touched, and that are not flagged now
    kept: int = 0  #: mentions that would change, but that a person decided about: they stay
    more: list[Example] = field(default_factory=list)
    fewer: list[Example] = field(default_factory=list)


def read_again(
    database: Database,
    config: Configuration,
    *,
    brand: str | None = None,
    store: bool = False,
    progress: Callable[[Reread], None] | None = None,
) -> Reread:
    """Read again, batch by batch, each in one transaction, what the reader of today has not read.

    Killed half-way, what is left is still another reader's and is read by the next call.

    Args:
        database: the store.
        config: says who reads.
        brand: only this one.
        store: False: nothing is stored, and the result tells what would change.
        progress: called after each batch.

    Raises:
        ConfigError: there is no such brand or reader.
    """
    done = Reread()
    only = config.settings.brand(brand).name if brand else None
    readers = readers_by_brand(database, config.settings)
    with database.read() as session:
        rules = in_force(session, config.settings.rules)
    for known in config.settings.brands:
        if only in {None, known.name}:
            for some in _batches(database, readers, known.name, authors=ask_authors(rules)):
                _again(database, config.settings, rules, readers[known.name], some, done, store=store)
                if progress:
                    progress(done)
    return done


def in_words(done: Reread) -> str:
    """What reading again did, or would do, in one sentence."""
    said = f"{done.read:,} read again, {done.relabelled:,} with another label: "
    said += f"{done.flagged:,} more flagged, {done.unflagged:,} fewer"
    return said + (f", {done.kept:,} stay as people decided" if done.kept else "")


def how_many_stale(database: Database, config: Configuration, brand: str | None = None) -> int:
    """How many mentions there are to be read again."""
    readers = readers_by_brand(database, config.settings)
    names = [config.settings.brand(brand).name] if brand else list(readers)
    with database.read() as session:
        return sum(rereading.how_many(session, name, readers[name].marks) for name in names)


def _batches(database: Database, readers: Readers, brand: str, *, authors: bool) -> Iterator[Sequence[Unjudged]]:
    reader, after = readers[brand], 0
    while True:
        with database.read() as session:
            some = rereading.next_of(session, brand, reader.marks, after, BATCH, authors=authors)
        if not some:
            return
        yield some
        after = some[-1].id


def _again(
    database: Database,
    settings: Settings,
    rules: Sequence[Rule],
    reader: BrandReader,
    some: Sequence[Unjudged],
    done: Reread,
    *,
    store: bool,
) -> None:
    readings = dict(zip([each.id for each in some], reader.read_mentions(some), strict=True))
    now = clock.now()
    verdicts = verdicts_on(some, readings, settings, rules, now)
    ids = list(readings)
    with database.write() if store else database.read() as session:
        was = rereading.flagged_of(session, ids)
        settled = rereading.settled(session, ids)
        verdicts |= {key: replace(verdicts[key], flagged=False) for key in settled if key not in was}
        if store:
            digests = {each.id: each.digest for each in some}
            opened = rereading.save_again(session, readings, verdicts, digests, now)
            enqueue_cases(session, opened, settings.notifications, now)
    _count(done, some, readings, verdicts, was)


def _count(
    done: Reread,
    some: Sequence[Unjudged],
    readings: Mapping[int, Reading],
    verdicts: Mapping[int, Verdict],
    was: Mapping[int, bool],
) -> None:
    done.read += len(some)
    for each in some:
        reading = readings[each.id]
        done.relabelled += reading.label is not each.label
        if verdicts[each.id].flagged == (each.id in was):
            continue
        example = Example(
            each.id, each.brand, each.label, reading.label, excerpt(whole(each.title, each.text), EXCERPT)
        )
        if was.get(each.id):
            done.kept += 1
        elif each.id in was:
            done.unflagged += 1
            done.fewer += [example][: EXAMPLES - len(done.fewer)]
        else:
            done.flagged += 1
            done.more += [example][: EXAMPLES - len(done.more)]
