"""Themes: how often each came, where in a customer's journey it belongs, and new ones to take or refuse; for admins.

Finding themes needs the reader, and the inbox starts no pipeline: whoever serves it hands in what does it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import ConfigError
from earful.speech import _
from earful.values import Proposed
from inbox.asked import query_string
from inbox.finder import Finder
from inbox.house import House, house
from inbox.page import page
from inbox.person import may
from inbox.words import sentence
from models.account import Right

COUNTED = timedelta(days=30)  # how far back mentions are counted

router = APIRouter(include_in_schema=False)


class ThemeForm(BaseModel):
    """What is said of a proposed theme."""

    verb: Literal["accept", "refuse"]
    brand: str = ""
    name: str = ""
    stage: str = ""
    language: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page's address asks for."""

    brand: str | None
    look: bool
    taken: str = ""

    def query(self, **more: str) -> str:
        """The address of this page, with something more said."""
        parts = {"brand": self.brand or "", "look": "yes" if self.look else "", **more}
        return f"/themes{query_string(parts)}"


@router.get("/themes", dependencies=[may(Right.ADMIN)])
def themes(request: Request, brand: str = "", look: str = "", taken: str = "") -> HTMLResponse:
    """The themes there are; with `look`, also those that mentions suggest."""
    return _page(request, Asked(_known(house(request), brand), bool(look), taken))


@router.post("/themes", dependencies=[may(Right.ADMIN)])
def said(request: Request, form: Annotated[ThemeForm, Form()]) -> Response:
    """Take a theme under a name of one's own, or refuse it."""
    home = house(request)
    asked, finder = Asked(_known(home, form.brand), look=True), _finder(home)
    try:
        if form.verb == "refuse":
            finder.refuse(form.language, form.words)
            return RedirectResponse(asked.query(), 303)
        heading = finder.accept(form.name.strip(), form.stage or None, form.language, form.words)
    except ConfigError as refused:
        return _page(request, asked, 422, sentence(refused), form)
    return RedirectResponse(asked.query(taken=heading), 303)


def _known(home: House, brand: str) -> str | None:
    found = home.brand(brand)
    return found.name if found else None


def _finder(home: House) -> Finder:
    if home.themes is None:
        raise ConfigError(_("themes are looked after where Earful reads: `earful themes` there does it"))
    return home.themes


def _page(
    request: Request, asked: Asked, status: int = 200, alert: str = "", typed: ThemeForm | None = None
) -> HTMLResponse:
    home = house(request)
    finder = _finder(home)
    found, failed = _proposed(finder, asked)
    counted = finder.counted(asked.brand, home.clock() - COUNTED)
    shown = {"asked": asked, "counted": counted, "proposed": found, "stages": finder.stages, "typed": typed}
    brands = [each.name for each in home.config.settings.brands]
    told = {"alert": alert or failed, "days": COUNTED.days, "file": home.config.settings.themes.name}
    return page(request, "themes.html", status, brands=brands, **shown, **told)


def _proposed(finder: Finder, asked: Asked) -> tuple[Sequence[Proposed], str]:
    if not asked.look:
        return [], ""
    try:
        return finder.propose(asked.brand), ""
    except ConfigError as refused:
        return [], sentence(refused)
