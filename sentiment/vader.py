"""VADER's scores for English, bit for bit, at a cost that grows only linearly with the length of the text.

The reference, its word list, its emoji descriptions and its word classes are those of the installed vaderSentiment
3.3.2 (Hutto & Gilbert 2014, MIT licence). The reference lower-cases every word of the text again at each word it knows
and looks for each value again from the start of the list after a "but"; here each is done once. What it computes stays
the same to the last bit, oddities included: each comment that says "as the reference" marks one.
"""

import heapq
import math
import re
import string
from collections import ChainMap
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from copy import copy
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from vaderSentiment import vaderSentiment as reference  # noqa: N813 - a module named like a class

from earful.values import Evidence
from sentiment.words import WordList

_BOOSTERS: Final[Mapping[str, float]] = dict(reference.BOOSTER_DICT)
_SPECIAL_CASES: Final[Mapping[str, float]] = dict(reference.SPECIAL_CASES)
_NEGATIONS: Final = frozenset(reference.NEGATE)
_CAPS: Final[float] = reference.C_INCR
_FLIP: Final[float] = reference.N_SCALAR
_FADE: Final = (1.0, 0.95, 0.9)  #: how much of a booster is left at one, two and three words' distance
_ALPHA: Final = 15  #: the reference's guess at the largest sum; bends a sum into -1..1
_WORD: Final = re.compile(r"\S+")


class Hit(NamedTuple):
    """One word that the lexicon knows, with the valence that it has where it stands."""

    word: int  #: its index among the text's words (emoji count as the words of their descriptions)
    valence: float  #: about -4 to 4, after boosters, negation, idioms and contrast


class Scores(NamedTuple):
    """The four numbers of the reference and the words that they come from."""

    neg: float
    neu: float
    pos: float
    compound: float
    hits: tuple[Hit, ...]


NOTHING: Final = Scores(0.0, 0.0, 0.0, 0.0, ())  #: what a text without words scores


