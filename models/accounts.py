"""What is done to accounts: adding, finding, changing and disabling users, their passwords and links to set one."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from earful.errors import EarfulError, nearest
from earful.speech import _
from earful.text import excerpt, storable
from models.account import RIGHTS, Right, Role, SetupLink, User
from models.actor import PIPELINE, one_line
from models.doors import end_links, end_sessions, token_hash
from models.keeper import key_of
from models.passwords import hashed, weakness
from models.views import take_along

LINK_LASTS = timedelta(days=3)

NAME = re.compile(r"\w(?:[\w.\-]{0,38}\w)?")  # ends in no mark: a note's "@dana." calls dana
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*")


class AccountRefused(EarfulError):
    """An account can't be made or changed like this; says why and what to do."""

    exit_code = 2


# -------------------------------------------------------------------------------------------------------------- users


def has_accounts(session: Session) -> bool:
    """Whether anybody has an account: from then on everybody signs in."""
    return session.scalar(_ANYBODY) is not None


_ANYBODY = select(User.id).limit(1)  # made once: every page asks


def all_users(session: Session) -> Sequence[User]:
    """Every user, those who are disabled too, by name."""
    return session.scalars(select(User).order_by(User.name)).all()


def agents(session: Session) -> Sequence[str]:
    """The names of everybody who may work on cases."""
    roles = [role for role, rights in RIGHTS.items() if Right.ACT in rights]
    may = select(User.name).where(User.role.in_(roles), User.disabled_at.is_(None))
    return session.scalars(may.order_by(User.name)).all()


def agent_called(session: Session, said: str) -> str:
    """The name of whoever may work on cases and is meant by a name or mail address; without accounts any name will do.

    Raises:
        LookupError: nobody is; says who there are.
    """
    names = agents(session)
    if not names:
        return said
    user = find_user(session, said)
    if user is None or user.name not in names:
        nobody = _("nobody who works on cases is called “%(name)s”", name=excerpt(said, 80))
        raise LookupError(nobody + nearest(folded(said), names))
    return user.name


def called_now(session: Session, name: str) -> str:
    """What somebody who had this name once is called today; the name itself where no account had it."""
    user = _names_taken(session).get(name)
    return user.name if user else name


def find_user(session: Session, said: str) -> User | None:
    """The user of this name or mail address, however it is written."""
    word = folded(said)
    column = User.email if "@" in word else User.name
    return session.scalars(select(User).where(column == word)).one_or_none()


def user_named(session: Session, said: str) -> User:
    """The user of this name or mail address.

    Raises:
        AccountRefused: there is none.
    """
    user = find_user(session, said)
    if user is None:
        names = ", ".join(session.scalars(select(User.name).order_by(User.name).limit(20)))
        known = _("there are %(known)s", known=names) if names else _("nobody has one yet")
        raise AccountRefused(_('there is no user "%(name)s"; %(known)s', name=said, known=known))
    return user


def folded(word: str) -> str:
    """A name or address as it is stored and looked for."""
    return unicodedata.normalize("NFKC", storable(word)).strip().casefold()


