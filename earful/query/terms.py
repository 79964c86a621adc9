"""The parts of a query, and how each is written."""

import re
from dataclasses import dataclass

FIELDS = ("lang", "author", "source", "site")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase; with `prefix`, what its last word begins with."""

    text: str
    prefix: bool = False

    def __str__(self) -> str:
        if self.prefix:
            return f"{self.text}*"
        if _BARE.fullmatch(self.text) and self.text not in RESERVED and not self.text.startswith("NEAR/"):
            return self.text
        return quoted(self.text)


@dataclass(frozen=True, slots=True)
class Field:
    """What must be true of the mention beside its text: `lang:`, `author:`, `source:`, `site:`."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}:{self.value if _BARE_VALUE.fullmatch(self.value) else quoted(self.value)}"


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
RESERVED = {"AND", "OR", "NOT", "NEAR"}


def quoted(text: str) -> str:
    """The query that looks for these words in a row."""
    escaped = re.sub(r'["“”„\\]', r"\\\g<0>", text)
    return f'"{escaped}"'


def _bracketed(node: Node, kinds: tuple[type, ...]) -> str:
    return f"({node})" if isinstance(node, kinds) else str(node)


def _any_term(terms: tuple[Term, ...]) -> str:
    return str(terms[0]) if len(terms) == 1 else f"({' OR '.join(map(str, terms))})"
