"""A team's own words: what an entry may look like, and which of several lists wins."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from earful.speech import _
from earful.text import storable

STRONGEST = 4.0  #: weights run from -4 (as bad as can be) to 4; 0 makes a word say nothing
LONGEST_ENTRY = 80
MOST_WORDS = 8
SHORTEST_STEM = 3
_MARK = re.compile(r"""[.,!?;:"“”„«»()\[\]{}<>\\=@~…，。、；：！？]""")
_EMOTICON = re.compile(r">?[:;=][-'o]?[)(\]\[dp/\\3]+|<3+|\(:|-_+-|!+|\?[?!]*|\.\.+|…")
_PICTURES = re.compile("(?:[\u2190-\u2bff\U0001f000-\U0001faff][\ufe0f\u200d]*)+")
_SIGN = re.compile("[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]\\*")  # what follows it is another word
_BEFORE = re.compile(r"^[\W_]+")
_LINKED = re.compile(r"(?:^|[\W_])http\w")


def entry(text: str) -> str:
    """A word, a beginning of words ("terribl*") or a phrase as it is kept: lower-case, single blanks.

    Raises:
        ValueError: it is none; says why.
    """
    said = " ".join(storable(text).lower().replace("’", "'").split())
    if not said or len(said) > LONGEST_ENTRY:
        raise ValueError(
            _('"%(word)s" is no word or phrase of 1 to %(most)s characters', word=text, most=LONGEST_ENTRY)
        )
    if "|" in said or said.startswith("#"):
        raise ValueError(_('"%(word)s" can\'t hold "|" nor begin with "#"', word=text))
    if len(said.split()) > MOST_WORDS:
        raise ValueError(_('"%(word)s" has more than %(most)s words', word=text, most=MOST_WORDS))
    if any(word.endswith("*") and len(_BEFORE.sub("", word.rstrip("*'-"))) < SHORTEST_STEM for word in said.split()):
        raise ValueError(
            _('"%(word)s": a beginning of words needs %(least)s letters before the "*"', word=text, least=SHORTEST_STEM)
        )
    _findable(text, said.split())
    return said


def _findable(text: str, words: Sequence[str]) -> None:
    if any("*" in word[:-1] for word in words):
        raise ValueError(_('"%(word)s": a "*" stands at the end of a word, for any ending', word=text))
    for word in words:
        if sign := _lost(word, alone=len(words) == 1):
            raise ValueError(
                _('"%(word)s" would never be found: texts are cut at "%(sign)s"; leave it out', word=text, sign=sign)
            )


def _lost(word: str, *, alone: bool) -> str:
    """What of a word readers would not see; "" where they see all of it, emoticons and emoji too.

    A mark parts words wherever it stands, and only several of them are looked at by themselves ("..."). Other signs are
    seen between letters or digits ("24/7", "snake_case").
    """
    if _PICTURES.fullmatch(word) or (_EMOTICON.fullmatch(word) and (alone or word[0] not in ".!?…")):
        return ""
    if mark := _MARK.search(word):
        return mark[0]
    if _LINKED.search(word):
        return "http"
    if _SIGN.search(word):
        return "*"
    said = word.removesuffix("*")
    if not any(map(str.isalnum, said)):
        return word
    return next((sign for sign in (said[0], said[-1]) if not _seen(sign)), "")


def _seen(sign: str) -> bool:
    return sign in {"'", "-"} or unicodedata.category(sign)[0] in "LNM"


def weight(number: float) -> float:
    """A weight as it is kept, in hundredths.

    Raises:
        ValueError: it is not from -4 to 4.
    """
    if not -STRONGEST <= number <= STRONGEST:
        raise ValueError(_("a weight is a number from -4 (as bad as can be) to 4; 0 mutes a word"))
    return round(float(number), 2)


def checked(words: Mapping[str, float]) -> dict[str, float]:
    """Entries with their weights as they are kept.

    Raises:
        ValueError: some are none; says which and why.
    """
    kept, wrong = {}, []
    for text, number in words.items():
        try:
            kept[entry(text)] = weight(number)
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise ValueError("; ".join(wrong))
    return kept
