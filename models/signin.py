"""Signing in with a password: counted before it is looked at, at the same cost whoever it is, told apart by nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from earful.errors import EarfulError
from earful.speech import _
from models.account import SignInTries, User
from models.accounts import find_user, folded
from models.database import Database
from models.doors import begin_session, forget_stale, token_hash
from models.passwords import hashed, is_outdated, matches

WITHIN = timedelta(minutes=15)
TRIES_A_NAME = 10
TRIES_AN_ADDRESS = 50  # an office may share one
TESTS_A_PERSON = 5


class SignInRefused(EarfulError):
    """Name and password don't belong together. Whether there is such a user is nobody's business."""

    def __init__(self) -> None:
        super().__init__(_("this name and password don't belong together"))


class TooManyTries(EarfulError):
    """Somebody tries out passwords; whether this one was right is not looked at."""

    def __init__(self) -> None:
        minutes = WITHIN // timedelta(minutes=1)
        super().__init__(
            _(
                "too many tries; wait %(minutes)s minutes, or ask an admin for a link to set a new password",
                minutes=minutes,
            )
        )


class TooManyTests(EarfulError):
    """Somebody has had many test messages sent in a short time."""

    def __init__(self) -> None:
        super().__init__(_("that were many tests; wait %(minutes)s minutes", minutes=WITHIN // timedelta(minutes=1)))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded: the word for the cookie."""

    name: str
    word: str


def sign_in(database: Database, said: str, password: str, address: str, at: datetime) -> SignedIn:
    """Sign a user in by name or mail address, and password.

    Raises:
        TooManyTries: on this account or from this address, in the last minutes.
        SignInRefused: there is no such user, the password is another, or the user is disabled.
    """
    with database.write() as session:
        allowed = _counted(session, said, address, at)
    if not allowed:
        raise TooManyTries
    with database.read() as session:
        user = find_user(session, said)
        stored = user.password_hash if user else None
    if not matches(stored, password):  # outside a transaction: it takes a tenth of a second
        raise SignInRefused
    return _begun(database, said, stored, password, at)


def _begun(database: Database, said: str, stored: str | None, password: str, at: datetime) -> SignedIn:
    with database.write() as session:
        user = find_user(session, said)
        if user is None or user.disabled_at or user.password_hash != stored:  # changed while it was compared
            raise SignInRefused
        if is_outdated(user.password_hash or ""):
            user.password_hash = hashed(password)
        return begin(session, user, at)


def checked_again(database: Database, name: str, at: datetime) -> None:
    """Count a try at the password of somebody who is signed in.

    Raises:
        TooManyTries: somebody sits at a browser that is not theirs, and tries.
    """
    with database.write() as session:
        tries = _count(session, _name_key(name), at)
    if tries > TRIES_A_NAME:
        raise TooManyTries


def count_test(session: Session, user_id: int, at: datetime) -> None:
    """Count a message that somebody has sent to themselves to see whether it arrives.

    Raises:
        TooManyTests: it is no test any more.
    """
    if _count(session, token_hash(f"test:{user_id}"), at) > TESTS_A_PERSON:
        raise TooManyTests


def begin(session: Session, user: User, at: datetime) -> SignedIn:
    """Begin a session for a user who has shown who they are; what went wrong before is forgotten."""
    forget_stale(session, at)
    session.execute(delete(SignInTries).where(SignInTries.key.in_([_name_key(user.name), _name_key(user.email or "")])))
    return SignedIn(user.name, begin_session(session, user, at))


def _counted(session: Session, said: str, address: str, at: datetime) -> bool:
    """Count this try; whether it may be looked at."""
    by_name = _count(session, _name_key(said), at)
    by_address = _count(session, token_hash(f"address:{address}"), at)
    return by_name <= TRIES_A_NAME and by_address <= TRIES_AN_ADDRESS


def _name_key(said: str) -> str:
    return token_hash(f"name:{folded(said)}")


def _count(session: Session, key: str, at: datetime) -> int:
    """How many tries there were with this key, this one included. One statement: none of many at once is missed."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    over = SignInTries.since <= at - WITHIN
    statement = make(SignInTries).values(key=key, since=at, count=1)
    counted = statement.on_conflict_do_update(
        index_elements=[SignInTries.key],
        set_={
            "count": case((over, 1), else_=SignInTries.count + 1),
            "since": case((over, at), else_=SignInTries.since),
        },
    )
    count: int = session.execute(counted.returning(SignInTries.count)).scalar_one()
    return count