def add_user(
    session: Session, at: datetime, name: str, role: Role, email: str | None = None, display_name: str = ""
) -> User:
    """A new user, without a password yet.

    Raises:
        AccountRefused: the name or address is unfit or taken, or the first user would be no admin.
    """
    if role is not Role.ADMIN and not has_accounts(session):
        raise AccountRefused(_("the first account must be an admin, who can then add the others"))
    user = User(
        name=fit_name(session, name),
        email=fit_email(session, email),
        display_name=one_line(display_name) or one_line(name),
        role=role,
        theme="auto",
        preferences={},
        created_at=at,
    )
    session.add(user)
    session.flush()
    take_along(session, user.name, key_of(user.name, user.id))
    return user


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody for whom an OpenID provider vouches."""

    issuer: str
    subject: str  #: who they are to it, for good
    email: str | None  #: None unless it says that the address is theirs
    name: str  #: as it would call them, "" when it does not say
    display_name: str


def user_vouched_for(session: Session, at: datetime, who: Vouched, *, create: bool) -> User:
    """The user whom the provider means: known to be, else by a proven mail address, else (`create`) a new viewer.

    Raises:
        AccountRefused: there is none, the user is disabled, or belongs to somebody else there.
    """
    known = select(User).where(User.issuer == who.issuer, User.subject == who.subject)
    user = session.scalars(known).one_or_none() or _by_address(session, who)
    if user is None and create and who.email:
        user = add_user(session, at, _free_name(session, who), Role.VIEWER, who.email, who.display_name)
    if user is None:
        raise AccountRefused(
            _("the provider knows you, and you have no account here; ask an admin to add your address")
        )
    if user.disabled_at:
        raise AccountRefused(_("this account is shut out; ask an admin"))
    user.issuer, user.subject = who.issuer, who.subject
    session.flush()
    return user


def _by_address(session: Session, who: Vouched) -> User | None:
    user = find_user(session, who.email) if who.email else None
    if user and user.subject and (user.issuer, user.subject) != (who.issuer, who.subject):
        raise AccountRefused(_("this address belongs to another person at the provider; ask an admin"))
    return user


def _free_name(session: Session, who: Vouched) -> str:
    """A name nobody has: what the provider calls them, or the beginning of their address, with a number if need be."""
    wanted = folded(who.name or (who.email or "").partition("@")[0])
    word = re.sub(r"[^\w.\-]+", ".", wanted).strip(".-_")[:36].rstrip(".-") or "user"
    names = (word, *(f"{word}{number}" for number in range(2, 1000)))
    taken = {PIPELINE, *_names_taken(session)}
    return next(name for name in names if name not in taken)


def _names_taken(session: Session) -> dict[str, User]:
    """Whose each name is or was: the work of then stands under it."""
    return {name: user for user in all_users(session) for name in (*user.former_names, user.name)}


def fit_name(session: Session, name: str, mine: User | None = None) -> str:
    """The name as an account has it.

    Raises:
        AccountRefused: it can't be one, or it is or was another's than `mine`.
    """
    word = folded(name)
    if not NAME.fullmatch(word):
        raise AccountRefused(
            _(
                '"%(name)s" can\'t be a name; take one word of up to 40 letters, digits, dots and hyphens, '
                'as in "dana"',
                name=name[:60],
            )
        )
    if word == PIPELINE:
        raise AccountRefused(_('"%(name)s" is the name of the pipeline itself; take another', name=word))
    owner = _names_taken(session).get(word)
    if owner is None or owner is mine:
        return word
    if owner.name == word:
        raise AccountRefused(_('there is a user "%(name)s" already; take another name', name=word))
    was = _('"%(name)s" is what %(user)s was called before; take another name', name=word, user=owner.name)
    raise AccountRefused(was)


def fit_email(session: Session, email: str | None, mine: User | None = None) -> str | None:
    """The address as an account has it; None for none.

    Raises:
        AccountRefused: it is no mail address, or another's than `mine`.
    """
    if not email or not email.strip():
        return None
    word = folded(email)
    if len(word) > 254 or not _EMAIL.fullmatch(word):
        raise AccountRefused(_('"%(address)s" is no mail address', address=email[:60]))
    if find_user(session, word) not in (None, mine):
        raise AccountRefused(_('another user has the address "%(address)s"', address=word))
    return word


def change_role(session: Session, user: User, role: Role) -> None:
    """Give a user another role.

    Raises:
        AccountRefused: nobody would be left who can administer.
    """
    if role is not Role.ADMIN:
        _leave_an_admin(session, user)
    user.role = role


def disable(session: Session, user: User, at: datetime) -> None:
    """Shut a user out, everywhere and at once. What they did stays.

    Raises:
        AccountRefused: nobody would be left who can administer.
    """
    _leave_an_admin(session, user)
    user.disabled_at = user.disabled_at or at
    end_sessions(session, user.id)
    end_links(session, user.id)


def enable(user: User) -> None:
    """Let a user in again, with the password they had."""
    user.disabled_at = None


def _leave_an_admin(session: Session, user: User) -> None:
    # Locked, so that of two admins who remove each other at the same moment one is refused.
    admins = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None)).with_for_update()
    if session.scalars(admins).all() == [user.id]:
        raise AccountRefused(_("%(name)s is the only admin; make somebody else one first", name=user.name))


# ---------------------------------------------------------------------------------------------- passwords and links


def set_password(session: Session, user: User, password: str) -> None:
    """Give a user a password. All their sessions and their link end.

    Raises:
        AccountRefused: the password is too weak.
    """
    wrong = weakness(password, user.name, (user.email or "").partition("@")[0])
    if wrong:
        raise AccountRefused(wrong)
    user.password_hash = hashed(password)
    end_sessions(session, user.id)
    end_links(session, user.id)


def make_link(session: Session, user: User, at: datetime) -> str:
    """A word for a link with which the user chooses a password, once; an earlier one is void.

    Raises:
        AccountRefused: the user is disabled.
    """
    if user.disabled_at:
        raise AccountRefused(_("%(name)s is shut out (disabled); let them in first", name=user.name))
    end_links(session, user.id)
    word = secrets.token_urlsafe(32)
    session.add(SetupLink(user_id=user.id, token_hash=token_hash(word), expires_at=at + LINK_LASTS))
    session.flush()
    return word
