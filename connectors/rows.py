"""Turns rows of a table, under our names, into mentions: the same for every kind of file."""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from connectors.base import Parsed, fitted, rejected
from connectors.columns import OurField
from connectors.dates import parse_when
from connectors.markup import web_address
from connectors.table import CellError, Moment, Record
from connectors.versions import ANOTHERS, Versions, versions
from earful.errors import SkipRecord, nearest
from earful.speech import N_, _
from earful.text import digest, storable
from earful.values import Answer, FoundMention, MentionKind, SourceState


class Row(NamedTuple):
    """One row under our names. `occurrence` numbers rows that nothing but their words tells apart, from 1; else 0."""

    line: int
    cells: Mapping[str, str]
    problem: str
    raw: str
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """What a page holds, and how it is to be read."""

    rows: Sequence[Row]
    date_format: str | None = None
    zone: ZoneInfo | None = None
    kind: MentionKind | None = None
    ratings: Mapping[str, float] = field(default_factory=dict)  #: their word, in small letters -> stars; 0: no rating
    rating_of: int = 5  #: the best rating there is
    file: str = ""  #: which of several files this is; "" where there is but one
    versions: Versions | None = None  #: of rows that share an id in the whole file; None: these rows are all of it


def rows_of(
    records: Iterator[Record], mapping: Mapping[OurField, str], take: Mapping[OurField, str], *, whole: bool
) -> Iterator[Row]:
    """The records under our names. In a table a row must be `whole`; an object may lack what it has no value for.

    `take` says for a field which part of its cell is meant: the first group of a regular expression, where it matches.
    """
    patterns = {our: re.compile(pattern) for our, pattern in take.items()}
    return _numbered(_taken(_row(record, mapping, whole=whole), patterns) for record in records)


def _taken(row: Row, patterns: Mapping[OurField, re.Pattern[str]]) -> Row:
    if not patterns or row.problem:
        return row
    found = {our: pattern.search(row.cells.get(our, "")) for our, pattern in patterns.items()}
    parts: dict[str, str] = {our: match[1] for our, match in found.items() if match}
    return row._replace(cells={**row.cells, **parts})


def _row(record: Record, mapping: Mapping[OurField, str], *, whole: bool) -> Row:
    if record.problem:
        return Row(record.line, {}, record.problem, record.raw)
    try:
        named: dict[str, str] = {our: _value(record.cells, column, whole=whole) for our, column in mapping.items()}
    except ValueError as error:
        return Row(record.line, {}, str(error), record.raw)
    return Row(record.line, named, "", record.raw)


def _value(cells: Mapping[str, Any], column: str, *, whole: bool) -> str:
    if column in cells:
        return _cell(cells[column])
    if whole:
        raise ValueError(_('it ends before the column "%(column)s"', column=column))
    return _inner(cells, column)


def _cell(value: Any) -> str:
    """A cell as text.

    Raises:
        ValueError: it holds more than one value, or none that can be used.
    """
    if isinstance(value, CellError):
        # Of the right type, and no value.
        raise ValueError(  # noqa: TRY004
            _("a cell holds %(value)s: mend its formula", value=value)
        )
    if isinstance(value, str):
        return value if isinstance(value, Moment) else value.strip()
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return str(value)
    raise ValueError(_("a cell holds %(value)s, where one value was expected", value=json.dumps(value)[:60]))


def _inner(cells: Mapping[str, Any], column: str) -> str:
    """A field within a field, as in `user.name` of a JSON object; "" when it is not there."""
    value: Any = cells
    for name in column.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return _cell(value)


def _numbered(rows: Iterator[Row]) -> Iterator[Row]:
    """Number the rows that only their words tell apart: no id, no author, and at most a date without a clock."""
    seen: Counter[int] = Counter()
    for row in rows:
        cells = row.cells
        when = cells.get("published_at", "")
        if row.problem or cells.get("id") or cells.get("author") or ":" in when:
            yield row
        else:
            key = hash(tuple(cells.get(field, "") for field in ("published_at", "text", "title", "rating", "nps")))
            seen[key] += 1
            yield row._replace(occurrence=seen[key])


def parse_rows(table: Rows) -> Parsed:
    """Mentions of the rows; a row that can't be used is rejected with its line and reason."""
    shared = table.versions if table.versions is not None else _versions_here(table)
    parsed = Parsed(missed=shared.missed, notes=shared.notes)
    place = f"{table.file} line" if table.file else "line"
    older = 0
    for row in table.rows:
        where, raw = f"{place} {row.line}", row.raw.rstrip("\r\n")
        try:
            found = fitted(_mention(row, table))
        except SkipRecord as skip:
            parsed.rejected.append(rejected(where, str(skip), raw))
            continue
        if first := shared.others(row.line, found):
            parsed.rejected.append(rejected(f"{where}, id of line {first}", _(ANOTHERS), raw))
        elif shared.is_older(row.line, found):
            older += 1
        else:
            parsed.found.append(found)
    return replace(parsed, repeated=older)


