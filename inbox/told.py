"""What one wants to be told, where, and a message to see whether it arrives; shown on the page of one's account."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from earful.errors import EarfulError
from earful.ownaddress import checked_address
from earful.sealing import seal
from earful.sender import Message, apprise_send
from earful.speech import _
from inbox.account import account_page, own_account
from inbox.asked import Unreadable
from inbox.house import house
from inbox.person import may
from inbox.showntold import ToldOf, person_of, told_of
from inbox.words import sentence
from models.account import Right
from models.recipients import NoAddress, recipient
from models.signin import count_test
from models.wishes import Wishes, hour

router = APIRouter(include_in_schema=False)


class WishesForm(BaseModel):
    """The wishes as the form sends them; no brand means all."""

    kind: list[str] = []
    brand: list[str] = []
    pace: str = "once"
    quiet_from: str = ""
    quiet_to: str = ""


@router.post("/account/told", dependencies=[may(Right.ACCOUNT)])
def choose_wishes(request: Request, form: Annotated[WishesForm, Form()]) -> Response:
    """Keep what one wants to be told. What the configuration sets stays as it is there."""
    home = house(request)
    with home.database.write() as session:
        user = own_account(session, request)
        wishes = _wishes(form, told_of(home.config, user))
        user.preferences = {**user.preferences, "notify": wishes.as_json()}
    return RedirectResponse("/account?saved=1#told", 303)


def _wishes(form: WishesForm, shown: ToldOf) -> Wishes:
    """What was chosen; what the configuration sets could not be, and is kept as it stands there."""
    begin, end = hour(form.quiet_from), hour(form.quiet_to)
    if (begin is None) != (end is None):
        raise Unreadable(_("quiet hours have a beginning and an end, as in 22:00 to 07:00; leave both empty for none"))
    return Wishes(
        kinds=_known(form.kind, shown.kinds) | (shown.wishes.kinds & shown.fixed),
        brands=_known(form.brand, shown.brands),
        daily=form.pace == "daily",
        quiet_from=begin,
        quiet_to=end,
    )


def _known(given: Sequence[str], known: Sequence[str]) -> frozenset[str]:
    if not set(given) <= set(known):
        raise Unreadable(_("take what you want to be told, and of which brands, from the lists"))
    return frozenset(given)


@router.post("/account/address", dependencies=[may(Right.ACCOUNT)])
def choose_address(request: Request, address: Annotated[str, Form()] = "") -> Response:
    """Keep where one is told, sealed; an empty one is forgotten."""
    home = house(request)
    try:
        kept = checked_address(address, home.config.settings.inbox.own_addresses) if address.strip() else ""
        sealed = seal(home.config.secrets, kept) if kept else None
    except EarfulError as refused:
        return account_page(request, 422, sentence(refused))
    with home.database.write() as session:
        own_account(session, request).sealed_address = sealed
    return RedirectResponse("/account?saved=1#told", 303)


@router.post("/account/test-message", dependencies=[may(Right.ACCOUNT)])
def send_test(request: Request) -> Response:
    """Send a message to oneself, at once."""
    home = house(request)
    try:
        with home.database.write() as session:
            user = own_account(session, request)
            count_test(session, user.id, home.clock())
            who = recipient(home.config.settings, user, person_of(home.config, user))
        address = who.address(home.config)
        if address is None:
            raise NoAddress(_("there is no address yet to send a message to"))
        apprise_send(address, _test_message(home.config.settings.inbox.url or str(request.base_url)))
    except EarfulError as refused:
        return account_page(request, 422, sentence(refused))
    return account_page(request, notice=_("A test message was sent. If it does not arrive, look at the address."))


def _test_message(here: str) -> Message:
    said = _("This is the test message you asked for. What you chose to be told comes like this.")
    return Message(_("A test by Earful"), f"{said}\n\n{here}")
