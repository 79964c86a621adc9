"""Texts as tokens: what they are split into, and what is known of each of these."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sentiment.hashing import BUCKETS, Ints, buckets
from sentiment.words import SIGNS, Begun, WordList, written_alike

WHOLE, TURNED, FIRST, SECOND = "wn12"
"""What words are hashed as: by themselves, where a negator reaches them, and as one of two neighbours, whose buckets
together make that of the pair."""

WORD, STOP, NEGATOR, BOOSTER, CONTRAST, EMOJI, LINK, MENTION, EXCLAIM, ASK, TRAIL, LOUD, DIGITS = range(13)
"""What a token is: a word, a mark, or a sign of something by itself. `LOUD` is an `ASK` of several marks, `DIGITS` a
word that begins with one."""
ROLES: Final = DIGITS + 1  #: how many there are

_CACHED: Final = 80_000  #: chunks kept looked at, some 25 MB
_LETTERS_CACHED: Final = 15 * _CACHED  #: characters of all tokens known
_LONGEST_CACHED: Final = 40  #: characters; longer ones are links and languages without blanks, which hardly come again
_FEWEST_WORDS, _MOST_WORDS = 5, 40  #: in a part of a long text: training saw texts of about this size

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
_LOWER: Final = re.compile(r">?[:;=][-'o]?d+")
"""An emoticon in small letters, which is one only by itself, and where a team weighs it: "note:done" holds none."""
_AFTER: Final = frozenset(".,;:!?")  #: the marks that most words have after them, if any
_SIGNED: Final = re.compile(f"[{SIGNS}]")
_PARTED: Final = re.compile(f"[{SIGNS}]|[^{SIGNS}]+")
_UNPARTED: Final = re.compile(r"@|https?://|www\.")

_ROLE_OF_SIGN: Final = {"!": EXCLAIM, "?": ASK, "…": TRAIL, **dict.fromkeys(".,;:()，。、；：！？", STOP)}
_PLAIN, _OPENS, _SAYS = range(3)
"""What the word list may have to say of a token: nothing, something together with the next one, or by itself."""
_FACTS: Final = np.dtype(
    [("first", np.int64), ("second", np.int64), ("role", np.int8), ("shouted", np.bool_), ("says", np.int8)],
    align=True,
)
_ROW: Final = itemgetter(1)
_Row = TypeVar("_Row", bound=np.generic)

Facts = NDArray[np.void]
"""What is known of tokens, a row each: the buckets that each has as the first and the second of a pair (-1: none), its
role, whether it is shouted, and whether to look at it."""


class Token(NamedTuple):
    """One kind of token as the reader knows it; the same object each time it comes up again."""

    text: str  #: lower-case, runs of a letter cut to three, digits to 0; "" for what has no hashed features
    row: int  #: its place among all tokens that are known
    role: int = WORD
    weight: float = 0.0  #: by the word list, -4 to 4
    phrases: Begun | None = None
    shouted: bool = False
    said: str = ""  #: lower-case, with its digits, as lists name it


def split(chunk: str) -> list[str]:
    """The tokens of what stands between two blanks."""
    signed = not chunk.isascii() and _SIGNED.search(chunk)
    if not signed:
        if chunk.isalpha():
            return [chunk]
        word, mark = chunk[:-1], chunk[-1:]
        return [word, mark] if mark in _AFTER and word.isalpha() else _TOKEN.findall(chunk)
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


class Vocabulary(dict[str, tuple[Token, ...]]):
    """The chunks seen (what stands between two blanks), each with its tokens: looking one up makes it known.

    It grows until it is told to forget.

    Args:
        words: the word list of the language.
    """

    def __init__(self, words: WordList) -> None:
        super().__init__()
        self._words = words
        self._roles = {
            **dict.fromkeys(words.contrasts, CONTRAST),
            **dict.fromkeys(words.boosters, BOOSTER),
            **dict.fromkeys(words.negators, NEGATOR),
        }
        self._pairs = np.zeros(BUCKETS, dtype=np.bool_)  # the buckets of those that phrases begin with
        self._pairs[_begun(words)] = True
        self.tokens: list[Token] = []  #: all that are known
        self._signs: dict[str, Token] = {}  # marks, numbers and others that hardly stand alone
        self._letters = 0
        self._facts: Facts = np.zeros(1024, dtype=_FACTS)
        self._again = np.zeros(1024, dtype=np.bool_)  # which came up in a later batch than their first
        self._filled = 0  # rows

    def rows(self, texts: Iterable[Iterable[Token]]) -> tuple[Ints, Facts]:
        """The rows of the tokens of some texts, one text after another, and what is known of each row."""
        rows = np.array(list(map(_ROW, chain.from_iterable(texts))), dtype=np.int64)
        self._again[rows[rows < self._filled]] = True
        self._fill()
        return rows, self._facts.take(rows)

    def looked(self, facts: Facts) -> Ints:
        """Which of some neighbours are to be looked at one by one: those that the word list may have an opinion on."""
        looked = facts["says"] == _SAYS
        opens = np.flatnonzero(facts["says"][:-1] == _OPENS)
        looked[opens] = self._pairs[facts["first"][opens] ^ facts["second"][opens + 1]]
        return np.flatnonzero(looked)

    @property
    def fullness(self) -> float:
        """How much is known, 1 being as much as should be."""
        return max(len(self) / _CACHED, self._letters / _LETTERS_CACHED)

    def forget(self) -> Ints:
        """Forget all but the words that came up again: the rows that these had, in their new order.

        What was looked up before doesn't go with what is looked up later.
        """
        words = {chunk: some[0].row for chunk, some in self.items() if len(some) == 1 and self._again[some[0].row]}
        if len(words) > _CACHED // 2:  # they would soon be too many again
            words = {}
        rows = list(dict.fromkeys(words.values()))  # each once: "(good" has the row of "good"
        places = {row: place for place, row in enumerate(rows)}
        kept = np.array(rows, dtype=np.int64)
        self.tokens = [self.tokens[row]._replace(row=place) for row, place in places.items()]
        self.clear()
        self._signs.clear()
        self.update({chunk: (self.tokens[places[row]],) for chunk, row in words.items()})
        self._letters = sum(map(len, words))
        self._filled = len(kept)
        self._facts[: len(kept)] = self._facts[kept]
        self._again[:] = False
        return kept

    def __missing__(self, chunk: str) -> tuple[Token, ...]:
        if chunk.isascii() and chunk.isalpha():  # most are
            known: tuple[Token, ...] = (self._new(chunk),)
        else:
            raws = split(chunk)
            whole = raws == [chunk] or (chunk in self._words.words and _LOWER.fullmatch(chunk))
            known = (self._new(chunk),) if whole else tuple(map(self._part, raws))
        if len(chunk) <= _LONGEST_CACHED:
            self[chunk] = known
        return known

    def _part(self, raw: str) -> Token:
        if raw.isalpha():
            return self[raw][0]
        if raw not in self._signs:
            self._signs[raw] = self._new(raw)
        return self._signs[raw]

    def _new(self, raw: str) -> Token:
        token = self._token(raw)
        self.tokens.append(token)
        self._letters += len(raw)
        return token

    def _token(self, raw: str) -> Token:
        row = len(self.tokens)
        if len(raw) > 4 and raw[0] in "@hHwW" and raw.lower().startswith(("http", "www.", "@")):
            return Token("", row, MENTION if raw[0] == "@" else LINK)
        role = _ROLE_OF_SIGN.get(raw[0])
        if role is not None and not (len(raw) > 1 and role == STOP):
            return self._sign(raw, role)
        if not raw[0].isalnum():
            weight = self._words.words.get(raw, self._words.words.get(raw[0], 0.0))
            return Token(raw, row, EMOJI, weight, self._words.phrases.get(raw), said=raw)
        return self._word(raw)

    def _word(self, raw: str) -> Token:
        lower = raw.lower().replace("’", "'")
        lower = raw if lower == raw else lower  # one string rather than two
        text = written_alike(lower)
        role = self._roles.get(lower) or (DIGITS if text[0] == "0" else WORD)
        shouted = len(raw) > 1 and raw.isupper()
        words = self._words
        return Token(text, len(self.tokens), role, words.weight(lower), words.begun(lower), shouted, lower)

    def _sign(self, raw: str, role: int) -> Token:
        if raw.startswith(".."):
            role = TRAIL
        if role == ASK and len(raw) > 1:
            role = LOUD
        text = "" if role == STOP else "…" if role == TRAIL else raw[:2]
        return Token(text, len(self.tokens), role, self._words.words.get(raw, 0.0), said=raw)

    def _fill(self) -> None:
        """Put down the facts about new tokens."""
        if self._filled == len(self.tokens):
            return
        new = self.tokens[self._filled :]
        begun, self._filled = self._filled, len(self.tokens)
        self._facts, self._again = grown(self._facts, self._filled), grown(self._again, self._filled)
        texts = [token.text or "," for token in new]
        facts = self._facts[begun : self._filled]
        facts["first"], facts["second"] = buckets(FIRST, texts), buckets(SECOND, texts)
        facts["first"][[not token.text for token in new]] = -1
        facts["role"] = [token.role for token in new]
        facts["shouted"] = [token.shouted for token in new]
        facts["says"] = list(map(self._says, new))

    def _says(self, token: Token) -> int:
        """Whether the word list may have to say something of a token."""
        if token.weight or token.role == NEGATOR:
            return _SAYS
        if token.phrases is None:
            return _PLAIN
        told = token.phrases is self._words.phrases.get(token.said) and not token.phrases.open
        return _OPENS if told else _SAYS  # of a beginning of words, which words may follow is not known beforehand


def _begun(words: WordList) -> Ints:
    """The buckets of the first two words of phrases, but of those whose second one is only a beginning of words."""
    pairs = [(first, second or ",") for first, begun in words.phrases.items() for second in begun.following]
    firsts, seconds = [written_alike(first) for first, _ in pairs], [second for _, second in pairs]
    return buckets(FIRST, firsts) ^ buckets(SECOND, seconds)


def grown(column: NDArray[_Row], size: int) -> NDArray[_Row]:
    """A column with room for so many rows."""
    short = size - len(column)
    return column if short <= 0 else np.concatenate([column, np.zeros(max(short, len(column)), dtype=column.dtype)])
