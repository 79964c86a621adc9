"""Whether a text has what a query wants, and where: parts compiled once, texts read in linear time."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from urllib.parse import urlsplit

from earful.query.folding import (
    GAP,
    IS_LETTER,
    IS_SPACELESS,
    NOT_AFTER_WORD,
    NOT_BEFORE_WORD,
    REST_OF_WORD,
    SPACELESS_GAP,
    WORD,
    Span,
    fold,
)
from earful.query.terms import And, Field, Near, Node, Not, Or, Term


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a mention beside its text; None where nobody knows."""

    author: str | None
    language: str | None
    source: str | None
    url: str | None


Test = Callable[[str, About], bool]


def compiled(node: Node, *, wanted: bool) -> Test:
    """A test for the node, or for its opposite. Going down with `wanted` lets an unknown language pass both ways."""
    match node:
        case Not(of):
            return compiled(of, wanted=not wanted)
        case And(parts) | Or(parts):
            tests = tuple(compiled(part, wanted=wanted) for part in parts)
            return _all_of(tests) if isinstance(node, And) == wanted else _any_of(tests)
        case Field():
            return _field_test(node, wanted=wanted)
        case Near():
            return _near_test(node, wanted=wanted)
        case Term():
            return _term_test(node, wanted=wanted)


def _all_of(tests: tuple[Test, ...]) -> Test:
    return lambda text, about: all(test(text, about) for test in tests)


def _any_of(tests: tuple[Test, ...]) -> Test:
    return lambda text, about: any(test(text, about) for test in tests)


def _term_test(term: Term, *, wanted: bool) -> Test:
    first, search = fold(term.text).split()[0], _pattern(term).search

    def test(text: str, _: About) -> bool:
        return (first in text and search(text) is not None) == wanted  # `in` is far faster, and most texts lack it

    return test


def _near_test(near: Near, *, wanted: bool) -> Test:
    return lambda text, _: bool(_near_spans(near, text)) == wanted


def _field_test(field: Field, *, wanted: bool) -> Test:
    same = _FIELD_TESTS[field.name]
    value = fold(field.value)

    def test(_: str, about: About) -> bool:
        if field.name == "lang" and not about.language:
            return True
        return same(value, about) == wanted

    return test


def _same_language(value: str, about: About) -> bool:
    return re.split("[-_]", (about.language or "").lower())[: len(re.split("[-_]", value))] == re.split("[-_]", value)


def _same_author(value: str, about: About) -> bool:
    return about.author is not None and _handle(fold(about.author)) == _handle(value)


def _handle(name: str) -> str:
    return name.removeprefix("/").removeprefix("u/").removeprefix("@").strip()


def _same_source(value: str, about: About) -> bool:
    return about.source is not None and fold(about.source) == value


def _same_site(value: str, about: About) -> bool:
    """Whether the URL's host is the site or below it, and its path, where the site has one, begins with it."""
    host, _, folder = value.removeprefix("https://").removeprefix("http://").partition("/")
    try:
        parts = urlsplit(about.url or "")
        own = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return False
    path = parts.path.lower().rstrip("/") + "/"
    on_host = f".{own}".endswith(f".{host.removeprefix('www.')}")
    return bool(own) and on_host and path.startswith(f"/{folder.rstrip('/')}/" if folder else "/")


_FIELD_TESTS: dict[str, Callable[[str, About], bool]] = {
    "lang": _same_language,
    "author": _same_author,
    "source": _same_source,
    "site": _same_site,
}


@cache
def _pattern(term: Term) -> re.Pattern[str]:
    """The term as a regular expression over folded text."""
    words = fold(term.text).split()
    body = re.escape(words[0])
    for before, word in pairwise(words):
        loose = IS_SPACELESS.match(before[-1]) or IS_SPACELESS.match(word[0])
        body += (SPACELESS_GAP if loose else GAP) + re.escape(word)
    left = NOT_AFTER_WORD if IS_LETTER.match(words[0][0]) else ""
    right = NOT_BEFORE_WORD if IS_LETTER.match(words[-1][-1]) else ""
    return re.compile(left + body + (REST_OF_WORD if term.prefix else right))


def spans_of(node: Node, text: str) -> Iterator[Span]:
    """Where the wanted terms stand in a folded text."""
    match node:
        case Term():
            yield from (match.span() for match in _pattern(node).finditer(text))
        case And(parts) | Or(parts):
            for part in parts:
                yield from spans_of(part, text)
        case Near():
            yield from _near_spans(node, text)
        case _:
            return


def merged(spans: Sequence[Span]) -> list[Span]:
    """The same in order, with those that overlap made one."""
    kept: list[Span] = []
    for start, end in spans:
        if kept and start < kept[-1][1]:
            kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
        else:
            kept.append((start, end))
    return kept


def _near_spans(near: Near, text: str) -> list[Span]:
    """The places of both sides that are near enough to each other."""
    left = sorted(span for term in near.left for span in _everywhere(term, text))
    right = sorted(span for term in near.right for span in _everywhere(term, text)) if left else []
    if not right:
        return []
    words = [match.start() for match in WORD.finditer(text)]
    pairs = [*_followed(left, right, words, near.within), *_followed(right, left, words, near.within)]
    return sorted({span for pair in pairs for span in pair})


def _everywhere(term: Term, text: str) -> Iterator[Span]:
    """All places of a term, also those that overlap: in "ab ab ab" the second "ab ab" may be the near one."""
    pattern, at = _pattern(term), 0
    while match := pattern.search(text, at):
        yield match.span()
        at = match.start() + 1


def _followed(first: list[Span], then: list[Span], words: list[int], within: int) -> Iterator[tuple[Span, Span]]:
    """Each place of `first` with the next one of `then` behind it, when that is near enough."""
    starts = [start for start, _ in then]
    for span in first:
        at = bisect_left(starts, span[1])
        if at < len(then) and _words_between(span[1], starts[at], words) < within:
            yield span, then[at]


def _words_between(end: int, start: int, words: list[int]) -> int:
    return bisect_left(words, start) - bisect_right(words, end - 1)
