"""Whom messages for people go to: what the configuration and their account say together, and the address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from earful.configfile import Configuration
from earful.errors import EarfulError
from earful.ownaddress import check_reach, through
from earful.sealing import unseal
from earful.settings import Person, Settings
from earful.speech import _
from models.account import Role, User
from models.people import handle
from models.wishes import Wishes, configured, read_wishes, settled


class NoAddress(EarfulError):
    """It is known where this person was to be told, and can't be used; says why, and never where."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person who can be told something."""

    handle: str
    wishes: Wishes
    zone: ZoneInfo
    locale: str | None = None
    secret: str | None = None  #: of the configuration
    sealed: str | None = None  #: what they chose themselves
    email: str | None = None

    def address(self, config: Configuration) -> str | None:
        """Where they are told: by the configuration, as they chose, or at their mail address; None for nowhere.

        Raises:
            ConfigError: a secret that is needed is not set.
            NoAddress: what they chose can't be read any more.
            AddressRefused: what they chose leads where nobody may send us now.
        """
        if self.secret:
            return config.secrets.require(self.secret, _('"%(name)s" is told through it', name=f"@{self.handle}"))
        if self.sealed:
            return self._own(config)
        mail = config.settings.inbox.mail
        if mail and self.email:
            return through(config.secrets.require(mail, _("people are told by mail through it")), self.email)
        return None

    def _own(self, config: Configuration) -> str:
        address = unseal(config.secrets, self.sealed or "")
        if address is None:
            raise NoAddress(_("the key of what people entrust to the inbox has changed; enter the address again"))
        check_reach(address, config.settings.inbox.own_addresses)
        return address


def recipient(settings: Settings, user: User | None, person: Person | None) -> Recipient:
    """Who is meant by an account, by a person of the configuration, or by both."""
    kept = user.preferences.get("notify") if user else None
    said = configured(person) if person else {}
    wishes = settled(read_wishes(kept, operator=user is not None and user.role is Role.ADMIN), said)
    zone = said.get("time_zone") or (user.time_zone if user else None) or settings.brands[0].time_zone
    return Recipient(
        handle=handle(user.name if user else person.name if person else ""),
        wishes=wishes,
        zone=ZoneInfo(zone),
        locale=said.get("language") or (user.locale or user.asked_locale if user else None),
        secret=person.secret if person else None,
        sealed=user.sealed_address if user else None,
        email=user.email if user else None,
    )


def recipients(session: Session, settings: Settings, handles: Iterable[str] | None = None) -> Mapping[str, Recipient]:
    """Those of these people who can be known, by handle; all there are where none are named. Nobody shut out."""
    named = {handle(person.name): person for person in settings.people}
    users = {user.name: user for user in _users(session, None if handles is None else list(handles))}
    wanted = [*users, *(name for name in named if name not in users)] if handles is None else handles
    found = {name: (users.get(name), named.get(name)) for name in wanted}
    return {
        name: recipient(settings, user, person)
        for name, (user, person) in found.items()
        if (user or person) and not (user and user.disabled_at)
    }


def _users(session: Session, names: Sequence[str] | None) -> Sequence[User]:
    """Those who are shut out too: the configuration may name them still."""
    chosen = select(User).order_by(User.name)
    return session.scalars(chosen if names is None else chosen.where(User.name.in_(names))).all()


def wanting(session: Session, settings: Settings, event: str, brand: str = "") -> list[str]:
    """The handles of everybody who wants to be told of such an event."""
    return [name for name, one in recipients(session, settings).items() if one.wishes.want(event, brand)]
