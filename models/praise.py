"""What may become a testimonial: what the reader or a person takes for praise; only consent lets it out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from earful.values import Label
from models.case import Correction
from models.consent import Testimonial
from models.upsert import batches, insert_new

_UNSYNCED = {"synchronize_session": False}


def offer(session: Session, brands: Mapping[int, str], at: datetime) -> None:
    """Note mentions, each with its brand, as what may become testimonials; one that is noted already stays so."""
    rows = [{"mention_id": key, "brand": brand, "found_at": at} for key, brand in brands.items()]
    insert_new(session, Testimonial, rows, ["mention_id"])


def withdraw(session: Session, mention_ids: Sequence[int]) -> None:
    """Drop mentions that the reader takes for praise no longer, but for those that a person calls so.

    An edit or a newer reader takes nobody's word back. From then on it is that word alone that holds them.
    """
    for some in batches(mention_ids):
        noted = session.scalars(select(Testimonial.mention_id).where(Testimonial.mention_id.in_(some))).all()
        if not noted:
            continue
        said = _called_praise(session, noted)
        dropped = [key for key in noted if key not in said]
        session.execute(delete(Testimonial).where(Testimonial.mention_id.in_(dropped)), execution_options=_UNSYNCED)
        for key, at in said.items():
            mine = update(Testimonial).where(Testimonial.mention_id == key)
            session.execute(mine.values(found_at=at), execution_options=_UNSYNCED)


def _called_praise(session: Session, mention_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these mentions was called praise, where that is the last that a person said of it."""
    columns = (Correction.mention_id, Correction.label, Correction.about_us, Correction.at)
    chosen = select(*columns).where(Correction.mention_id.in_(mention_ids)).order_by(Correction.id)
    last = {key: (label is Label.POSITIVE and about_us, at) for key, label, about_us, at in session.execute(chosen)}
    return {key: at for key, (praised, at) in last.items() if praised}


def take_back(session: Session, mention_id: int) -> None:
    """Drop a mention that only a person called praise, who takes that back.

    What the reader took for praise was found at another moment than that of a person's word, and stays.
    """
    praised = select(Correction.at).where(Correction.mention_id == mention_id, Correction.label == Label.POSITIVE)
    mine = delete(Testimonial).where(Testimonial.mention_id == mention_id, Testimonial.found_at.in_(praised))
    session.execute(mine, execution_options=_UNSYNCED)
