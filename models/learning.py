"""What a team taught the reader: its own words, and the calibrations that its labels gave."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, JsonObject, Moment, Name


class LexiconChange(Base):
    """One word that somebody weighed or took out. Append-only; the last change of a word counts."""

    __tablename__ = "lexicon_changes"
    __table_args__ = (Index("ix_lexicon_changes_brand_word_id", "brand", "word", "id"),)

    id: Mapped[Id]
    brand: Mapped[str] = mapped_column(String(80), doc='"" for all brands')
    word: Mapped[Name] = mapped_column(doc="a word, a beginning of words, or a phrase, as earful.lexicon keeps it")
    weight: Mapped[float | None] = mapped_column(doc="-4 to 4; None: taken out")
    at: Mapped[Moment]
    actor: Mapped[Name]


class CalibrationTry(Base):
    """One time that a brand's labels were learned from. The last that was kept and not undone is in use."""

    __tablename__ = "calibration_tries"
    __table_args__ = (Index("ix_calibration_tries_brand_id", "brand", "id"),)

    id: Mapped[Id]
    brand: Mapped[Name]
    at: Mapped[Moment]
    actor: Mapped[Name] = mapped_column(doc="who asked; `earful` for the schedule")
    reader: Mapped[Name] = mapped_column(doc="the version of the reader whose log-odds it is about")
    labels: Mapped[int] = mapped_column(doc="how many labels it learned from")
    last_label_at: Mapped[Moment] = mapped_column(doc="when the last of them was given")
    kept: Mapped[bool]
    relabels: Mapped[bool] = mapped_column(doc="whether labels change with it, or the confidence alone")
    values: Mapped[JsonObject] = mapped_column(doc="the calibration, as sentiment.calibration gives it")
    before: Mapped[JsonObject] = mapped_column(doc="what held-out labels said before: macro_f1, negative_f1, …")
    after: Mapped[JsonObject]
    undone_at: Mapped[Moment | None]
    undone_by: Mapped[Name | None]
