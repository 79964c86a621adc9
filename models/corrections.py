"""What people teach the reader: corrections by what they do to a case or by hand, with the text that was judged."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from earful.text import whole
from earful.values import Label
from models.acts import Act, Standing, Verb
from models.case import Case, Correction, Dismissal
from models.consents import offer
from models.mention import Mention


def teach(session: Session, case: Case, what: Act, after: Standing, actor: str, at: datetime) -> None:
    """Store what a change of the case says about its reading, if anything: `case` as it was, `after` as it stands."""
    taught = lesson(case.dismissal, after.dismissal)
    if taught is not None:
        label = _label(session, what, case.mention_id) if taught is Dismissal.NOT_NEGATIVE else None
        about_us = taught is not Dismissal.NOT_ABOUT_US
        keep(session, case.mention, correction_of(case.mention, actor, at, label=label, about_us=about_us))
    elif bool(case.confirmed_at) != bool(after.confirmed_at) and _is_negative(case.mention):
        # Taken back, it is followed by one that says nothing: the last one counts.
        label = Label.NEGATIVE if after.confirmed_at else None
        session.add(correction_of(case.mention, actor, at, label=label, about_us=True))


def _is_negative(mention: Mention) -> bool:
    return mention.reading is not None and mention.reading.label is Label.NEGATIVE


def correction_of(mention: Mention, actor: str, at: datetime, *, label: Label | None, about_us: bool) -> Correction:
    """A person's word on a mention, with its text and its reading (which is loaded) as they stand now."""
    reading = mention.reading
    return Correction(
        mention_id=mention.id,
        at=at,
        actor=actor,
        label=label,
        about_us=about_us,
        text=whole(mention.title, mention.text),
        rating=mention.rating,
        nps=mention.nps,
        language=reading.language if reading else "und",
        was=reading.label if reading else None,
        polarity=reading.polarity if reading else None,
        confidence=reading.confidence if reading else None,
        reader=reading.reader if reading else None,
        version=reading.version if reading else None,
    )


def keep(session: Session, mention: Mention, correction: Correction) -> None:
    """Store a person's word on a mention; what they call praise may become a testimonial, whatever the reader said."""
    session.add(correction)
    if correction.label is Label.POSITIVE and correction.about_us:
        offer(session, {mention.id: mention.brand}, correction.at)


_TEACHING = frozenset({Dismissal.NOT_NEGATIVE, Dismissal.NOT_ABOUT_US})


def lesson(before: Dismissal | None, after: Dismissal | None) -> Dismissal | None:
    """What a change of dismissal teaches: the new reason, `NO_ACTION` when an earlier lesson is taken back, or None.

    Corrections are append-only and the last one counts, so that one taken back is followed by one that says nothing.
    """
    if before is after:
        return None
    if after in _TEACHING:
        return after
    return Dismissal.NO_ACTION if before in _TEACHING else None


def _label(session: Session, what: Act, mention_id: int) -> Label | None:
    """What the text says instead; when a dismissal comes back by an undo, what it said the first time."""
    if what.verb is Verb.DISMISS:
        return what.says
    said = select(Correction.label).where(Correction.mention_id == mention_id, Correction.label.is_not(None))
    return session.scalars(said.order_by(Correction.id.desc()).limit(1)).one_or_none()


def list_corrections(
    session: Session, limit: int, before: int | None = None, mention_id: int | None = None
) -> Sequence[Correction]:
    """Up to `limit` corrections, newest first; those before one, or of one mention."""
    chosen = select(Correction).order_by(Correction.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(Correction.id < before)
    if mention_id is not None:
        chosen = chosen.where(Correction.mention_id == mention_id)
    return session.scalars(chosen).all()


def is_last() -> ColumnElement[bool]:
    """Whether a correction is the last one of its mention."""
    later = aliased(Correction)
    return ~select(later.id).where(later.mention_id == Correction.mention_id, later.id > Correction.id).exists()


def last_words(session: Session, mention_ids: Sequence[int]) -> dict[int, Correction]:
    """What people said last of each of these mentions; nothing where it was taken back."""
    last = select(func.max(Correction.id)).where(Correction.mention_id.in_(mention_ids)).group_by(Correction.mention_id)
    said = session.scalars(select(Correction).where(Correction.id.in_(last)))
    return {one.mention_id: one for one in said if one.label or not one.about_us}


def correct(
    session: Session, mention_id: int, actor: str, at: datetime, *, label: Label | None, about_us: bool
) -> Correction | None:
    """Store what a mention really says, with its text as it stands; None when there is no such mention.

    One that says nothing (no label, about us) takes back what was said before.
    """
    wanted = select(Mention).where(Mention.id == mention_id).options(joinedload(Mention.reading))
    mention = session.scalars(wanted).one_or_none()
    if mention is None:
        return None
    correction = correction_of(mention, actor, at, label=label, about_us=about_us)
    keep(session, mention, correction)
    session.flush()
    return correction
