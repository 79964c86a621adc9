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

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, product
from typing import Any
from urllib.parse import urlsplit

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from earful.errors import ConfigError, nearest

FIELDS = ("lang", "author", "source", "site")
MAX_LENGTH = 4000  # characters of a query; longer ones are lists, not questions
MAX_DEPTH = 50  # brackets within brackets
MAX_ALTERNATIVES = 32  # requests nobody wants to make for one query

Span = tuple[int, int]


class QueryError(ConfigError):
    """A query that can't be read. `column` (from 1) is where; the message shows the place."""

    def __init__(self, text: str, column: int, said: str) -> None:
        self.column = column
        shown = re.sub(r"\s", " ", text)
        super().__init__(f"query, column {column}: {said}\n  {shown}\n  {' ' * (column - 1)}^")


# ---------------------------------------------------------------------------------------------------------- folding

_TRADE = re.compile("[\u2122\u2120\u00ae\u00a9]")  # NFKD would make letters of them: "United™" -> "UnitedTM"
_SILENT = re.compile(
    "(?<!\u0438)\u0306"  # a breve, but й is a letter of its own, not an accented и
    "|[\u0300-\u0305\u0307-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"  # accents
    "\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u00ad\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_ALIKE = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th",
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
})  # fmt: skip


def fold(text: str) -> str:
    """The text as the query language compares it: without case, accents, width and zero-width characters."""
    if text.isascii():
        return text.lower().replace("`", "'")
    apart = unicodedata.normalize("NFKD", _TRADE.sub(" ", text)).casefold()
    return unicodedata.normalize("NFC", _SILENT.sub("", apart).translate(_ALIKE))


