"""What the default reader looks at in a text: weighted words, signs, and hashed pieces of words.

Training and reading share this module, so that a weight always means what it was learned on.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from operator import itemgetter
from typing import Final, NamedTuple
from zlib import crc32

from sentiment.words import Begun, WordList

BUCKETS: Final = 1 << 17  #: 2^16 cost up to .025 macro-F1 in a trial, 2^18 gained up to .02 at twice the size
SHORTEST, LONGEST = 2, 5  #: letters of the pieces that words are cut into
DENSE: Final = (
    "good", "bad", "balance", "strength", "bad_phrases", "good_phrases", "good_emoji", "bad_emoji", "exclaims", "asks",
    "asks_loudly", "shouts", "trails_off", "length", "link", "mention", "negators", "turn", "mixed", "digits",
    "praise_and_complaint", "wordless",
)  # fmt: skip
"""The dense features in their order; `_Tally.dense` says what each is."""

_SCOPE: Final = 3  #: words after a negator that it reaches, unless a mark ends it sooner (VADER's window)
_NEGATED: Final = -0.7  #: what is left of a word's weight after "not" (VADER: -0.74)
_STRONGER: Final = 1.3
_FEWEST_WORDS, _MOST_WORDS = 5, 40  #: in a part of a long text: training saw texts of about this size
_CACHED: Final = 60_000  #: chunks kept analysed, some 40 MB; a stream's common words stay well below it
_LONGEST_CACHED: Final = 40  #: characters; longer ones are links and languages without blanks, which hardly come again

_MARKS: Final = (  #: signs that stand on letters: no letters to `re`, yet within words
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ece\u1000-\u109f\u1780-\u17ff"
)
_WORD: Final = rf"[^\W_](?:[^\W_]|[{_MARKS}]|['’\-](?=[^\W_]))*"
_TOKEN: Final = re.compile(
    r"https?://\S+|www\.\S+|@\w+"
    r"|(?<!\d)>?[:;=][\-'o]?[)(\]\[DPp/\\*|3]+|[xX]D\b|<3+|\(:|-_+-"
    rf"|{_WORD}|!+|\?[?!]*|\.\.+|…|[.,;:()]"
    r"|[\u2190-\u2bff\U0001f000-\U0001faff]"
)
_LONG: Final = re.compile(r"(.)\1{2,}")
_DIGIT: Final = re.compile(r"\d")

_TEXT: Final = itemgetter(0)

WORD, STOP, NEGATOR, BOOSTER, CONTRAST, EMOJI, LINK, MENTION, EXCLAIM, ASK, TRAIL = range(11)
_ROLE_OF_SIGN: Final = {"!": EXCLAIM, "?": ASK, "…": TRAIL, **dict.fromkeys(".,;:()", STOP)}


class Token(NamedTuple):
    """One kind of token as the reader knows it; the same object each time it comes up again."""

    text: str  #: lower-case, runs of a letter cut to three, digits to 0; "" for what has no hashed features
    first: int  #: from which, with the next token's `second`, the bucket of the pair is made
    second: int
    plain: bool  #: whether there is nothing else to know about it but its share
    share: complex  #: what it adds to both sums of the scorer that asks; 0 where nobody does
    role: int = 0
    weight: float = 0.0  #: by the word list, -4 to 4
    shouted: bool = False
    phrases: Begun | None = None


class Found(NamedTuple):
    """One thing in a text that the word list has an opinion on."""

    code: str  #: "lexicon", "negation", "phrase" or "emoji"
    first: int  #: index of the first token
    last: int  #: index of the last token
    weight: float  #: about -5 to 5


class Analysis(NamedTuple):
    """A text as the reader sees it."""

    chunks: list["Chunk"]
    tokens: list[Token]
    words: list[Token]  #: those of them that have hashed features
    negated: list[Token]  #: those of them that a negator reaches
    dense: list[float]  #: one number a name in `DENSE`
    found: list[Found]

    @property
    def raws(self) -> list[str]:
        """The tokens as they stand in the text."""
        return [raw for chunk in self.chunks for raw in chunk[0]]


def starts(text: str, raws: Sequence[str]) -> list[int]:
    """Where each of the first tokens of a text stands in it. What lies between two tokens holds no token."""
    places, end, index = [], 0, text.index
    for raw in raws:
        end = index(raw, end)
        places.append(end)
        end += len(raw)
    return places


def pieces(word: str) -> list[int]:
    """The buckets of a word's letter sequences, its edges marked; empty for signs and emoji."""
    marked = f"<{word}>"
    return [
        crc32(marked[start : start + size].encode()) % BUCKETS
        for size in range(SHORTEST, LONGEST + 1)
        for start in range(len(marked) - size + 1)
    ]


