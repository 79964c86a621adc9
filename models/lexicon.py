"""A team's own words, as they were set in the inbox: what counts now, and who set what when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from earful.lexicon import entry
from earful.lexicon import weight as held_weight
from earful.speech import _
from models.learning import LexiconChange

EVERY_BRAND = ""


def lexicon_of(session: Session, brand: str) -> dict[str, float]:
    """The words that count for a brand: those of all brands, and its own over them. The configuration is not asked."""
    return words_of(session, EVERY_BRAND) | words_of(session, brand)


def words_of(session: Session, brand: str) -> dict[str, float]:
    """The words set for this brand alone, or (`EVERY_BRAND`) for all, in alphabetical order."""
    last = select(func.max(LexiconChange.id)).where(LexiconChange.brand == brand).group_by(LexiconChange.word)
    chosen = select(LexiconChange.word, LexiconChange.weight).where(LexiconChange.id.in_(last))
    rows = session.execute(chosen.order_by(LexiconChange.word)).tuples()
    return {word: weight for word, weight in rows if weight is not None}


def set_word(session: Session, brand: str, word: str, weight: float, actor: str, at: datetime) -> str:
    """Give a word, a beginning ("terribl*") or a phrase a weight from -4 to 4. Returns it as it is kept.

    Raises:
        ValueError: it is no such word, or no such weight; says why.
    """
    kept = entry(word)
    _change(session, brand, kept, held_weight(weight), actor, at)
    return kept


def remove_word(session: Session, brand: str, word: str, actor: str, at: datetime) -> None:
    """Take a word out again; what the reader knows of it by itself counts again.

    Raises:
        LookupError: it is not set for this brand.
        ValueError: it is no word.
    """
    known = words_of(session, brand)
    kept = word if word in known else entry(word)  # what was kept under older rules can be taken out, too
    if kept not in known:
        raise LookupError(_('"%(word)s" is not in this lexicon', word=kept))
    _change(session, brand, kept, None, actor, at)


def history(session: Session, brand: str, word: str | None = None, limit: int = 100) -> Sequence[LexiconChange]:
    """Who changed what of this brand's words, the last first."""
    chosen = select(LexiconChange).where(LexiconChange.brand == brand)
    if word is not None:
        chosen = chosen.where(LexiconChange.word == entry(word))
    return session.scalars(chosen.order_by(LexiconChange.id.desc()).limit(limit)).all()


def _change(session: Session, brand: str, word: str, weight: float | None, actor: str, at: datetime) -> None:
    if words_of(session, brand).get(word) != weight:
        session.add(LexiconChange(brand=brand, word=word, weight=weight, actor=actor, at=at))
        session.flush()
