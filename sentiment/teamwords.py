"""A team's own words, laid over a language's list."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from earful.lexicon import entry
from sentiment.tokens import Token, Vocabulary
from sentiment.words import Begun, Phrase, WordList, stem_of


class Piece(NamedTuple):
    """What one token of an entry looks like in a text."""

    alike: str  #: digits as 0, as phrases are looked for; "," for a mark
    said: str  #: as it stands

    @property
    def forms(self) -> "list[Piece]":
        """How else it may be written: an emoticon in capitals and small letters, "n't" without the apostrophe."""
        if not self.said[:1].isalnum():
            return list(dict.fromkeys([self, self._changed(str.upper), self._changed(str.lower)]))
        return [self, self._changed(_unapostrophed)] if "n't" in self.said else [self]

    def _changed(self, change: Callable[[str], str]) -> "Piece":
        return Piece(change(self.alike), change(self.said))


Cut = Callable[[str], Sequence[Piece]]


def cutter() -> Cut:
    """Tells what the default reader sees where a text holds a word of an entry; it knows more words with each."""
    known = Vocabulary(WordList())

    def pieces(word: str) -> list[Piece]:
        for form in (word, word.upper()):  # ":d" is an emoticon as ":D" only
            tokens = known[form]
            if len(tokens) == 1 and tokens[0].said == form and not form[0].isalnum():  # "=d" is not "d"
                return [_piece(tokens[0])]
        return [_piece(token) for token in known[word]]

    return pieces


def _piece(token: Token) -> Piece:
    return Piece(token.text or ",", token.said)


def overlaid(words: WordList, lexicon: Mapping[str, float], cut: Cut | None = None) -> WordList:
    """The list with a team's own words on top: single words, stems ("terribl*") and phrases, in any case.

    A word of weight 0 says nothing any more. A team's stem also speaks for the listed words that begin so, its emoticon
    for the listed ones in capitals (":D"), and its word turns others no more, as "never" does.

    Args:
        words: the list.
        lexicon: entries as `earful.lexicon.entry` keeps them, with their weights.
        cut: what a reader's cuts make of a word of an entry; None: the default reader's.
    """
    own = _parsed(lexicon, cut or cutter())
    capitals = {sign: own.words[low] for sign in words.words if (low := sign.lower()) != sign and low in own.words}
    kept = {word: weight for word, weight in words.words.items() if stem_of(word, own.stems) is None}
    joined = {first: _joined(words.phrases.get(first), begun) for first, begun in own.phrases.items()}
    return replace(
        words,
        words={**kept, **own.words, **capitals},
        stems={**words.stems, **own.stems},
        phrases={**words.phrases, **joined},
        negators=words.negators - own.words.keys(),
    )


def _parsed(lexicon: Mapping[str, float], cut: Cut) -> WordList:
    words: dict[str, float] = {}
    stems: dict[str, float] = {}
    phrases: dict[str, list[Phrase]] = {}
    for text, weight in lexicon.items():
        found = _cut(text, cut)
        if len(found) > 1:
            for some in product(*(piece.forms for piece in found)):
                phrases.setdefault(some[0].said, []).append(_phrase(some, weight))
        elif found and found[0].said.endswith("*"):
            stems[found[0].said[:-1]] = weight
        elif found:
            words |= dict.fromkeys([piece.said for piece in found[0].forms], weight)
    return WordList(words, stems, {first: Begun(some) for first, some in phrases.items()})


def _cut(text: str, cut: Cut) -> list[Piece]:
    """The pieces of all words of an entry; the last of a beginning of words keeps its "*".

    None of what was kept before it was known never to be found: "c++" is no "c".
    """
    found: list[Piece] = []
    try:
        words = entry(text).split()
    except ValueError:
        return []
    for word in words:
        *some, last = cut(word.removesuffix("*"))
        found += [*some, Piece(*(f"{form}*" for form in last)) if word.endswith("*") else last]
    return found


def _phrase(found: Sequence[Piece], weight: float) -> Phrase:
    words, said = tuple(piece.alike for piece in found), tuple(piece.said for piece in found)
    return Phrase((said[0], *words[1:]), weight, () if said[1:] == words[1:] else said)


def _unapostrophed(word: str) -> str:
    return word.replace("n't", "nt")


def _joined(listed: Begun | None, own: Begun) -> Begun:
    """A team's phrases, and after them the listed ones but for those that the team weighs itself."""
    said = {phrase.words for phrase in own.phrases if not phrase.exact}
    others = [phrase for phrase in (() if listed is None else listed.phrases) if phrase.words not in said]
    return Begun([*own.phrases, *others])
