"""The two sums behind a reading: how positive rather than negative a text is, and how neutral rather than either.

Both are added up at once, as the real and the imaginary part of complex numbers: that halves the time.
"""

import math
from collections.abc import Mapping, Sequence
from operator import mul, xor
from typing import Final

from sentiment.features import Analysis, Analyzer, Token, parts, pieces, word_bucket
from sentiment.odds import Sums, chance
from sentiment.weights import Head, Weights
from sentiment.words import WordList, overlaid

_LONG: Final = 60  #: tokens from which on a text is read part by part
_FROM_128: Final = bytes((number + 128) % 256 for number in range(256))
_MOST: Final = 4.0  #: times that many parts of one mind count for


class _Tables:
    """Both tables of a language as bytes that count from 128: looking a number up in bytes is fastest."""

    def __init__(self, polarity: Head, neutrality: Head) -> None:
        self.polarity, self.neutrality = _unsigned(polarity), _unsigned(neutrality)
        self._scales = polarity.scale, neutrality.scale

    def total(self, buckets: Sequence[int]) -> complex:
        """The weights of these buckets added up."""
        base = 128 * len(buckets)
        p = sum(map(self.polarity.__getitem__, buckets)) - base
        n = sum(map(self.neutrality.__getitem__, buckets)) - base
        return complex(p * self._scales[0], n * self._scales[1])


class Scorer:
    """Scores texts of one language. Keeps what it worked out for each token, up to a bound.

    Args:
        weights: of the language.
        lexicon: a team's own words, stems and phrases with their weights, -4 to 4. What the tables learned about such a
            word is left out: the team knows better.
    """

    def __init__(self, weights: Weights, lexicon: Mapping[str, float] | None = None) -> None:
        polarity, neutrality = weights.polarity, weights.neutrality
        self.weights = weights
        self._bias = complex(polarity.bias, neutrality.bias)
        self._dense = list(map(complex, polarity.dense, neutrality.dense))
        self._learned = polarity.table is not None and neutrality.table is not None
        self._tables = _Tables(polarity, neutrality)
        self._told = overlaid(WordList(), lexicon or {})
        words = overlaid(weights.words, lexicon) if lexicon else weights.words
        self.analyzer = Analyzer(words, self._share) if self._learned else Analyzer(words)

    def sums(self, analysis: Analysis) -> Sums:
        """Both log-odds of one analysed text."""
        total = sum(map(mul, self._dense, analysis.dense), self._bias)
        if self._learned and analysis.words:
            total += self._hashed(analysis.words, analysis.negated) / math.sqrt(len(analysis.tokens))
        return Sums(total.real, total.imag)

    def text_sums(self, text: str, analysis: Analysis) -> Sums:
        """Both log-odds of a text, a long one read part by part.

        Training saw sentences and posts; in a long review what each word adds by habit would drown what it says. Its
        polarity is the mean over its parts, each counting by how little neutral it is, and grows with their number.
        """
        if len(analysis.tokens) <= _LONG:
            return self.sums(analysis)
        sums = [self.sums(self.analyzer.analyse(part)) for part in parts(text)]
        weights = [chance(-one.neutrality) for one in sums]
        polarity = sum(map(mul, weights, [one.polarity for one in sums])) / sum(weights)
        neutrality = sum(one.neutrality for one in sums) / len(sums)
        return Sums(polarity * min(math.sqrt(len(sums)), _MOST), neutrality)

    def leaning(self, analysis: Analysis) -> list[float]:
        """How much each token by itself moves the polarity, in log-odds."""
        part = 1 / math.sqrt(len(analysis.tokens) or 1)
        return [token.share.real * part for token in analysis.tokens]

    def _hashed(self, words: list[Token], negated: list[Token]) -> complex:
        seconds = [token[2] for token in words]
        total = self._tables.total(list(map(xor, [token[1] for token in words], seconds[1:])))
        total += sum([token[4] for token in words], 0j)
        return total + sum([self._turned(token[0]) for token in negated if token[0]], 0j)

    def _share(self, text: str) -> complex:
        """What a token adds to both sums, whatever stands beside it."""
        if self._told.knows(text):
            return 0j
        total, cut = self._tables.total, pieces(text)
        return total(cut) / math.sqrt(len(cut)) + total([word_bucket(text, negated=False)])

    def _turned(self, text: str) -> complex:
        """What is added on top where a negator reaches the token."""
        if self._told.knows(text):
            return 0j
        total = self._tables.total
        return total([word_bucket(text, negated=True)]) - total([word_bucket(text, negated=False)])


def _unsigned(head: Head) -> bytes:
    return b"" if head.table is None else head.table.tobytes().translate(_FROM_128)
