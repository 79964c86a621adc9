"""Proposes themes for texts that the taxonomy leaves over: words that come together often, and nowhere else.

Texts become TF-IDF rows, and non-negative matrix factorisation (scikit-learn, the extra `themes`) finds which words
come together (Lee & Seung 1999). A person decides what becomes a theme.
"""

import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from earful.extras import require
from sentiment.weights import load
from sentiment.words import WordList

FEWEST: Final = 20  #: texts of a language from which on there is something to propose
_LEAST: Final = 3  #: texts that a theme, and each of its words, must stand in
_COMMON: Final = 0.6  #: a word in more of the texts than this says nothing about what they are about
_MOST: Final = 6  #: themes for one language
_WORDS: Final = 5  #: words shown of each
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_HEAVY: Final = 2.0  #: how much more a negative text counts
_CLEAR: Final = 0.1  #: of its strongest text: what a text must have of a theme to count as its own


@dataclass(frozen=True, slots=True)
class Proposal:
    """A theme that texts suggest."""

    words: tuple[str, ...]  #: those that tell it best, the best first
    places: tuple[int, ...]  #: which texts, the most telling first


def proposals(
    texts: Sequence[str], heavy: Sequence[bool], language: str, refused: Sequence[str] = ()
) -> list[Proposal]:
    """Themes for texts of one language, the most frequent first; none for fewer than `FEWEST` texts.

    Args:
        texts: what no theme was found in.
        heavy: for each whether it counts double: the negative ones.
        language: of the texts; words that only praise or blame are left out by its word list.
        refused: words that a person refused: a theme of which half the words are refused is not proposed.

    Raises:
        ConfigError: scikit-learn is not installed.
    """
    tools = _tools()
    if len(texts) < FEWEST:
        return []
    rows, words = _rows(tools, texts, language)
    if len(words) < _LEAST:
        return []
    scale = np.where(heavy, _HEAVY, 1.0)[:, None]
    parts = min(_MOST, max(1, len(texts) // FEWEST), len(words))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not quite converged: a person looks at what comes out anyway
        model = tools.NMF(parts, init="nndsvda", max_iter=300, random_state=0)
        shares = model.fit_transform(rows.multiply(scale).tocsr())
    found = _told(shares, model.components_, words)
    return sorted((one for one in found if _wanted(one, refused)), key=lambda one: -len(one.places))


def _tools() -> Any:
    require("themes", "proposing themes")
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

    return _Tools(NMF, TfidfVectorizer, ENGLISH_STOP_WORDS)


@dataclass(frozen=True)
class _Tools:
    NMF: Any
    TfidfVectorizer: Any
    ENGLISH_STOP_WORDS: frozenset[str]


@cache
def function_words() -> dict[str, frozenset[str]]:
    """Words of each language that tell no theme: those that hold sentences together, and greetings."""
    found: dict[str, frozenset[str]] = {}
    for line in (files("sentiment") / "data" / "function_words.txt").read_text(encoding="utf-8").splitlines():
        language, colon, words = line.partition(":")
        if colon and not line.startswith("#"):
            found[language] = found.get(language, frozenset()) | frozenset(words.split())
    return found


def _rows(tools: _Tools, texts: Sequence[str], language: str) -> tuple[Any, NDArray[np.str_]]:
    """TF-IDF rows of the words that may tell a theme."""
    weights = load(language)
    known = weights.words if weights else WordList()
    common = function_words().get(language, frozenset())
    common |= tools.ENGLISH_STOP_WORDS if language == "en" else frozenset[str]()

    def cut(text: str) -> list[str]:
        return [word for word in _WORD.findall(text.lower()) if word not in common and not known.knows(word)]

    vectorizer = tools.TfidfVectorizer(
        analyzer=cut, min_df=_LEAST, max_df=max(_LEAST + 1, int(len(texts) * _COMMON)), sublinear_tf=True
    )
    try:
        return vectorizer.fit_transform(texts), vectorizer.get_feature_names_out()
    except ValueError:  # no word is left: all too rare or too common
        return None, np.array([], dtype=np.str_)


def _told(shares: NDArray[np.float64], components: NDArray[np.float64], words: NDArray[np.str_]) -> list[Proposal]:
    best = [[words[i] for i in np.argsort(-row, kind="stable")[:_WORDS] if row[i] > 0] for row in components]
    often = Counter(word for some in best for word in some)
    own = shares.argmax(axis=1)
    found = []
    for part, some in enumerate(best):
        telling = [word for word in some if 2 * often[word] <= max(len(best), 2)]  # what comes everywhere tells none
        mine = shares[:, part]
        order = np.argsort(-mine, kind="stable")
        places = [int(i) for i in order if own[i] == part and mine[i] >= _CLEAR * mine.max() > 0]
        if telling and len(places) >= _LEAST:
            found.append(Proposal(tuple(telling), tuple(places)))
    return found


def _wanted(one: Proposal, refused: Sequence[str]) -> bool:
    return 2 * len(set(one.words) & set(refused)) < len(one.words)
