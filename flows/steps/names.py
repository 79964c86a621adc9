"""Whom a text names, and what of it to read: a brand called United, Joy or Grim says nothing by its name."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final, NamedTuple

from earful.languagecodes import normal_code
from earful.query import parse_query
from earful.settings import Brand, Competitor
from earful.text import digest
from earful.values import Evidence, Reading
from sentiment.cues import cues_of
from sentiment.languages import known_code
from sentiment.naming import NameFinder, Span, listed, lowered
from sentiment.toward import Parts, Whom, parts, without
from sentiment.turning import Compared, decided, turned, worse

_WORD: Final = re.compile(r"[^\W_]")
_ENDINGS: Final = {"no": "s", "da": "s", "sv": "s", "id": "nya", "hu": "ért"}  #: one that fits any name
_LONG_ENOUGH: Final = 5  #: letters of a name from which on what begins with it is hardly another word


def forms_missed(brand: Brand) -> list[str]:
    """Forms of the brand's name that its query does not find, as customers write them: "Lumaviks", "Lumavikért".

    None where the query does not find the bare name either, or where "name*" would find much else.
    """
    query = parse_query(brand.search)
    if not (brand.name.isalpha() and len(brand.name) >= _LONG_ENOUGH and query.matches(brand.name)):
        return []
    codes = map(normal_code, brand.languages)
    forms = dict.fromkeys(f"{brand.name}{_ENDINGS[code]}" for code in codes if code in _ENDINGS)
    return [form for form in forms if not query.matches(form)]


def unknown_languages(brand: Brand) -> list[str]:
    """Which of the languages that its customers write no reader can read or detect."""
    return [code for code in brand.languages if known_code(code) is None]


class Part(NamedTuple):
    """Some of a text, as long as all of it: names and the rest are spaces."""

    text: str
    turned: bool = False  #: whether it measures others by the subject, so that their praise is none of the subject's
    compared: Compared | None = None  #: what it says by comparing, where its other words say nothing
    alone: bool = False  #: whether it has no other words

    def told(self, reading: Reading) -> Reading:
        """The reading of it as one of the subject."""
        said = turned(reading) if self.turned else reading
        return decided(said, self.compared, alone=self.alone) if self.compared else said


class Ours(NamedTuple):
    """A text as it is to be read."""

    whole: str  #: the text with its names
    main: Part
    beside: Part | None = None  #: what it says of others in comparison, where it also speaks of the subject
    aside: tuple[Evidence, ...] = ()  #: the clauses that are about others

    @property
    def text(self) -> str:
        """What is to be read of it; where stars came with the text, nothing else."""
        return self.main.text

    @property
    def compares(self) -> bool:
        """Whether a comparison has a say in what it says of the subject."""
        return self.beside is not None or self.main.turned or self.main.compared is not None

    def told(self, reading: Reading, beside: Reading | None = None) -> Reading:
        """What the readings of its parts say of the subject, with what was left out."""
        said = self.main.told(reading)
        if beside is not None and self.beside is not None:
            said = worse(said, self.beside.told(beside))
        return self.shown(said)

    def shown(self, reading: Reading) -> Reading:
        """The reading with what was left out, and its evidence in the customer's words, with the names between them."""
        evidence = (*map(self._as_written, reading.evidence), *self.aside)
        return reading if evidence == reading.evidence else replace(reading, evidence=evidence)

    def _as_written(self, one: Evidence) -> Evidence:
        written = self.whole[one.start : one.start + len(one.text)] if one.start >= 0 else one.text
        return one if written == one.text else replace(one, text=written)


class Names:
    """The names that a brand and its competitors go by."""

    def __init__(self, brand: Brand) -> None:
        self._brand = brand.name
        self._parties = {party.name for party in _parties(brand)}
        self._owners = _owners(brand)
        longest_first = sorted(self._owners, key=lambda name: (-len(name), name))  # in "Joy Air" nobody names Joy
        languages = _languages(brand)
        self._finder, self._cues = NameFinder(longest_first, languages), cues_of(languages)

    def ours(self, text: str, subject: str | None = None) -> Ours:
        """What of a text is about its subject: the brand, or one of its competitors (none: the brand)."""
        about = subject if subject in self._parties else self._brand
        named = [one._replace(ours=self._owners[one.name] == about) for one in self._finder.found(text)]
        spans = [(one.start, one.end) for one in named]
        if all(one.ours for one in named):
            return Ours(text, Part(without(text, spans)))
        return _parted(text, spans, parts(text, named, self._cues))


def mark(brand: Brand) -> str:
    """What a reader's version gets added for the names and lists by which it is told whom a text is about."""
    languages = _languages(brand)
    return f"+n{digest(sorted(_owners(brand).items()), languages, listed(languages))[:8]}"


def _parties(brand: Brand) -> tuple[Brand | Competitor, ...]:
    return (brand, *brand.competitors)


def _owners(brand: Brand) -> dict[str, str]:
    """Whose each name is, in small letters; ours, where several claim it."""
    return {lowered(name): party.name for party in reversed(_parties(brand)) for name in _names(party) if name}


def _languages(brand: Brand) -> tuple[str, ...]:
    return tuple(sorted(set(map(normal_code, brand.languages))))


def _parted(text: str, names: Sequence[Span], found: Parts) -> Ours:
    """A text that names others, as it is to be read. What is wholly about them is read all the same."""

    def part(whom: Whom, *others: Sequence[Span]) -> Part:
        words = without(text, sorted(chain(names, found.cues, *others)))
        alone = not _WORD.search(words)
        if alone:  # of what is left only its language can be told
            words = without(text, sorted(chain(names, *others)))
        return Part(words, whom is Whom.THEM_OR_US, found.compared.get(whom), alone)

    us = part(Whom.US, found.them, found.them_or_us)
    others = part(Whom.THEM_OR_US, found.them, found.us)
    shown = tuple(_evidence(text, span) for span in found.them)
    if found.us and found.them_or_us and not (us.alone and not us.compared):
        return Ours(text, us, others, shown)
    if found.us or found.them_or_us:
        return Ours(text, others if found.them_or_us else us, aside=shown)
    return Ours(text, part(Whom.US))


def _evidence(text: str, span: Span) -> Evidence:
    start, end = span
    return Evidence("aside", text[start:end].rstrip(), start, 0.0)


def _names(party: Brand | Competitor) -> Iterator[str]:
    yield from (party.name, *(party.accounts if isinstance(party, Brand) else ()))
    for terms in parse_query(party.search).alternatives() or ():
        if len(terms) == 1 and not terms[0].prefix:  # of several, some are what is said, as in `united refund`
            yield terms[0].text
