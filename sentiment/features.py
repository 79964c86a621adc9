"""What the default reader looks at in a text: weighted words, signs, and hashed pieces of words.

Training and reading share this module, so that a weight always means what it was learned on.
"""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.hashing import buckets, pieces
from sentiment.words import SIGNS, Begun, WordList

DENSE: Final = (
    "good", "bad", "balance", "strength", "bad_phrases", "good_phrases", "good_emoji", "bad_emoji", "exclaims", "asks",
    "asks_loudly", "shouts", "trails_off", "length", "link", "mention", "negators", "turn", "mixed", "digits",
    "praise_and_complaint", "wordless",
)  # fmt: skip
"""The dense features in their order; `densities` says what each is."""

WHOLE, TURNED, FIRST, SECOND = "wn12"
"""What words are hashed as: by themselves, where a negator reaches them, and as one of two neighbours, whose buckets
together make that of the pair."""

_SCOPE: Final = 3  #: words after a negator that it reaches, unless a mark ends it sooner (VADER's window)
_NEGATED: Final = -0.7  #: what is left of a word's weight after "not" (VADER: -0.74)
_STRONGER: Final = 1.3
_OPENER: Final = 3  #: tokens that praise may end within to be ironic
_BESIDE: Final = 2  #: tokens between a complaint and its "again"
_FEWEST_WORDS, _MOST_WORDS = 5, 40  #: in a part of a long text: training saw texts of about this size
_CACHED: Final = 55_000  #: chunks kept analysed, some 20 MB; a stream's common words stay well below it
_LETTERS_CACHED: Final = 15 * _CACHED  #: characters of all tokens known
_LONGEST_CACHED: Final = 40  #: characters; longer ones are links and languages without blanks, which hardly come again

_MARKS: Final = (  #: signs that stand on letters: no letters to `re`, yet within words
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ece\u1000-\u109f\u1780-\u17ff"
)
_WORD: Final = rf"[^\W_](?:[^\W_]|[{_MARKS}]|['’\-](?=[^\W_]))*"
_TOKEN: Final = re.compile(
    r"https?://\S+|www\.\S+|@\w+"
    r"|(?<!\d)>?[:;=][\-'o]?[)(\]\[DPp/\\*|3]+|[xX]D\b|<3+|\(:|-_+-"
    rf"|{_WORD}|!+|\?[?!]*|\.\.+|…|[.,;:()，。、；：！？]"
    r"|[\u2190-\u2bff\U0001f000-\U0001faff]"
)
_AFTER: Final = frozenset(".,;:!?")  #: the marks that most words have after them, if any
_SIGNED: Final = re.compile(f"[{SIGNS}]")
_PARTED: Final = re.compile(f"[{SIGNS}]|[^{SIGNS}]+")
_UNPARTED: Final = re.compile(r"@|https?://|www\.")
_LONG: Final = re.compile(r"(.)\1{2,}")
_DIGIT: Final = re.compile(r"\d")
_ODD: Final = re.compile(r"\d|(.)\1\1")

_TEXT: Final = itemgetter(0)
_SAID: Final = itemgetter(8)

Floats = NDArray[np.float64]

WORD, STOP, NEGATOR, BOOSTER, CONTRAST, EMOJI, LINK, MENTION, EXCLAIM, ASK, TRAIL = range(11)
_COUNTED: Final = (
    "size", "good", "bad", "tail", "good_phrases", "bad_phrases", "good_emoji", "bad_emoji", "found", "words", "stops",
    "negators", "boosters", "contrasts", "emoji", "links", "mentions", "exclaims", "asks", "trails", "loud", "shouted",
    "digits",
)  # fmt: skip
"""What is counted in a text: its tokens, the weights found in it by sort, and the tokens of each role."""

_QUIET: Final = frozenset({WORD, STOP, BOOSTER})  #: roles that matter only to what stands beside them
_ENDING: Final = frozenset({STOP, EXCLAIM, TRAIL})  #: roles of marks that part an exclamation from what follows
_ROLE_OF_SIGN: Final = {"!": EXCLAIM, "?": ASK, "…": TRAIL, **dict.fromkeys(".,;:()，。、；：！？", STOP)}


