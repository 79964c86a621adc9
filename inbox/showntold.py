"""What the account page shows of what one is told: the wishes, which of them are set elsewhere, and where it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earful.configfile import Configuration
from earful.errors import EarfulError
from earful.ownaddress import kind_of
from earful.sealing import unseal
from earful.settings import Person
from earful.speech import N_, Said, _
from models.account import Role, User
from models.people import handle
from models.recipients import recipient
from models.wishes import KINDS, OF_OPERATORS, Wishes, configured

KIND_NAMES: Mapping[str, str] = Said(
    {
        "mention": N_("Somebody mentions me in a note"),
        "assigned": N_("A case is assigned to me"),
        "escalated": N_("A case is escalated to me, or given back to me as lead"),
        "returned": N_("The author of a case of mine writes again"),
        "half": N_("Half of the time of a case of mine is over"),
        "due": N_("A case of mine is overdue"),
        "summary": N_("Each morning: what was done the day before"),
        "silent": N_("A source has given nothing new for longer than expected"),
        "unreadable": N_("A source could not be read"),
    }
)


@dataclass(frozen=True, slots=True)
class ToldOf:
    """What the form shows."""

    wishes: Wishes
    kinds: Sequence[str]
    brands: Sequence[str]
    fixed: frozenset[str]  #: names that the configuration sets, so that they can't be chosen here
    where: str  #: where messages go now, in a sentence; "" for nowhere
    has_own: bool
    may_choose: bool  #: whether an address can be entered here


def told_of(config: Configuration, user: User) -> ToldOf:
    """What an account and the configuration say together."""
    person = person_of(config, user)
    said = configured(person) if person else {}
    who = recipient(config.settings, user, person)
    asked = [kind for kind in KINDS if user.role is Role.ADMIN or kind not in OF_OPERATORS or kind in said]
    return ToldOf(
        wishes=who.wishes,
        kinds=asked,
        brands=[brand.name for brand in config.settings.brands],
        fixed=frozenset(said),
        where=_where(config, user, person),
        has_own=user.sealed_address is not None,
        may_choose=person is None and config.settings.inbox.own_addresses != "none",
    )


def person_of(config: Configuration, user: User) -> Person | None:
    """The same person in the configuration, where there is one."""
    return next((each for each in config.settings.people if handle(each.name) == user.name), None)


def _where(config: Configuration, user: User, person: Person | None) -> str:
    if person:
        return _("Messages go to the address that the configuration names for you.")
    if user.sealed_address:
        return _("Messages go to the address you entered: %(kind)s", kind=_kind(config, user.sealed_address))
    if user.email and config.settings.inbox.mail:
        return _("Messages go to your mail address, %(address)s.", address=user.email)
    return ""


def _kind(config: Configuration, sealed: str) -> str:
    """How it begins; the rest is shown to nobody."""
    try:
        return kind_of(unseal(config.secrets, sealed) or "?")
    except EarfulError:
        return "?"
