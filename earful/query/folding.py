"""What texts and terms are compared by: folded letters, and where words begin and end in any script."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

Span = tuple[int, int]
"""Where something stands in a text: start and end, in characters."""

_TRADE = re.compile("[\u2122\u2120\u00ae\u00a9]")  # NFKD would make letters of them: "United™" -> "UnitedTM"
_SILENT = re.compile(
    "(?<!\u0438)\u0306"  # a breve, but й is a letter of its own, not an accented и
    "|[\u0300-\u0305\u0307-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # accents
    "\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_ALIKE = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
})  # fmt: skip


def fold(text: str) -> str:
    """The text as the query language compares it: without case, accents, width and zero-width characters."""
    if text.isascii():
        return text.lower().replace("`", "'")
    apart = unicodedata.normalize("NFKD", _TRADE.sub(" ", text)).casefold()
    return unicodedata.normalize("NFC", _SILENT.sub("", apart).translate(_ALIKE))


def fold_with_places(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The folded text, and for each of its characters where the original one starts and ends."""
    if text.isascii():
        return fold(text), range(len(text)), range(1, len(text) + 1)
    if all(_stays_one(letter) for letter in set(text)):  # most texts of any script
        return "".join(map(_fold_cluster, text)), range(len(text)), range(1, len(text) + 1)
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        piece = _fold_cluster(text[start:end])
        folded.append(piece)
        starts += [start] * len(piece)
        ends += [end] * len(piece)
    return "".join(folded), starts, ends


@lru_cache(maxsize=10_000)
def _fold_cluster(cluster: str) -> str:
    return fold(cluster)


def _stays_one(letter: str) -> bool:
    """Whether one character becomes one, whatever stands around it."""
    return not _leans(letter) and len(_fold_cluster(letter)) == 1


def _clusters(text: str) -> Iterator[Span]:
    """Each character together with what leans on it (accents, vowel signs, zero-width characters)."""
    start = 0
    for place in range(1, len(text)):
        if not _leans(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


@lru_cache(maxsize=10_000)
def _leans(character: str) -> bool:
    jamo = "\u1160" <= character <= "\u11ff" or "\u3131" <= character <= "\u318e" or "\uff9e" <= character <= "\uffdc"
    return jamo or bool(_SILENT.match(character)) or unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}


_SPACELESS = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_INDIC = "\u0900-\u0963\u0966-\u0dff"  # their vowel signs are part of a word, but `\w` does not know
_LETTER = rf"[^\W_{_SPACELESS}]"
NOT_AFTER_WORD = rf"(?<!{_LETTER})(?<![{_INDIC}])"
NOT_BEFORE_WORD = rf"(?!{_LETTER}|[{_INDIC}])"
REST_OF_WORD = rf"(?:{_LETTER}|[{_INDIC}])*"
GAP = r"[\W_]{1,16}"  # between the words of a phrase; bounded, so that a text of exclamation marks stays linear
SPACELESS_GAP = r"[\W_]{0,16}"
WORD = re.compile(rf"[{_SPACELESS}]|(?:{_LETTER}|[{_INDIC}])+")
_ASCII_WORD = re.compile(r"[^\W_]+", re.ASCII)  # the same for plain text, four times as fast
IS_LETTER = re.compile(rf"{_LETTER}|[{_INDIC}]")
IS_SPACELESS = re.compile(f"[{_SPACELESS}]")


def words_of(text: str) -> list[str]:
    """The folded words of a text in order; in scripts without spaces each character is one."""
    return (_ASCII_WORD if text.isascii() else WORD).findall(fold(text))
