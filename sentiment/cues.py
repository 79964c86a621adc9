"""What stands beside a name and says how one brand is held against another: the sections of `data/toward.txt`."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

from sentiment.naming import Named, Span, table

_BEFORE: Final = 70  #: characters before a name that are looked at
_AFTER: Final = 80
_WORD: Final = r"[^\s.,;:!?…]+"
_BREAK: Final = re.compile(r"[.!?;…\n](?!\w)")


class Cue(NamedTuple):
    """Where something stands beside names, the names among it."""

    start: int
    end: int
    turned: bool  #: by "not"


def _items(section: str) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(table()[section].values())))


class Beside:
    """Finds what a section lists beside a name.

    Args:
        section: one whose items have a "~" for the name.
    """

    def __init__(self, section: str) -> None:
        before: dict[str, list[str]] = {}
        after: dict[str, list[str]] = {}
        for item in _items(section):
            ahead, _, rest = item.partition("~")
            ending, _, behind = rest.partition(" ")
            where, words = (after, behind) if behind.strip() else (before, ahead)
            where.setdefault(ending, []).append(_pattern(words))
        self._before = [(_endings(ending), _leading(words)) for ending, words in before.items()]
        self._after = [(_endings(ending), _following(words)) for ending, words in after.items()]

    def found(self, text: str, names: Sequence[Named], bounds: Span) -> Cue | None:
        """What stands before or after some names in a row; `bounds` is where the sentence and the next name lie."""
        first, last = names[0], names[-1]
        before = text[max(bounds[0], first.start - _BEFORE) : first.start]
        for endings, pattern in self._before:
            if last.ending.endswith(endings) and (match := pattern.search(before)):
                start = first.start - len(before) + match.start()
                return Cue(start, last.end, bool(match["no"]) ^ bool(match["not"]))
        for endings, pattern in self._after:
            if last.ending.endswith(endings) and (match := pattern.match(text, last.end, bounds[1])):
                return Cue(first.start, match.end(), bool(_not().search(match["gap"])))
        return None


@cache
def beside(section: str) -> Beside:
    """Finds what this section lists beside a name."""
    return Beside(section)


@cache
def one_of(section: str) -> re.Pattern[str]:
    """A word of a section that has no "~"."""
    return re.compile(rf"(?<!\w)(?:{_either(_items(section))})(?!\w)", re.IGNORECASE)


@cache
def leading_to(section: str) -> re.Pattern[str]:
    """A word of a section, and what may stand between it and a name, at the end of what is searched."""
    return re.compile(rf"(?<![\w-])(?:{_either(_items(section))})(?:\s+(?:{_between()}))*\s+$", re.IGNORECASE)


@cache
def joining() -> re.Pattern[str]:
    """What stands between names in a row, such as ", and the": the groups "comma" and "and" tell what joins them."""
    and_ = rf"(?P<and>(?:{_either(_items('and'))})(?!\w)|[/&+])"
    return re.compile(rf"\s*(?P<comma>,)?\s*{and_}?(?:\s*(?:{_between()})(?!\w))*\s*", re.IGNORECASE)


@cache
def borders() -> re.Pattern[str]:
    """Where one clause ends and the next begins: marks, dashes and words of contrast or reason."""
    words, that = _either([*_items("but"), *_items("because")]), _either(_items("that"))
    return re.compile(
        rf"(?<=[.!?…;:])\s+|(?<=,)\s+(?!\s|(?:{that})(?!\w))|\n+|(?<!\s)\s+[–—-]+\s+|(?<=\s)(?=\w)(?=(?:{words})(?!\w))",
        re.IGNORECASE,
    )


def _endings(listed: str) -> tuple[str, ...]:
    return tuple(listed.split("/"))


def _either(items: Iterable[str]) -> str:
    return "|".join(_pattern(item) for item in sorted(items, key=len, reverse=True))


@cache
def _between() -> str:
    return _either(_items("between"))


@cache
def _not() -> re.Pattern[str]:
    return one_of("not")


def _leading(words: Sequence[str]) -> re.Pattern[str]:
    """One of these at the end of what is searched, but for what may stand between it and a name."""
    no, filler = _either(_items("not")), _either(_items("filler"))
    if "" in words:  # its ending alone says it
        return re.compile("(?P<no>)(?P<not>)$")
    turned = rf"(?:(?P<no>{no})\s+(?:(?:{filler})\s+)*)?"
    rest = rf"(?:\s+(?P<not>{no}))?(?:\s+(?:{_between()}))*\s+[\"'(“„]*$"
    return re.compile(rf"(?<!\w){turned}(?:{'|'.join(words)}){rest}", re.IGNORECASE)


def _following(words: Sequence[str]) -> re.Pattern[str]:
    """One of these after at most two words more."""
    return re.compile(rf"(?P<gap>(?:\s+{_WORD}){{0,2}}?)\s+(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


def _pattern(item: str) -> str:
    """The regular expression of an item's words."""
    told = ""
    for word in item.split():
        if word == "…":
            told += rf"(?:\s+{_WORD}){{0,4}}?"
        elif word == ".":
            told += r"(?=\s*(?:[.,;:!?…)\n]|$))"
        else:
            told += (r"\s+" if told else "") + re.escape(word).replace(r"\*", r"\w*")
    return told


def sentence(text: str, place: int) -> Span:
    """The sentence that a place of a text stands in, as far as names beside it can matter."""
    first, last = max(place - _BEFORE, 0), min(place + _AFTER, len(text))
    end = _BREAK.search(text, place, last)
    return max((one.end() for one in _BREAK.finditer(text, first, place)), default=first), end.end() if end else last
