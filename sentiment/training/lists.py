"""The word lists that a language's weights carry: translated ones, our own, and those that an encoder proposed."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from sentiment.vader import english
from sentiment.words import LONGEST_PHRASE

_OWN: Final = Path(__file__).parent / "words"
_LEARNED: Final = _OWN / "learned"
"""Our lists as weights are learned with, where these are others: labelled texts are seldom about brands, and weights
learned with all turns of speech of brand posts take them for less than they are (decision 0007)."""
PROPOSED: Final = Path(__file__).parent / "proposed"  #: lists under CC-BY-SA-4.0
_AFINN_STEP: Final = 0.8  #: AFINN's -5..5 onto our -4..4
_MIXED_IN: Final = frozenset(["no", "da", "sv", "de", "nl", "id", "fr", "it", "es", "pt", "ro", "af"])
"""Languages whose speakers also use English words, so that a list's untranslated words may stay."""
_OTHER_CODES: Final = {"he": "iw", "jv": "jw"}  #: what the translated lists are called where we say otherwise


class Lists(NamedTuple):
    """What goes into a weight file: single translated words, and lines in the form that `words.parsed` reads."""

    translated: dict[str, float]
    lines: list[str]


def languages(folder: Path) -> list[str]:
    """The languages that the translated lists cover, as we name them."""
    ours = {theirs: code for code, theirs in _OTHER_CODES.items()}
    codes = (path.stem.removeprefix("AFINN-") for path in folder.glob("AFINN-*.json"))
    return sorted(ours.get(code, code).lower() for code in codes)


def lists(language: str, folder: Path, *, learning: bool = False) -> Lists:
    """All words of a language, or those that its weights are learned with.

    Our own words overrule the translated ones, those overrule what the encoder proposed.
    """
    single, phrases = translated(language, folder)
    words = {**_proposed(language), **single}
    if language == "en":
        words |= english().lexicon
    if learning:
        return Lists(words, [*phrases, *_own("signs"), *(_lines(_LEARNED / f"{language}.txt") or _own(language))])
    return Lists(words, [*_own("signs"), *_own(language), *phrases])  # of equal phrases the first counts


def translated(language: str, folder: Path) -> tuple[dict[str, float], list[str]]:
    """Single words with weights, and lines of phrases."""
    path = folder / f"AFINN-{_OTHER_CODES.get(language, language)}.json"
    if not path.exists():
        return {}, []
    entries = _entries(path)
    if language not in _MIXED_IN | {"en"}:
        untranslated = _entries(folder / "AFINN-en.json").keys()
        entries = {word: weight for word, weight in entries.items() if word not in untranslated}
    single = {word: weight for word, weight in entries.items() if " " not in word}
    phrases = [word for word in entries if 1 < len(word.split()) <= LONGEST_PHRASE and ":" not in word]
    return single, [f"{entries[phrase]}: | {phrase}" for phrase in phrases]


def _entries(path: Path) -> dict[str, float]:
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {word.strip().lower(): round(_AFINN_STEP * weight, 2) for word, weight in sorted(raw.items()) if weight}


def _own(name: str) -> list[str]:
    return _lines(_OWN / f"{name}.txt")


def _proposed(language: str) -> dict[str, float]:
    pairs = (line.split("\t") for line in _lines(PROPOSED / f"{language}.tsv") if not line.startswith("#"))
    return {word: float(weight) for word, weight in pairs}


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n") if path.exists() else []


def data_folder() -> Path:
    """Where the weights are written."""
    return Path(str(files("sentiment"))) / "data"
