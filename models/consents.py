"""Queries on consent: who is known at a source, where their consent stands, and each change with its event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from earful.errors import Conflict
from earful.speech import N_, _
from earful.text import whole
from models.consent import Consent, ConsentEvent, ConsentState
from models.mention import Mention, Source

NAMES_COMPARED = 2000  # authors looked at for a name that was mistyped: enough to help, bounded on any store
CHANGED_MEANWHILE = N_("somebody else changed this consent just now; look at it again, then repeat what you meant")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one author's consent stands. `version` 0: it is not stored yet."""

    state: ConsentState
    proof: str  #: where the grant can be seen
    changed_at: datetime
    expires_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a consent's history."""

    at: datetime
    actor: str
    action: str
    proof: str


def source_names(session: Session, brand: str | None = None) -> list[tuple[int, str, str]]:
    """Id, brand and name of every source ever read, or of one brand's."""
    query = select(Source.id, Source.brand, Source.name).order_by(Source.brand, Source.name)
    rows = session.execute(query if brand is None else query.where(Source.brand == brand))
    return [(key, owner, name) for key, owner, name in rows.tuples()]


def author_of(session: Session, mention_id: int) -> tuple[int, str | None] | None:
    """The source's id and the author of a mention; None when there is no such mention."""
    row = session.execute(select(Mention.source_id, Mention.author).where(Mention.id == mention_id)).first()
    return None if row is None else (row[0], row[1])


def is_known(session: Session, source_id: int, author: str) -> bool:
    """Whether a mention by this author at this source is stored."""
    mine = (Mention.source_id == source_id, Mention.author == author)
    return session.scalars(select(Mention.id).where(*mine).limit(1)).first() is not None


def names_like(session: Session, source_id: int, author: str) -> Sequence[str]:
    """Some authors at this source whose names contain this one or begin with the same letter."""
    alike = Mention.author.icontains(author, autoescape=True) | Mention.author.istartswith(author[:1], autoescape=True)
    query = select(Mention.author).distinct().where(Mention.source_id == source_id, alike).limit(NAMES_COMPARED)
    return [name for name in session.scalars(query) if name]


def texts_by(session: Session, source_id: int, author: str) -> Iterator[str]:
    """What this author wrote at this source: titles, texts, and both together, a bounded number in memory at a time."""
    query = select(Mention.title, Mention.text).where(Mention.source_id == source_id, Mention.author == author)
    with session.execute(query.execution_options(yield_per=500)) as rows:  # whoever found enough asks for no more
        for title, body in rows:
            yield from (title, body, whole(title, body)) if title else (body,)


def stored(session: Session, source_id: int, author: str) -> Consent | None:
    """The row of this author's consent at this source, if there ever was one."""
    return session.scalars(select(Consent).where(Consent.source_id == source_id, Consent.author == author)).first()


def standing_of(row: Consent) -> Standing:
    """The row as a value."""
    return Standing(row.state, row.proof, row.changed_at, row.expires_at, row.version)


def save(session: Session, source_id: int, author: str, before: Consent | None, after: Standing) -> int:
    """Store a new standing over the one it was decided on. Returns the consent's id.

    Raises:
        Conflict: somebody else changed it since `before` was read; nothing was written.
    """
    return _first(session, source_id, author, after) if before is None else _over(session, before, after)


def _first(session: Session, source_id: int, author: str, after: Standing) -> int:
    row = Consent(
        source_id=source_id,
        author=author,
        state=after.state,
        proof=after.proof,
        changed_at=after.changed_at,
        expires_at=after.expires_at,
        version=1,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(_(CHANGED_MEANWHILE)) from error
    return row.id


def _over(session: Session, before: Consent, after: Standing) -> int:
    changed = session.execute(
        update(Consent)
        .where(Consent.id == before.id, Consent.version == before.version)
        .values(
            state=after.state,
            proof=after.proof,
            changed_at=after.changed_at,
            expires_at=after.expires_at,
            version=before.version + 1,
        )
        .returning(Consent.id)
        .execution_options(synchronize_session=False)
    ).first()
    if changed is None:
        raise Conflict(_(CHANGED_MEANWHILE))
    return before.id


def log(session: Session, consent_id: int, entry: Entry) -> None:
    """Append one line to a consent's history."""
    session.add(
        ConsentEvent(consent_id=consent_id, at=entry.at, actor=entry.actor, action=entry.action, proof=entry.proof)
    )


def history(session: Session, consent_id: int) -> list[Entry]:
    """A consent's history, oldest first."""
    query = select(ConsentEvent).where(ConsentEvent.consent_id == consent_id).order_by(ConsentEvent.id)
    return [Entry(event.at, event.actor, event.action, event.proof) for event in session.scalars(query)]


def recorded(session: Session, source_ids: Sequence[int] | None, author: str | None) -> Sequence[Consent]:
    """The consents recorded at these sources (None: at all) and by this author, each with its source."""
    query = select(Consent).options(joinedload(Consent.source)).order_by(Consent.source_id, Consent.author)
    if source_ids is not None:
        query = query.where(Consent.source_id.in_(source_ids))
    if author is not None:
        query = query.where(Consent.author == author)
    return session.scalars(query).all()
