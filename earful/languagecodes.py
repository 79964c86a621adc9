"""The codes of languages: the one that we use for each, which there are, and which somebody meant by another word."""

import difflib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Final

UNKNOWN: Final = "und"  #: ISO 639-2's code for "undetermined"

_ONE_CODE: Final = {
    "nb": "no", "nn": "no", "nob": "no", "nno": "no", "nor": "no", "eng": "en", "bul": "bg", "ind": "id", "in": "id",
    "hun": "hu", "dan": "da", "swe": "sv", "fin": "fi", "tha": "th", "por": "pt", "deu": "de", "ger": "de", "fra": "fr",
    "fre": "fr", "spa": "es", "ita": "it", "nld": "nl", "dut": "nl", "pol": "pl", "rus": "ru", "iw": "he", "jw": "jv",
    "amh": "am", "hau": "ha", "ibo": "ig", "kin": "rw", "orm": "om", "swa": "sw", "tir": "ti", "tso": "ts", "twi": "tw",
    "yor": "yo", "jav": "jv", "sun": "su",
}  # fmt: skip
_COMMON: Final = frozenset({
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt",
    "lv", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh",
})  # fmt: skip
"""Known without Babel, whose names take a twentieth of a second to come."""
_UNNAMED: Final = frozenset({"bcl", "fuv", "gcf", "gcr", "gom", "gug", "guw", "hbo", "kik", "nij", "uzs"})
"""Readers know these too, and Babel has no name for them."""
_NONE: Final = frozenset({"mis", "mul", "und", "zxx"})  #: codes of no one language


@lru_cache(maxsize=1_000)
def normal_code(code: str | None) -> str:
    """The code we use for a language: ISO 639-1 where there is one, one for both written Norwegians, "und" for none.

    Takes what sources send: "nb_NO", "EN-us", "eng", "", None.
    """
    short = _without_region(code or "")
    return _ONE_CODE.get(short, short) or UNKNOWN


def known_language(code: str) -> str:
    """The code as it was given, where a language has it ("en", "en-GB", "nb_NO"); today's where it is another form.

    Raises:
        ValueError: no language has it; names the code that was meant, where that can be told.
    """
    short = _without_region(code)
    if short not in _NONE and is_language(short):
        return code.strip()
    from babel.core import get_global

    if today := get_global("language_aliases").get(short):
        return str(today).partition("_")[0]
    meant = _meant(short)
    hint = f'did you mean "{meant}"?' if meant else 'write one like "en" or "nb" (ISO 639-1)'
    raise ValueError(f'"{code}" is no code of a language; {hint}')


def is_language(code: str) -> bool:
    """Whether there is a language of this code, as `normal_code` gives it, or it says that nobody knows which."""
    return code in _COMMON or code in _UNNAMED or code in _names()


def _without_region(code: str) -> str:
    return code.strip().lower().replace("_", "-").split("-", 1)[0]


@cache
def _names() -> Mapping[str, str]:
    from babel.core import Locale

    return dict(Locale("en").languages)


def _meant(word: str) -> str | None:
    """The code of the language that goes by this name, in English or its own words, or is spoken in this country."""
    from babel.core import get_global

    codes = {name.casefold(): code for code, name in _names().items() if "_" not in code}
    if word not in codes and len(word) > 3:
        codes = {name.casefold(): code for code, name in _own_names()} | codes
        word = next(iter(difflib.get_close_matches(word, codes, n=1, cutoff=0.7)), word)
    if word in codes:
        return codes[word]
    spoken = get_global("likely_subtags").get(f"und_{word.upper()}")
    return str(spoken).partition("_")[0] if spoken else None


def _own_names() -> Iterator[tuple[str, str]]:
    """What languages call themselves. Takes most of a second: only for a mistake."""
    from babel.core import Locale
    from babel.localedata import locale_identifiers

    for code in locale_identifiers():
        if "_" not in code and (name := Locale(code).languages.get(code)):
            yield code, name
