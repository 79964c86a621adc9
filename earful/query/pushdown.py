"""What of a query a source's own search may be asked for, so that it gives too much and never too little."""

from itertools import product

from earful.query.folding import fold
from earful.query.terms import And, Near, Node, Or, Term

MAX_ALTERNATIVES = 32  # requests nobody wants to make for one query

Alternatives = list[tuple[Term, ...]]


def needed(node: Node) -> Alternatives | None:
    """Lists of terms: whatever matches has all of one list at least; None when nothing can be asked for."""
    match node:
        case Term():
            return [(node,)]
        case Near(left, right, _):
            return _needed_by_all([[(term,) for term in side] for side in (left, right)])
        case Or(parts):
            found = [needed(part) for part in parts]
            known = [option for options in found if options is not None for option in options]
            return known if all(options is not None for options in found) else None
        case And(parts):
            return _needed_by_all([options for part in parts if (options := needed(part)) is not None])
        case _:
            return None


def _needed_by_all(found: list[Alternatives]) -> Alternatives | None:
    """Each way to choose one of every part; where there are too many, those parts are left to the local check."""
    if not found:
        return None
    narrowed, *others = sorted(found, key=len)
    for options in others:
        if len(narrowed) * len(options) <= MAX_ALTERNATIVES:
            narrowed = [one + other for one, other in product(narrowed, options)]
    return narrowed


def fewest(found: Alternatives) -> tuple[tuple[Term, ...], ...]:
    """Without those that another one covers: who finds `united` finds `"united airlines"` too."""
    kept: Alternatives = []
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
