"""What the default reader looks at in a text: weighted words, signs, and hashed pieces of words.

Training and reading share this module, so that a weight always means what it was learned on.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.hashing import Ints, buckets, pieces
from sentiment.questions import Questions
from sentiment.tokens import (
    ASK,
    BOOSTER,
    CONTRAST,
    DIGITS,
    EMOJI,
    EXCLAIM,
    FIRST,
    LINK,
    LOUD,
    MENTION,
    NEGATOR,
    ROLES,
    SECOND,
    STOP,
    TRAIL,
    TURNED,
    WHOLE,
    WORD,
    Facts,
    Token,
    Vocabulary,
    split,
)
from sentiment.words import Begun, WordList

DENSE: Final = (
    "good", "bad", "balance", "strength", "bad_phrases", "good_phrases", "good_emoji", "bad_emoji", "exclaims", "asks",
    "asks_loudly", "shouts", "trails_off", "length", "link", "mention", "negators", "turn", "mixed", "digits",
    "praise_and_complaint", "wordless",
)  # fmt: skip
"""The dense features in their order; `_densities` says what each is."""

_SCOPE: Final = 3  #: words after a negator that it reaches, unless a mark ends it sooner (VADER's window)
_NEGATED: Final = -0.7  #: what is left of a word's weight after "not" (VADER: -0.74)
_STRONGER: Final = 1.3
_OPENER: Final = 3  #: tokens that praise may end within to be ironic
_BESIDE: Final = 2  #: tokens between a complaint and its "again"
_MOST_TOKENS: Final = 40  #: in a text whose opening praise may be ironic
_WITHIN: Final = frozenset({WORD, DIGITS, BOOSTER, NEGATOR})  #: roles that a negator reaches across
_ENDING: Final = frozenset({STOP, EXCLAIM, TRAIL})  #: roles of marks that part an exclamation from what follows

_UNTOLD: Final = WordList()

Floats = NDArray[np.float64]


class Found(NamedTuple):
    """One thing in a text that the word list has an opinion on."""

    code: str  #: "lexicon", "negation", "phrase" or "emoji"
    first: int  #: index of the first token
    last: int  #: index of the last token
    weight: float  #: about -5 to 5


class Analysis(NamedTuple):
    """A text as the reader sees it."""

    chunks: Sequence[str]  #: what stands between blanks
    tokens: list[Token]
    reached: list[int]  #: which of them a negator reaches, ascending
    found: list[Found]

    @property
    def words(self) -> list[str]:
        """The tokens that have hashed features, as these know them."""
        return [token.text for token in self.tokens if token.text]

    @property
    def raws(self) -> list[str]:
        """The tokens as they stand in the text."""
        raws = list(chain.from_iterable(map(split, self.chunks)))
        return raws if len(raws) == len(self.tokens) else self._uncut()

    def _uncut(self) -> list[str]:
        """The same where a team's emoticon is known that would be cut otherwise."""
        raws: list[str] = []
        for chunk in self.chunks:
            whole = [token.said for token in self.tokens[len(raws) : len(raws) + 1]] == [chunk]
            raws += [chunk] if whole else split(chunk)
        return raws


class Batch(NamedTuple):
    """Some texts as the reader sees them."""

    analyses: list[Analysis]
    sizes: Ints  #: tokens of each
    owners: Ints  #: the text that each of their tokens, one after another, is of
    rows: Ints  #: of these tokens
    facts: Facts  #: about these
    dense: Sequence[Floats]  #: a column for each name in `DENSE`, with a number for each text


