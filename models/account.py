"""Who may open the inbox: users with their role, what signs them in, and the tokens of programs.

Of everything that opens a door (a session, a one-time link, a token) only the SHA-256 is stored.
"""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Id, JsonList, JsonObject, Moment, Name, Words, choice


class Role(StrEnum):
    """What a person is here for."""

    VIEWER = "viewer"
    AGENT = "agent"
    MARKETER = "marketer"
    ADMIN = "admin"


class Right(StrEnum):
    """What a page or an answer of the API asks of the one who wants it."""

    ACCOUNT = "account"  #: to be signed in, and change one's own account
    READ = "read"  #: see mentions, cases, runs
    ACT = "act"  #: work on cases, correct readings
    MARKET = "market"  #: testimonials, consent, exports
    ADMIN = "admin"  #: users, tokens, settings
    METRICS = "metrics"  #: numbers for a monitor


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.ACCOUNT, Right.READ}),
    Role.AGENT: frozenset({Right.ACCOUNT, Right.READ, Right.ACT}),
    Role.MARKETER: frozenset({Right.ACCOUNT, Right.READ, Right.MARKET}),
    Role.ADMIN: frozenset(Right),
}

#: What a token may be given. A program has no account of its own, and makes no users.
SCOPES = (Right.READ, Right.ACT, Right.MARKET, Right.METRICS)


class User(Base):
    """A person with an account. Never deleted, as the log names them; disabled instead."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(
        unique=True, doc="one word in lower case: signs in, is @mentioned, stands in logs"
    )
    email: Mapped[str | None] = mapped_column(String(254), unique=True, doc="lower case")
    former_names: Mapped[JsonList] = mapped_column(
        server_default="[]", default=list, doc="what they were called before; their work of then stands under it"
    )
    display_name: Mapped[Name]
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    password_hash: Mapped[str | None] = mapped_column(String(200), doc="argon2id; None until one is chosen")
    issuer: Mapped[str | None] = mapped_column(String(255), doc="the OpenID provider that vouches for them")
    subject: Mapped[str | None] = mapped_column(String(255), doc="who they are to that provider")
    locale: Mapped[str | None] = mapped_column(String(20), doc="as in nb, bg, en-GB; None: as the browser asks")
    asked_locale: Mapped[str | None] = mapped_column(
        String(20), doc="what their browser asked for last, give or take some minutes; None: they were never here"
    )
    time_zone: Mapped[str | None] = mapped_column(String(64), doc="None: the brand's")
    theme: Mapped[str] = mapped_column(String(10), doc="auto, light or dark")
    sealed_address: Mapped[Words | None] = mapped_column(doc="where they chose to be told, as earful.sealing keeps it")
    preferences: Mapped[JsonObject] = mapped_column(doc="{keys: {…}, notify: {…}}, as the account page writes them")
    created_at: Mapped[Moment]
    disabled_at: Mapped[Moment | None]


class UserSession(Base):
    """One browser in which a user is signed in."""

    __tablename__ = "user_sessions"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment] = mapped_column(doc="when it was last used, give or take some minutes")
    expires_at: Mapped[Moment] = mapped_column(index=True, doc="whatever happens, it ends then")


class SetupLink(Base):
    """A link, good for one time, with which a user chooses a password. There is at most one a user."""

    __tablename__ = "setup_links"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"), primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[Moment]


class SignInTries(Base):
    """How often somebody tried to sign in to one account, or from one address, since a moment."""

    __tablename__ = "sign_in_tries"

    key: Mapped[str] = mapped_column(String(64), primary_key=True, doc="SHA-256 of the name tried, or of the address")
    since: Mapped[Moment] = mapped_column(index=True)
    count: Mapped[int]


class ApiToken(Base):
    """What a program shows to use the JSON API or to read the metrics."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        Index(
            "uq_api_tokens_name", "name", unique=True,
            sqlite_where=text("revoked_at IS NULL"), postgresql_where=text("revoked_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(doc="what it is for; stands in the log as api:name")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[JsonList] = mapped_column(doc="some of the rights")
    made_by: Mapped[Name]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    last_used_at: Mapped[Moment | None] = mapped_column(doc="give or take some minutes")
    revoked_at: Mapped[Moment | None]
