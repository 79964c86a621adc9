"""Reads a query into its parts; a mistake is an error that points at the column."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from earful.errors import ConfigError, nearest
from earful.query.folding import fold
from earful.query.terms import FIELDS, RESERVED, And, Field, Near, Node, Not, Or, Term
from earful.speech import N_, Said, _

MAX_LENGTH = 4000  # characters of a query; longer ones are lists, not questions
MAX_DEPTH = 50  # brackets within brackets


class QueryError(ConfigError):
    """A query that can't be read. `column` (from 1) is where; the message shows the place."""

    def __init__(self, text: str, column: int, said: str) -> None:
        self.column = column
        shown = re.sub(r"\s", " ", text)
        at = _("query, column %(column)s: %(said)s", column=column, said=said)
        super().__init__(f"{at}\n  {shown}\n  {' ' * (column - 1)}^")


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
_MISPLACED = Said(
    {
        "NEAR": N_("NEAR needs a distance in words and a term on each side, as in late NEAR/5 refund"),
        "operator": N_("AND, OR and NOT need a term beside them; in small letters they are ordinary words"),
    }
)
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
        for _negation in negations:
            node = node.of if isinstance(node, Not) else Not(node)
        return node  # type: ignore[no-any-return]

    def near(self, parts: list[Any]) -> Node:
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        left, operator, right = parts
        return Near(_terms(left, operator), _terms(right, operator), int(operator[5:]))

    def word(self, parts: list[Token]) -> Node:
        (token,) = parts
        if token in RESERVED or token.startswith("NEAR/"):
            raise _Mistake(token, _MISPLACED["NEAR" if token.startswith("NEAR") else "operator"])
        stem = token[:-1] if token.endswith("*") else str(token)
        if "*" in stem:
            raise _Mistake(token, _("a star may stand only at the end of a word, as in refund*"))
        return _term(token, stem, prefix=stem != token)

    def phrase(self, parts: list[Token]) -> Node:
        (token,) = parts
        return _term(token, _unquoted(token))

    def field(self, parts: list[Token]) -> Node:
        (token,) = parts
        name, _colon, value = token.partition(":")
        if name not in FIELDS:
            hint = nearest(name, FIELDS)
            said = _(
                'there is no field "%(name)s:"%(hint)s (to look for it as text, put it in quotes)', name=name, hint=hint
            )
            raise _Mistake(token, said)
        value = " ".join((_unquoted(value) if value.startswith('"') else value).split())
        if not value:
            raise _Mistake(token, _("%(name)s: needs a value", name=name))
        return Field(name, value)


def _term(token: Token, text: str, *, prefix: bool = False) -> Term:
    words = " ".join(text.split())
    if not fold(words).strip():
        raise _Mistake(token, _("there is no word here to look for"))
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
        said = _("%(operator)s joins words, phrases, or an OR of them in brackets; nothing else", operator=operator)
        raise _Mistake(operator, said)
    return terms


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse(text: str) -> Node:
    """The parts of a query.

    Raises:
        QueryError: it can't be read; says at which column and what was expected.
    """
    plain = text.translate(_PLAIN_QUOTES)
    _check_size(plain)
    try:
        return _Builder().transform(_parser().parse(plain))
    except UnexpectedInput as error:
        place = len(text.rstrip()) if _at_end(error) else error.pos_in_stream or 0
        raise QueryError(text, place + 1, _what_went_wrong(plain, error)) from None
    except VisitError as error:
        if not isinstance(error.orig_exc, _Mistake):
            raise
        raise QueryError(text, error.orig_exc.place + 1, str(error.orig_exc)) from None


def _check_size(text: str) -> None:
    if not text.strip():
        raise QueryError(text, 1, _('the query is empty; write what to look for, as in: united OR "united airlines"'))
    if len(text) > MAX_LENGTH:
        raise QueryError(text[:60] + "…", 1, _("the query is longer than %(most)s characters", most=MAX_LENGTH))
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth > MAX_DEPTH:
            raise QueryError(text, place + 1, _("more than %(most)s brackets within each other", most=MAX_DEPTH))


def _at_end(error: UnexpectedInput) -> bool:
    return isinstance(error, UnexpectedToken) and error.token.type == "$END"


def _what_went_wrong(text: str, error: UnexpectedInput) -> str:
    if isinstance(error, UnexpectedCharacters):
        return _of_character(text[error.pos_in_stream or 0])
    if _at_end(error):
        return _("the query ends too soon: a term or a closing bracket is missing")
    said = str(getattr(error, "token", "this"))
    if said == ")":
        return _("this bracket closes nothing, or nothing stands in it")
    return _("%(word)s can't stand here; a term is missing beside it, or a bracket", word=said)


def _of_character(character: str) -> str:
    return {
        '"': _("this quote is never closed"),
        ":": _("a colon belongs to lang:, author:, source: or site:, or into quotes"),
        "-": _("a dash means NOT and stands right before a term; put it in quotes to look for it"),
    }.get(character, _("%(word)s can't stand here; put it in quotes to look for it", word=character))
