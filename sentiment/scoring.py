"""The two sums behind a reading: how positive rather than negative a text is, and how neutral rather than either.

Both are added up at once, as the real and the imaginary part of complex numbers, and for many texts at once: what a
token adds by itself is worked out when it first comes up, and kept with it.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import chain, islice
from threading import RLock
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.batches import batches
from sentiment.features import Analysis, Analyzer, Batch
from sentiment.hashing import Ints, buckets, pieces
from sentiment.odds import Sums, chance
from sentiment.teamwords import overlaid
from sentiment.tokens import TURNED, WHOLE, Facts, Token, grown, parts
from sentiment.weights import Head, Weights
from sentiment.words import WordList

_LONG: Final = 60  #: tokens from which on a text is read part by part
_MOST: Final = 4.0  #: times that many parts of one mind count for

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


class _Learned:
    """What the tables know of each token, one row each."""

    def __init__(self, tables: _Tables, told: WordList) -> None:
        self._tables, self._told = tables, told
        self._used = 0
        self.share: Sum = np.zeros(1024, dtype=np.complex128)  #: what it adds, whatever stands beside it
        self.turned: Sum = np.zeros(1024, dtype=np.complex128)  #: what is added on top where a negator reaches it

    def keep(self, rows: Ints) -> None:
        """Forget all rows but these, which become the first ones."""
        self._used = len(rows)
        for column in (self.share, self.turned):
            column[: self._used] = column[rows]

    def grow(self, tokens: Sequence[Token]) -> None:
        """Have a row for each of these tokens; those that it had are still the same."""
        if self._used == len(tokens):
            return
        texts = [token.text for token in tokens[self._used :]]
        words = [text for text in texts if text]
        said = np.array([bool(text) for text in texts], dtype=np.bool_)
        rows = slice(self._used, len(tokens))
        self._used = rows.stop
        self.share, self.turned = grown(self.share, self._used), grown(self.turned, self._used)
        self.share[rows] = self.turned[rows] = 0
        names = [token.said for token in tokens[rows] if token.text]
        self.share[rows][said], self.turned[rows][said] = self._of(words, names)

    def _of(self, words: Sequence[str], names: Sequence[str]) -> tuple[Sum, Sum]:
        """What each word adds, and what is added on top where it is turned; nothing where the team knows better."""
        places, owners = pieces(words)
        cut = np.bincount(owners, minlength=len(words))
        plain, turned = (self._tables.of(buckets(kind, words)) for kind in (WHOLE, TURNED))
        share = self._tables.sums(places, owners, len(words)) / np.sqrt(cut) + plain
        if not (self._told.words or self._told.stems):
            return share, turned - plain
        known = np.array([self._told.knows(name) for name in names], dtype=np.bool_)
        return np.where(known, 0, share), np.where(known, 0, turned - plain)


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
        told = overlaid(WordList(), lexicon or {})
        self._learned = _Learned(self._tables, told)
        self._analyzer = Analyzer(overlaid(weights.words, lexicon) if lexicon else weights.words, told)
        self._vocabulary = self._analyzer.vocabulary
        self._alone = RLock()

    @property
    def fullness(self) -> float:
        """How much is kept, 1 being as much as should be."""
        return self._vocabulary.fullness

    def scored(self, texts: Sequence[str]) -> list[Scored]:
        """Each text as the reader sees it, with its sums."""
        found: list[Scored] = []
        with self._alone:
            for some in batches(texts):
                if self.fullness > 1:
                    self.forget()
                found += self._scored([text.split() for text in some])
        return found

    def forget(self) -> None:
        """Forget tokens that came up, to make room for others."""
        with self._alone:
            self._grow()
            kept = self._vocabulary.forget()
            if self._tables.learned:
                self._learned.keep(kept)

    def _scored(self, texts: Sequence[Sequence[str]]) -> list[Scored]:
        """Score texts that are split at their blanks.

        Training saw sentences and posts; in a long review what each word adds by habit would drown what it says. So a
        long text is read part by part.
        """
        whole = self._analyzer.analysed(texts)
        sums = self._sums(whole)
        long = np.flatnonzero(whole.sizes > _LONG).tolist()
        split = [list(parts(texts[i])) for i in long]
        each = iter(self._sums(self._analyzer.analysed(list(chain.from_iterable(split)))) if split else ())
        for i, some in zip(long, split, strict=True):
            sums[i] = _joined(list(islice(each, len(some))))
        return list(map(Scored, whole.analyses, sums))

    def _sums(self, batch: Batch) -> list[Sums]:
        """Both log-odds of each analysed text, as one whole."""
        total = np.full(len(batch.sizes), self._bias)
        # One after another: a sum must not depend on what it is made beside.
        for column, weight in zip(batch.dense, self._dense, strict=True):
            total += column * weight
        if self._tables.learned:
            total += self._hashed(batch) / np.sqrt(np.maximum(batch.sizes, 1))
        return list(map(Sums, total.real.tolist(), total.imag.tolist()))

    def leaning(self, analysis: Analysis) -> list[float]:
        """How much each token by itself moves the polarity, in log-odds."""
        if not self._tables.learned:
            return [0.0] * len(analysis.tokens)
        part = 1 / math.sqrt(len(analysis.tokens) or 1)
        with self._alone:
            again = self._analyzer.analysed([analysis.chunks])  # the analysis may be older than what is known
            self._grow()
            share = self._learned.share[again.rows]
        return list((share.real * part).tolist())

    def _grow(self) -> None:
        """Have a row for each token that is known by now."""
        if self._tables.learned:
            self._learned.grow(self._vocabulary.tokens)

    def _hashed(self, batch: Batch) -> Sum:
        self._grow()
        learned, count = self._learned, len(batch.sizes)
        total = _added(learned.share[batch.rows], batch.owners, count) + self._pairs(batch.facts, batch.owners, count)
        reached = [len(one.reached) for one in batch.analyses]
        if any(reached):
            turned = [one.tokens[i].row for one in batch.analyses for i in one.reached]
            total += _added(learned.turned[turned], np.repeat(np.arange(count), reached), count)
        return total

    def _pairs(self, facts: Facts, owners: Ints, count: int) -> Sum:
        """What neighbours add, for each of `count` texts; marks between them don't part them."""
        said = facts["first"] >= 0
        first, second, owners = facts["first"][said], facts["second"][said], owners[said]
        beside = owners[:-1] == owners[1:]
        return self._tables.sums((first[:-1] ^ second[1:])[beside], owners[1:][beside], count)


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
