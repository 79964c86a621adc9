"""What is offered to put a bad experience right, what becomes of it, and the word that closes the loop."""

import re
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from earful.speech import _
from models.acts import Act, Change, NotAllowed, Standing, words
from models.case import Outcome, Remedy

#: The remedies that can be told in money; compensation must be.
IN_MONEY = frozenset({Remedy.REFUND, Remedy.COMPENSATION})
_AMOUNT = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,3})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def offer(stands: Standing, act: Act, _at: datetime) -> Change:
    """Offer a remedy; another one takes its place, and the history keeps both."""
    amount, currency = _money(act)
    after = replace(
        stands,
        remedy=act.remedy,
        remedy_amount=amount,
        remedy_currency=currency,
        remedy_outcome=Outcome.OFFERED,
    )
    said = {"remedy": act.remedy.value, "amount": amount, "currency": currency, "text": words(act.text)}
    return Change(after, {name: value for name, value in said.items() if value})


def _money(act: Act) -> tuple[str, str] | tuple[None, None]:
    if act.remedy not in IN_MONEY or (act.remedy is Remedy.REFUND and not act.amount.strip()):
        return None, None
    return clean_amount(act.amount), clean_currency(act.currency)


def clean_amount(given: str) -> str:
    """An amount as it is stored: a decimal number with a point, no sign, no grouping.

    Raises:
        NotAllowed: it is no such number, or nothing.
    """
    text = given.strip()
    if not _AMOUNT.fullmatch(text) or not Decimal(text.replace(",", ".")):
        raise NotAllowed(_("write the amount as a number above 0, as in 25 or 12.50"))
    return text.replace(",", ".")


def clean_currency(given: str) -> str:
    """A currency as it is stored.

    Raises:
        NotAllowed: it is not three letters.
    """
    code = given.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise NotAllowed(_("write the currency as its three letters, as in EUR or NOK"))
    return code


def settle(stands: Standing, act: Act, _at: datetime) -> Change:
    """Say what became of the remedy."""
    if stands.remedy is None:
        raise NotAllowed(_("nothing was offered yet; say first what was"))
    if act.outcome is stands.remedy_outcome:
        raise NotAllowed(_("that is what became of it already"))
    detail = {"remedy": stands.remedy.value, "outcome": act.outcome.value}
    return Change(replace(stands, remedy_outcome=act.outcome), detail)


def tell(stands: Standing, act: Act, at: datetime) -> Change:
    """The customer was told what we changed: the loop is closed."""
    text = words(act.text)
    if not text:
        raise NotAllowed(_("say what you changed and told the customer"))
    return Change(replace(stands, told_at=at), {"text": text})
