"""Questions that only ask: what sounds like a complaint in "Does it stop working below zero?" is none."""

from collections.abc import Sequence
from typing import Final

from sentiment.tokens import ASK, EXCLAIM, LOUD, MENTION, NEGATOR, STOP, TRAIL, Token
from sentiment.words import WordList

_LONGEST: Final = 3  #: words that open a question
_SHOUTED: Final = 2  #: words in capitals that a plain question may have, such as names
_PARTING: Final = frozenset({ASK, EXCLAIM, LOUD, TRAIL})  #: roles of marks that end a sentence; of stops only "." does


class Questions:
    """Tells where texts of one language only ask; nowhere, if its word list has no openers.

    Args:
        words: the word list of the language.
    """

    def __init__(self, words: WordList) -> None:
        self._openers, self._conditions, self._reproaches = words.openers, words.conditions, words.reproaches

    def asked(self, tokens: Sequence[Token]) -> int:
        """The index from which on a text that ends in a plain "?" only asks; its length: it doesn't.

        It only asks if it is a single sentence that holds a condition ("what if the parcel is late?"), or opens like a
        question about a fact ("how do I report a missing parcel?"), without a negator, a reproach ("again") or
        shouting. What the condition says doesn't matter, up to a comma: it may not be so.
        """
        *sentence, _ = tokens
        if any(token.role in _PARTING or token.said == "." for token in sentence):
            return len(tokens)
        said = [token.said for token in sentence]
        condition = next((i for i, word in enumerate(said) if word in self._conditions), None)
        opens = 0 if condition is not None else self._opened(sentence, said)
        if opens is None or self._meant([*sentence[:condition], *_after(sentence, condition)]):
            return len(tokens)
        return opens

    def _opened(self, sentence: Sequence[Token], said: Sequence[str]) -> int | None:
        """Where a sentence, or what follows a comma or a name in it, opens as questions do."""
        return next(
            (
                i
                for i in range(len(sentence))
                if (not i or sentence[i - 1].role in (STOP, MENTION)) and self._opens(said[i : i + _LONGEST])
            ),
            None,
        )

    def _opens(self, said: Sequence[str]) -> bool:
        begins = {" ".join(said[:length]) for length in range(1, len(said) + 1)}
        return not self._openers.isdisjoint(begins | {f"* {word}" for word in said[1:2]})

    def _meant(self, tokens: Sequence[Token]) -> bool:
        """Whether a question is a complaint, or shouted."""
        if sum(token.shouted for token in tokens) > _SHOUTED:
            return True
        return any(token.role == NEGATOR or token.said in self._reproaches for token in tokens)


def _after(sentence: Sequence[Token], condition: int | None) -> Sequence[Token]:
    """What follows a condition and its comma."""
    if condition is None:
        return ()
    comma = next((i for i in range(condition, len(sentence)) if sentence[i].role == STOP), len(sentence))
    return sentence[comma:]
