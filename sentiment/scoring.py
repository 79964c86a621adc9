"""The two sums behind a reading: how positive rather than negative a text is, and how neutral rather than either.

Both are added up at once, as the real and the imaginary part of complex numbers: that halves the time.
"""

import math
from operator import mul, xor
from typing import Final, NamedTuple

from sentiment.features import Analysis, Analyzer, Token, pieces, word_bucket
from sentiment.weights import Weights

_CACHED: Final = 60_000  #: tokens whose sums are kept, as many as the analyzer keeps


class Sums(NamedTuple):
    """The log-odds of a text; 0 is the border that training found."""

    polarity: float  #: above 0: positive rather than negative
    neutrality: float  #: above 0: neutral rather than either


class _Shares(dict[str, complex]):
    """What each token adds to both sums; looking one up works it out."""

    def __init__(self, table: list[complex], *, negated: bool) -> None:
        super().__init__()
        self._table, self._negated = table, negated

    def __missing__(self, text: str) -> complex:
        if len(self) >= _CACHED:
            self.clear()
        share = self[text] = self._turned(text) if self._negated else self._whole(text)
        return share

    def _whole(self, text: str) -> complex:
        table, cut = self._table, pieces(text)
        return sum(table[bucket] for bucket in cut) / math.sqrt(len(cut)) + table[word_bucket(text, negated=False)]

    def _turned(self, text: str) -> complex:
        """What is added on top where a negator reaches the token."""
        return self._table[word_bucket(text, negated=True)] - self._table[word_bucket(text, negated=False)]


class Scorer:
    """Scores texts of one language. Keeps what it worked out for each token, up to a bound."""

    def __init__(self, weights: Weights) -> None:
        polarity, neutrality = weights.polarity, weights.neutrality
        self.weights = weights
        self.analyzer = Analyzer(weights.words)
        self._bias = complex(polarity.bias, neutrality.bias)
        self._dense = list(map(complex, polarity.dense, neutrality.dense))
        self._table = weights.hashed()
        self._shares = _Shares(self._table, negated=False)
        self._turned = _Shares(self._table, negated=True)

    def sums(self, analysis: Analysis) -> Sums:
        """Both log-odds of one analysed text."""
        total = sum(map(mul, self._dense, analysis.dense), self._bias)
        if self._table and analysis.words:
            total += self._hashed(analysis.words, analysis.negated) / math.sqrt(len(analysis.tokens))
        return Sums(total.real, total.imag)

    def leaning(self, analysis: Analysis) -> list[float]:
        """How much each token by itself moves the polarity, in log-odds."""
        if not self._table:
            return []
        part = 1 / math.sqrt(len(analysis.tokens) or 1)
        return [self._shares[token.text].real * part if token.text else 0.0 for token in analysis.tokens]

    def _hashed(self, words: list[Token], negated: list[Token]) -> complex:
        total = sum(map(self._shares.__getitem__, [token[0] for token in words]), 0j)
        seconds = [token[2] for token in words]
        pairs = map(xor, [token[1] for token in words], seconds[1:])
        total += sum(map(self._table.__getitem__, pairs), 0j)
        return total + sum([self._turned[token[0]] for token in negated if token[0]], 0j)
