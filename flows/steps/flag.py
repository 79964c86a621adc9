"""Flags: judges what is read, in batches, opens a case for each mention that needs a person, and notes candidates."""

from collections.abc import Callable, Sequence
from datetime import datetime

from earful import clock
from earful.configfile import Configuration
from earful.settings import Brand, Settings
from earful.text import whole
from earful.values import Evidence, Reading, Verdict
from flows.steps.remind import bring_back_cases
from models import pipeline
from models.casework import wake_snoozed
from models.database import Database
from models.notices import enqueue_cases
from models.pipeline import Unjudged
from triage.judge import Heard, judge

BATCH = 2_000


def flag_waiting(database: Database, config: Configuration, progress: Callable[[int], None] | None = None) -> int:
    """Judge all that waits, batch by batch, and wake what was snoozed until now. Returns how many were flagged anew."""
    with database.write() as session:
        wake_snoozed(session, clock.now())
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
        bring_back_cases(session, settings, list(digests), now)
    return len(opened)


def _verdicts(mentions: Sequence[Unjudged], settings: Settings, now: datetime) -> dict[int, Verdict]:
    brands = {brand.name: brand for brand in settings.brands}
    return {
        mention.id: verdict_on(mention, _reading(mention), brands.get(mention.brand), settings, now)
        for mention in mentions
    }


def verdict_on(mention: Unjudged, reading: Reading, brand: Brand | None, settings: Settings, now: datetime) -> Verdict:
    """What triage makes of a mention that was read so; a brand taken out of the settings has only its name left."""
    brand = brand or Brand(name=mention.brand)
    rules = brand.flagging or settings.flagging
    return judge(_heard(mention, brand), reading, brand, rules, now)


def _heard(mention: Unjudged, brand: Brand) -> Heard:
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


def _reading(mention: Unjudged) -> Reading:
    evidence = tuple(Evidence(**item) for item in mention.evidence)
    said = (mention.language, mention.label, mention.polarity, mention.confidence, mention.reader, mention.version)
    return Reading(*said, evidence=evidence)
