"""What every page shares: the configuration, the database, the clock, and the templates."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from earful import speech
from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.settings import Brand
from inbox import words
from inbox.keys import ACTIONS, keys_here
from inbox.memory import Memory
from inbox.person import quietly, who
from inbox.shown import Pointers, language_tag, painted, quiet_query, safe_link
from models.account import Right
from models.accounts import agents
from models.case import Case
from models.database import Database
from models.keeper import key_of
from models.presence import initials
from models.queue import Desk
from models.search import query_of
from models.telling import told

if TYPE_CHECKING:
    from inbox.themes import Finder  # which stands on this module

HERE = Path(__file__).parent
THEME_COOKIE = "earful_theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class House:
    """What the pages stand on."""

    config: Configuration
    database: Database
    clock: Callable[[], datetime]
    templates: Environment
    themes: "Finder | None" = None  #: what finds themes, where the inbox is served by what reads
    memory: Memory = field(default_factory=Memory)

    def brand(self, name: str) -> Brand | None:
        """The brand's settings, None for one that is configured no longer."""
        try:
            return self.config.settings.brand(name)
        except ConfigError:
            return None

    def zone(self, brand: str | None = None) -> ZoneInfo:
        """The zone in which times are shown: the brand's, or the first brand's where pages hold several."""
        found = self.brand(brand) if brand else self.config.settings.brands[0]
        return ZoneInfo(found.time_zone if found else "UTC")

    def pointers(self, brand: str, sought: str = "") -> Pointers:
        """What to point out in a text: the names of the brand, and what was searched for."""
        found = self.brand(brand)
        return Pointers(quiet_query(found.search) if found else None, query_of(sought) if sought else None)

    def lead(self, brand: str) -> str:
        """Who leads the team of a brand; "" where nobody is named."""
        found = self.brand(brand)
        return found.lead if found else ""

    def desk(self, request: Request, brand: str | None = None) -> Desk:
        """Who looks, when, and when their day ends."""
        known = quietly(request)
        return replace(self.desk_of(who(request), brand), key=key_of(known.name, known.user_id) if known else "")

    def desk_of(self, actor: str, brand: str | None = None) -> Desk:
        """The desk of somebody known by name."""
        now = self.clock()
        return Desk(actor, now, self.day_end(now, brand))

    def day_end(self, now: datetime, brand: str | None = None) -> datetime:
        """When this day ends on the brand's clock."""
        return self.morning(now, 1, brand, hour=0)

    def morning(self, now: datetime, days: int, brand: str | None = None, hour: int = 9) -> datetime:
        """The hour, so many days from now, on the brand's clock."""
        zone = self.zone(brand)
        day = now.astimezone(zone).date() + timedelta(days=days)
        return datetime.combine(day, time(hour), zone).astimezone(UTC)

    def local(self, moment: datetime, brand: str | None = None) -> datetime:
        """The moment on the reader's clock where they chose a zone, else on the brand's."""
        return moment.astimezone(speech.speech().zone or self.zone(brand))


def house(request: Request) -> House:
    """The house of this application."""
    found: House = request.app.state.house
    return found


def theme(request: Request) -> str:
    """The theme that was chosen: auto, light or dark."""
    known = quietly(request)
    chosen = (known.theme if known else None) or request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page from a template; every template gets who looks, the theme and the clock beside its own."""
    home = house(request)
    desk = home.desk(request)
    shared = {
        "actor": desk.actor,
        "person": quietly(request),
        "now": desk.now,
        "theme": theme(request),
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "section": template.partition(".")[0],
        "is_sample": home.config.is_sample,
        "home": home,
        "keys": keys_here(request),
        "key_actions": ACTIONS,
    }
    return HTMLResponse(home.templates.get_template(template).render({**shared, **context}), status)


def fragment(request: Request, template: str, **context: Any) -> HTMLResponse:
    """A piece of a page, for one that is open already."""
    return HTMLResponse(house(request).templates.get_template(template).render(context))


def templates() -> Environment:
    """The templates: escaping is on for all of them, and a name nobody gave is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    _translate(made)
    made.globals.update(words=words, told=told, ago=speech.ago, icon=icon, asset=asset, safe_link=safe_link, say=speech)
    made.globals.update(
        Right=Right, language_tag=language_tag, case_due=case_due, plain=plain, initials=initials, takers=takers
    )
    made.filters.update(inside=inside, zip_self=_pairs, language_of=words.language_name, language_options=_languages)
    return made


def _translate(made: Environment) -> None:
    """Let the templates speak the reader's language. A translation is words, never markup; so are the values in it."""
    made.globals.update(_=_said, ngettext=_counted, pgettext=_said_in)


def _said(message: str, **values: object) -> Markup:
    words = _escaped(speech.speech().catalogue, message)
    return words % values if values else words


def _said_in(context: str, message: str, **values: object) -> Markup:
    words = _escaped_in(speech.speech().catalogue, context, message)
    return words % values if values else words


def _counted(one: str, many: str, count: int, **values: object) -> Markup:
    return escape(speech.speech().catalogue.ngettext(one, many, count)) % {"num": speech.number(count), **values}


@lru_cache(maxsize=20_000)  # the fixed words of all pages in all languages: a page has some two hundred of them
def _escaped(catalogue: NullTranslations, message: str) -> Markup:
    return escape(catalogue.gettext(message))


@lru_cache(maxsize=2_000)
def _escaped_in(catalogue: NullTranslations, context: str, message: str) -> Markup:
    return escape(catalogue.pgettext(context, message))


def inside(text: str, *tags: str) -> Markup:
    """The text within these elements, the outermost first: a value for a sentence."""
    for tag in reversed(tags):
        text = Markup("<{0}>{1}</{0}>").format(tag, text)
    return escape(text)


def plain(text: str) -> Markup:
    """A text as HTML without marks; what would steer a terminal or turn the direction is made visible."""
    return painted(text, ())


def _pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def _languages(codes: Sequence[str]) -> list[tuple[str, str]]:
    return sorted(((code, words.language_name(code)) for code in codes), key=lambda pair: pair[1])


def case_due(home: House, case: Case, now: datetime) -> words.Badge:
    """The due badge of a case, by its brand's clock."""
    return words.due_badge(case, now, home.day_end(now, case.brand))


def takers(home: House, known: Sequence[str]) -> Sequence[str]:
    """Whom a case can be given to: who works on cases by account; without accounts, whoever had one before."""
    with home.database.read() as session:
        return agents(session) or known


@cache
def icon(name: str) -> Markup:
    """One of the vendored icons; it says nothing to a screen reader, words beside it do."""
    return Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(
        asset("vendor/icons.svg"), name
    )


@cache
def _fingerprints() -> Mapping[str, str]:
    static = HERE / "static"
    files = [path for path in static.rglob("*") if path.is_file()]
    return {path.relative_to(static).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:10] for path in files}


def asset(path: str) -> str:
    """The address of a static file, with its fingerprint, so that a browser never shows an old one."""
    return f"/static/{path}?v={_fingerprints()[path]}"
