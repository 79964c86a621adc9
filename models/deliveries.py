"""Keeps what webhooks deliver until a run collects it, each delivery once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from earful.signing import WINDOW
from earful.values import Delivery
from models.delivery import StoredDelivery
from models.upsert import batches, insert_new

KEY = ("brand", "source", "signature")


def keep(session: Session, brand: str, source: str, signature: str, body: str, at: datetime) -> None:
    """Keep a delivery; one of the same signature is the same, and is kept only once."""
    row = {"brand": brand, "source": source, "signature": signature, "received_at": at, "body": body}
    insert_new(session, StoredDelivery, [row], KEY)


def uncollected(session: Session, brand: str, source: str, after: int, limit: int) -> Sequence[Delivery]:
    """The next deliveries of a source above an id that no run has collected, oldest first."""
    mine = (StoredDelivery.brand == brand, StoredDelivery.source == source, StoredDelivery.body.is_not(None))
    rows = session.execute(
        select(StoredDelivery.id, StoredDelivery.body)
        .where(*mine, StoredDelivery.id > after)
        .order_by(StoredDelivery.id)
        .limit(limit)
    )
    return [Delivery(key, body or "") for key, body in rows]


def collected(session: Session, ids: Sequence[int], at: datetime) -> None:
    """Let go the bodies of these; call it in the transaction that stores what they hold.

    A signature is kept for as long as it would be accepted: the window before and after, in either clock.
    """
    for some in batches(ids):
        session.execute(
            update(StoredDelivery).where(StoredDelivery.id.in_(some)).values(body=None),
            execution_options={"synchronize_session": False},
        )
    old = (StoredDelivery.body.is_(None), StoredDelivery.received_at < at - 2 * WINDOW)
    session.execute(delete(StoredDelivery).where(*old), execution_options={"synchronize_session": False})