def _versions_here(table: Rows) -> Versions:
    counts = Counter(external_id for row in table.rows if (external_id := row.cells.get("id")))
    shared = {external_id for external_id, count in counts.items() if count > 1}
    return _versions(table.rows, shared, counts.total(), table)


_MARKS = 1 << 27  # bits: 16 MB, in which some million ids seldom meet


def versions_of(rows: Callable[[], Iterator[Row]], table: Rows) -> Versions:
    """What those rows of a large file are to each other that share an id; `rows` begins to read them anew.

    An export that lists an edit far below its original must not undo and redo that edit each time it is read. Memory is
    that of the ids that occur again, and of one bit for each: so where any do, the file is gone through once more.
    """
    seen = bytearray(_MARKS >> 3)
    shared: set[str] = set()
    count = 0
    for row in rows():
        if external_id := row.cells.get("id"):
            count += 1
            place, bit = divmod(hash(external_id) % _MARKS, 8)
            if seen[place] >> bit & 1:
                shared.add(external_id)
            seen[place] |= 1 << bit
    return _versions(rows() if shared else (), shared, count, table)


def _versions(rows: Iterable[Row], shared: Collection[str], count: int, table: Rows) -> Versions:
    """The same of rows whose shared ids, and how many rows have one, are known."""
    ours = (row for row in rows if row.cells.get("id") in shared) if shared else ()
    return versions(_usable(ours, table), count, f"{table.file}: " if table.file else "")


def _usable(rows: Iterable[Row], table: Rows) -> Iterator[tuple[int, FoundMention]]:
    for row in rows:
        with suppress(SkipRecord):
            yield row.line, fitted(_mention(row, table))


def _mention(row: Row, table: Rows) -> FoundMention:
    if row.problem:
        raise SkipRecord(row.problem)
    get = row.cells.get
    text, title = storable(get("text") or ""), storable(get("title") or "")
    rating, nps = _rating(get("rating"), table), _nps(get("nps"))
    published = _when(get("published_at"), table)
    state = _state(get("state"), published, _when(get("edited_at"), table))
    if state is SourceState.DELETED:
        return _deleted(row, published, table)
    if not (text or title) and rating is None and nps is None:
        raise SkipRecord(_("it has no text, no title and no rating"))
    author = storable(get("author") or "") or None
    return FoundMention(
        external_id=_id(get("id")) or _made_id(row, table, author, published, text, title),
        text=text,
        title=title,
        kind=_kind(row, table, rated=rating is not None, scored=nps is not None),
        url=web_address(get("url")),
        author=author,
        published_at=published,
        rating=rating,
        nps=nps,
        reach=_whole(get("reach"), "reach"),
        language=_language(get("language")),
        thread_id=_id(get("thread_id")),
        parent_id=_id(get("parent_id")),
        state=state,
        place=storable(get("place") or "") or None,
        answer=_answer(row, table),
    )


def _answer(row: Row, table: Rows) -> Answer | None:
    said = storable(row.cells.get("answer") or "").strip()
    return Answer(said, _when(row.cells.get("answered_at"), table)) if said else None


def _deleted(row: Row, published: Any, table: Rows) -> FoundMention:
    external_id = _id(row.cells.get("id"))
    if not external_id:
        raise SkipRecord(_("it is marked deleted, but has no id that says which one"))
    kind = _kind(row, table, rated=bool(row.cells.get("rating")), scored=bool(row.cells.get("nps")))
    # What the file still says of it tells whether it was ours; the store keeps nothing of it.
    title = storable(row.cells.get("title") or "")
    return FoundMention(external_id, "", title, kind=kind, published_at=published, state=SourceState.DELETED)


_MANGLED = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")


def _id(cell: str | None) -> str | None:
    if not cell:
        return None
    if _MANGLED.fullmatch(cell):
        raise SkipRecord(
            _('the id "%(text)s" was rounded by a spreadsheet and is lost; export it again with ids as text', text=cell)
        )
    return storable(cell)


def _made_id(row: Row, table: Rows, author: str | None, published: datetime | None, text: str, title: str) -> str:
    """An id from what the row itself says; from its words alone only together with their number of occurrence.

    Such a number counts within one file: the same words in another file are another person's.
    """
    scores = () if text or title else (row.cells.get("rating"), row.cells.get("nps"))
    where = (table.file,) if table.file and row.occurrence else ()
    when = published and published.isoformat()
    return "row-" + digest(author, when, title, text, row.occurrence or None, *scores, *where)


_STAR = r"(?:stars?|stjerner?|звезд[аи]?|bintang|csillag|[★⭐]\ufe0f?)"
_OUT_OF = re.compile(
    rf"(?P<given>\S+?)\s*(?:/|out of|of|av|от|из|dari|az)\s*(?P<best>[0-9]+)(?:[.,]0+)?(?:-b[őö]l)?(?:\s*{_STAR})?"
    rf"|(?P<best_first>[0-9]+)-b[őö]l\s*(?P<last>\S+?)(?:\s*{_STAR})?"
    rf"|(?P<alone>\S+?)\s*{_STAR}",
    re.IGNORECASE,
)  #: "4 of 5" in English, Norwegian, Bulgarian, Indonesian and Hungarian, which also says "5-ből 4"
_STARS = re.compile("[★⭐]*☆*")


