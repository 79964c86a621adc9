"""Says in the reader's language what was stored in English: why a source could not be read, what it may have missed.

The ledger keeps sentences: whoever reads one later may speak any language, and what an earlier Earful said still stands
there. A sentence is known by the form of its message; one that has no known form stays as it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from babel.messages.catalog import Message

from earful.speech import _, speech
from earful.tongues import messages

#: Where the sentences of the ledger are said.
_STORED = ("connectors/", "flows/", "earful/clock.py", "earful/errors.py", "earful/secrets.py")
LONGEST = 2_000  # characters of a sentence; ours have some hundreds
DEEPEST = 4  # sentences within sentences
_VALUE = re.compile(r"%\((\w+)\)s")


def retold(said: str) -> str:
    """A stored English sentence, in the reader's language as far as it is known.

    It may quote what a source answered, so it is looked at only so far, and no deeper than our sentences go.
    """
    return said if speech().tag == "en" or len(said) > LONGEST else _retold(said, speech().tag, DEEPEST)


@lru_cache(maxsize=10_000)
def _retold(said: str, code: str, deep: int) -> str:
    if not deep:
        return said
    for form in _forms(code):
        values = form.values_in(said)
        if values is not None:
            return _(form.message, **{name: _retold(value, code, deep - 1) for name, value in values.items()})
    named, colon, rest = said.partition(": ")  # as in "r/coffee: …", with what was read before the sentence
    known = _retold(rest, code, deep - 1)
    return f"{named}{colon}{known}" if known != rest else said


@dataclass(frozen=True, slots=True)
class _Form:
    """A message as its fixed words, and the names of the values between them."""

    message: str
    fixed: Sequence[str]
    names: Sequence[str]

    def values_in(self, said: str) -> dict[str, str] | None:
        """The values of a sentence of this form, each as short as can be; None for another. One walk, no going back."""
        first, last = self.fixed[0], self.fixed[-1]
        if not self.names:
            return {} if said == first else None
        if not (said.startswith(first) and said.endswith(last)):
            return None
        values: dict[str, str] = {}
        place, end = len(first), len(said) - len(last)
        for name, word in zip(self.names, (*self.fixed[1:-1], None), strict=True):
            stop = end if word is None else said.find(word, place, end)
            if stop < place or values.setdefault(name, said[place:stop]) != said[place:stop]:
                return None
            place = stop + len(word or "")
        return values


@cache
def _forms(code: str) -> list[_Form]:
    """The forms of what is stored, those with the most fixed words first: others could take them for their values."""
    forms = [_form(str(message.id)) for message in _written(code)]
    return sorted(forms, key=lambda form: -sum(map(len, form.fixed)))


def _written(code: str) -> Iterator[Message]:
    for message in messages(code):
        if isinstance(message.id, str) and any(place.startswith(_STORED) for place, _line in message.locations):
            yield message


def _form(message: str) -> _Form:
    parts = _VALUE.split(message)
    return _Form(message, [part.replace("%%", "%") for part in parts[::2]], parts[1::2])
