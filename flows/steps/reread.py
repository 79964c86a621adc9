"""Reads again what an older reader read, in batches; first only tells what would change."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from earful import clock
from earful.configfile import Configuration
from earful.settings import Rule, Settings
from earful.text import excerpt, whole
from earful.values import Label, Reading, Unjudged
from flows.steps.flag import verdicts_on
from flows.steps.read import ReadCount, counted, looks
from flows.steps.readers import BrandReader, Readers, budget_of, readers_by_brand
from models import rereading
from models.database import Database
from models.notices import enqueue_cases
from models.rules import in_force
from triage.rules import ask_authors

BATCH = 2_000
EXAMPLES = 5  # of each sort that are kept to be shown
EXCERPT = 120
THEMES = 5  # of those whose mentions became more or fewer that are named


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
    twice: int = 0  #: got a second look
    once: int = 0  #: should have had one, but time ran out; the next call goes on with these
    relabelled: int = 0  #: mentions with another label
    rethemed: int = 0  #: mentions with other themes
    themes: Counter[str] = field(default_factory=Counter)  #: how many mentions more, or fewer, touch each
    flagged: int = 0  #: mentions that are flagged now and were not
    unflagged: int = 0  #: mentions that were flagged, that nobody has touched, and that are not flagged now
    kept: int = 0  #: mentions that would change, but that a person decided about: they stay
    more: list[Example] = field(default_factory=list)
    fewer: list[Example] = field(default_factory=list)
    other: list[Example] = field(default_factory=list)  #: with another label, flagged or not as before

    def looked(self, count: ReadCount) -> None:
        """Count a batch that was read."""
        self.read, self.twice, self.once = self.read + count.read, self.twice + count.twice, self.once + count.once


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
    budget = budget_of(config.settings)
    readers = readers_by_brand(database, config.settings, budget)
    with database.read() as session:
        rules = in_force(session, config.settings.rules)
    budget.share_among(_stale(database, readers, only))
    for known in config.settings.brands:
        if only in {None, known.name}:
            for some in _batches(database, readers, known.name, authors=ask_authors(rules)):
                _again(database, config.settings, rules, readers[known.name], some, done, store=store)
                if progress:
                    progress(done)
    return done


def in_words(done: Reread) -> str:
    """What reading again did, or would do, in one sentence."""
    said = f"{done.read:,} read again{looks(done.twice, done.once)}, {done.relabelled:,} with another label"
    said += f"{_themes(done)}: {done.flagged:,} more flagged, {done.unflagged:,} fewer"
    return said + (f", {done.kept:,} stay as people decided" if done.kept else "")


def _themes(done: Reread) -> str:
    """How many have other themes, and which themes came and went most; nothing where none have."""
    if not done.rethemed:
        return ""
    most = sorted(done.themes.items(), key=lambda one: (-abs(one[1]), one[0]))
    named = ", ".join(f"{theme} {more:+,}" for theme, more in most[:THEMES] if more)
    return f", {done.rethemed:,} with other themes" + (f" ({named})" if named else "")


def how_many_stale(database: Database, config: Configuration, brand: str | None = None) -> int:
    """How many mentions there are to be read again."""
    only = config.settings.brand(brand).name if brand else None
    return _stale(database, readers_by_brand(database, config.settings), only)


def _stale(database: Database, readers: Readers, only: str | None) -> int:
    with database.read() as session:
        names = [only] if only else list(readers)
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
    done.looked(counted(readings.values(), [reader.reader]))
    for each in some:
        _count_themes(done, each, readings[each.id])
        _count(done, each, readings[each.id].label, was.get(each.id), flagged=verdicts[each.id].flagged)


def _count_themes(done: Reread, each: Unjudged, reading: Reading) -> None:
    was, now = set(each.themes), set(reading.themes)
    done.rethemed += was != now
    done.themes.update(now - was)
    done.themes.subtract(was - now)


def _count(done: Reread, each: Unjudged, label: Label, decided: bool | None, *, flagged: bool) -> None:
    """Count what became of one mention; `decided` is None where it was not flagged before."""
    done.relabelled += label is not each.label
    if flagged == (decided is not None):
        if label is not each.label:
            _keep(done.other, each, label)
    elif decided:
        done.kept += 1
    elif flagged:
        done.flagged += 1
        _keep(done.more, each, label)
    else:
        done.unflagged += 1
        _keep(done.fewer, each, label)


def _keep(examples: list[Example], each: Unjudged, label: Label) -> None:
    if len(examples) < EXAMPLES:
        said = excerpt(whole(each.title, each.text), EXCERPT)
        examples.append(Example(each.id, each.brand, each.label, label, said))