class Analyzer:
    """Turns texts of one language into what the reader looks at. It knows more tokens with each, until told to forget.

    Args:
        words: the word list of the language.
        told: what of it a team told us: it counts even where a question only asks.
    """

    def __init__(self, words: WordList, told: WordList = _UNTOLD) -> None:
        self.vocabulary = Vocabulary(words)
        self._told = told
        self._repeats = words.repeats
        self._questions = Questions(words)

    def analyse(self, text: str) -> Analysis:
        """Split and weigh one text, in time linear in its length."""
        return self.analysed([text.split()]).analyses[0]

    def analysed(self, texts: Sequence[Sequence[str]]) -> Batch:
        """Weigh texts that are split at their blanks."""
        known = self.vocabulary
        tokens = [list(chain.from_iterable(map(known.__getitem__, chunks))) for chunks in texts]
        sizes = np.array(list(map(len, tokens)), dtype=np.int64)
        rows, facts = known.rows(tokens)
        owners = np.repeat(np.arange(len(texts)), sizes)
        begins = np.cumsum(sizes) - sizes
        turns = _turns(facts["role"] == CONTRAST, owners, begins)
        looked = known.looked(facts)
        places, ends = (looked - begins[owners[looked]]).tolist(), np.searchsorted(looked, begins + sizes).tolist()
        analyses, begun = [], 0
        for chunks, some, end, turn in zip(texts, tokens, ends, turns.tolist(), strict=True):
            found, reached = _walked(some, places[begun:end])
            if turn < 0 and len(found) > 1 and self._ironic(some, found):
                found[0] = found[0]._replace(weight=-found[0].weight)
            if found and some[-1].role == ASK:
                found = self._meant(some, found)
            analyses.append(Analysis(chunks, some, reached, found))
            begun = end
        dense = _densities(sizes, _counts(facts, owners, len(texts)), _weights([one.found for one in analyses], turns))
        return Batch(analyses, sizes, owners, rows, facts, dense)

    def _ironic(self, tokens: Sequence[Token], found: Sequence[Found]) -> bool:
        """Whether a text begins with a few words of praise and goes on with a complaint beside "again"."""
        if found[0].weight <= 0 or found[0].last >= _OPENER or len(tokens) > _MOST_TOKENS:
            return False
        ends = found[0].last + 1
        if not any(token.role in _ENDING for token in tokens[ends : ends + 2]):
            return False
        return any(one.weight < 0 and self._repeated(tokens, one) for one in found[1:])

    def _meant(self, tokens: Sequence[Token], found: list[Found]) -> list[Found]:
        """What was found without the complaints that a question only asks about, if no team told us of them."""
        asked = self._questions.asked(tokens)
        return [
            one for one in found if one.first < asked or one.weight > 0 or one.code == "emoji" or self._own(tokens, one)
        ]

    def _own(self, tokens: Sequence[Token], one: Found) -> bool:
        """Whether what was found is a team's own word or phrase."""
        first = tokens[one.first].said
        if one.code != "phrase":
            return self._told.weight(first) != 0
        begun = self._told.begun(first)
        longer = begun and begun.after(tokens[one.first + 1].text)
        phrase = longer and _phrase(tokens, one.first, longer)
        return bool(phrase and phrase.last == one.last)

    def _repeated(self, tokens: Sequence[Token], one: Found) -> bool:
        """Whether "again" stands in something found, or close to it."""
        near = tokens[max(one.first - _BESIDE, 0) : one.last + 1 + _BESIDE]
        return any(token.text in self._repeats for token in near)


def _turns(contrasts: NDArray[np.bool_], owners: Ints, begins: Ints) -> Ints:
    """The index of the last contrasting word of each text; -1: there is none."""
    turns = np.full(len(begins), -1)
    places = np.flatnonzero(contrasts)
    turns[owners[places]] = places - begins[owners[places]]  # the last one of a text is written last
    return turns


def _walked(tokens: Sequence[Token], looked: Sequence[int]) -> tuple[list[Found], list[int]]:
    """What the word list says of a text, and which tokens a negator reaches; only some of them need to be looked at."""
    found: list[Found] = []
    reached: list[int] = []
    skip, reach, last = 0, -1, len(tokens) - 1
    for i in looked:
        if i < skip:
            continue
        _, _, role, weight, phrases, _, _ = tokens[i]
        if (
            phrases is not None
            and i < last
            and (begun := phrases.after(tokens[i + 1][0])) is not None
            and (phrase := _phrase(tokens, i, begun))
        ):
            found.append(phrase)
            skip = phrase.last + 1
            while reached and reached[-1] >= i:
                reached.pop()
        elif role == NEGATOR:
            reach = _reach(tokens, i, reached)
        elif weight:
            found.append(_weighed(tokens, i, negated=i <= reach))
    return found, reached


def _reach(tokens: Sequence[Token], negator: int, reached: list[int]) -> int:
    """Mark what a negator reaches: some words, not past a mark or a contrast; the index of the last."""
    left, last = _SCOPE, negator
    for i in range(negator + 1, len(tokens)):
        role = tokens[i].role
        if not left or role not in _WITHIN:
            break
        left -= role != BOOSTER
        last = i
        if not reached or reached[-1] < i:
            reached.append(i)
    return last


def _phrase(tokens: Sequence[Token], i: int, begun: Begun) -> Found | None:
    """The longest phrase that begins with a token and the next one, as these phrases do."""
    place, longest = i + 1, None
    while True:
        if begun.ending:
            said = [token.said for token in tokens[i + 1 : place + 1]] if begun.exact else ()
            longest = begun.ended(said) or longest
        place += 1
        longer = begun.after(tokens[place][0]) if place < len(tokens) else None
        if longer is None:
            return Found("phrase", i, i + len(longest.words) - 1, longest.weight) if longest else None
        begun = longer


def _weighed(tokens: Sequence[Token], i: int, *, negated: bool) -> Found:
    _, _, role, weight, _, _, _ = tokens[i]
    if i and tokens[i - 1].role == BOOSTER:
        weight *= _STRONGER
    if role == EMOJI:
        return Found("emoji", i, i, weight)
    return Found("negation", i, i, weight * _NEGATED) if negated else Found("lexicon", i, i, weight)


