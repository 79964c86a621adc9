"""Flags: judges what is read, in batches, opens a case for each mention that needs a person, and notes candidates."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from earful import clock
from earful.configfile import Configuration
from earful.settings import Rule, Settings
from earful.values import Reading, Unjudged, Verdict
from flows.steps.remind import bring_back_cases
from models import pipeline
from models.answers import note_answers
from models.casework import wake_snoozed
from models.database import Database
from models.notices import enqueue_cases
from models.rules import in_force
from triage.rules import ask_authors
from triage.stored import brands_of, reading_of, verdict_on

BATCH = 2_000


def flag_waiting(database: Database, config: Configuration, progress: Callable[[int], None] | None = None) -> int:
    """Judge all that waits, batch by batch, wake what was snoozed until now, and note what was answered at the source.

    Returns how many were flagged anew.
    """
    with database.write() as session:
        wake_snoozed(session, clock.now())
    flagged = 0
    while (opened := flag_batch(database, config.settings)) is not None:
        flagged += opened
        if progress:
            progress(opened)
    with database.write() as session:
        note_answers(session, clock.now())
    return flagged


def flag_batch(database: Database, settings: Settings, limit: int = BATCH) -> int | None:
    """Judge the next batch. Returns how many cases it opened; None when nothing waits.

    Raises:
        ConfigError: a rule that the inbox keeps can't be read.
    """
    with database.read() as session:
        rules = in_force(session, settings.rules)
        waiting = pipeline.unjudged(session, limit, authors=ask_authors(rules))
    if not waiting:
        return None
    now = clock.now()
    digests = {mention.id: mention.digest for mention in waiting}
    readings = {mention.id: reading_of(mention) for mention in waiting}
    with database.write() as session:
        opened = pipeline.save_verdicts(session, verdicts_on(waiting, readings, settings, rules, now), digests, now)
        enqueue_cases(session, opened, settings.notifications, now)
        bring_back_cases(session, settings, list(digests), now)
    return len(opened)


def verdicts_on(
    mentions: Sequence[Unjudged],
    readings: Mapping[int, Reading],
    settings: Settings,
    rules: Sequence[Rule],
    now: datetime,
) -> dict[int, Verdict]:
    """What triage and the rules make of mentions that were read so, by id."""
    brands = brands_of(settings, mentions)
    return {each.id: verdict_on(each, readings[each.id], brands[each.brand], settings, rules, now) for each in mentions}
