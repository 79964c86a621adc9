"""Flags: judges what is read, in batches, opens a case for each mention that needs a person, and notes candidates."""

from collections.abc import Callable, Sequence
from datetime import datetime

from models.outgoing import enqueue_cases

from earful import clock
from earful.configfile import Configuration
from earful.settings import Brand, Settings
from earful.text import whole
from earful.values import Evidence, Reading, Verdict
from models import pipeline
from models.database import Database
from models.mention import Mention, StoredReading
from triage.judge import Heard, judge

BATCH = 2_000


def flag_waiting(database: Database, config: Configuration, progress: Callable[[int], None] | None = None) -> int:
    """Judge all that waits, batch by batch. Returns how many mentions were flagged anew."""
    flagged = 0
    while (opened := flag_batch(database, config.settings)) is not None:
        flagged += opened
        if progress:
            progress(opened)
    return flagged


def flag_batch(database: Database, settings: Settings, limit: int = BATCH) -> int | None:
    """Judge the next batch. Returns how many cases it opened; None when nothing waits."""
    with database.read() as session:
        waiting = pipeline.unjudged(session, limit)
    if not waiting:
        return None
    now = clock.now()
    digests = {mention.id: mention.digest for mention in waiting}
    with database.write() as session:
        opened = pipeline.save_verdicts(session, _verdicts(waiting, settings, now), digests, now)
        enqueue_cases(session, opened, settings.notifications, now)
    return len(opened)


def _verdicts(mentions: Sequence[Mention], settings: Settings, now: datetime) -> dict[int, Verdict]:
    brands = {brand.name: brand for brand in settings.brands}
    return {mention.id: _verdict(mention, brands.get(mention.brand), settings, now) for mention in mentions}


def _verdict(mention: Mention, brand: Brand | None, settings: Settings, now: datetime) -> Verdict:
    brand = brand or Brand(name=mention.brand)
    rules = brand.flagging or settings.flagging
    return judge(_heard(mention, brand), _reading(mention.reading), brand, rules, now)


def _heard(mention: Mention, brand: Brand) -> Heard:
    ours = (mention.author or "").casefold() in {account.casefold() for account in brand.accounts}
    return Heard(
        text=whole(mention.title, mention.text),
        about_brand=mention.subject == mention.brand and not ours,
        rating=mention.rating,
        nps=mention.nps,
        reach=mention.reach,
        author=mention.author,
        kind=mention.kind,
    )


def _reading(stored: StoredReading | None) -> Reading:
    if stored is None:  # never: what is at this stage has been read, and the query joins it
        raise AssertionError("judging a mention that was not read")
    return Reading(
        language=stored.language,
        label=stored.label,
        polarity=stored.polarity,
        confidence=stored.confidence,
        reader=stored.reader,
        version=stored.version,
        language_confidence=stored.language_confidence,
        evidence=tuple(Evidence(**evidence) for evidence in stored.evidence),
        themes=tuple(stored.themes),
    )