def _fold_with_places(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The folded text, and for each of its characters where the original one starts and ends."""
    if text.isascii():
        return fold(text), range(len(text)), range(1, len(text) + 1)
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        piece = _fold_cluster(text[start:end])
        folded.append(piece)
        starts += [start] * len(piece)
        ends += [end] * len(piece)
    return "".join(folded), starts, ends


@lru_cache(maxsize=10_000)
def _fold_cluster(cluster: str) -> str:
    return fold(cluster)


def _clusters(text: str) -> Iterator[Span]:
    """Each character together with what leans on it (accents, vowel signs, zero-width characters)."""
    start = 0
    for place in range(1, len(text)):
        if not _leans(text[place]):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def _leans(character: str) -> bool:
    jamo = "\u1160" <= character <= "\u11ff" or "\u3131" <= character <= "\u318e" or "\uff9e" <= character <= "\uffdc"
    return jamo or bool(_SILENT.match(character)) or unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}


# -------------------------------------------------------------------------------------------------------- the words

_SPACELESS = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_INDIC = "\u0900-\u0963\u0966-\u0dff"  # their vowel signs are part of a word, but `\w` does not know
_LETTER = rf"[^\W_{_SPACELESS}]"
_NOT_AFTER_WORD = rf"(?<!{_LETTER})(?<![{_INDIC}])"
_NOT_BEFORE_WORD = rf"(?!{_LETTER}|[{_INDIC}])"
_REST_OF_WORD = rf"(?:{_LETTER}|[{_INDIC}])*"
_GAP = r"[\W_]{1,16}"  # between the words of a phrase; bounded, so that a text of exclamation marks stays linear
_SPACELESS_GAP = r"[\W_]{0,16}"
_WORD = re.compile(rf"[{_SPACELESS}]|(?:{_LETTER}|[{_INDIC}])+")
_ASCII_WORD = re.compile(r"[^\W_]+", re.ASCII)  # the same for plain text, four times as fast
_IS_LETTER = re.compile(rf"{_LETTER}|[{_INDIC}]")
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")


def words_of(text: str) -> list[str]:
    """The folded words of a text in order; in scripts without spaces each character is one."""
    return (_ASCII_WORD if text.isascii() else _WORD).findall(fold(text))


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase; with `prefix`, what its last word begins with."""

    text: str
    prefix: bool = False

    def __str__(self) -> str:
        if self.prefix:
            return f"{self.text}*"
        if _BARE.fullmatch(self.text) and self.text not in _RESERVED and not self.text.startswith("NEAR/"):
            return self.text
        return _quoted(self.text)


@dataclass(frozen=True, slots=True)
class Field:
    """What must be true of the mention beside its text: `lang:`, `author:`, `source:`, `site:`."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}:{self.value if _BARE_VALUE.fullmatch(self.value) else _quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be."""

    of: "Node"

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.of, (And, Or, Near))}"


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " AND ".join(_bracketed(part, (Or,)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Near:
    """One of the left terms at most `within` words from one of the right ones, in either order."""

    left: tuple[Term, ...]
    right: tuple[Term, ...]
    within: int

    def __str__(self) -> str:
        return f"{_any_term(self.left)} NEAR/{self.within} {_any_term(self.right)}"


Node = Term | Field | Not | And | Or | Near

_BARE = re.compile(r"""[^\s()":*\\\-“”„][^\s()":*\\“”„]*""")
_BARE_VALUE = re.compile(r"""[^\s()"\\“”„]+""")
_RESERVED = {"AND", "OR", "NOT", "NEAR"}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bracketed(node: Node, kinds: tuple[type, ...]) -> str:
    return f"({node})" if isinstance(node, kinds) else str(node)


def _any_term(terms: tuple[Term, ...]) -> str:
    return str(terms[0]) if len(terms) == 1 else f"({' OR '.join(map(str, terms))})"


# ---------------------------------------------------------------------------------------------------------- reading

_GRAMMAR = r"""
start: either
either: both (_OR both)*
both: maybe (_AND? maybe)*
maybe: (NOT | MINUS)* near
near: atom (NEAR atom)?
?atom: WORD -> word | PHRASE -> phrase | FIELD -> field | "(" either ")"

_OR.3: /OR(?![^\s()"])/
_AND.3: /AND(?![^\s()"])/
NOT.3: /NOT(?![^\s()"])/
NEAR.3: /NEAR\/\d{1,3}(?![^\s()"])/
MINUS.2: /-(?=[^\s\-])/
FIELD.2: /[^\W\d_]+:(?:"(?:\\.|[^"\\])*"|[^\s()"]+)/
PHRASE.1: /"(?:\\.|[^"\\])*"/
WORD: /[^\s()":\-][^\s()":]*/
%ignore /\s+/
"""
_MISPLACED = {
    "NEAR": "NEAR needs a distance in words and a term on each side, as in late NEAR/5 refund",
    "operator": "AND, OR and NOT need a term beside them; in small letters they are ordinary words",
}
_PLAIN_QUOTES = str.maketrans("“”„", '"""')


class _Mistake(Exception):
    """What is wrong at a place of the query; becomes a `QueryError` that shows it."""

    def __init__(self, token: Token, said: str) -> None:
        super().__init__(said)
        self.place = token.start_pos or 0


class _Builder(Transformer[Token, Node]):
    """Makes nodes of what the grammar found."""

    def start(self, parts: list[Node]) -> Node:
        return parts[0]

    def either(self, parts: list[Node]) -> Node:
        return parts[0] if len(parts) == 1 else Or(tuple(_flat(parts, Or)))

    def both(self, parts: list[Node]) -> Node:
        return parts[0] if len(parts) == 1 else And(tuple(_flat(parts, And)))

    def maybe(self, parts: list[Any]) -> Node:
        *negations, node = parts
        for _ in negations:
            node = node.of if isinstance(node, Not) else Not(node)
        return node  # type: ignore[no-any-return]

    def near(self, parts: list[Any]) -> Node:
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        left, operator, right = parts
        return Near(_terms(left, operator), _terms(right, operator), int(operator[5:]))

    def word(self, parts: list[Token]) -> Node:
        (token,) = parts
        if token in _RESERVED or token.startswith("NEAR/"):
            raise _Mistake(token, _MISPLACED["NEAR" if token.startswith("NEAR") else "operator"])
        stem = token[:-1] if token.endswith("*") else str(token)
        if "*" in stem:
            raise _Mistake(token, "a star may stand only at the end of a word, as in refund*")
        return _term(token, stem, prefix=stem != token)

    def phrase(self, parts: list[Token]) -> Node:
        (token,) = parts
        return _term(token, _unquoted(token))

    def field(self, parts: list[Token]) -> Node:
        (token,) = parts
        name, _, value = token.partition(":")
        if name not in FIELDS:
            hint = nearest(name, FIELDS)
            raise _Mistake(token, f'there is no field "{name}:"{hint} (to look for it as text, put it in quotes)')
        value = " ".join((_unquoted(value) if value.startswith('"') else value).split())
        if not value:
            raise _Mistake(token, f"{name}: needs a value")
        return Field(name, value)


def _term(token: Token, text: str, *, prefix: bool = False) -> Term:
    words = " ".join(text.split())
    if not fold(words).strip():
        raise _Mistake(token, "there is no word here to look for")
    return Term(words, prefix)


def _unquoted(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL)


def _flat(parts: Sequence[Node], kind: type[And | Or]) -> Iterator[Node]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part


def _terms(node: Node, operator: Token) -> tuple[Term, ...]:
    parts = node.parts if isinstance(node, Or) else (node,)
    terms = tuple(part for part in parts if isinstance(part, Term))
    if len(terms) != len(parts):
        raise _Mistake(operator, f"{operator} joins words, phrases, or an OR of them in brackets; nothing else")
    return terms


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse_query(text: str) -> "Query":
    """Read a query.

    Raises:
        QueryError: it can't be read; says at which column and what was expected.
    """
    plain = text.translate(_PLAIN_QUOTES)
    _check_size(plain)
    try:
        return Query(_Builder().transform(_parser().parse(plain)))
    except UnexpectedInput as error:
        place = len(text.rstrip()) if _at_end(error) else error.pos_in_stream or 0
        raise QueryError(text, place + 1, _what_went_wrong(plain, error)) from None
    except VisitError as error:
        if not isinstance(error.orig_exc, _Mistake):
            raise
        raise QueryError(text, error.orig_exc.place + 1, str(error.orig_exc)) from None


def _check_size(text: str) -> None:
    if not text.strip():
        raise QueryError(text, 1, 'the query is empty; write what to look for, as in: united OR "united airlines"')
    if len(text) > MAX_LENGTH:
        raise QueryError(text[:60] + "…", 1, f"the query is longer than {MAX_LENGTH} characters")
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > MAX_DEPTH:
            raise QueryError(text, place + 1, f"more than {MAX_DEPTH} brackets within each other")


def _at_end(error: UnexpectedInput) -> bool:
    return isinstance(error, UnexpectedToken) and error.token.type == "$END"


def _what_went_wrong(text: str, error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedCharacters):
        return _of_character(text[error.pos_in_stream or 0])
    if _at_end(error):
        return "the query ends too soon: a term or a closing bracket is missing"
    said = str(getattr(error, "token", "this"))
    return {")": "this bracket closes nothing, or nothing stands in it"}.get(
        said, f"{said} can't stand here; a term is missing beside it, or a bracket"
    )


def _of_character(character: str) -> str:
    return {
        '"': "this quote is never closed",
        ":": "a colon belongs to lang:, author:, source: or site:, or into quotes",
        "-": "a dash means NOT and stands right before a term; put it in quotes to look for it",
    }.get(character, f"{character} can't stand here; put it in quotes to look for it")


# --------------------------------------------------------------------------------------------------------- matching


@dataclass(frozen=True, slots=True)
class _About:
    """What is known of a mention beside its text; None where nobody knows."""

    author: str | None
    language: str | None
    source: str | None
    url: str | None


_Test = Callable[[str, _About], bool]


class Query:
    """What a brand looks for. Equal queries are those with the same parts in the same order."""

    __slots__ = ("_test", "root")

    def __init__(self, root: Node) -> None:
        self.root = root
        self._test = _compiled(root, wanted=True)

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
        return self._test(fold(title_and_text), _About(author, language, source, url))

    def hits(self, text: str) -> list[Span]:
        """Where in this text (as given) the wanted terms stand: (start, end) in order, none overlapping."""
        if next(_spans(self.root, fold(text)), None) is None:
            return []  # most texts of a list: telling the places of all their characters would take the longest
        folded, starts, ends = _fold_with_places(text)
        found = sorted((starts[start], ends[end - 1]) for start, end in _spans(self.root, folded))
        return _merged(found)

    def alternatives(self) -> tuple[tuple[Term, ...], ...] | None:
        """What a source's own search may be asked for: any of these lists, each with all its terms.

        Whatever matches the query has all terms of one of them at least; the rest is checked locally. None when
        nothing can be asked for, as in `NOT pie` or `author:ada`.
        """
        found = _needed(self.root)
        return None if found is None else _fewest(found)

    def __str__(self) -> str:
        return str(self.root)

    def __repr__(self) -> str:
        return f"parse_query({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)


def _compiled(node: Node, *, wanted: bool) -> _Test:
    """A test for the node, or for its opposite. Going down with `wanted` lets an unknown language pass both ways."""
    match node:
        case Not(of):
            return _compiled(of, wanted=not wanted)
        case And(parts) | Or(parts):
            tests = tuple(_compiled(part, wanted=wanted) for part in parts)
            return _all_of(tests) if isinstance(node, And) == wanted else _any_of(tests)
        case Field():
            return _field_test(node, wanted=wanted)
        case Near():
            return _near_test(node, wanted=wanted)
        case Term():
            return _term_test(node, wanted=wanted)


def _all_of(tests: tuple[_Test, ...]) -> _Test:
    return lambda text, about: all(test(text, about) for test in tests)


def _any_of(tests: tuple[_Test, ...]) -> _Test:
    return lambda text, about: any(test(text, about) for test in tests)


def _term_test(term: Term, *, wanted: bool) -> _Test:
    first, search = fold(term.text).split()[0], _pattern(term).search

    def test(text: str, _: _About) -> bool:
        return (first in text and search(text) is not None) == wanted  # `in` is far faster, and most texts lack it

    return test


def _near_test(near: Near, *, wanted: bool) -> _Test:
    return lambda text, _: bool(_near_spans(near, text)) == wanted


def _field_test(field: Field, *, wanted: bool) -> _Test:
    same = _FIELD_TESTS[field.name]
    value = fold(field.value)

    def test(_: str, about: _About) -> bool:
        if field.name == "lang" and not about.language:
            return True
        return same(value, about) == wanted

    return test


def _same_language(value: str, about: _About) -> bool:
    return re.split("[-_]", (about.language or "").lower())[: len(re.split("[-_]", value))] == re.split("[-_]", value)


def _same_author(value: str, about: _About) -> bool:
    return about.author is not None and _handle(fold(about.author)) == _handle(value)


def _handle(name: str) -> str:
    return name.removeprefix("/").removeprefix("u/").removeprefix("@").strip()


def _same_source(value: str, about: _About) -> bool:
    return about.source is not None and fold(about.source) == value


def _same_site(value: str, about: _About) -> bool:
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


_FIELD_TESTS: dict[str, Callable[[str, _About], bool]] = {
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
        loose = _IS_SPACELESS.match(before[-1]) or _IS_SPACELESS.match(word[0])
        body += (_SPACELESS_GAP if loose else _GAP) + re.escape(word)
    left = _NOT_AFTER_WORD if _IS_LETTER.match(words[0][0]) else ""
    right = _NOT_BEFORE_WORD if _IS_LETTER.match(words[-1][-1]) else ""
    return re.compile(left + body + (_REST_OF_WORD if term.prefix else right))


def _spans(node: Node, text: str) -> Iterator[Span]:
    """Where the wanted terms stand in a folded text."""
    match node:
        case Term():
            yield from (match.span() for match in _pattern(node).finditer(text))
        case And(parts) | Or(parts):
            for part in parts:
                yield from _spans(part, text)
        case Near():
            yield from _near_spans(node, text)
        case _:
            return


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _near_spans(near: Near, text: str) -> list[Span]:
    """The places of both sides that are near enough to each other."""
    left = sorted(span for term in near.left for span in _everywhere(term, text))
    right = sorted(span for term in near.right for span in _everywhere(term, text)) if left else []
    if not right:
        return []
    words = [match.start() for match in _WORD.finditer(text)]
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


# --------------------------------------------------------------------------------------------- for a source's search

_Alternatives = list[tuple[Term, ...]]


def _needed(node: Node) -> _Alternatives | None:
    match node:
        case Term():
            return [(node,)]
        case Near(left, right, _):
            return _needed_by_all([[(term,) for term in side] for side in (left, right)])
        case Or(parts):
            found = [_needed(part) for part in parts]
            known = [option for options in found if options is not None for option in options]
            return known if all(options is not None for options in found) else None
        case And(parts):
            return _needed_by_all([options for part in parts if (options := _needed(part)) is not None])
        case _:
            return None


def _needed_by_all(found: list[_Alternatives]) -> _Alternatives | None:
    """Each way to choose one of every part; where there are too many, those parts are left to the local check."""
    if not found:
        return None
    narrowed, *others = sorted(found, key=len)
    for options in others:
        if len(narrowed) * len(options) <= MAX_ALTERNATIVES:
            narrowed = [one + other for one, other in product(narrowed, options)]
    return narrowed


def _fewest(found: _Alternatives) -> tuple[tuple[Term, ...], ...]:
    """Without those that another one covers: who finds `united` finds `"united airlines"` too."""
    kept: _Alternatives = []
    for option in sorted(dict.fromkeys(tuple(dict.fromkeys(option)) for option in found), key=_size):
        if not any(_covers(wider, option) for wider in kept):
            kept.append(option)
    return tuple(kept)


def _size(option: tuple[Term, ...]) -> int:
    return sum(len(term.text.split()) for term in option)


def _covers(wider: tuple[Term, ...], narrower: tuple[Term, ...]) -> bool:
    return all(any(_within(term, other) for other in narrower) for term in wider)


def _within(term: Term, other: Term) -> bool:
    if term == other:
        return True
    return not term.prefix and not other.prefix and f" {fold(term.text)} " in f" {fold(other.text)} "