class Vader:
    """The scoring engine over one lexicon. Holds no state between texts, so that threads may share one.

    Args:
        lexicon: lower-case words and emoticons with their valence, about -4 to 4.
        emojis: emoji with the words that describe them; of several code points: never found (as the reference).
        own: a team's words, stems and phrases, which overrule the lexicon; a phrase counts as one word.
    """

    def __init__(
        self, lexicon: MutableMapping[str, float], emojis: Mapping[str, str], own: WordList | None = None
    ) -> None:
        self.lexicon = lexicon
        self.own = own
        self.descriptions = emojis
        self.emojis = frozenset(emoji for emoji in emojis if len(emoji) == 1)

    def polarity_scores(self, text: str) -> dict[str, float]:
        """The same dictionary as the reference's method of this name: neg, neu, pos (0..1) and compound (-1..1)."""
        scores = self.scores(text)
        return {"neg": scores.neg, "neu": scores.neu, "pos": scores.pos, "compound": scores.compound}

    def scores(self, text: str) -> Scores:
        """Score one text; one with no words scores zero throughout."""
        text = self._emoji_in_words(text)
        words = _bares(text)
        if not words:
            return NOTHING
        lower = [word.lower() for word in words]
        if self.own is None:
            return self.scored(words, lower, text)
        view, groups = self._knowing(self.own, lower)
        joined = [" ".join(words[group.start : group.stop]) for group in groups]
        return view.scored(joined, [word.lower() for word in joined], text)

    def words(self, text: str) -> list[str]:
        """The words of a text, each emoji as those of its description."""
        return _bares(self._emoji_in_words(text))

    def scored(self, words: Sequence[str], lower: Sequence[str], text: str) -> Scores:
        """Score a text by its words, as they stand and in lower case."""
        hits = _contrasted(lower, self._hits(words, lower))
        return _summed(hits, len(words), _emphasis(text))

    def _knowing(self, own: WordList, lower: Sequence[str]) -> "tuple[Vader, list[range]]":
        """The engine that also knows those of a team's words that stand here, and which words count as one."""
        said: dict[str, float] = {}
        groups: list[range] = []
        at = 0
        while at < len(lower):
            begun = own.begun(lower[at])
            phrase = begun.matching(lower[at + 1 : at + begun.longest]) if begun is not None else None
            groups.append(range(at, at + (len(phrase.words) if phrase else 1)))
            name = " ".join(lower[at : groups[-1].stop])
            if phrase or own.knows(name):
                said[name] = phrase.weight if phrase else own.weight(name)
            at = groups[-1].stop
        view = copy(self)
        view.lexicon, view.own = ChainMap(said, self.lexicon), None
        return view, groups

    def evidence(self, text: str, scores: Scores) -> tuple[Evidence, ...]:
        """The places in `text` that moved its `scores`, in reading order; weights are valences bent into -1..1."""
        if not any(hit.valence for hit in scores.hits):
            return ()
        described = self._emoji_in_words(text)
        spans = [(token.start(), token.end()) for token in _WORD.finditer(described)]
        view = self
        if self.own:
            view, groups = self._knowing(self.own, [_bare(described[start:end]).lower() for start, end in spans])
            spans = [(spans[group.start][0], spans[group.stop - 1][1]) for group in groups]
        origins = range(len(text)) if described == text else self._origins(text)
        moved = ((*spans[hit.word], hit.valence) for hit in scores.hits if hit.valence)
        return tuple(
            view.placed(text, described[start:end], origins[start], origins[end - 1] + 1, valence)
            for start, end, valence in moved
        )

    def placed(self, text: str, token: str, start: int, end: int, valence: float) -> Evidence:
        """The evidence that a token of this valence is, with where in `text` it comes from."""
        word = _bare(token)
        offset = token.index(word)
        if text[start:end] == token:
            start, end = start + offset, start + offset + len(word)
            code = "lexicon" if self.lexicon.get(word.lower(), valence) * valence > 0 else "negation"
        else:
            code = "emoji"
        return Evidence(code, text[start:end], start, round(_bent(valence), 4))

    def _emoji_in_words(self, text: str) -> str:
        """The text with each emoji replaced by its description."""
        if text.isascii() or self.emojis.isdisjoint(text):
            return text
        return "".join(piece for piece, _ in self._pieces(text))

    def _pieces(self, text: str) -> Iterable[tuple[str, range]]:
        """The text in pieces, each with where its characters come from: a plain run, or one emoji in words."""
        end = 0
        for at in (i for i, character in enumerate(text) if character in self.emojis):
            yield text[end:at], range(end, at)
            apart = at == 0 or text[at - 1] == " "  # only a blank keeps words apart, as the reference
            words = self.descriptions[text[at]]
            yield words if apart else " " + words, range(at, at + 1)
            end = at + 1
        yield text[end:], range(end, len(text))

    def _origins(self, text: str) -> Sequence[int]:
        """For each character of the text with its emoji in words, where in `text` it comes from."""
        return [
            origin[i] if len(origin) == len(piece) else origin[0]
            for piece, origin in self._pieces(text)
            for i in range(len(piece))
        ]

    def _hits(self, words: Sequence[str], lower: Sequence[str]) -> list[Hit]:
        known = [i for i, word in enumerate(lower) if self.lexicon.get(word) and word not in _BOOSTERS]
        if not known:
            return []
        mixed = _mixed_case(words)
        last = len(lower) - 1
        return [
            Hit(i, self._valence(words, lower, i, mixed=mixed))
            for i in known
            if not (lower[i] == "kind" and i < last and lower[i + 1] == "of")
        ]

    def _valence(self, words: Sequence[str], lower: Sequence[str], i: int, *, mixed: bool) -> float:
        valence = self._own_valence(lower, i)
        if mixed and words[i].isupper():
            valence += _CAPS if valence > 0 else -_CAPS  # a "no" that became zero turns negative, as the reference
        for distance in (1, 2, 3):
            if i >= distance and lower[i - distance] not in self.lexicon:
                valence += _boost(words[i - distance], lower[i - distance], valence, mixed=mixed) * _FADE[distance - 1]
                valence *= _negation(lower, i, distance)
                if distance == 3:
                    valence = _idiom(lower, i, valence)
        return valence * self._least(lower, i)

    def _own_valence(self, lower: Sequence[str], i: int) -> float:
        """What the lexicon says of the word, with "no" before it, or, where the word is "no", before a known word."""
        valence = self.lexicon[lower[i]]
        if _denied(lower, i):
            return valence * _FLIP
        if lower[i] == "no" and i + 1 < len(lower) and lower[i + 1] in self.lexicon:
            return 0.0
        return valence

    def _least(self, lower: Sequence[str], i: int) -> float:
        if i == 0 or lower[i - 1] != "least" or "least" in self.lexicon:
            return 1.0
        return 1.0 if i > 1 and lower[i - 2] in {"at", "very"} else _FLIP


@cache
def english() -> Vader:
    """The engine with the lexicon and the emoji of the installed vaderSentiment; loaded at the first call."""
    words = {word: float(valence) for word, valence in _fields("vader_lexicon.txt")}
    return Vader(words, dict(_fields("emoji_utf8_lexicon.txt")))


def _fields(name: str) -> Iterable[tuple[str, str]]:
    """The first two columns of a tab-separated file of the package."""
    for line in files("vaderSentiment").joinpath(name).read_text(encoding="utf-8").split("\n"):
        if line.strip():
            first, second = line.strip().split("\t")[:2]
            yield first, second


def _bare(token: str) -> str:
    """The token without the punctuation around it, unless next to nothing is left: then it may be an emoticon."""
    if token.isalnum():
        return token
    stripped = token.strip(string.punctuation)
    return token if len(stripped) <= 2 else stripped


