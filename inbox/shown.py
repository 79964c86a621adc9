"""Text from outside, made fit to be shown: escaped, its words marked, its control characters visible. Pure."""

import re
import unicodedata
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from earful.errors import ConfigError
from earful.query import Query, parse_query
from earful.text import whole
from models.lines import LONGEST

EXCERPT = 220
LEAD = 60  # characters shown before the first marked word of an excerpt
MANY_MARKS = 200
LONGEST_LISTED = 1_000  # characters of a text that a list looks into

# Which mark wins where two meet: what somebody looks for, what was held against the text, what merely stands in it.
KINDS = ("hit", "bad", "rule", "good", "brand", "theme", "aside")
LISTED = frozenset({"bad", "hit", "rule", "brand"})  # a list tells at a glance what is wrong, and what was searched for
PHRASE_RULES = frozenset({"urgent_words", "complaint", "own_words"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a text that is pointed out; `kind` is one of `KINDS`."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A mention's words as HTML, whole."""

    title: Markup
    body: Markup
    kinds: Sequence[str] = ()  #: of the marks in it


@dataclass(frozen=True, slots=True)
class Pointers:
    """What to look for in a text beside its evidence: the brand's names, and what was searched for."""

    brand: Query | None = None
    sought: Query | None = None


NOTHING = Pointers()


@dataclass(frozen=True, slots=True)
class Listed:
    """A mention's words as HTML, as far as a list shows them."""

    title: Markup
    excerpt: Markup


Evidence = Sequence[Mapping[str, Any]]  #: as it is stored: [{code, text, start, weight}]
Reasons = Sequence[Mapping[str, str]]  #: as they are stored: [{code, detail}]


def shown(title: str, text: str, evidence: Evidence = (), reasons: Reasons = (), pointers: Pointers = NOTHING) -> Shown:
    """Title and body with what spoke for and against them marked. Everything is escaped."""
    head, full = _head(title, text), whole(title, text)
    marks = merged(find_marks(full, evidence, reasons, pointers))
    there = {mark.kind for mark in marks}
    return Shown(
        title=painted(head, moved(marks, 0, len(head))),
        body=painted(text, moved(marks, len(full) - len(text), len(full))),
        kinds=[kind for kind in KINDS if kind in there],
    )


def listed(
    title: str, text: str, evidence: Evidence = (), reasons: Reasons = (), pointers: Pointers = NOTHING
) -> Listed:
    """Title and excerpt for a list, with only what is to be seen at a glance marked."""
    head, full = _head(title[:LONGEST_LISTED], text), whole(title, text)
    body_start = len(full) - len(text)
    looked_at = full[: body_start + (LONGEST if pointers.sought else LONGEST_LISTED)]
    found = find_marks(looked_at, evidence, reasons, pointers)
    marks = merged(mark for mark in found if mark.kind in LISTED)
    return Listed(
        title=painted(head, moved(marks, 0, len(head))),
        excerpt=excerpt(looked_at[body_start:], moved(marks, body_start, len(looked_at))),
    )


def _head(title: str, text: str) -> str:
    """The title, unless the body begins with it."""
    return "" if text.startswith(title) else title


def find_marks(text: str, evidence: Evidence, reasons: Reasons, pointers: Pointers) -> Iterator[Mark]:
    """Where the evidence, the words of the rules, the brand's names and what was searched for stand in the text."""
    for item in evidence[:MANY_MARKS]:
        start, words = int(item["start"]), str(item["text"])
        if words and start >= 0 and text[start : start + len(words)] == words:
            yield Mark(start, start + len(words), _kind(item))
    searched = text[:LONGEST]
    for query, kind in ((pointers.sought, "hit"), (_rule_words(reasons), "rule"), (pointers.brand, "brand")):
        if query is not None:
            yield from (Mark(start, end, kind) for start, end in query.hits(searched)[:MANY_MARKS])


def _kind(item: Mapping[str, Any]) -> str:
    """What a piece of evidence is: what weighs nothing is where a theme shows, or a clause about somebody else."""
    if item["weight"]:
        return "bad" if item["weight"] < 0 else "good"
    return "aside" if item.get("code") == "aside" else "theme"


def _rule_words(reasons: Reasons) -> Query | None:
    details = [reason["detail"] for reason in reasons if reason["code"] in PHRASE_RULES]
    phrases = [phrase.replace('"', " ").strip() for detail in details for phrase in detail.split(", ")]
    return quiet_query(" OR ".join(f'"{phrase}"' for phrase in phrases if phrase))


@lru_cache(maxsize=1000)
def quiet_query(text: str) -> Query | None:
    """The query of these words, or None where they make none: a page is shown without marks rather than not at all."""
    try:
        return parse_query(text) if text else None
    except ConfigError:
        return None


def merged(marks: Iterable[Mark]) -> list[Mark]:
    """The marks in order, none overlapping: where two meet, the more telling kind stands, and of the other the rest."""
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (KINDS.index(mark.kind), mark.start, -mark.end)):
        for piece in _left_of(mark, kept):
            insort(kept, piece, key=lambda each: each.start)
    return kept


def _left_of(mark: Mark, kept: Sequence[Mark]) -> list[Mark]:
    """What of a mark no other covers; `kept` are in order."""
    pieces, start = [], mark.start
    for other in kept[bisect_right(kept, mark.start, key=lambda each: each.end) :]:
        if other.start >= mark.end:
            break
        if start < other.start:
            pieces.append(Mark(start, other.start, mark.kind))
        start = other.end
    return [*pieces, Mark(start, mark.end, mark.kind)] if start < mark.end else pieces


def moved(marks: Sequence[Mark], start: int, end: int) -> list[Mark]:
    """Those marks that lie between `start` and `end`, counted from `start`."""
    return [Mark(m.start - start, m.end - start, m.kind) for m in marks if m.start >= start and m.end <= end]


def painted(text: str, marks: Sequence[Mark]) -> Markup:
    """The text as HTML: escaped, the marks as `<mark>`, control characters as visible signs."""
    pieces: list[str] = []
    end = 0
    for mark in marks:
        words = _inert(text[mark.start : mark.end])
        pieces += _inert(text[end : mark.start]), f'<mark class="{mark.kind}">', words, "</mark>"
        end = mark.end
    # Joined as plain strings: a list has hundreds of pieces, and each is escaped already.
    return Markup("".join([*pieces, _inert(text[end:])]))  # noqa: S704


# What steers a terminal or turns the direction of what follows. Line ends, tabs and emoji joiners stay as they are.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def _inert(text: str) -> str:
    """The text as HTML without marks."""
    return _STEERING.sub(_sign, escape(text.replace("\r\n", "\n")))


def _sign(found: re.Match[str]) -> str:
    name = unicodedata.name(found[0], "control character").lower()
    return f'<span class="sign" title="{escape(name)}">U+{ord(found[0]):04X}</span>'


def excerpt(text: str, marks: Sequence[Mark], length: int = EXCERPT) -> Markup:
    """A stretch of the text around what was searched for, else around its first telling mark."""
    telling = [mark for mark in marks if mark.kind != "brand"]
    first = next((mark.start for mark in telling if mark.kind == "hit"), telling[0].start if telling else 0)
    start = _word_start(text, first - LEAD) if first > length - LEAD else 0
    end = min(len(text), start + length)
    piece = painted(text[start:end], moved(marks, start, end))
    return escape("…" if start else "") + piece + ("…" if end < len(text) else "")


def _word_start(text: str, near: int) -> int:
    blank = text.find(" ", max(0, near), near + 20)
    return blank + 1 if blank >= 0 else max(0, near)


def safe_link(url: str | None) -> str | None:
    """The link when it leads to a page over https; None for anything else (`javascript:`, `http:`, a broken one)."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    clean = url is not None and not re.search(r"[\x00-\x20\x7f\\]", url)
    return url if clean and parts.scheme.lower() == "https" and parts.hostname else None


def language_tag(code: str | None) -> str | None:
    """The code when a `lang` attribute can carry it."""
    return code if code and code != "und" and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", code) else None
