"""Tokens of programs: made once, shown once, kept as a hash, with scopes and an end."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from earful.speech import _
from models.account import SCOPES, ApiToken, Right
from models.accounts import NAME, AccountRefused, folded
from models.doors import token_hash

PREFIX = "earful_"  #: so that a token is known for one where it was left lying about
LASTS = timedelta(days=365)
LONGEST = timedelta(days=3650)


def add_token(
    session: Session, at: datetime, name: str, scopes: Collection[Right], made_by: str, lasts: timedelta = LASTS
) -> str:
    """A new token; returns the word to hand over, which is stored nowhere.

    Raises:
        AccountRefused: the name, the scopes or the time it lasts will not do.
    """
    word = folded(name)
    _check(session, word, scopes, lasts)
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    session.add(
        ApiToken(
            name=word,
            token_hash=token_hash(token),
            scopes=[scope.value for scope in SCOPES if scope in scopes],
            made_by=made_by,
            created_at=at,
            expires_at=at + lasts,
        )
    )
    session.flush()
    return token


def _check(session: Session, name: str, scopes: Collection[Right], lasts: timedelta) -> None:
    if not NAME.fullmatch(name):
        raise AccountRefused(
            _("name the token for what it is for, in one word of up to 40 letters, digits and hyphens")
        )
    if _named(session, name):
        raise AccountRefused(_('there is a token "%(name)s" already; revoke it first, or take another name', name=name))
    if not scopes or not set(scopes) <= set(SCOPES):
        raise AccountRefused(_("say what the token may do: one or more of %(scopes)s", scopes=", ".join(SCOPES)))
    if not timedelta(0) < lasts <= LONGEST:
        raise AccountRefused(_("a token lasts up to %(days)s days", days=LONGEST.days))


def _named(session: Session, name: str) -> ApiToken | None:
    return session.scalars(select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))).one_or_none()


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """Every token, the newest first; those that are over too."""
    return session.scalars(select(ApiToken).order_by(ApiToken.id.desc())).all()


def good_token(session: Session, word: str, at: datetime) -> ApiToken | None:
    """The token this word is, while it is good."""
    good = (ApiToken.revoked_at.is_(None), ApiToken.expires_at > at)
    return session.scalars(select(ApiToken).where(ApiToken.token_hash == token_hash(word), *good)).one_or_none()


def revoke_token(session: Session, name: str, at: datetime) -> None:
    """End a token, at once.

    Raises:
        AccountRefused: there is none of this name that is good.
    """
    token = _named(session, folded(name))
    if token is None:
        raise AccountRefused(_('there is no token "%(name)s" to revoke; `earful token list` shows them', name=name))
    token.revoked_at = at
