"""Praise: whose authors to ask, what each of them allowed, and the files of what may go out; for marketers.

Nobody is asked from here: a person asks, and records where the answer can be seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, BeforeValidator
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from campaigns.consent import (
    Act,
    ConsentError,
    end_of_day,
    last_day,
    names_somebody,
    of_mention,
    record_grant,
    record_revocation,
)
from campaigns.exports import export_testimonials
from campaigns.files import Format
from campaigns.testimonials import HeldBack, held_back
from earful.errors import ConfigError, Conflict
from earful.speech import N_, Said
from inbox.asked import AskedId, RowId, Unreadable, Version, query_string
from inbox.house import House, house
from inbox.page import page
from inbox.person import may, who
from inbox.shown import Listed, listed
from inbox.words import sentence
from models.account import Right
from models.outgoing import Candidate, list_candidates

PAGE = 30

HELD_BACK_NAMES: Mapping[HeldBack, str] = Said(
    {
        HeldBack.DELETED: N_("deleted at its source"),
        HeldBack.NO_AUTHOR: N_("author unknown"),
        HeldBack.NO_CONSENT: N_("no consent recorded"),
        HeldBack.REVOKED: N_("consent revoked"),
        HeldBack.EXPIRED: N_("consent expired"),
        HeldBack.EDITED: N_("text changed since the grant"),
        HeldBack.OPEN_CASE: N_("a case is open on it"),
        HeldBack.CORRECTED: N_("a person said it is no praise of the brand"),
    }
)

router = APIRouter(include_in_schema=False)


class ConsentForm(BaseModel):
    """What an author said, as it is typed in."""

    verb: Literal["grant", "revoke"]
    brand: str
    version: Version
    proof: str = ""
    expires: Annotated[date | None, BeforeValidator(lambda typed: typed or None)] = None


@dataclass(frozen=True, slots=True)
class Praise:
    """One candidate on the page."""

    candidate: Candidate
    shown: Listed
    held: HeldBack | None  #: why it may not go out; None: it may
    can_ask: bool  #: whether the author's name is one person's
    until: date | None  #: the last day that a recorded consent holds


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page's address asks for."""

    brand: str
    answered: bool = False
    before: int | None = None  #: the list goes on beyond this mention

    @property
    def here(self) -> str:
        """The query string of this very page of the list."""
        return self._query(before=str(self.before or ""))

    def address(self, **more: str) -> str:
        """The address of this list, with something more said."""
        return f"/testimonials{self._query(**more)}"

    def _query(self, **more: str) -> str:
        return query_string({"brand": self.brand, "answered": "yes" if self.answered else "", **more})


@dataclass(frozen=True, slots=True)
class Refused:
    """What was typed for which mention, and why it could not be kept."""

    mention_id: int
    form: ConsentForm
    why: str


@router.get("/testimonials", dependencies=[may(Right.MARKET)])
def praise(
    request: Request, brand: str = "", answered: str = "", before: AskedId | None = None, did: AskedId | None = None
) -> HTMLResponse:
    """Praise whose authors are still to be asked; with `answered`, that of authors who said yes or no."""
    return _page(request, Asked(_known(house(request), brand), bool(answered), before), did=did)


@router.get("/testimonials/file.{form}", dependencies=[may(Right.MARKET)])
def file(request: Request, form: Format, brand: str = "") -> Response:
    """What may go out at this moment, as a file."""
    home = house(request)
    asked = Asked(_known(home, brand))
    folder = TemporaryDirectory(prefix="earful-")
    try:
        made = export_testimonials(home.database, FilePath(folder.name), [form], home.clock(), asked.brand)
    except ConfigError as unheard:
        return _page(request, asked, 404, alert=sentence(unheard))
    [path] = made.files
    return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))


@router.post("/testimonials/{mention_id}", dependencies=[may(Right.MARKET)])
def say(
    request: Request, mention_id: RowId, form: Annotated[ConsentForm, Form()], before: AskedId | None = None
) -> Response:
    """Record what the author of a mention said: that they may be quoted, or that they may no longer."""
    home = house(request)
    asked = Asked(_known(home, form.brand), answered=form.version > 0, before=before)
    act = Act(who(request), home.clock(), form.proof, form.version)
    try:
        if form.verb == "grant":
            record_grant(home.database, of_mention(mention_id), act, _until(home, asked.brand, form.expires))
        else:
            record_revocation(home.database, of_mention(mention_id), act)
    except Conflict as conflict:
        there = Asked(asked.brand, answered=True)  # where what somebody else recorded stands
        return _page(request, there, 409, Refused(mention_id, form, sentence(conflict)))
    except ConsentError as refused:
        return _page(request, asked, 422, Refused(mention_id, form, sentence(refused)))
    return RedirectResponse(Asked(asked.brand, answered=True).address(did=str(mention_id)), 303)


def _known(home: House, brand: str) -> str:
    """The brand that is asked for, the first where none is; another one's praise is never shown in its place."""
    settings = home.config.settings
    try:
        return settings.brand(brand[:80]).name if brand else settings.brands[0].name
    except ConfigError as unknown:
        raise Unreadable(str(unknown)) from unknown


def _until(home: House, brand: str, last_day: date | None) -> datetime | None:
    return end_of_day(last_day, home.zone(brand).key) if last_day else None


def _page(
    request: Request,
    asked: Asked,
    status: int = 200,
    refused: Refused | None = None,
    *,
    did: int | None = None,
    alert: str = "",
) -> HTMLResponse:
    home = house(request)
    with home.database.glance() as session:
        found = list_candidates(session, asked.brand, PAGE + 1, asked.before, answered=asked.answered)
    alert = refused.why if refused else alert
    if refused and refused.mention_id not in {one.mention_id for one in found[:PAGE]}:
        refused = None
    told = {"asked": asked, "praise": _praised(home, found[:PAGE]), "refused": refused, "did": did, "alert": alert}
    following = asked.address(before=str(found[PAGE - 1].mention_id)) if len(found) > PAGE else ""
    shown = {"next": following, "formats": list(Format), "reasons": HELD_BACK_NAMES}
    brands = [each.name for each in home.config.settings.brands]
    return page(request, "testimonials.html", status, brands=brands, **told, **shown)


def _praised(home: House, candidates: Sequence[Candidate]) -> list[Praise]:
    now = home.clock()
    return [
        Praise(
            one,
            listed(one.title, one.text, pointers=home.pointers(one.brand)),
            held_back(one, now),
            names_somebody(one.author),
            last_day(one.consent_expires_at.astimezone(home.zone(one.brand))) if one.consent_expires_at else None,
        )
        for one in candidates
    ]