class Token(NamedTuple):
    """One kind of token as the reader knows it; the same object each time it comes up again."""

    text: str  #: lower-case, runs of a letter cut to three, digits to 0; "" for what has no hashed features
    row: int  #: its place among all tokens that its analyzer knows
    plain: bool  #: whether there is nothing to know about it but that it is there
    role: int = 0
    weight: float = 0.0  #: by the word list, -4 to 4
    phrases: Begun | None = None
    counted: bool = False  #: whether it is a sign of something by itself
    shouted: bool = False
    said: str = ""  #: lower-case, with its digits, as lists name it


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
    counted: list[float]  #: one number a name in `_COUNTED`
    found: list[Found]

    @property
    def dense(self) -> list[float]:
        """One number a name in `DENSE`."""
        return list(densities([self.counted])[0].tolist())

    @property
    def words(self) -> list[str]:
        """The tokens that have hashed features, as these know them."""
        return [token.text for token in self.tokens if token.text]

    @property
    def raws(self) -> list[str]:
        """The tokens as they stand in the text."""
        return list(chain.from_iterable(map(_split, self.chunks)))


def _split(chunk: str) -> Sequence[str]:
    """The tokens of what stands between two blanks."""
    signed = not chunk.isascii() and _SIGNED.search(chunk)
    if not signed:
        if chunk.isalpha():
            return (chunk,)
        word, mark = chunk[:-1], chunk[-1:]
        return (word, mark) if mark in _AFTER and word.isalpha() else _TOKEN.findall(chunk)
    return [
        part for raw in _TOKEN.findall(chunk) for part in ((raw,) if _UNPARTED.match(raw) else _PARTED.findall(raw))
    ]


def starts(text: str, raws: Sequence[str]) -> list[int]:
    """Where each of the first tokens of a text stands in it. What lies between two tokens holds no token."""
    places, end, index = [], 0, text.index
    for raw in raws:
        end = index(raw, end)
        places.append(end)
        end += len(raw)
    return places


def parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """The words of a long text in parts of about a sentence: up to a full stop after some, or a bounded number."""
    begun = 0
    for end, word in enumerate(words, 1):
        if end - begun >= _MOST_WORDS or (end - begun >= _FEWEST_WORDS and word[-1] in ".!?…"):
            yield words[begun:end]
            begun = end
    if begun < len(words):
        yield words[begun:]


