"""Measures the reader on what people decided, or on a labelled file: by brand, source and language."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from typing import NamedTuple

from sqlalchemy.orm import Session

from earful.configfile import Configuration
from earful.settings import Brand, Settings
from earful.values import Label, Passage, Reader, Reading
from flows.steps.names import Names
from flows.steps.readers import passages_of, reader_of
from models import calibrations
from models.database import Database
from models.gold import FlagCounts, flag_counts, gold
from sentiment.evaluation import Judgement, Report, precision_at_recall, report
from sentiment.reader import reader_named

BATCH = 2_000
RECALL = 0.9


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with the label that a person gave."""

    passage: Passage
    label: Label | None  #: None: it is not about the brand at all
    brand: str = ""
    source: str = ""
    language: str = ""  #: where somebody says so; detected when left out
    at: datetime | None = None  #: when it was labelled


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
    reader, found = reader_of(session, settings, brand, name), list(gold(session, brand.name))
    said = zip(found, passages_of(Names(brand), found), strict=True)
    rows = [Labelled(each, one.label, one.brand, one.source, at=one.at) for one, each in said]
    apart = sum(row.label is None for row in rows)
    return _Part(f"{reader.name} {reader.version}", list(_read(reader, rows)), apart)


def _calibrated(session: Session, brand: str, read: Sequence[_Read]) -> Calibrated | None:
    used = calibrations.in_use(session, brand)
    if used is None or not read:
        return None
    later = [one for one in read if one[0].at and one[0].at > used.last_label_at]
    return Calibrated(brand, used.last_label_at, _measured(later))


def evaluate_rows(rows: Iterable[Labelled], reader: Reader) -> Evaluation:
    """Measure on labelled texts from elsewhere."""
    return _evaluation(list(_read(reader, rows)), [f"{reader.name} {reader.version}"])


def reader_for(
    database: Database, config: Configuration, brand: str | None, name: str | None
) -> tuple[Reader, Names | None]:
    """The reader of a brand, and its names; without a brand one that knows of none."""
    if brand is None:
        return reader_named(name or config.settings.reader), None
    known = config.settings.brand(brand)
    with database.read() as session:
        return reader_of(session, config.settings, known, name), Names(known)


def _read(reader: Reader, rows: Iterable[Labelled]) -> Iterator[_Read]:
    labelled = (row for row in rows if row.label is not None)
    while some := list(islice(labelled, BATCH)):
        yield from zip(some, reader.read([row.passage for row in some], explain=False), strict=True)


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
    return Evaluation(tuple(dict.fromkeys(versions)), _measured(read), not_about_us, groups, flags or {}, calibrated)


def _grouped(read: Sequence[_Read], key: Callable[[_Read], str]) -> dict[str, Measured]:
    """What each group shows, the largest first; texts that belong to none are in none."""
    parts = {name: list(some) for name, some in groupby(sorted(read, key=key), key) if name}
    return {name: _measured(some) for name, some in sorted(parts.items(), key=lambda part: -len(part[1]))}


def _measured(read: Sequence[_Read]) -> Measured:
    judgements = [Judgement.of(row.label, reading) for row, reading in read if row.label]
    scored = [(reading.negative, row.label is Label.NEGATIVE) for row, reading in read]
    return Measured(report(judgements), precision_at_recall(scored, RECALL))
