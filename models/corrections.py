"""What people teach the reader: corrections by what they do to a case or by hand, with the text that was judged."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
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
    word = _word(session, case, what, after, actor, at)
    if word is not None:
        keep(session, case.mention, word)
    if case.dismissal is not after.dismissal and after.dismissal in _FOUND:
        _tell_pick(session, case, _FOUND[after.dismissal], actor, at)


def _word(session: Session, case: Case, what: Act, after: Standing, actor: str, at: datetime) -> Correction | None:
    mention, taught = case.mention, lesson(case.dismissal, after.dismissal)
    if taught is Dismissal.NO_ACTION and case.dismissal:
        return _taken_back(session, mention, _taught(session, mention.id, case.closed_at, case.dismissal), actor, at)
    if taught is not None:
        label = _label(session, what, after, mention.id) if taught is Dismissal.NOT_NEGATIVE else None
        about_us = taught is not Dismissal.NOT_ABOUT_US
        return correction_of(mention, actor, at, label=label, about_us=about_us)
    if case.confirmed_at and not after.confirmed_at:
        return _taken_back(session, mention, _taught(session, mention.id, case.confirmed_at, None), actor, at)
    if after.confirmed_at and not case.confirmed_at and _is_negative(mention):
        return correction_of(mention, actor, at, label=Label.NEGATIVE, about_us=True)
    return None


def _taken_back(
    session: Session, mention: Mention, taught: Correction | None, actor: str, at: datetime
) -> Correction | None:
    """What stands once a lesson is taken back: what was said before it, of the text of then; None: it stands already.

    Corrections are append-only and the last one counts, so that what stood before is said again, or one says nothing.
    """
    if taught is None:
        return None
    words = select(Correction).where(Correction.mention_id == mention.id).order_by(Correction.id.desc()).limit(1)
    last = session.scalars(words).one()
    if (last.label, last.about_us) != (taught.label, taught.about_us):
        return None  # somebody said something else since
    before = session.scalars(words.where(Correction.id < taught.id)).one_or_none()
    if before is None:
        return correction_of(mention, actor, at, label=None, about_us=True)
    kept = [name for name in Correction.__table__.columns.keys() if name not in {"id", "at", "actor"}]  # noqa: SIM118
    return Correction(at=at, actor=actor, **{name: getattr(before, name) for name in kept})


_TAUGHT: Mapping[Dismissal | None, ColumnElement[bool]] = {
    None: and_(Correction.about_us, Correction.label == Label.NEGATIVE),
    Dismissal.NOT_NEGATIVE: and_(Correction.about_us, Correction.label.in_([Label.NEUTRAL, Label.POSITIVE])),
    Dismissal.NOT_ABOUT_US: Correction.about_us.is_(False),
}


def _taught(session: Session, mention_id: int, at: datetime | None, how: Dismissal | None) -> Correction | None:
    """The lesson of a case that was dismissed at that moment, or, where `how` is None, said to need a reply."""
    mine = select(Correction).where(Correction.mention_id == mention_id, Correction.at == at, _TAUGHT[how])
    return session.scalars(mine.order_by(Correction.id.desc()).limit(1)).one_or_none()


#: What a case that a person opened says, by how it stands, of whether its mention should have been flagged.
_FOUND: Mapping[Dismissal | None, Finding] = {
    None: Finding.NEEDS_REPLY,
    Dismissal.NOT_NEGATIVE: Finding.RIGHT,
    Dismissal.NOT_ABOUT_US: Finding.NOT_ABOUT_US,
}


def _tell_pick(session: Session, case: Case, finding: Finding, actor: str, at: datetime) -> None:
    if session.scalar(select(Case.id).where(Case.id == case.id, opened_by_person())):
        said = last_words(session, [case.mention_id]).get(case.mention_id)
        mark(session, case.mention_id, finding, said.label if said else None, actor, at)


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
    """What a change of dismissal teaches: the new reason, `NO_ACTION` when an earlier lesson is taken back, or None."""
    if before is after:
        return None
    if after in _TEACHING:
        return after
    return Dismissal.NO_ACTION if before in _TEACHING else None


def _label(session: Session, what: Act, after: Standing, mention_id: int) -> Label | None:
    """What the text says instead; when a dismissal comes back by an undo, what it said the first time."""
    if what.verb is Verb.DISMISS:
        return what.says
    said = _taught(session, mention_id, after.closed_at, Dismissal.NOT_NEGATIVE)
    return said.label if said else None


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