def _rating(cell: str | None, table: Rows) -> float | None:
    if not cell:
        return None
    if table.ratings and (stars := table.ratings.get(cell.casefold())) is not None:
        return stars or None
    rating = _stars(cell, table.rating_of)
    if not 1 <= rating <= 5:
        said = (
            N_('the rating "%(text)s" is not between 1 and %(best)s stars')
            if table.rating_of == 5
            else N_('the rating "%(text)s" is not between 1 and %(best)s')
        )
        raise SkipRecord(_(said, text=cell, best=table.rating_of))
    return rating


def _stars(cell: str, best: int) -> float:
    """Stars out of 5: a number, `4/5`, `4 of 5`, `4 stars`, or drawn; of another scale, brought evenly to 1..5."""
    drawn = cell.replace("\ufe0f", "")  # says only that the star before it is to be shown in colour
    if _STARS.fullmatch(drawn) and len(drawn) == 5:
        return float(5 - drawn.count("☆"))
    said, scale = _out_of(cell)
    if _STARS.fullmatch(drawn) or scale not in {None, best}:
        raise SkipRecord(
            _(
                'the rating "%(text)s" is not out of %(best)s stars; write it as 1 to %(best)s, or set rating_of',
                text=cell[:40],
                best=best,
            )
        )
    given = _number(said, "rating")
    return given if best == 5 else 1 + (given - 1) * 4 / (best - 1)


def _out_of(cell: str) -> tuple[str, int | None]:
    """What a rating says is given, and out of how many."""
    if not (match := _OUT_OF.fullmatch(cell)):
        return cell, None
    best = match["best"] or match["best_first"]
    return match["given"] or match["last"] or match["alone"], int(best[:9]) if best else None


_LABELLED = re.compile(r"(\d{1,2})\s*[-–:=]\s*\D+|\D+[-–:=(]\s*(\d{1,2})\)?")


def _nps(cell: str | None) -> int | None:
    """A recommendation score 0 to 10, also with its label: `10 - Extremely likely`."""
    labelled = _LABELLED.fullmatch(cell or "")
    score = _whole(labelled[1] or labelled[2] if labelled else cell, "nps")
    if score is not None and not 0 <= score <= 10:
        raise SkipRecord(_('the recommendation score "%(text)s" is not between 0 and 10', text=cell))
    return score


def _whole(cell: str | None, name: str) -> int | None:
    if not cell:
        return None
    number = _number(cell, name)
    if number != int(number) or abs(number) > 2**62:
        raise SkipRecord(_('the %(name)s "%(text)s" is no whole number', name=name, text=cell))
    return int(number)


_NUMBER = re.compile(r"-?\d{1,18}(?:[.,]\d{1,9})?", re.ASCII)


def _number(cell: str, name: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise SkipRecord(_('the %(name)s "%(text)s" is no number', name=name, text=cell[:40]))
    return float(cell.replace(",", "."))


def _when(cell: str | None, table: Rows) -> Any:
    if not cell:
        return None
    try:
        return parse_when(cell, None if isinstance(cell, Moment) else table.date_format, table.zone)
    except (ValueError, OverflowError) as error:
        raise SkipRecord(_("the date can't be read: %(why)s", why=error)) from None


_STATES = {
    "": SourceState.LIVE, "live": SourceState.LIVE, "published": SourceState.LIVE, "active": SourceState.LIVE,
    "edited": SourceState.EDITED, "updated": SourceState.EDITED,
    "deleted": SourceState.DELETED, "removed": SourceState.DELETED,
}  # fmt: skip


def _state(cell: str | None, published: Any, edited: Any) -> SourceState:
    state = _STATES.get((cell or "").casefold())
    if state is None:
        hint = nearest(cell or "", ["live", "edited", "deleted"])
        raise SkipRecord(_('the state "%(text)s" is none we know%(hint)s', text=cell, hint=hint))
    later = edited is not None and (published is None or edited > published)
    return SourceState.EDITED if later and state is SourceState.LIVE else state


def _kind(row: Row, table: Rows, *, rated: bool, scored: bool) -> MentionKind:
    cell = row.cells.get("kind")
    if cell:
        try:
            return MentionKind(cell.casefold())
        except ValueError:
            hint = nearest(cell, list(MentionKind))
            raise SkipRecord(_('the kind "%(text)s" is none we know%(hint)s', text=cell, hint=hint)) from None
    if table.kind:
        return table.kind
    if rated:
        return MentionKind.REVIEW
    if scored:
        return MentionKind.SURVEY
    return MentionKind.COMMENT if row.cells.get("parent_id") else MentionKind.POST


_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE | re.ASCII)


def _language(cell: str | None) -> str | None:
    """The code as it is; a name in words is no code, and a hint only: the reader detects the language anyway."""
    return cell.lower().replace("_", "-") if cell and _LANGUAGE.fullmatch(cell) else None
