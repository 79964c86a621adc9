"""The one query language for all sources: what a brand looks for, with the same meaning wherever it is checked.

    united OR "united airlines"             either; a phrase is its words in a row
    apple NOT (pie OR juice)                adjacent terms must all be there; `-pie` is short for `NOT pie`
    refund* NEAR/5 (hotel OR flight)        a beginning of a word; at most five words apart, in either order
    lang:en author:ada source:reddit site:example.com/forum

Whole words, whatever their case, accents or width; zero-width characters are ignored. In scripts that put no spaces
between words (Thai, Japanese, Chinese, Khmer, …, and Korean with its particles) a term matches anywhere. Words are
compiled once; a text is read in time linear in its length.

A text whose language nobody has told (yet) passes `lang:en` as well as `NOT lang:en`: what can't be decided is kept.
"""

from earful.query.folding import Span, fold, fold_with_places, words_of
from earful.query.grammar import MAX_LENGTH, QueryError, parse
from earful.query.matching import About, compiled, merged, spans_of
from earful.query.pushdown import fewest, needed
from earful.query.terms import FIELDS, And, Field, Near, Node, Not, Or, Term, quoted

__all__ = [
    "FIELDS", "MAX_LENGTH", "And", "Field", "Near", "Node", "Not", "Or", "Query", "QueryError", "Term", "fold",
    "parse_query", "quoted", "words_of",
]  # fmt: skip


class Query:
    """What a brand looks for. Equal queries are those with the same parts in the same order."""

    __slots__ = ("_test", "root")

    def __init__(self, root: Node) -> None:
        self.root = root
        self._test = compiled(root, wanted=True)

    def matches(
        self,
        title_and_text: str,
        *,
        author: str | None = None,
        language: str | None = None,
        source: str | None = None,
        url: str | None = None,
    ) -> bool:
        """Whether a mention with this text is meant. `source` is the connector's type, `language` ISO 639."""
        return self._test(fold(title_and_text), About(author, language, source, url))

    def hits(self, text: str) -> list[Span]:
        """Where in this text (as given) the wanted terms stand: (start, end) in order, none overlapping."""
        if next(spans_of(self.root, fold(text)), None) is None:
            return []  # most texts of a list: telling the places of all their characters would take the longest
        folded, starts, ends = fold_with_places(text)
        found = sorted((starts[start], ends[end - 1]) for start, end in spans_of(self.root, folded))
        return merged(found)

    def alternatives(self) -> tuple[tuple[Term, ...], ...] | None:
        """What a source's own search may be asked for: any of these lists, each with all its terms.

        Whatever matches the query has all terms of one of them at least; the rest is checked locally. None when
        nothing can be asked for, as in `NOT pie` or `author:ada`.
        """
        found = needed(self.root)
        return None if found is None else fewest(found)

    def __str__(self) -> str:
        return str(self.root)

    def __repr__(self) -> str:
        return f"parse_query({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)


def parse_query(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: it can't be read; says at which column and what was expected.
    """
    return Query(parse(text))
