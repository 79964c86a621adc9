"""What stands beside a name and says how one brand is held against another: the sections of `data/toward.txt`."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from typing import Final, Literal, NamedTuple

from sentiment.comparatives import Comparatives
from sentiment.naming import Named, Span, either, items

_BEFORE: Final = 70  #: characters before a name that are looked at
_AFTER: Final = 80
_FAR: Final = ("measure", "unlike", "than", "beaten")  #: sections whose words and the name may have "with" between them
_WORD: Final = r"[^\s.,;:!?…]+"
_SAYING: Final = re.compile(r"\w")
_BREAK: Final = re.compile(r"[.!?;…\n](?!\w)")

Step = Literal[1, -1]  #: which way a text is read


class Cue(NamedTuple):
    """Where something stands beside names, the names among it."""

    start: int
    end: int
    turned: bool  #: by "not"


class _Rule:
    """Items of one section that ask for the same endings.

    Args:
        endings: parted by "/"; "" for any.
        before: what stands before the name, backwards; None: anything.
        after: what stands after it.
        no: a word that turns what is said.
    """

    def __init__(
        self, endings: str, before: re.Pattern[str] | None, after: re.Pattern[str], no: re.Pattern[str]
    ) -> None:
        self.endings = tuple(endings.split("/"))
        self._before, self._after, self._no = before, after, no

    def found(self, text: str, before: str, names: Span, end: int) -> Cue | None:
        """Where the words stand beside these names, before which there is `before`, backwards, up to a place."""
        start, stop = names
        turned = False
        if self._before:
            if (match := self._before.match(before)) is None:
                return None
            start -= match.end()
            turned = bool(match["no"]) ^ bool(match["not"])
        if (match := self._after.match(text, stop, end)) is None:
            return None
        return Cue(start, match.end(), turned ^ bool(self._no.search(match["gap"])))


class Cues:
    """What people say beside names in some languages; each section is prepared when it is first asked for.

    Args:
        languages: ISO 639-1; none: all that are listed.
    """

    def __init__(self, languages: Sequence[str] = ()) -> None:
        self._languages = languages
        self._rules = cache(self._prepared)
        self.one_of = cache(self._one_of)

    def beside(self, section: str, text: str, names: Sequence[Named], bounds: Span) -> Cue | None:
        """What a section lists and stands before or after some names in a row.

        Args:
            section: one whose items have a "~" for the name.
            text: all of it.
            names: the row.
            bounds: where the sentence begins, and where it or the space before the next name ends.
        """
        start, end = names[0].start, names[-1].end
        before = text[max(bounds[0], start - _BEFORE) : start][::-1]
        for rule in self._rules(section):
            if names[-1].ending.endswith(rule.endings) and (cue := rule.found(text, before, (start, end), bounds[1])):
                return cue
        return None

    def _one_of(self, *sections: str) -> re.Pattern[str]:
        """An item of sections that have no "~"."""
        return re.compile(rf"(?<![\w-])(?:{_either(self._items(*sections))})(?!\w)")

    @cached_property
    def joining(self) -> re.Pattern[str]:
        """What stands between names in a row, such as ", and the": the groups "comma" and "and" say what joins them."""
        and_ = rf"(?P<and>(?:{_either(self._items('and'))})(?!\w)|[/&+])"
        between = _either(self._items("between"))
        return re.compile(rf"\s*(?P<comma>,)?\s*{and_}?(?:\s*(?:{between})(?!\w))*\s*")

    @cached_property
    def borders(self) -> re.Pattern[str]:
        """Where one clause ends and the next begins: marks, dashes and words of contrast, reason or an earlier time."""
        that, words = _either(self._items("that")), _either(self._items("but", "because", "after"))
        marks = rf"(?<=[.!?…;:])\s+|(?<=,)\s+(?!\s|(?:{that})(?!\w))|\n+|(?<!\s)\s+[–—-]+\s+"
        return re.compile(rf"{marks}|(?<=\s)(?=\w)(?=(?:{words})(?!\w))")

    @cached_property
    def denial(self) -> re.Pattern[str]:
        """A clause that says of whom it names that it is not so: "the … never", "а … нито веднъж"."""
        between, no, filler = (_either(self._items(name)) for name in ("between", "not", "filler"))
        and_ = _either(self._items("and", "but"))
        # The first marks are never given back: "&" is one of them and an "and", so that each in a row would be tried.
        return re.compile(rf"\W*+(?:(?:{and_})\W+)?(?:(?:{between})\W+)*(?:{no})(?:\W+(?:{filler}))*\W*")

    def reverses(self, clause: str) -> bool:
        """Whether a clause says that something is the other way round, and of no thing such as a zip.

        Its words say so before it; where they name nothing, none may follow either: "Most fordítva van a cipzár".
        """
        found = self.one_of("reversed").search(clause)
        if found is None:
            return False
        before = clause[: found.start()] if self.one_of("matter").search(clause) else clause
        small = self.one_of("reversed", "now", "matter", "about", "but", "and", "between", "through")
        return _SAYING.search(small.sub(" ", before)) is None

    @cached_property
    def comparatives(self) -> Comparatives:
        """Those that no section lists."""
        return Comparatives(self._languages)

    def _items(self, *sections: str) -> list[str]:
        return items(sections, self._languages)

    def _prepared(self, section: str) -> list[_Rule]:
        before: dict[tuple[str, str], list[str]] = {}
        after: dict[str, list[str]] = {}
        for item in self._items(section):
            ahead, _, rest = item.partition("~")
            ending, _, behind = rest.partition(" ")
            if ahead or not behind:
                before.setdefault((ending, behind), []).append(_pattern(ahead, -1))
            else:
                after.setdefault(ending, []).append(_pattern(behind))
        no = self.one_of("not")
        leading = [
            _Rule(ending, self._leading(words, section), _following([_pattern(rest)]), no)
            for (ending, rest), words in before.items()
        ]
        return [*leading, *(_Rule(ending, None, _following(words), no) for ending, words in after.items())]

    def _leading(self, words: Sequence[str], section: str) -> re.Pattern[str]:
        """One of these before a name, but for what may stand between them.

        All of it backwards: from the name on there is one place to look at, from the other end one at each word.
        """
        if "" in words:  # its ending alone says it
            return re.compile("(?P<not>)(?P<no>)")
        no, filler = (_either(self._items(name), -1) for name in ("not", "filler"))
        between = _either(self._items("between", *(("through",) if section in _FAR else ())), -1)
        first = rf"[\"'(“„]*\s+(?:(?:{between})\s+)*(?:(?P<not>{no})\s+)?"
        last = rf"(?!\w)(?:(?:\s+(?:{filler}))*\s+(?P<no>{no})(?!\w))?"
        return re.compile(rf"{first}(?:{'|'.join(words)}){last}")


@cache
def cues_of(languages: tuple[str, ...]) -> Cues:
    """What people say beside names in these languages (none: all), prepared once for all brands."""
    return Cues(languages)


def _either(said: Iterable[str], step: Step = 1) -> str:
    return either(said, lambda item: _pattern(item, step))


def _following(words: Sequence[str]) -> re.Pattern[str]:
    """One of these after at most two words more; where there are none, nothing."""
    if words == [""]:
        return re.compile("(?P<gap>)")
    return re.compile(rf"(?P<gap>(?:\s+{_WORD}){{0,2}}?)\s+(?:{'|'.join(words)})(?!\w)")


def _pattern(item: str, step: Step = 1) -> str:
    """The regular expression of an item's words, or for reading them backwards."""
    told, space = "", ""
    for word in item.split()[::step]:
        if word == ".":
            told += r"(?=\s*(?:[.,;:!?…)\n]|$))"
        elif word == "…":
            told, space = told + rf"{space}(?:{_WORD}\s+){{0,4}}?", ""
        else:
            told, space = told + space + re.escape(word[::step]).replace(r"\*", r"\w*"), r"\s+"
    return told


def sentence(text: str, place: int) -> Span:
    """The sentence that a place of a text stands in, as far as names beside it can matter."""
    first, last = max(place - _BEFORE, 0), min(place + _AFTER, len(text))
    end = _BREAK.search(text, place, last)
    return max((one.end() for one in _BREAK.finditer(text, first, place)), default=first), end.end() if end else last
