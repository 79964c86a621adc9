"""The reader of each brand, with all that its team taught it: words and calibration, in configuration and database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy.orm import Session

from earful.settings import Brand, Settings
from earful.text import whole
from earful.values import Passage, Reader, Reading
from flows.steps.names import Names, Ours, mark
from flows.steps.themes import own_themes
from models import calibrations, lexicon
from models.database import Database
from models.spoken import spoken
from sentiment.ownwords import Table
from sentiment.reader import Taught, reader_named
from sentiment.secondlook import Budget

AnySaid = TypeVar("AnySaid", bound="Said")
OWN_WORDS: Final = "words"  #: under which what labels taught of words is stored, beside the calibration's numbers


class BrandReader:
    """A brand's reader, and itself one: it reads of each text what is about its subject, and tells what it left out.

    Args:
        reader: what reads it.
        brand: whose names and competitors are known.
    """

    def __init__(self, reader: Reader, brand: Brand) -> None:
        self.reader, self._names = reader, Names(brand)
        self.name, self.version, self.marks = reader.name, reader.version, reader.marks

    def read(self, passages: Sequence[Passage], *, explain: bool = True) -> list[Reading]:
        """One reading a passage, in order: of what is about the brand."""
        return self._read(passages, [self._names.ours(one.text) for one in passages], explain=explain)

    def read_mentions(self, mentions: "Sequence[Said]", *, explain: bool = True) -> list[Reading]:
        """One reading a mention, in order: of what is about its subject."""
        texts = [_ours(self._names, each) for each in mentions]
        return self._read([*map(_passage, mentions, texts)], texts, explain=explain)

    def _read(self, passages: Sequence[Passage], texts: Sequence[Ours], *, explain: bool) -> list[Reading]:
        said = [_worded(one, ours.text) for one, ours in zip(passages, texts, strict=True)]
        beside = {i: ours.beside.text for i, ours in enumerate(texts) if ours.beside and not _rated(passages[i])}
        more = [_worded(passages[i], text) for i, text in beside.items()]
        readings = self.reader.read([*said, *more], explain=explain)
        besides = dict(zip(beside, readings[len(said) :], strict=True))
        return [
            ours.shown(reading) if _rated(one) else ours.told(reading, besides.get(i))
            for i, (ours, one, reading) in enumerate(zip(texts, passages, readings, strict=False))
        ]


Readers = dict[str, BrandReader]


def readers_by_brand(database: Database, settings: Settings, budget: Budget | None = None) -> Readers:
    """The reader of each brand, listening for that brand's languages, and the names to keep out of its readings.

    They share one budget for second looks.

    Raises:
        ConfigError: there is no reader of the name that is set.
    """
    budget = budget or budget_of(settings)
    with database.read() as session:
        return {brand.name: brand_reader(session, settings, brand, budget=budget) for brand in settings.brands}


def brand_reader(
    session: Session, settings: Settings, brand: Brand, name: str | None = None, budget: Budget | None = None
) -> BrandReader:
    """What reads texts as the daily run does for one brand, with its reader or another one by name.

    Raises:
        ConfigError: there is no reader of that name.
    """
    return BrandReader(reader_of(session, settings, brand, name, budget), brand)


def reader_of(
    session: Session, settings: Settings, brand: Brand, name: str | None = None, budget: Budget | None = None
) -> Reader:
    """The reader of one brand, or another one by its name.

    Raises:
        ConfigError: there is no reader of that name.
    """
    mine = taught(session, settings, brand)
    return reader_named(name or settings.reader, brand.languages, mine, budget or budget_of(settings))


def budget_of(settings: Settings) -> Budget:
    """The time that second looks may take in a run that begins now."""
    return Budget(settings.encoder.budget.total_seconds())


def taught(session: Session, settings: Settings, brand: Brand) -> Taught:
    """What the team and the stream taught of a brand. Where the configuration weighs a word, it wins over the inbox."""
    calibration = calibrations.in_use(session, brand.name)
    lent = lexicon.lexicon_of(session, brand.name) | settings.lexicon | brand.lexicon
    values, words = parted(calibration.values if calibration else {})
    return Taught(lent, values, words, own_themes(settings).themes, spoken(session, brand.name), mark(brand))


def parted(values: Mapping[str, Any]) -> tuple[Mapping[str, float], Table]:
    """The calibration and the own words of what `calibrate` stored."""
    return {name: value for name, value in values.items() if name != OWN_WORDS}, values.get(OWN_WORDS, {})


class Said(Protocol):
    """What a reader needs of a mention."""

    @property
    def title(self) -> str:
        """Its headline, "" where there is none."""

    @property
    def text(self) -> str:
        """Its body."""

    @property
    def subject(self) -> str:
        """Whom it is about: the brand, or a competitor."""

    @property
    def rating(self) -> float | None:
        """The stars that came with it."""

    @property
    def nps(self) -> int | None:
        """The recommendation score that came with it."""


def _worded(passage: Passage, text: str) -> Passage:
    return Passage(text, passage.language, passage.rating, passage.nps)


def _rated(passage: Passage) -> bool:
    """Whether stars or a recommendation score came with a text: these are about its subject, whomever it praises.

    So nothing is turned beside them, and no comparison decides.
    """
    return passage.rating is not None or passage.nps is not None


def passages_of(names: Names, mentions: Sequence[Said]) -> list[Passage]:
    """What a reader is to read of each mention, but for what it says of others in comparison."""
    return [_passage(each, _ours(names, each)) for each in mentions]


def worded(names: Names, mentions: Sequence[AnySaid]) -> list[AnySaid]:
    """Those that say by their words what they say of us: a label of the others teaches nothing about words."""
    return [one for one in mentions if not _ours(names, one).compares]


def _ours(names: Names, mention: Said) -> Ours:
    return names.ours(whole(mention.title, mention.text), mention.subject)


def _passage(mention: Said, ours: Ours) -> Passage:
    # The language that a source names is often its account's setting and not the text's, so it is not passed on.
    return Passage(ours.text, rating=mention.rating, nps=mention.nps)
