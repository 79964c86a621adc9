"""The team's own themes: the file that they stand in, read and added to."""

import re
from pathlib import Path
from typing import Final

from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.settings import Settings
from sentiment.languages import known_code
from sentiment.themes import REFUSED, Mistake, Own, Theme, entered, named, own_of

_HEADING: Final = re.compile(r"[\[\]|]")  # what a heading is made of
BEGUN = """# Our own themes, over those that Earful ships. Under each [theme | stage], for each language: words,
# beginnings ("charg*") and, between bars, phrases ("| flat battery"). A shipped theme's heading adds words to it.
"""


def own_themes(settings: Settings) -> Own:
    """What the team's file says; nothing where there is none.

    Raises:
        ConfigError: it can't be read, or a line can't be used; names file and line.
    """
    return _parsed(_text(settings.themes), settings.themes)


def accept(config: Configuration, name: str, stage: str | None, language: str, words: str) -> str:
    """Put words under a theme of the team's own, or add them to one that is there. Returns the theme's heading.

    Raises:
        ConfigError: the theme is new and no stage is given, or it is there with another one, or what is given can't
            be a theme; says why.
    """
    if not name or name == REFUSED or _HEADING.search(name):
        raise ConfigError(f'"{name}" can\'t be a theme\'s name: it holds none of [ ] | and is not "{REFUSED}"')
    known = named(name, own_themes(config.settings).themes)
    if known and stage not in {None, known.stage}:
        raise ConfigError(_belongs(known))
    if known is None and stage is None:
        raise ConfigError(f'"{name}" is a new theme: give the stage of a customer\'s journey that it belongs to')
    heading = f"[{known.name} | {known.stage}]" if known else f"[{name} | {stage}]"
    _enter(config, heading, language, words)
    return heading


def _belongs(theme: Theme) -> str:
    return (
        f'"{theme.name}" is a theme with the stage "{theme.stage}" already: leave the stage as the theme has it, '
        "or choose another name"
    )


def refuse(config: Configuration, language: str, words: str) -> None:
    """Keep words from being proposed again.

    Raises:
        ConfigError: they can't be kept; says why.
    """
    _enter(config, f"[{REFUSED}]", language, words)


def _enter(config: Configuration, heading: str, language: str, words: str) -> None:
    path = config.settings.themes
    if config.is_sample:
        raise ConfigError("the shipped sample keeps no themes of your own; `earful init` writes your own configuration")
    if any(not part.isprintable() for part in (heading, words)) or not words.replace("|", "").strip():
        raise ConfigError("a theme needs a name and words on one line")
    lines = entered((_text(path) or BEGUN).splitlines(), heading, f"{_code(language)}: {words.strip()}")
    text = "\n".join(lines) + "\n"
    _parsed(text, path)
    beside = path.with_name(path.name + ".new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error}") from error


def _code(language: str) -> str:
    code = known_code(language)
    if code is None:
        raise ConfigError(f'there is no language "{language}"; give the code of one, as in "en" or "nb"')
    return code


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error


def _parsed(text: str, path: Path) -> Own:
    try:
        return own_of(text.splitlines())
    except Mistake as mistake:
        raise ConfigError(f"{path}:{mistake.line}: {mistake.said}") from mistake
