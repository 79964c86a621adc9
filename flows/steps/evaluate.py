"""Measures the reader on what people decided, or on a labelled file: by brand, source and language."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.orm import Session

from earful.configfile import Configuration
from earful.settings import Brand, Settings
from earful.values import Label, Passage, Reader, Reading
from flows.steps.mix import mixed
from flows.steps.readers import brand_reader
from flows.steps.taught import taught_of_all
from models import calibrations
from models.database import Database
from models.gold import FlagCounts, flag_counts, flagged_share, gold
from sentiment.evaluation import Judgement, Report, precision_at_recall, report
from sentiment.reader import reader_named
from sentiment.secondlook import Budget

BATCH = 2_000
RECALL = 0.9


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a person said of one text."""

    label: Label
    brand: str = ""
    source: str = ""
    language: str = ""  #: what is told apart as a language though no reader knows it by that; "": as it was read
    at: datetime | None = None  #: when it was labelled
    stands: bool = True  #: among those that stand for the stream, see `mix`
    flagged: bool = True  #: the label is of a post that Earful flagged


@dataclass(frozen=True, slots=True)
class Measured:
    """How a set of labelled texts was read."""

    report: Report
    precision_at_recall: float  #: of the negative flag, where it finds nine of ten


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A brand whose calibration learned from labels that are measured here."""

    brand: str
    learned_upto: datetime
    later: Measured  #: on those labels alone that it did not learn from


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was measured."""

    readers: tuple[str, ...]  #: name and version
    whole: Measured
    not_about_us: int  #: judged, but there is no label to measure
    groups: Mapping[str, Mapping[str, Measured]]  #: "brand", "source", "language": each with its groups, largest first
    flags: Mapping[str, FlagCounts]  #: by brand, where samples were drawn
    calibrated: Sequence[Calibrated] = ()
    mixed: Measured | None = None  #: on those labels alone that stand for the stream, where some don't
    flagged: int = 0  #: labels of posts that Earful flagged


Row = tuple[Passage, Labelled]
_Read = tuple[Labelled, Reading]


class _Part(NamedTuple):
    """What one brand adds to an evaluation."""

    reader: str
    read: list[_Read]
    not_about_us: int


def evaluate_team(
    database: Database, config: Configuration, brand: str | None = None, reader: str | None = None
) -> Evaluation:
    """Measure on all that people decided in the inbox, each brand with its own reader.

    Raises:
        ConfigError: there is no such brand or reader.
    """
    settings = config.settings
    brands = [settings.brand(brand)] if brand else settings.brands
    with database.read() as session:
        parts = {known.name: _team(session, settings, known, reader) for known in brands}
        flags = {name: counts for name in parts if (counts := flag_counts(session, name))}
        calibrated = [] if reader else [_calibrated(session, name, part.read) for name, part in parts.items()]
    return _evaluation(
        [one for part in parts.values() for one in part.read],
        [part.reader for part in parts.values()],
        sum(part.not_about_us for part in parts.values()),
        flags,
        [one for one in calibrated if one],
    )


def _team(session: Session, settings: Settings, brand: Brand, name: str | None) -> _Part:
    """What a brand's team decided, read by its reader."""
    reader, found = brand_reader(session, settings, brand, name, _unhurried()), list(gold(session, brand.name))
    about_us = [one for one in found if one.label]
    stand = {one.mention_id for one in mixed(about_us, flagged_share(session, brand.name)).labels}
    rows = [
        Labelled(one.label, one.brand, one.source, at=one.at, stands=one.mention_id in stand, flagged=one.flagged)
        for one in about_us
        if one.label
    ]
    read = list(zip(rows, _in_batches(reader.read_mentions, about_us), strict=True))
    return _Part(f"{reader.name} {reader.version}", read, len(found) - len(about_us))


def _calibrated(session: Session, brand: str, read: Sequence[_Read]) -> Calibrated | None:
    used = calibrations.in_use(session, brand)
    if used is None or not read:
        return None
    later = [one for one in read if one[0].at and one[0].at > used.last_label_at]
    return Calibrated(brand, used.last_label_at, _measured(later))


def evaluate_rows(
    database: Database, config: Configuration, rows: Iterable[Row], brand: str | None = None, reader: str | None = None
) -> Evaluation:
    """Measure on labelled texts from elsewhere, each read as the daily run reads those of the brand that it names.

    What names none of our brands is read for `brand`, or, where that is None, by a reader that knows of no brand. With
    `brand`, what names another one of ours is left out.

    Raises:
        ConfigError: there is no such brand or reader.
    """
    settings = config.settings
    only = settings.brand(brand) if brand else None
    ours = {one.name.casefold(): one.name for one in settings.brands}
    by_brand: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_brand[ours.get(row[1].brand.casefold(), only.name if only else "")].append(row)
    parts = {only.name: by_brand[only.name]} if only else by_brand
    with database.read() as session:
        readers = {name: _reader(session, settings, name, reader) for name in parts}
    read = [each for name, some in parts.items() for each in _read(readers[name], some)]
    return _evaluation(read, [f"{each.name} {each.version}" for each in readers.values()])


def _reader(session: Session, settings: Settings, brand: str, name: str | None) -> Reader:
    if not brand:
        return reader_named(name or settings.reader, taught=taught_of_all(settings), budget=_unhurried())
    return brand_reader(session, settings, settings.brand(brand), name, _unhurried())


def _unhurried() -> Budget:
    """What is measured must not hang on how fast a machine is."""
    return Budget(math.inf)


def _read(reader: Reader, rows: Sequence[Row]) -> Iterator[_Read]:
    readings = _in_batches(reader.read, [passage for passage, _ in rows])
    return zip([said for _, said in rows], readings, strict=True)


def _in_batches(read: Callable[..., Sequence[Reading]], texts: Sequence[object]) -> Iterator[Reading]:
    for start in range(0, len(texts), BATCH):
        yield from read(texts[start : start + BATCH], explain=False)


def _evaluation(
    read: Sequence[_Read],
    versions: Iterable[str],
    not_about_us: int = 0,
    flags: Mapping[str, FlagCounts] | None = None,
    calibrated: Sequence[Calibrated] = (),
) -> Evaluation:
    keys: Mapping[str, Callable[[_Read], str]] = {
        "brand": lambda one: one[0].brand,
        "source": lambda one: one[0].source,
        "language": lambda one: one[0].language or one[1].language,
    }
    groups = {name: _grouped(read, key) for name, key in keys.items()}
    stand = [one for one in read if one[0].stands]
    rest = (not_about_us, groups, flags or {}, calibrated, _measured(stand) if len(stand) < len(read) else None)
    flagged = sum(labelled.flagged for labelled, _ in read)
    return Evaluation(tuple(dict.fromkeys(versions)), _measured(read), *rest, flagged)


def _grouped(read: Sequence[_Read], key: Callable[[_Read], str]) -> dict[str, Measured]:
    """What each group shows, the largest first; texts that belong to none are in none."""
    parts = {name: list(some) for name, some in groupby(sorted(read, key=key), key) if name}
    return {name: _measured(some) for name, some in sorted(parts.items(), key=lambda part: -len(part[1]))}


def _measured(read: Sequence[_Read]) -> Measured:
    judgements = [Judgement.of(row.label, reading) for row, reading in read]
    scored = [(reading.negative, row.label is Label.NEGATIVE) for row, reading in read]
    return Measured(report(judgements), precision_at_recall(scored, RECALL))
