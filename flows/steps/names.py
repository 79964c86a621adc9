"""Whom a text names, and what of it to read: a brand called United, Joy or Grim says nothing by its name."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import compress
from operator import not_
from typing import NamedTuple

from earful.query import parse_query
from earful.settings import Brand, Competitor
from earful.values import Evidence, Reading
from sentiment.toward import Span, aside, behind, turned, without


class Ours(NamedTuple):
    """A text as it is to be read, as long as before: names and what is about others are spaces."""

    text: str
    aside: tuple[Evidence, ...]  #: the clauses that are about others
    behind: bool  #: whether it measures others by its subject, so that their praise is none of the subject's

    def told(self, reading: Reading, *, rated: bool = False) -> Reading:
        """The reading with what it left out, and turned where it is of others; not where stars came with the text."""
        if self.behind and not rated:
            reading = turned(reading)
        return replace(reading, evidence=(*reading.evidence, *self.aside)) if self.aside else reading


class Names:
    """The names that a brand and its competitors go by."""

    def __init__(self, brand: Brand) -> None:
        parties: tuple[Brand | Competitor, ...] = (brand, *brand.competitors)
        self._brand = brand.name
        names = {name.lower(): party.name for party in reversed(parties) for name in _names(party) if name}
        longest_first = sorted(names, key=lambda name: (-len(name), name))  # in "Joy Air" nobody names Joy
        self._owners = [names[name] for name in longest_first]
        words = "|".join(f"({re.escape(name)})" for name in longest_first)
        self._pattern = re.compile(rf"(?<!\w)[@#]?(?:{words})(?!\w)", re.IGNORECASE)

    def ours(self, text: str, subject: str | None = None) -> Ours:
        """What of a text is about its subject: the brand, or one of its competitors (none: the brand)."""
        about = subject if subject in self._owners else self._brand
        named = list(self._pattern.finditer(text))
        spans = [match.span() for match in named]
        us = [self._owners[(match.lastindex or 1) - 1] == about for match in named]
        ours, theirs = list(compress(spans, us)), list(compress(spans, map(not_, us)))
        if behind(text, ours, theirs):
            return Ours(without(text, spans), (), behind=True)
        left_out = aside(text, ours, theirs)
        shown = tuple(_evidence(text, span) for span in left_out)
        return Ours(without(text, sorted([*spans, *left_out])), shown, behind=False)


def _evidence(text: str, span: Span) -> Evidence:
    start, end = span
    return Evidence("aside", text[start:end].rstrip(), start, 0.0)


def _names(party: Brand | Competitor) -> Iterator[str]:
    yield from (party.name, *(party.accounts if isinstance(party, Brand) else ()))
    for terms in parse_query(party.search).alternatives() or ():
        if len(terms) == 1 and not terms[0].prefix:  # of several, some are what is said, as in `united refund`
            yield terms[0].text
