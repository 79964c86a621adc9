"""What people teach the reader: corrections by what they do to a case or by hand, with the text that was judged."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from earful.text import whole
from earful.values import Label
from models.acts import Act, Standing, Verb
from models.case import Case, Correction, Dismissal
from models.mention import Mention
from models.opening import opened_by_person
from models.picks import mark
from models.praise import offer, take_back
from models.sample import Finding


def teach(session: Session, case: Case, what: Act, after: Standing, actor: str, at: datetime) -> None:
    """Store what a change of the case says about its reading, if anything: `case` as it was, `after` as it stands."""
    taught = lesson(case.dismissal, after.dismissal)
    label = _label(session, what, case.mention_id) if taught is Dismissal.NOT_NEGATIVE else None
    if case.dismissal is not after.dismissal and after.dismissal in _FOUND:
        _tell_pick(session, case, _FOUND[after.dismissal], label, actor, at)
    if taught is not None:
        about_us = taught is not Dismissal.NOT_ABOUT_US
        keep(session, case.mention, correction_of(case.mention, actor, at, label=label, about_us=about_us))
    elif bool(case.confirmed_at) != bool(after.confirmed_at) and _is_negative(case.mention):
        # Taken back, it is followed by one that says nothing: the last one counts.
        label = Label.NEGATIVE if after.confirmed_at else None
        session.add(correction_of(case.mention, actor, at, label=label, about_us=True))


#: What a case that a person opened says, by how it stands, of whether its mention should have been flagged.
_FOUND: Mapping[Dismissal | None, Finding] = {
    None: Finding.NEEDS_REPLY,
    Dismissal.NOT_NEGATIVE: Finding.RIGHT,
    Dismissal.NOT_ABOUT_US: Finding.NOT_ABOUT_US,
}


def _tell_pick(session: Session, case: Case, finding: Finding, says: Label | None, actor: str, at: datetime) -> None:
    if session.scalar(select(Case.id).where(Case.id == case.id, opened_by_person())):
        mark(session, case.mention_id, finding, says, actor, at)


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
    """Store a person's word on a mention; what they call praise may become a testimonial, whatever the reader said.

    One that says nothing takes back what was said before, and a testimonial that came of that alone.
    """
    session.add(correction)
    if correction.label is Label.POSITIVE and correction.about_us:
        offer(session, {mention.id: mention.brand}, correction.at)
    elif correction.label is None and correction.about_us:
        take_back(session, mention.id)


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
