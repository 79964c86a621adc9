"""The codes of languages: the one that we use for each, whatever form it comes in, and which there are at all."""

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


@lru_cache(maxsize=1_000)
def normal_code(code: str | None) -> str:
    """The code we use for a language: ISO 639-1 where there is one, one for both written Norwegians, "und" for none.

    Takes what sources send: "nb_NO", "EN-us", "eng", "", None.
    """
    short = (code or "").strip().lower().replace("_", "-").split("-", 1)[0]
    return _ONE_CODE.get(short, short) or UNKNOWN


def is_language(code: str) -> bool:
    """Whether there is a language of this code, as `normal_code` gives it, or it says that nobody knows which."""
    return code in _codes()


@cache
def _codes() -> frozenset[str]:
    from babel.core import Locale

    return frozenset(Locale("en").languages)