def _bares(text: str) -> list[str]:
    return [_bare(token) for token in text.split()]


def _mixed_case(words: Sequence[str]) -> bool:
    """Whether some but not all words are in capitals: only then do capitals mean emphasis."""
    shouted = sum(map(str.isupper, words))
    return 0 < shouted < len(words)


def _denied(lower: Sequence[str], i: int) -> bool:
    """Whether a "no" stands one or two words before, or three before with "or" or "nor" right before the word."""
    return (
        (i > 0 and lower[i - 1] == "no")
        or (i > 1 and lower[i - 2] == "no")
        or (i > 2 and lower[i - 3] == "no" and lower[i - 1] in {"or", "nor"})
    )


def _boost(word: str, lower: str, valence: float, *, mixed: bool) -> float:
    """What a word before the known one adds to its valence, before it fades with distance."""
    boost = _BOOSTERS.get(lower)
    if boost is None:
        return 0.0
    if valence < 0:
        boost *= -1
    if mixed and word.isupper():
        boost += _CAPS if valence > 0 else -_CAPS
    return boost


def _negation(lower: Sequence[str], i: int, distance: int) -> float:
    """The factor that a word at this distance puts on the known word at `i`."""
    before = lower[i - distance]
    near = set(lower[i - distance + 1 : i])
    if distance > 1 and _never_so(before, lower, i, distance):
        return 1.25
    if distance > 1 and before == "without" and "doubt" in near:
        return 1.0
    return _FLIP if before in _NEGATIONS or "n't" in before else 1.0


def _never_so(before: str, lower: Sequence[str], i: int, distance: int) -> bool:
    """Whether "never so" or "never this" comes before; three words away a mere "so" will do (as the reference)."""
    if distance == 3 and lower[i - 1] in {"so", "this"}:
        return True
    return before == "never" and lower[i - distance + 1] in {"so", "this"}


def _idiom(lower: Sequence[str], i: int, valence: float) -> float:
    """The valence of a fixed phrase around the word, or else `valence`, moved by a booster phrase before it."""
    three, two, one, zero = lower[i - 3 : i + 1]
    before = (f"{one} {zero}", f"{two} {one} {zero}", f"{two} {one}", f"{three} {two} {one}", f"{three} {two}")
    valence = next((_SPECIAL_CASES[phrase] for phrase in before if phrase in _SPECIAL_CASES), valence)
    for end in (i + 2, i + 3):
        if end <= len(lower):
            valence = _SPECIAL_CASES.get(" ".join(lower[i:end]), valence)
    for phrase in (before[3], before[4], before[2]):
        valence += _BOOSTERS.get(phrase, 0.0)
    return valence


def _contrasted(lower: Sequence[str], hits: list[Hit]) -> list[Hit]:
    """The hits with those before the first "but" halved and those after it raised by half.

    As the reference, each value in turn changes the first word that has this value just then, which need not be its
    own: of the two equal words in "good but good" the first may be changed twice. A heap for each value keeps the first
    word at hand.
    """
    if not hits or "but" not in lower:
        return hits
    pivot = lower.index("but")
    now = {hit.word: hit.valence for hit in hits if hit.valence}
    places: dict[float, list[int]] = {}
    for word, valence in now.items():
        places.setdefault(valence, []).append(word)
    for word in tuple(now):
        valence = now[word]
        first = heapq.heappop(places[valence])
        now[first] = valence * (0.5 if first < pivot else 1.5)
        heapq.heappush(places.setdefault(now[first], []), first)
    return [Hit(hit.word, now.get(hit.word, hit.valence)) for hit in hits]


def _emphasis(text: str) -> float:
    """What exclamation marks (up to four) and question marks (two or more) add to the sum."""
    questions = text.count("?")
    asked = 0.0 if questions < 2 else questions * 0.18 if questions <= 3 else 0.96
    return min(text.count("!"), 4) * 0.292 + asked


def _bent(total: float) -> float:
    return max(-1.0, min(1.0, total / math.sqrt(total * total + _ALPHA)))


def _summed(hits: Sequence[Hit], words: int, emphasis: float) -> Scores:
    """The four scores of a text of `words` words, one at least. Words that are no hits count as zeros."""
    moved = [hit.valence for hit in hits if hit.valence]
    total = float(sum(moved))
    total += emphasis if total > 0 else -emphasis if total < 0 else 0.0
    positive = sum((valence + 1 for valence in moved if valence > 0), 0.0)
    negative = sum((valence - 1 for valence in moved if valence < 0), 0.0)
    if positive > -negative:
        positive += emphasis
    elif positive < -negative:
        negative -= emphasis
    neutral = words - len(moved)
    whole = positive - negative + neutral
    return Scores(
        round(abs(negative / whole), 3),
        round(neutral / whole, 3),
        round(abs(positive / whole), 3),
        round(_bent(total), 4),
        tuple(hits),
    )
