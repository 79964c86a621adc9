"""The languages that pages and messages are written in: their catalogues, and which one a reader gets.

A catalogue is text, `locale/<code>/messages.po`, read when a page first needs it; docs/inbox.md says how a language is
chosen, CONTRIBUTING.md how one is added.
"""

import re
from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from earful.speech import Speech

CATALOGUES = Path(__file__).parent / "locale"

#: Each in its own words, and the region whose dates and numbers it has where the reader names none.
SHIPPED: Mapping[str, str] = {
    "en": "English",
    "nb": "Norsk bokmål",
    "bg": "Български",
    "id": "Bahasa Indonesia",
    "hu": "Magyar",
}
_REGION = {"en": "en_GB"}  # its dates can be read in only one way, its clock has 24 hours
_ALSO = {"no": "nb", "nn": "nb", "in": "id"}  # Norwegian of any kind reads Bokmål; "in" is Indonesian's old code
LONGEST_HEADER = 1000


@cache
def catalogue(code: str) -> NullTranslations:
    """The messages of a shipped language."""
    if code == "en":
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, messages(code))
    compiled.seek(0)
    return Translations(compiled)


@cache
def messages(code: str) -> Catalog:
    """The messages of a shipped language as they stand in its file, with where each is said."""
    with (CATALOGUES / code / "messages.po").open("rb") as file:
        return read_po(file, locale=code)


def speech_for(locale: str | None, accepted: str = "") -> Speech:
    """How to speak to a reader: by their own setting, else by what their browser accepts, else in English."""
    name = next(filter(None, map(_shipped, [locale or "", *wanted(accepted)])), _REGION["en"])
    return Speech(name, catalogue(name.partition("_")[0]))


def _shipped(tag: str) -> str:
    """The shipped locale for a language tag: "en_US" for "en-us", "nb" for "no"; "" where there is none."""
    first, _, rest = tag.replace("_", "-").partition("-")
    code = _ALSO.get(first.lower(), first.lower())
    if code not in SHIPPED:
        return ""
    return _known(code, rest.upper()) or _REGION.get(code, code)


def _known(code: str, region: str) -> str:
    try:
        return str(Locale.parse(f"{code}_{region}")) if re.fullmatch("[A-Z]{2}|[0-9]{3}", region) else ""
    except UnknownLocaleError:
        return ""


def wanted(accepted: str) -> list[str]:
    """The language tags of an `Accept-Language` header, dearest first; those of weight 0 are left out."""
    weighed = [_weight(part) for part in accepted[:LONGEST_HEADER].split(",")]
    return [tag for tag, weight in sorted(weighed, key=lambda each: -each[1]) if weight > 0]


def _weight(part: str) -> tuple[str, float]:
    tag, _, rest = part.strip().partition(";")
    try:
        return tag.strip(), float(rest.strip().removeprefix("q=") or 1)
    except ValueError:
        return tag.strip(), 0.0