class Analyzer(dict[str, tuple[Token, ...]]):
    """Turns texts of one language into what the reader looks at.

    It is also the memory of the chunks seen (what stands between two blanks), each with its tokens: looking one up
    makes it known. It grows until it is told to forget.

    Args:
        words: the word list of the language.
    """

    def __init__(self, words: WordList) -> None:
        super().__init__()
        self._words = words
        self.tokens: list[Token] = []  #: all that are known
        self._known: dict[str, Token] = {}  #: by how they stand in texts
        self._letters = 0

    def analyse(self, text: str) -> Analysis:
        """Split and weigh one text, in time linear in its length."""
        if self.fullness > 1:
            self.forget()
        return self.analysed(text.split())

    def analysed(self, chunks: Sequence[str]) -> Analysis:
        """Weigh a text that is split already."""
        tokens = list(chain.from_iterable(map(self.__getitem__, chunks)))
        return _Tally(tokens, self._words.repeats).analysis(chunks)

    @property
    def fullness(self) -> float:
        """How much is known, 1 being as much as should be."""
        return max(len(self) / _CACHED, self._letters / _LETTERS_CACHED)

    def forget(self) -> None:
        """Know nothing any more; analyses from before don't go with later ones then."""
        self.clear()
        self.tokens.clear()
        self._known.clear()
        self._letters = 0

    def __missing__(self, chunk: str) -> tuple[Token, ...]:
        raws = (chunk,) if chunk.isascii() and chunk.isalpha() else _split(chunk)  # most are one plain word
        known = tuple([self._known.get(raw) or self._new(raw) for raw in raws])
        if len(chunk) <= _LONGEST_CACHED:
            self[chunk] = known
        return known

    def _new(self, raw: str) -> Token:
        token = self._known[raw] = self._token(raw)
        self.tokens.append(token)
        self._letters += len(raw)
        return token

    def _token(self, raw: str) -> Token:
        if len(raw) > 4 and raw[0] in "@hHwW" and raw.lower().startswith(("http", "www.", "@")):
            return self._made("", MENTION if raw[0] == "@" else LINK)
        role = _ROLE_OF_SIGN.get(raw[0])
        if role is not None and not (len(raw) > 1 and role == STOP):
            return self._sign(raw, role)
        if not raw[0].isalnum():
            weight = self._words.words.get(raw, self._words.words.get(raw[0], 0.0))
            return self._made(raw, EMOJI, weight, phrases=self._words.phrases.get(raw), said=raw)
        return self._word(raw)

    def _word(self, raw: str) -> Token:
        lower = raw.lower().replace("’", "'")
        text = written_alike(lower)
        shouted = len(raw) > 1 and raw.isupper()
        phrases, role = self._words.begun(lower), self._role(lower)
        return self._made(text, role, self._words.weight(lower), shouted=shouted, phrases=phrases, said=lower)

    def _sign(self, raw: str, role: int) -> Token:
        if raw.startswith(".."):
            role = TRAIL
        text = "" if role == STOP else raw[:2] if role in {EXCLAIM, ASK} else "…"
        return self._made(text, role, self._words.words.get(raw, 0.0), said=raw)

    def _made(
        self,
        text: str,
        role: int,
        weight: float = 0.0,
        *,
        shouted: bool = False,
        phrases: Begun | None = None,
        said: str = "",
    ) -> Token:
        counted = role not in _QUIET or shouted or text[:1] == "0"
        plain = not (counted or weight or phrases is not None)
        return Token(text, len(self.tokens), plain, role, weight, phrases, counted, shouted, said)

    def _role(self, lower: str) -> int:
        words = self._words
        if lower in words.negators:
            return NEGATOR
        if lower in words.boosters:
            return BOOSTER
        return CONTRAST if lower in words.contrasts else WORD


def written_alike(lower: str) -> str:
    """A lower-case word as the tokens have it: digits to 0, runs of a letter cut to three."""
    return _DIGIT.sub("0", _LONG.sub(_thrice, lower)) if _ODD.search(lower) else lower


def _thrice(run: re.Match[str]) -> str:
    return run[1] * 3


