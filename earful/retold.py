"""Says in the reader's language what was stored in English: why a source could not be read, what it may have missed.

The ledger keeps sentences: whoever reads one later may speak any language, and what an earlier Earful said still stands
there. A sentence is known by the form of its message; one that has no known form stays as it is.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from babel.messages.catalog import Message

from earful.speech import _, speech
from earful.tongues import messages

_STORED = ("connectors/", "flows/", "earful/errors.py")  # who writes into the ledger
_VALUE = re.compile(r"%\((\w+)\)s")


def retold(said: str) -> str:
    """A stored English sentence, in the reader's language as far as it is known."""
    return said if speech().tag == "en" else _retold(said, speech().tag)


@lru_cache(maxsize=10_000)
def _retold(said: str, code: str) -> str:
    for form, message in _forms(code):
        if found := form.fullmatch(said):
            return _(message, **{name: _retold(value, code) for name, value in found.groupdict().items()})
    named, colon, rest = said.partition(": ")  # as in "r/coffee: …", with what was read before the sentence
    known = _retold(rest, code) if rest else rest
    return f"{named}{colon}{known}" if known != rest else said


@cache
def _forms(code: str) -> list[tuple[re.Pattern[str], str]]:
    """The forms of what is stored, those with the most fixed words first: others could take them for their values."""
    stored = [str(message.id) for message in _written(code)]
    return [(_form(each), each) for each in sorted(stored, key=lambda each: -len(_VALUE.sub("", each)))]


def _written(code: str) -> Iterator[Message]:
    for message in messages(code):
        if isinstance(message.id, str) and any(place.startswith(_STORED) for place, _line in message.locations):
            yield message


def _form(message: str) -> re.Pattern[str]:
    parts = _VALUE.split(message)
    seen: set[str] = set()
    pattern = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            pattern += re.escape(part.replace("%%", "%"))
        else:
            pattern += f"(?P={part})" if part in seen else f"(?P<{part}>.*?)"
            seen.add(part)
    return re.compile(pattern, re.DOTALL)
