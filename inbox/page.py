"""Makes pages: the templates with what each of them gets, and what they may call."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from earful import speech
from earful.retold import retold
from inbox import rulewords, words
from inbox.drafts import reply_name
from inbox.house import House, house
from inbox.keys import ACTIONS, keys_here
from inbox.person import quietly, who
from inbox.shown import language_tag, painted, safe_link
from models.account import Right
from models.case import Case
from models.keeper import key_of
from models.presence import initials
from models.queue import Desk
from models.telling import told

HERE = Path(__file__).parent
THEME_COOKIE = "earful_theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


def desk_here(request: Request, brand: str | None = None) -> Desk:
    """Who looks, when, and when their day ends."""
    known = quietly(request)
    return replace(house(request).desk_of(who(request), brand), key=key_of(known.name, known.user_id) if known else "")


def theme(request: Request) -> str:
    """The theme that was chosen: auto, light or dark."""
    known = quietly(request)
    chosen = (known.theme if known else None) or request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page from a template; every template gets who looks, the theme and the clock beside its own."""
    home = house(request)
    desk = desk_here(request)
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
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    _translate(made)
    made.globals.update(
        words=words,
        rulewords=rulewords,
        told=told,
        ago=speech.ago,
        retold=retold,
        icon=icon,
        asset=asset,
        safe_link=safe_link,
        say=speech,
    )
    made.globals.update(
        Right=Right,
        language_tag=language_tag,
        case_due=case_due,
        plain=plain,
        reply_name=reply_name,
        initials=initials,
    )
    made.filters.update(inside=inside, zip_self=_pairs, language_of=words.language_name, language_options=_languages)
    return made


def _translate(made: Environment) -> None:
    """Let the templates speak the reader's language. A translation is words, never markup; so are the values in it."""
    made.globals.update(_=_said, ngettext=_counted, pgettext=_said_in)


def _said(message: str, **values: object) -> Markup:
    words = _escaped(speech.speech().catalogue, message)
    return _filled(words, values) if values else words


def _said_in(context: str, message: str, **values: object) -> Markup:
    words = _escaped_in(speech.speech().catalogue, context, message)
    return _filled(words, values) if values else words


def _counted(one: str, many: str, count: int, **values: object) -> Markup:
    words = escape(speech.speech().catalogue.ngettext(one, many, count))
    return _filled(words, {"num": speech.number(count), **values})


def _filled(words: Markup, values: Mapping[str, object]) -> Markup:
    """The words with escaped values in them: markupsafe's own `%` takes five times as long, and a page has hundreds."""
    return Markup(str.__mod__(words, {name: escape(value) for name, value in values.items()}))  # noqa: S704


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
