"""Learns from a brand's own labels, keeps what helped with its history, and takes it back when asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.settings import Brand
from flows.steps.mix import Mix, missing, mixed, newest
from flows.steps.names import Names
from flows.steps.readers import OWN_WORDS, parted, passages_of, reader_of, worded
from models import calibrations
from models.actor import PIPELINE
from models.database import Database
from models.gold import Gold, flagged_share, gold
from models.learning import CalibrationTry
from models.notices import enqueue_news
from sentiment.calibration import FEWEST, Refit, Sample, refit
from sentiment.default import DefaultReader
from sentiment.evaluation import Report
from sentiment.secondlook import SecondLook

MOST = 2_000  #: labels that a refit learns from, the newest: customers change, and so do their words
SHOWN = ("macro_f1", "negative_f1", "negative_precision", "negative_recall", "calibration_error", "accuracy")


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a brand's labels taught."""

    brand: str
    labels: int  #: that it learned from
    left_out: int  #: labels of a kind that the stream has fewer of; not those that are too old
    wordless: int  #: labels that would fit, of texts that compare or that the reader can't score
    refit: Refit
    stored: int | None  #: the number of the try in the history; None after a dry run


class TooFewLabels(ConfigError):
    """There is not enough to learn from yet; says how much there is, and where more comes from."""


def calibrate_brand(
    database: Database, config: Configuration, name: str, actor: str, now: datetime, *, dry_run: bool = False
) -> Calibrated:
    """Fit a brand's borders and confidence to what its team decided; keep that only if held-out labels improve.

    Raises:
        ConfigError: there is no such brand, the reader that is set can't be calibrated, or there are too few labels.
    """
    brand = config.settings.brand(name)
    with database.read() as session:
        reader = reader_of(session, config.settings, brand)
        rows = [one for one in gold(session, brand.name) if one.label]
        share = flagged_share(session, brand.name)
        used = calibrations.in_use(session, brand.name)
    if not isinstance(reader, DefaultReader | SecondLook):
        raise ConfigError(f'the reader "{reader.name}" has no borders to learn; set reader = "default"')
    chosen = _mixed(brand, rows, share)
    newer, left_out = newest(chosen, MOST), len(rows) - len(chosen)
    samples = _samples(reader, brand, newer)
    wordless = len(newer) - len(samples)
    newest_label = max((one.at for one in rows), default=None)
    if used and (used.labels, used.last_label_at) == (len(samples), newest_label):
        raise TooFewLabels(
            f"{brand.name}: calibration {used.id} was learned from these {used.labels} labels; judge more first"
        )
    found = _learned(brand, samples, used)
    if dry_run:
        return Calibrated(brand.name, len(samples), left_out, wordless, found, None)
    row = CalibrationTry(
        brand=brand.name,
        at=now,
        actor=actor,
        reader=reader.version,
        labels=len(samples),
        last_label_at=newest_label,
        kept=found.kept,
        relabels=found.relabels,
        values={**found.calibration, **({OWN_WORDS: found.words} if found.words else {})},
        before=told(found.before),
        after=told(found.after),
    )
    with database.write() as session:
        session.add(row)
        session.flush()
        return Calibrated(brand.name, len(samples), left_out, wordless, found, row.id)


def calibrate_all(database: Database, config: Configuration, now: datetime, name: str | None = None) -> list[str]:
    """Learn from each brand that has new labels, and put what came of it into the outbox. Returns a sentence each."""
    said = []
    for brand in config.settings.brands:
        if (name is None or brand.name == config.settings.brand(name).name) and has_news(database, brand.name):
            try:
                done = calibrate_brand(database, config, brand.name, PIPELINE, now)
            except TooFewLabels as error:  # enough in all, but not of two kinds, or not in a language that is read
                said.append(str(error))
                continue
            said.append(in_words(done))
            with database.write() as session:
                event = f"calibration:{done.stored}"
                enqueue_news(session, event, brand.name, said[-1], config.settings.notifications, now)
    return said


def in_words(done: Calibrated) -> str:
    """What came of it, in one sentence."""
    before, after = done.refit.before, done.refit.after
    if not done.refit.kept:
        return f"{done.brand}: nothing better was learned from {done.labels} labels; everything stays"
    what = "labels and confidence" if done.refit.relabels else "confidence"
    if done.refit.words:
        what = f"{what}, with {len(done.refit.words)} words of its own,"
    return (
        f"{done.brand}: {what} learned from {done.labels} labels: on held-out ones macro-F1 {before.macro_f1:.2f} to "
        f"{after.macro_f1:.2f}, calibration error {before.calibration_error:.2f} to {after.calibration_error:.2f}"
    )


def has_news(database: Database, brand: str) -> bool:
    """Whether people labelled something since the last try, enough in all to learn from."""
    with database.read() as session:
        tried = calibrations.history(session, brand, 1)
        labels = [one.at for one in gold(session, brand) if one.label]
    return len(labels) >= FEWEST and (not tried or max(labels) > tried[0].last_label_at)


def told(report: Report) -> dict[str, Any]:
    """The numbers of a report that a person compares."""
    return {name: round(getattr(report, name), 4) for name in SHOWN}


def _mixed(brand: Brand, rows: Sequence[Gold], share: float) -> Sequence[Gold]:
    """The labels that stand for the whole stream; where there are too few of any kind all, and `refit` says so."""
    mix = mixed(rows, share)
    if len(rows) < FEWEST or len(mix.labels) >= FEWEST:
        return mix.labels if len(rows) >= FEWEST else rows
    raise TooFewLabels(f"{brand.name}: {_one_sided(len(rows), mix, missing(mix, share, FEWEST))}")


def _one_sided(labels: int, mix: Mix, more: int) -> str:
    """Why labels that are enough in all are too few, and what to do."""
    said = f"{mix.flagged} of {labels} labels are of flagged posts, {mix.others} of a fair choice of the others"
    picked = labels - mix.flagged - mix.others
    said += f" ({picked} more were picked because they were wrong)" if picked else ""
    said += f"; {FEWEST} in the mix of the stream are needed, or the reader would learn to misjudge the rest. "
    if not more:
        return f"{said}Work on more of its cases in the inbox."
    return f"{said}Judge {more} more of the inbox's unflagged sample ([learning] sample_a_day says how many come)."


def _samples(reader: DefaultReader | SecondLook, brand: Brand, rows: Sequence[Gold]) -> list[Sample]:
    names = Names(brand)
    rows = worded(names, rows)
    weighed = reader.weigh(passages_of(names, rows))
    return [
        Sample(one.sums, row.label, one.calibration, one.words)
        for row, one in zip(rows, weighed, strict=True)
        if one and row.label
    ]


def _learned(brand: Brand, samples: Sequence[Sample], used: CalibrationTry | None) -> Refit:
    try:
        return refit(samples, *parted(used.values if used else {}))
    except ValueError as error:
        raise TooFewLabels(
            f"{brand.name}: {error} Labels come from the inbox: cases resolved or dismissed as not negative, and the "
            "daily sample once it is judged."
        ) from error
