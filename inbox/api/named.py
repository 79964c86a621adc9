"""Whether there is what a filter names: what is mistyped would be answered with an empty list, as if all were well."""

from collections.abc import Collection
from contextlib import suppress

from sqlalchemy.orm import Session

from earful.errors import ConfigError, nearest
from earful.languagecodes import is_language, normal_code
from earful.speech import _
from inbox.api.shapes import UnknownFilter
from inbox.house import House
from inbox.listing import known_choices
from models.heard import any_in_language
from models.sources import all_sources


def check_sources(session: Session, home: House, brand: str | None, source: str | None = None) -> None:
    """Refuse a brand and a source that neither the settings nor the store have.

    Raises:
        UnknownFilter: there is none of this name; says which is nearest.
    """
    if brand is None and source is None:
        return
    stored, settings = all_sources(session), home.config.settings.brands
    _check("brand", brand, {*(each.brand for each in stored), *(each.name for each in settings)})
    configured = {each.name for one in settings for each in one.sources}
    _check("source", source, {*(each.name for each in stored), *configured})


def language_code(session: Session, home: House, language: str | None) -> str | None:
    """The code as readings have it: "nb" and "no-NO" are "no".

    Raises:
        UnknownFilter: it is no code of a language, nor does any reading have it; says which of those heard is nearest.
    """
    if language is None:
        return None
    code = normal_code(language) if language.strip() else ""
    if is_language(code) or any_in_language(session, code):
        return code
    written = {normal_code(each) for brand in home.config.settings.brands for each in brand.languages}
    raise _unknown("language", language, {*known_choices(session, home).languages, *written})


def check_theme(session: Session, home: House, theme: str | None) -> None:
    """Refuse a theme that nothing finds and no case has. Where no finder is at hand, nobody knows, and it passes.

    Raises:
        UnknownFilter: there is none of this name; says which is nearest.
    """
    if theme is None or home.themes is None:
        return
    with suppress(ConfigError):  # the team's file can't be read now: what it names can't be told from what is mistyped
        found = home.themes.names()
        if theme not in found:
            _check("theme", theme, {*found, *known_choices(session, home).themes})


def _check(key: str, value: str | None, valid: Collection[str]) -> None:
    if value is not None and value not in valid:
        raise _unknown(key, value, valid)


def _unknown(key: str, value: str, valid: Collection[str]) -> UnknownFilter:
    return UnknownFilter(
        _("there is no %(key)s “%(value)s”", key=key, value=value[:40]) + nearest(value, sorted(valid))
    )
