"""The two sums behind a reading: how positive rather than negative a text is, and how neutral rather than either.

Both are added up at once, as the real and the imaginary part of complex numbers, and for many texts at once: what a
token adds by itself is worked out when it first comes up, and kept with it.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import chain, islice
from operator import itemgetter
from threading import RLock
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.batches import batches
from sentiment.features import FIRST, SECOND, TURNED, WHOLE, Analysis, Analyzer, Token, densities, parts
from sentiment.hashing import Ints, buckets, pieces
from sentiment.odds import Sums, chance
from sentiment.teamwords import overlaid
from sentiment.weights import Head, Weights
from sentiment.words import WordList

_LONG: Final = 60  #: tokens from which on a text is read part by part
_MOST: Final = 4.0  #: times that many parts of one mind count for
_ROW: Final = itemgetter(1)

Sum = NDArray[np.complex128]  #: polarity and neutrality


class Scored(NamedTuple):
    """A text as the reader sees it, and both its log-odds."""

    analysis: Analysis
    sums: Sums


class _Tables:
    """Both tables of a language, or of one that has none."""

    def __init__(self, polarity: Head, neutrality: Head) -> None:
        both = polarity.table is not None and neutrality.table is not None
        self.learned = both
        self._tables = [np.frombuffer(head.table or b"\0", dtype=np.int8) for head in (polarity, neutrality)]
        self._scales = polarity.scale, neutrality.scale

    def sums(self, places: Ints, owners: Ints, count: int) -> Sum:
        """The weights of these buckets added up for each of `count` owners."""
        p, n = (np.bincount(owners, table[places], count) for table in self._tables)
        total: Sum = p * self._scales[0] + 1j * (n * self._scales[1])
        return total

    def of(self, places: Ints) -> Sum:
        """The weights of each of these buckets."""
        p, n = (table[places] for table in self._tables)
        total: Sum = p * self._scales[0] + 1j * (n * self._scales[1])
        return total


class _Columns:
    """What is known of each token, one row each."""

    def __init__(self, tables: _Tables, told: WordList) -> None:
        self._tables, self._told = tables, told
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self.used = 0
        self.share: Sum = np.zeros(1024, dtype=np.complex128)  #: what it adds, whatever stands beside it
        self.turned: Sum = np.zeros(1024, dtype=np.complex128)  #: what is added on top where a negator reaches it
        self.first: Ints = np.zeros(1024, dtype=np.int64)  #: its bucket as the first of a pair; -1: it has none
        self.second: Ints = np.zeros(1024, dtype=np.int64)

    def grown(self, tokens: Sequence[Token]) -> None:
        """Add rows for new tokens, all that came since the last time, in their order."""
        texts = [token.text for token in tokens]
        words = [text for text in texts if text]
        said = np.array([bool(text) for text in texts], dtype=np.bool_)
        rows = slice(self.used, self.used + len(texts))
        self.used = rows.stop
        self._fit()
        for column, kind in ((self.first, FIRST), (self.second, SECOND)):
            column[rows] = -1
            column[rows][said] = buckets(kind, words)
        self.share[rows] = self.turned[rows] = 0
        names = [token.said for token in tokens if token.text]
        self.share[rows][said], self.turned[rows][said] = self._learned(words, names)

    def _learned(self, words: Sequence[str], names: Sequence[str]) -> tuple[Sum, Sum]:
        """What each word adds, and what is added on top where it is turned; nothing where the team knows better."""
        places, owners = pieces(words)
        cut = np.bincount(owners, minlength=len(words))
        plain, turned = (self._tables.of(buckets(kind, words)) for kind in (WHOLE, TURNED))
        share = self._tables.sums(places, owners, len(words)) / np.sqrt(cut) + plain
        known = np.array([self._told.knows(name) for name in names], dtype=np.bool_)
        return np.where(known, 0, share), np.where(known, 0, turned - plain)

    def _fit(self) -> None:
        """Make room for all rows."""
        short = self.used - len(self.share)
        if short > 0:
            more = max(short, len(self.share))
            for name in ("share", "turned", "first", "second"):
                column = getattr(self, name)
                setattr(self, name, np.concatenate([column, np.zeros(more, dtype=column.dtype)]))


class Scorer:
    """Scores texts of one language. Keeps what it worked out for each token, up to a bound. Threads may share one.

    Args:
        weights: of the language.
        lexicon: a team's own words, stems and phrases with their weights, -4 to 4. What the tables learned about such a
            word is left out: the team knows better.
    """

    def __init__(self, weights: Weights, lexicon: Mapping[str, float] | None = None) -> None:
        polarity, neutrality = weights.polarity, weights.neutrality
        self.weights = weights
        self._bias = complex(polarity.bias, neutrality.bias)
        self._dense = np.array(polarity.dense) + 1j * np.array(neutrality.dense)
        self._tables = _Tables(polarity, neutrality)
        self._columns = _Columns(self._tables, overlaid(WordList(), lexicon or {}))
        self.analyzer = Analyzer(overlaid(weights.words, lexicon) if lexicon else weights.words)
        self._alone = RLock()

    def scored(self, texts: Sequence[str]) -> list[Scored]:
        """Each text as the reader sees it, with its sums."""
        found: list[Scored] = []
        with self._alone:
            for some in batches(texts):
                if self.analyzer.fullness > 1:
                    self.forget()
                found += self._scored([text.split() for text in some])
        return found

    def forget(self) -> None:
        """Forget the tokens that came up, to make room for others."""
        with self._alone:
            self.analyzer.forget()
            self._columns.clear()

    def _scored(self, texts: Sequence[Sequence[str]]) -> list[Scored]:
        """Score texts that are split at their blanks.

        Training saw sentences and posts; in a long review what each word adds by habit would drown what it says. So a
        long text is read part by part.
        """
        whole = list(map(self.analyzer.analysed, texts))
        if max(map(_size, whole)) <= _LONG:
            return list(map(Scored, whole, self.sums(whole)))
        split = [
            list(map(self.analyzer.analysed, parts(chunks))) if len(one.tokens) > _LONG else [one]
            for chunks, one in zip(texts, whole, strict=True)
        ]
        sums = iter(self.sums(list(chain.from_iterable(split))))
        return [Scored(one, _joined(list(islice(sums, len(some))))) for one, some in zip(whole, split, strict=True)]

    def sums(self, analyses: Sequence[Analysis]) -> list[Sums]:
        """Both log-odds of each analysed text, as one whole."""
        dense = densities([one.counted for one in analyses])
        total = np.full(len(analyses), self._bias)
        for i, weight in enumerate(self._dense):  # one after another: a sum must not depend on what it is made beside
            total += dense[:, i] * weight
        if self._tables.learned:
            sizes = np.array([len(one.tokens) for one in analyses])
            total += self._hashed(analyses, sizes) / np.sqrt(np.maximum(sizes, 1))
        return list(map(Sums, total.real.tolist(), total.imag.tolist()))

    def leaning(self, analysis: Analysis) -> list[float]:
        """How much each token by itself moves the polarity, in log-odds."""
        if not self._tables.learned:
            return [0.0] * len(analysis.tokens)
        part = 1 / math.sqrt(len(analysis.tokens) or 1)
        with self._alone:
            tokens = self.analyzer.analysed(analysis.chunks).tokens  # the analysis may be older than what is known
            share = self._grown().share[list(map(_ROW, tokens))]
        return list((share.real * part).tolist())

    def _grown(self) -> _Columns:
        """The columns, with a row for each token that is known by now."""
        self._columns.grown(self.analyzer.tokens[self._columns.used :])
        return self._columns

    def _hashed(self, analyses: Sequence[Analysis], sizes: Ints) -> Sum:
        columns = self._grown()
        rows = np.array(list(map(_ROW, chain.from_iterable([one.tokens for one in analyses]))), dtype=np.int64)
        owners = np.repeat(np.arange(len(analyses)), sizes)
        total = _added(columns.share[rows], owners, len(analyses)) + self._pairs(rows, owners, len(analyses))
        reached = [len(one.reached) for one in analyses]
        if any(reached):
            turned = [one.tokens[i].row for one in analyses for i in one.reached]
            total += _added(columns.turned[turned], np.repeat(np.arange(len(analyses)), reached), len(analyses))
        return total

    def _pairs(self, rows: Ints, owners: Ints, count: int) -> Sum:
        """What neighbours add, for each of `count` texts; marks between them don't part them."""
        first, second = self._columns.first[rows], self._columns.second[rows]
        said = first >= 0
        first, second, owners = first[said], second[said], owners[said]
        beside = owners[:-1] == owners[1:]
        return self._tables.sums((first[:-1] ^ second[1:])[beside], owners[1:][beside], count)


def _size(analysis: Analysis) -> int:
    return len(analysis.tokens)


def _joined(parts_of_one: Sequence[Sums]) -> Sums:
    """The sums of a text from those of its parts.

    Its polarity is the mean over its parts, each counting by how little neutral it is, and grows with their number.
    """
    if len(parts_of_one) == 1:
        return parts_of_one[0]
    weights = [chance(-one.neutrality) for one in parts_of_one]
    leaning = sum([weight * one.polarity for weight, one in zip(weights, parts_of_one, strict=True)])
    neutrality = sum([one.neutrality for one in parts_of_one]) / len(parts_of_one)
    return Sums(leaning / sum(weights) * min(math.sqrt(len(parts_of_one)), _MOST), neutrality)


def _added(values: Sum, owners: Ints, count: int) -> Sum:
    """The values added up for each of `count` owners, each in its own order."""
    real: Sum = np.bincount(owners, values.real, count) + 1j * np.bincount(owners, values.imag, count)
    return real
