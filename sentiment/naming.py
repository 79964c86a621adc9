"""Where a text names a brand, with the endings that languages give to names: "Kvistbóról", "Brygvells"."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Final, NamedTuple

from earful.text import digest

Span = tuple[int, int]  #: first character and the one after the last
Table = dict[str, dict[str, list[str]]]  #: items by section and language

_SHORT, _LONG = 4, 7
"""Letters. Shorter names take an ending only after an apostrophe or hyphen ("Gap's", not "gaps"), and those below the
longer only where they are written with a capital: "Apples" may be Apple's, "apples" are fruit."""
_LENGTHENED: Final = {"a": "á", "e": "é", "o": "ó", "ö": "ő"}  #: in Hungarian, where an ending follows


class Named(NamedTuple):
    """A name in a text."""

    start: int
    end: int
    name: str  #: as it was listed
    ending: str = ""  #: in small letters, "" for none; within start and end
    ours: bool = False


class NameFinder:
    """Finds names in texts, in any case, after "@" or "#" too, and with endings.

    A short name takes an ending only after an apostrophe or a hyphen, a longer one also without, where it is written
    with a capital or long enough: "Apples" may be Apple's, "apples" are fruit.

    Args:
        names: of several that begin at one place the first is meant.
        languages: whose endings to expect (ISO 639-1); none: all that are listed.
    """

    def __init__(self, names: Sequence[str], languages: Collection[str] = ()) -> None:
        self._names = names
        inner, outer = (items([section], languages) for section in ("inner endings", "endings"))
        words = "|".join(_spelled(name, lengthens=bool(inner)) for name in names)
        ending = rf"[-'’\u2011]?(?:{either(inner, _ending)})?(?:{either(outer, _ending)})"
        self._pattern = re.compile(rf"(?<!\w)[@#]?(?:{words})(?:{ending})?(?!\w)", re.IGNORECASE)

    def found(self, text: str) -> Iterator[Named]:
        """The names in a text, in order."""
        for match in self._pattern.finditer(text):
            which = match.lastindex or 1
            ending = text[match.end(which) : match.end()]
            if not ending or _takes(match[which], ending):
                yield Named(*match.span(), self._names[which - 1], lowered(ending).lstrip("-'’\u2011"))


def lowered(text: str) -> str:
    """The text in small letters, as long as before, so that places in it stay true: "İ" would become two characters."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(letter.lower()[0] for letter in text)


@cache
def table() -> Table:
    """The items of `data/toward.txt`."""
    found: Table = {}
    section: dict[str, list[str]] = {}
    for line in (files("sentiment") / "data" / "toward.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("["):
            section = found[line[1 : line.index("]")]] = {}
        elif line and not line.startswith("#"):
            language, _, items = line.partition(":")
            section[language] = [item.strip() for item in items.split("|")]
    return found


def _takes(name: str, ending: str) -> bool:
    """Whether a name, as it is written, can have this ending and not be another word with it."""
    return not ending[0].isalpha() or len(name) >= (_SHORT if name[0].isupper() else _LONG)


def items(sections: Iterable[str], languages: Collection[str]) -> list[str]:
    """What sections of the table list for some languages (none: for all), each once."""
    listed = (table()[section] for section in sections)
    found = (section.get(code, ()) for section in listed for code in languages or section)
    return list(dict.fromkeys(chain.from_iterable(found)))


@cache
def listed(languages: tuple[str, ...]) -> str:
    """A fingerprint of all that the table lists for some languages (none: for all)."""
    return digest([(section, items([section], languages)) for section in table()])


def either(said: Iterable[str], pattern: Callable[[str], str]) -> str:
    """The regular expression of any of these, the longest first; of none, what nothing matches."""
    return "|".join(map(pattern, sorted(said, key=len, reverse=True))) or "(?!)"


def _ending(written: str) -> str:
    return re.escape(written).replace("=", r"[^\W\d_]")


def _spelled(name: str, *, lengthens: bool) -> str:
    """The regular expression of a name, one group."""
    last = name[-1].lower()
    vowel = f"[{last}{_LENGTHENED[last]}]" if lengthens and last in _LENGTHENED else re.escape(name[-1])
    return f"({re.escape(name[:-1])}{vowel})"
