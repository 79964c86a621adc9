"""Who looks at which case right now, so that two people need not do the same work. Only the last place is kept.

In the database and not in memory, so that several processes serve the same picture; one short row a person, which is
gone minutes after they left.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, BigId, Moment, Name
from models.keeper import names_of
from models.upsert import insert_or_replace

THERE = timedelta(seconds=75)  # a page tells every 20 seconds that it is open; three may be lost


class Presence(Base):
    """Where a person is."""

    __tablename__ = "presence"

    person: Mapped[Name] = mapped_column(primary_key=True, doc="their key, as models.keeper has it")
    case_id: Mapped[int] = mapped_column(BigId, index=True)
    seen_at: Mapped[Moment] = mapped_column(index=True)


def come(session: Session, person: str, case_id: int, now: datetime) -> None:
    """Note that somebody looks at a case; who has left is forgotten."""
    session.execute(delete(Presence).where(Presence.seen_at < now - 3 * THERE))
    row = {"person": person, "case_id": case_id, "seen_at": now}
    insert_or_replace(session, Presence, [row], ["person"], ["case_id", "seen_at"])


def present(session: Session, case_ids: Iterable[int], person: str, now: datetime) -> dict[int, Sequence[str]]:
    """Who else than the person of this key looks at these cases, by case."""
    found: dict[int, list[str]] = defaultdict(list)
    wanted = (Presence.case_id.in_(list(case_ids)), Presence.person != person, Presence.seen_at >= now - THERE)
    rows = session.execute(select(Presence.case_id, Presence.person).where(*wanted).order_by(Presence.person))
    seen = rows.tuples().all()
    names = names_of(session, (other for _case_id, other in seen))
    for case_id, other in seen:
        found[case_id].append(names[other])
    return dict(found)


def recent(session: Session, person: str, now: datetime) -> dict[int, Sequence[str]]:
    """Who else looks at which case; a case that somebody has just left is among them, with nobody."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(select(Presence.case_id, Presence.person, Presence.seen_at).order_by(Presence.person))
    seen = rows.tuples().all()
    names = names_of(session, (other for _case_id, other, _seen_at in seen))
    for case_id, other, seen_at in seen:
        found[case_id] += [names[other]] if other != person and seen_at >= now - THERE else []
    return dict(found)


def initials(name: str) -> str:
    """One or two letters that stand for a name."""
    parts = name.replace(".", " ").replace("_", " ").replace("@", " ").split()
    return "".join(part[0] for part in parts[:2]).upper() or "?"
