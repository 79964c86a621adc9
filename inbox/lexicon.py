"""The words that a team weighs itself, for all its brands or one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from earful.errors import ConfigError
from earful.speech import _
from inbox.asked import Unreadable
from inbox.house import House, house
from inbox.page import desk_here, page
from inbox.person import may
from inbox.setfile import line_of
from inbox.words import sentence
from models import lexicon
from models.account import Right
from models.learning import LexiconChange

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Word:
    """One word that counts for a brand, and where it comes from."""

    word: str
    weight: float
    brand: str  #: "" for all brands
    line: int | None = None  #: of the configuration file, where that sets it, and wins


@router.get("/lexicon", dependencies=[may(Right.ADMIN)])
def words(request: Request, brand: str = "") -> HTMLResponse:
    """The words a team weighs, for all brands or one, and who weighed what."""
    return _words(request, brand)


@router.post("/lexicon", dependencies=[may(Right.ADMIN)])
def weigh(
    request: Request,
    word: Annotated[str, Form()] = "",
    weight: Annotated[str, Form()] = "",
    brand: Annotated[str, Form()] = "",
    verb: Annotated[Literal["set", "remove"], Form()] = "set",
) -> Response:
    """Give a word a weight, or take it out."""
    home = house(request)
    desk = desk_here(request)
    known = _known(home, brand)
    try:
        with home.database.write() as session:
            if verb == "remove":
                lexicon.remove_word(session, known, word, desk.actor, desk.now)
            else:
                lexicon.set_word(session, known, word, _number(weight), desk.actor, desk.now)
    except (ValueError, LookupError) as refused:
        return _words(request, brand, 422, sentence(refused), (word, weight))
    back = request.url_for("words").include_query_params(brand=known) if known else request.url_for("words")
    return RedirectResponse(f"{back.path}?{back.query}" if back.query else back.path, 303)


def _number(typed: str) -> float:
    try:
        return float(typed.strip().replace(",", ".").replace("−", "-"))
    except ValueError as error:
        raise ValueError(_("a weight is a number from -4 (as bad as can be) to 4; 0 mutes a word")) from error


def _known(home: House, brand: str) -> str:
    """The brand's name as it is configured; "" for all brands.

    Raises:
        Unreadable: there is no such brand.
    """
    try:
        return home.config.settings.brand(brand).name if brand else lexicon.EVERY_BRAND
    except ConfigError as error:
        raise Unreadable(str(error)) from error


def _words(
    request: Request, brand: str, status: int = 200, alert: str = "", typed: tuple[str, str] = ("", "")
) -> HTMLResponse:
    home = house(request)
    known = _known(home, brand)
    of_file = _of_file(home, known)
    with home.database.read() as session:
        kept = lexicon.words_of(session, known)
        changes: list[LexiconChange] = list(lexicon.history(session, known, limit=50))
    named = {each.word for each in of_file}
    found = [(Word(word, weight, known), word in named) for word, weight in kept.items()]
    brands = [each.name for each in home.config.settings.brands]
    shown = {"of_file": of_file, "kept": found, "changes": changes, "brands": brands, "brand": known}
    return page(request, "lexicon.html", status, **shown, alert=alert, typed=typed, file=home.config.path.name)


def _of_file(home: House, brand: str) -> list[Word]:
    """The words that the configuration file weighs, for this brand or for all."""
    settings = home.config.settings
    found = _at(home, settings.lexicon, "", ("lexicon",))
    for number, each in enumerate(settings.brands):
        if brand and each.name == brand:
            found += _at(home, each.lexicon, brand, ("brands", number, "lexicon"))
    return found


def _at(home: House, weighed: Mapping[str, float], brand: str, place: tuple[str | int, ...]) -> list[Word]:
    """Words that stand in one table of the file, each with its line, or with that of the table."""
    table = line_of(home.config, place)
    lines = {word: line_of(home.config, (*place, word)) or table for word in weighed}
    return [Word(word, weight, brand, lines[word]) for word, weight in weighed.items()]