def _counts(facts: Facts, owners: Ints, texts: int) -> Floats:
    """How many tokens of each role, and how many that are shouted, stand in each text."""
    roles = np.bincount(owners * (ROLES + 1) + facts["role"], minlength=texts * (ROLES + 1))
    counts = roles.reshape(texts, ROLES + 1).astype(np.float64)
    counts[:, ROLES] = np.bincount(owners, facts["shouted"], texts)
    return counts


class _Weights(NamedTuple):
    """The weights found in some texts, added up for each."""

    good: Floats
    bad: Floats
    tail: Floats  #: after the last contrast
    good_phrases: Floats  #: how many
    bad_phrases: Floats
    good_emoji: Floats
    bad_emoji: Floats
    found: Ints  #: how many


def _weights(found: Sequence[Sequence[Found]], turns: Ints) -> _Weights:
    sizes = np.array(list(map(len, found)), dtype=np.int64)
    owners = np.repeat(np.arange(len(found)), sizes)
    flat = list(chain.from_iterable(found))
    weight = np.array([one[3] for one in flat], dtype=np.float64)
    first = np.array([one[1] for one in flat], dtype=np.int64)
    phrase = np.array([one[0] == "phrase" for one in flat], dtype=np.bool_)
    emoji = np.array([one[0] == "emoji" for one in flat], dtype=np.bool_)
    turn = turns[owners]
    tail = np.where((turn >= 0) & (first > turn), weight, 0.0)
    good, bad = np.maximum(weight, 0.0), np.maximum(-weight, 0.0)

    def added(values: NDArray[Any]) -> Floats:
        return np.asarray(np.bincount(owners, values, len(found)), dtype=np.float64)

    return _Weights(
        added(good),
        added(bad),
        added(tail),
        added(phrase & (weight > 0)),
        added(phrase & (weight < 0)),
        added(good * emoji),
        added(bad * emoji),
        sizes,
    )


def _densities(sizes: Ints, counts: Floats, of: _Weights) -> Sequence[Floats]:
    """The features named in `DENSE` of some texts, from what was counted in them; most are 0 to 1."""
    size = np.maximum(sizes, 1)
    root = np.sqrt(size)
    balance = _bent(of.good - of.bad)
    asks = counts[:, ASK] + counts[:, LOUD]
    return (
        of.good / root,
        of.bad / root,
        balance,
        np.abs(balance),
        np.minimum(of.bad_phrases, 3) / 3,
        np.minimum(of.good_phrases, 3) / 3,
        np.minimum(of.good_emoji, 6) / 6,
        np.minimum(of.bad_emoji, 6) / 6,
        np.minimum(counts[:, EXCLAIM], 3) / 3,
        np.sign(asks),
        np.sign(counts[:, LOUD]),
        counts[:, ROLES] / size,
        np.sign(counts[:, TRAIL]),
        np.array([math.log1p(each) / 4 for each in sizes.tolist()]),
        np.sign(counts[:, LINK]),
        np.sign(counts[:, MENTION]),
        np.minimum(counts[:, NEGATOR], 3) / 3,
        _bent(of.tail),
        np.minimum(of.good, of.bad) / root,
        np.sign(counts[:, DIGITS]),
        np.minimum(of.good, 3) * np.minimum(of.bad_phrases, 2) / 6,
        (of.found == 0).astype(np.float64),
    )


def _bent(total: Floats) -> Floats:
    return total / np.sqrt(total * total + 15)


def hashed(analysis: Analysis) -> Iterator[tuple[int, float]]:
    """The hashed features of a text for training: (bucket, value), buckets may repeat. The reader adds up the same.

    Each word by its pieces (of unit length together) and as a whole, and each pair of neighbours, marks left out; all
    over the root of the number of tokens. A word that a negator reaches counts as another word.
    """
    share = 1 / math.sqrt(len(analysis.tokens) or 1)
    words = analysis.words
    cut, owners = pieces(words)
    cuts = np.split(cut[np.argsort(owners, kind="stable")], np.cumsum(np.bincount(owners, minlength=len(words))))
    for whole, some in zip(buckets(WHOLE, words).tolist(), cuts, strict=False):
        part = share / math.sqrt(len(some))
        yield from ((piece, part) for piece in some.tolist())
        yield whole, share
    reached = [analysis.tokens[i].text for i in analysis.reached]
    for whole, turned in zip(buckets(WHOLE, reached).tolist(), buckets(TURNED, reached).tolist(), strict=True):
        yield whole, -share
        yield turned, share
    for pair in (buckets(FIRST, words)[:-1] ^ buckets(SECOND, words)[1:]).tolist():
        yield pair, share
