"""Whose something is: the account's where there is one, so that a person who is renamed keeps it; else a name's.

A key is `#12` for the account with this id, and the name itself for whoever works without an account. No account's name
begins with `#`.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.account import User


def key_of(name: str, user_id: int | None) -> str:
    """What is kept for this person, is kept under this key."""
    return name if user_id is None else f"#{user_id}"


def names_of(session: Session, keys: Iterable[str]) -> Mapping[str, str]:
    """How they are called today, by key."""
    wanted = set(keys)
    ids = [int(key[1:]) for key in wanted if key.startswith("#") and key[1:].isdecimal()]
    known = {}
    if ids:
        rows = session.execute(select(User.id, User.name).where(User.id.in_(ids))).tuples()
        known = {key_of("", user_id): name for user_id, name in rows}
    return {key: known.get(key, key) for key in wanted}
