"""Keeps names out of a reading: a brand called United, Joy or Grim says nothing by its name, in any language."""

import re
from collections.abc import Iterator

from earful.query import parse_query
from earful.settings import Brand


class Names:
    """The names a brand and its competitors go by, and how to blank them in a text."""

    def __init__(self, brand: Brand) -> None:
        words = sorted({re.escape(name) for name in _names(brand) if name}, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)[@#]?(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)

    def blanked(self, text: str) -> str:
        """The text with each name as spaces: as long as before, so that places in it stay true."""
        return self._pattern.sub(lambda match: " " * len(match[0]), text)


def _names(brand: Brand) -> Iterator[str]:
    yield from (brand.name, *brand.accounts, *(rival.name for rival in brand.competitors))
    for search in (brand.search, *(rival.search for rival in brand.competitors)):
        for terms in parse_query(search).alternatives() or ():
            if len(terms) == 1 and not terms[0].prefix:  # of several, some are what is said, as in `united refund`
                yield terms[0].text