def word_bucket(word: str, *, negated: bool) -> int:
    """The bucket of a whole word, another one after a negator."""
    return crc32(f"{'n' if negated else 'w'} {word}".encode()) % BUCKETS


def pair_bucket(first: int, second: int) -> int:
    """The bucket of two neighbouring tokens, given the `first` of one and the `second` of the next."""
    return first ^ second


class Chunk(NamedTuple):
    """What stands between two blanks."""

    raws: list[str]
    tokens: list[Token]


def parts(text: str) -> list[str]:
    """A long text in parts of about a sentence: up to a full stop after some words, or a bounded number of words."""
    found: list[str] = []
    part: list[str] = []
    for word in text.split():
        part.append(word)
        if len(part) >= _MOST_WORDS or (len(part) >= _FEWEST_WORDS and word[-1] in ".!?…"):
            found.append(" ".join(part))
            part = []
    if part:
        found.append(" ".join(part))
    return found


class Analyzer(dict[str, Chunk]):
    """Turns texts of one language into what the reader looks at.

    It is also the memory of the chunks seen, up to a bound: looking one up makes it known.

    Args:
        words: the word list of the language.
        share: what a token's text adds to a scorer's sums, worked out once and kept with the token.
    """

    def __init__(self, words: WordList, share: Callable[[str], complex] = lambda _: 0j) -> None:
        super().__init__()
        self._words = words
        self._share = share

    def analyse(self, text: str) -> Analysis:
        """Split and weigh one text, in time linear in its length."""
        chunks = [self[chunk] for chunk in text.split()]
        return _Tally([token for chunk in chunks for token in chunk[1]]).analysis(chunks)

    def __missing__(self, text: str) -> Chunk:
        raws: list[str] = _TOKEN.findall(text)
        chunk = Chunk(raws, list(map(self._token, raws)))
        if len(text) <= _LONGEST_CACHED:
            if len(self) >= _CACHED:
                self.clear()
            self[text] = chunk
        return chunk

    def _token(self, raw: str) -> Token:
        lower = raw.lower().replace("’", "'")
        if lower.startswith(("http", "www.", "@")) and len(raw) > 4:
            return self._made("", MENTION if raw[0] == "@" else LINK)
        role = _ROLE_OF_SIGN.get(raw[0])
        if role is not None and not (len(raw) > 1 and role == STOP):
            return self._sign(raw, role)
        if not raw[0].isalnum():
            return self._made(raw, EMOJI, self._words.words.get(raw, self._words.words.get(raw[0], 0.0)))
        text = _DIGIT.sub("0", _LONG.sub(r"\1\1\1", lower))
        shouted = len(raw) > 1 and raw.isupper()
        phrases = self._words.phrases.get(lower)
        return self._made(text, self._role(lower), self._words.weight(lower), shouted=shouted, phrases=phrases)

    def _sign(self, raw: str, role: int) -> Token:
        if raw.startswith(".."):
            role = TRAIL
        return self._made("" if role == STOP else raw[:2] if role in {EXCLAIM, ASK} else "…", role)

    def _made(
        self, text: str, role: int, weight: float = 0.0, *, shouted: bool = False, phrases: Begun | None = None
    ) -> Token:
        first, second = (crc32(f"{side} {text}".encode()) % BUCKETS if text else 0 for side in "12")
        plain = not (role or weight or shouted or phrases or text[:1] == "0")
        return Token(text, first, second, plain, self._share(text) if text else 0j, role, weight, shouted, phrases)

    def _role(self, lower: str) -> int:
        words = self._words
        if lower in words.negators:
            return NEGATOR
        if lower in words.boosters:
            return BOOSTER
        return CONTRAST if lower in words.contrasts else WORD


