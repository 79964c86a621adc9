"""What opens the inbox: sessions, and links to set a password; of each only the hash of its word is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from models.account import SetupLink, SignInTries, User, UserSession
from models.statements import changed_rows

SESSION_LASTS = timedelta(days=30)  # whatever happens
SESSION_IDLE = timedelta(days=3)  # since it was last used: a weekend is no reason to ask for the password again
SEEN_EVERY = timedelta(minutes=5)  # a session that is used all day is written this seldom
TRIES_KEPT = timedelta(days=1)


def token_hash(word: str) -> str:
    """What is stored of a word that opens a door. It is long and random, so it needs no salt."""
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()


def user_of_link(session: Session, word: str, at: datetime) -> User | None:
    """Whose link it is, while it is good."""
    link = select(SetupLink.user_id).where(SetupLink.token_hash == token_hash(word), SetupLink.expires_at > at)
    return session.scalars(select(User).where(User.id.in_(link), User.disabled_at.is_(None))).one_or_none()


def end_links(session: Session, user_id: int) -> None:
    """Make a user's link void."""
    session.execute(delete(SetupLink).where(SetupLink.user_id == user_id))


def begin_session(session: Session, user: User, at: datetime) -> str:
    """Sign a user in; returns the word for their cookie."""
    word = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            user_id=user.id, token_hash=token_hash(word), created_at=at, seen_at=at, expires_at=at + SESSION_LASTS
        )
    )
    session.flush()
    return word


def user_of_session(session: Session, word: str, at: datetime) -> tuple[User, UserSession] | None:
    """Who is signed in with this cookie; None when it is unknown, over, idle too long, or the user is disabled."""
    alive = (UserSession.expires_at > at, UserSession.seen_at > at - SESSION_IDLE, User.disabled_at.is_(None))
    found = select(User, UserSession).join(UserSession, UserSession.user_id == User.id)
    row = session.execute(found.where(UserSession.token_hash == token_hash(word), *alive)).tuples().one_or_none()
    return row if row is None else (row[0], row[1])


def end_session(session: Session, word: str) -> None:
    """Sign out one browser."""
    session.execute(delete(UserSession).where(UserSession.token_hash == token_hash(word)))


def end_sessions(session: Session, user_id: int) -> None:
    """Sign a user out everywhere."""
    session.execute(delete(UserSession).where(UserSession.user_id == user_id))


def count_sessions(session: Session, user_id: int, at: datetime) -> int:
    """In how many browsers a user is signed in."""
    alive = (UserSession.expires_at > at, UserSession.seen_at > at - SESSION_IDLE)
    return session.scalar(select(func.count()).where(UserSession.user_id == user_id, *alive)) or 0


def forget_stale(session: Session, at: datetime) -> int:
    """Delete the sessions, links and counts of tries that are over. Returns how many sessions and links went."""
    gone = [changed_rows(session, delete(table).where(over)) for table, over in _closed(at)]
    session.execute(delete(SignInTries).where(SignInTries.since <= at - TRIES_KEPT))
    return sum(gone)


def count_stale(session: Session, at: datetime) -> int:
    """How many sessions and links are over."""
    counts = (select(func.count()).select_from(table).where(over) for table, over in _closed(at))
    return sum(session.scalar(count) or 0 for count in counts)


def _closed(at: datetime) -> Sequence[tuple[type[UserSession | SetupLink], ColumnElement[bool]]]:
    """What opens no door any more. A link that was used, and a session that was ended, is gone at once."""
    idle = or_(UserSession.expires_at <= at, UserSession.seen_at <= at - SESSION_IDLE)
    return (UserSession, idle), (SetupLink, SetupLink.expires_at <= at)