class _Tally:
    """Walks once over the tokens of a text and counts. Most are plain words, which it steps over."""

    def __init__(self, tokens: list[Token], repeats: frozenset[str]) -> None:
        self.tokens, self.repeats = tokens, repeats
        self.negated: list[int] = []  #: indexes, ascending
        self.found: list[Found] = []
        self.counts = [0] * 11
        self.turn = -1  #: index of the last contrasting word
        self.shouted = self.loud = self.digits = 0

    def analysis(self, chunks: Sequence[str]) -> Analysis:
        self._walk()
        if self._ironic():
            self.found[0] = self.found[0]._replace(weight=-self.found[0].weight)
        return Analysis(chunks, self.tokens, self.negated, self._counted(), self.found)

    def _walk(self) -> None:
        tokens, skip, reach = self.tokens, 0, -1
        last = len(tokens) - 1
        for i in [i for i, token in enumerate(tokens) if not token[2]]:
            _, _, _, role, weight, phrases, counted, _, _ = tokens[i]
            if counted:
                self._count(i, tokens[i])
            if i < skip:
                continue
            if (
                phrases is not None
                and i < last
                and phrases.goes_on(tokens[i + 1][0])
                and (found := self._phrase(i, phrases))
            ):
                self.found.append(found)
                skip = found.last + 1
                while self.negated and self.negated[-1] >= i:
                    self.negated.pop()
            elif role == NEGATOR:
                reach = self._reach(i)
            elif weight:
                self._weigh(i, role, weight, negated=i <= reach)

    def _count(self, i: int, token: Token) -> None:
        self.counts[token.role] += 1
        self.shouted += token.shouted
        if token.role == CONTRAST:
            self.turn = i
        elif token.role == ASK and token.text != "?":
            self.loud = 1
        elif token.role == WORD and token.text[0] == "0":
            self.digits = 1

    def _reach(self, negator: int) -> int:
        """Mark what a negator reaches: some words, not past a mark or a contrast; the index of the last."""
        left, last = _SCOPE, negator
        for i in range(negator + 1, len(self.tokens)):
            role = self.tokens[i][3]
            if not left or (role not in {WORD, BOOSTER, NEGATOR}):
                break
            left -= role != BOOSTER
            last = i
            if not self.negated or self.negated[-1] < i:
                self.negated.append(i)
        return last

    def _phrase(self, i: int, begun: Begun) -> Found | None:
        following = self.tokens[i + 1 : i + begun.longest]
        phrase = begun.matching([*map(_TEXT, following)], [*map(_SAID, following)])
        return Found("phrase", i, i + len(phrase.words) - 1, phrase.weight) if phrase else None

    def _weigh(self, i: int, role: int, weight: float, *, negated: bool) -> None:
        if i and self.tokens[i - 1][3] == BOOSTER:
            weight *= _STRONGER
        if role == EMOJI:
            self.found.append(Found("emoji", i, i, weight))
        elif negated:
            self.found.append(Found("negation", i, i, weight * _NEGATED))
        else:
            self.found.append(Found("lexicon", i, i, weight))

    def _ironic(self) -> bool:
        """Whether the text begins with a few words of praise and goes on with a complaint beside "again"."""
        found = self.found
        if len(found) < 2 or found[0].weight <= 0 or found[0].last >= _OPENER or self.turn >= 0:
            return False
        if len(self.tokens) > _MOST_WORDS:
            return False
        ends = found[0].last + 1
        if not any(token.role in _ENDING for token in self.tokens[ends : ends + 2]):
            return False
        return any(one.weight < 0 and self._repeated(one) for one in found[1:])

    def _repeated(self, one: Found) -> bool:
        """Whether "again" stands in something found, or close to it."""
        near = self.tokens[max(one.first - _BESIDE, 0) : one.last + 1 + _BESIDE]
        return any(token.text in self.repeats for token in near)

    def _counted(self) -> list[float]:
        """The numbers named in `_COUNTED`."""
        good = bad = good_emoji = bad_emoji = tail = 0.0
        good_phrases = bad_phrases = 0
        turn = self.turn
        for code, first, _, weight in self.found:
            if weight > 0:
                good += weight
                good_phrases += code == "phrase"
                good_emoji += weight if code == "emoji" else 0.0
            else:
                bad -= weight
                bad_phrases += code == "phrase"
                bad_emoji -= weight if code == "emoji" else 0.0
            if 0 <= turn < first:
                tail += weight
        found = (len(self.tokens), good, bad, tail, good_phrases, bad_phrases, good_emoji, bad_emoji, len(self.found))
        return [*found, *self.counts, self.loud, self.shouted, self.digits]


def densities(counted: Sequence[Sequence[float]]) -> Floats:
    """The features named in `DENSE` of some texts, one row each, from what was counted in them; most are 0 to 1."""
    count = dict(zip(_COUNTED, np.array(counted, dtype=np.float64).reshape(-1, len(_COUNTED)).T, strict=True))
    size, good, bad = np.maximum(count["size"], 1), count["good"], count["bad"]
    root = np.sqrt(size)
    balance = _bent(good - bad)
    return np.column_stack(
        [
            good / root,
            bad / root,
            balance,
            np.abs(balance),
            np.minimum(count["bad_phrases"], 3) / 3,
            np.minimum(count["good_phrases"], 3) / 3,
            np.minimum(count["good_emoji"], 6) / 6,
            np.minimum(count["bad_emoji"], 6) / 6,
            np.minimum(count["exclaims"], 3) / 3,
            count["asks"] > 0,
            count["loud"],
            count["shouted"] / size,
            count["trails"] > 0,
            [math.log1p(each) / 4 for each in count["size"].tolist()],
            count["links"] > 0,
            count["mentions"] > 0,
            np.minimum(count["negators"], 3) / 3,
            _bent(count["tail"]),
            np.minimum(good, bad) / root,
            count["digits"],
            np.minimum(good, 3) * np.minimum(count["bad_phrases"], 2) / 6,
            count["found"] == 0,
        ]
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