class _Tally:
    """Walks once over the tokens of a text and counts. Most are plain words, which it steps over."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.negated: list[int] = []  #: indexes, ascending
        self.found: list[Found] = []
        self.counts = [0] * 11
        self.turn = -1  #: index of the last contrasting word
        self.shouted = self.loud = self.digits = 0

    def analysis(self, chunks: list[Chunk]) -> Analysis:
        tokens = self.tokens
        self._walk()
        words = [token for token in tokens if token[0]]
        return Analysis(chunks, tokens, words, [tokens[i] for i in self.negated], self._dense(), self.found)

    def _walk(self) -> None:
        tokens, skip, reach = self.tokens, 0, -1
        for i in [i for i, token in enumerate(tokens) if not token[3]]:
            text, _, _, _, _, role, weight, shouted, phrases = token = tokens[i]
            if role:
                self._count(i, role, text)
            elif text[0] == "0":
                self.digits = 1
            self.shouted += shouted
            if i < skip:
                continue
            if phrases and (found := self._phrase(i, phrases)):
                self.found.append(found)
                skip = found.last + 1
                while self.negated and self.negated[-1] >= i:
                    self.negated.pop()
                continue
            if weight and role != NEGATOR:
                self._weigh(i, token, negated=i <= reach)
            if role == NEGATOR:
                reach = self._reach(i)

    def _count(self, i: int, role: int, text: str) -> None:
        self.counts[role] += 1
        if role == CONTRAST:
            self.turn = i
        elif role == ASK and text != "?":
            self.loud = 1

    def _reach(self, negator: int) -> int:
        """Mark what a negator reaches: some words, not past a mark or a contrast; the index of the last."""
        left, last = _SCOPE, negator
        for i in range(negator + 1, len(self.tokens)):
            role = self.tokens[i][5]
            if not left or (role not in {WORD, BOOSTER, NEGATOR}):
                break
            left -= role != BOOSTER
            last = i
            if not self.negated or self.negated[-1] < i:
                self.negated.append(i)
        return last

    def _phrase(self, i: int, begun: Begun) -> Found | None:
        phrase = begun.matching(map(_TEXT, islice(self.tokens, i + 1, None)))
        return Found("phrase", i, i + len(phrase.words) - 1, phrase.weight) if phrase else None

    def _weigh(self, i: int, token: Token, *, negated: bool) -> None:
        weight = token.weight
        if i and self.tokens[i - 1][5] == BOOSTER:
            weight *= _STRONGER
        if token.role == EMOJI:
            self.found.append(Found("emoji", i, i, weight))
        elif negated:
            self.found.append(Found("negation", i, i, weight * _NEGATED))
        else:
            self.found.append(Found("lexicon", i, i, weight))

    def _dense(self) -> list[float]:
        """The numbers named in `DENSE`, most of them 0 to 1."""
        sums = _Sums(self.found, self.turn)
        counts, size = self.counts, len(self.tokens)
        root = math.sqrt(size or 1)
        balance = _bent(sums.good - sums.bad)
        return [
            sums.good / root,
            sums.bad / root,
            balance,
            abs(balance),
            min(sums.bad_phrases, 3) / 3,
            min(sums.good_phrases, 3) / 3,
            min(sums.good_emoji, 6) / 6,
            min(sums.bad_emoji, 6) / 6,
            min(counts[EXCLAIM], 3) / 3,
            1.0 if counts[ASK] else 0.0,
            float(self.loud),
            self.shouted / (size or 1),
            1.0 if counts[TRAIL] else 0.0,
            math.log1p(size) / 4,
            1.0 if counts[LINK] else 0.0,
            1.0 if counts[MENTION] else 0.0,
            min(counts[NEGATOR], 3) / 3,
            _bent(sums.tail),
            min(sums.good, sums.bad) / root,
            float(self.digits),
            min(sums.good, 3.0) * min(sums.bad_phrases, 2) / 6,
            0.0 if self.found else 1.0,
        ]


class _Sums:
    """The weights found in a text, added up by sort."""

    def __init__(self, found: Sequence[Found], turn: int) -> None:
        self.good = self.bad = self.good_emoji = self.bad_emoji = self.tail = 0.0
        self.good_phrases = self.bad_phrases = 0
        for code, first, _, weight in found:
            if weight > 0:
                self.good += weight
                self.good_phrases += code == "phrase"
                self.good_emoji += weight if code == "emoji" else 0.0
            else:
                self.bad -= weight
                self.bad_phrases += code == "phrase"
                self.bad_emoji -= weight if code == "emoji" else 0.0
            if 0 <= turn < first:
                self.tail += weight


def _bent(total: float) -> float:
    return total / math.sqrt(total * total + 15)


def hashed(analysis: Analysis) -> Iterator[tuple[int, float]]:
    """The hashed features of a text for training: (bucket, value), buckets may repeat. The reader adds up the same.

    Each word by its pieces (of unit length together) and as a whole, and each pair of neighbours, marks left out; all
    over the root of the number of tokens. A word that a negator reaches counts as another word.
    """
    share = 1 / math.sqrt(len(analysis.tokens) or 1)
    for token in analysis.words:
        cut = pieces(token.text)
        part = share / math.sqrt(len(cut))
        yield from ((bucket, part) for bucket in cut)
        yield word_bucket(token.text, negated=False), share
    for token in analysis.negated:
        yield word_bucket(token.text, negated=False), -share
        yield word_bucket(token.text, negated=True), share
    for before, token in pairwise(analysis.words):
        yield pair_bucket(before.first, token.second), share
