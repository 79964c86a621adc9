"""Reads your own data: exports as CSV, TSV or JSONL, with their columns mapped to our fields."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from connectors.base import Ask, Connector, Facts, Page, Parsed, fitted, rejected
from connectors.dates import parse_when
from connectors.markup import web_address
from connectors.table import Record, read_csv, read_jsonl
from earful.errors import SkipRecord, SourceRefused, nearest
from earful.settings import SourceSettings, TimeZone
from earful.text import digest, storable
from earful.values import FoundMention, MentionKind, SourceState

PAGE_ROWS = 2000

OurField = Literal[
    "id", "text", "title", "kind", "url", "author", "published_at", "edited_at", "rating", "nps", "reach", "language",
    "thread_id", "parent_id", "place", "state",
]  # fmt: skip

#: Column names (folded to letters and digits) that mean a field when `map` does not say otherwise, best first.
USUAL_NAMES: Mapping[OurField, tuple[str, ...]] = {
    "id": (
        "id", "externalid", "reviewid", "commentid", "postid", "messageid", "tweetid", "mentionid", "responseid",
        "ticketid", "feedbackid", "uuid", "guid", "referenceid", "responsetoken",
    ),
    "text": (
        "text", "body", "comment", "review", "content", "message", "feedback", "reviewtext", "reviewcontent",
        "reviewbody", "commenttext", "selftext", "answer", "description", "verbatim", "opinion", "tweet", "fulltext",
    ),
    "title": ("title", "subject", "headline", "reviewtitle", "summary"),
    "kind": ("kind",),
    "url": ("url", "link", "permalink", "reviewlink", "reviewurl", "posturl", "permalinkurl"),
    "author": (
        "author", "username", "user", "authorname", "reviewer", "reviewername", "customer", "customername", "name",
        "screenname", "handle", "reviewusername", "consumername", "requester", "nickname", "reviewernickname",
    ),
    "published_at": (
        "publishedat", "published", "createdat", "created", "date", "datetime", "timestamp", "time", "reviewdate",
        "postedat", "submittedat", "submitdateutc", "createdutc", "reviewcreatedutc", "datecreated", "reviewdatetime",
        "reviewsubmitdateandtime", "creationdate",
    ),
    "edited_at": ("editedat", "edited", "updatedat", "lastmodified", "reviewlastupdatedateandtime"),
    "rating": ("rating", "stars", "starrating", "reviewstars", "reviewrating", "score5"),
    "nps": ("nps", "npsscore", "recommendationscore", "likelihoodtorecommend"),
    "reach": ("reach", "likes", "upvotes", "views", "impressions", "helpfulvotes", "helpfulcount"),
    "language": ("language", "lang", "locale", "reviewlanguage", "reviewerlanguage", "languagecode"),
    "thread_id": ("threadid", "conversationid"),
    "parent_id": ("parentid", "inreplyto", "inreplytoid", "replyto"),
    "place": ("place", "subreddit", "channel", "store", "country", "location", "storefront", "page"),
    "state": ("state",),
}  # fmt: skip


class FileSettings(SourceSettings):
    """A file of your own."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: your own data is about you; `query`: keep only what the brand's query matches"
    )
    path: Path = Field(description="the file, relative to this configuration's folder")
    format: Literal["csv", "tsv", "jsonl"] | None = Field(None, description="from the file's ending when left out")
    map: dict[OurField, str] = Field(
        default_factory=dict,
        description='our field = "their column"; usual names are found by themselves, "" leaves a field out',
    )
    date_format: str | None = Field(
        None, description='how dates are written, as in "%d/%m/%Y %H:%M"; needed when day and month could be swapped'
    )
    time_zone: TimeZone = Field("UTC", description="of times that name none")
    encoding: str = Field("utf-8-sig", description='how the text is encoded, as in "cp1252" or "utf-16"')
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="found by itself when left out")
    kind: MentionKind | None = Field(None, description="what the rows are; from what they hold when left out")

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError(f'"{value}" is no encoding; write one like "utf-8", "cp1252" or "utf-16"') from None
        return value

    @field_validator("date_format")
    @classmethod
    def _date_format_has_a_day(cls, value: str | None) -> str | None:
        if value is not None and not re.search("%[dcxjs]", value):
            raise ValueError('date_format names the parts of a date, as in "%d/%m/%Y" or "%m/%d/%Y %H:%M"')
        return value


class Row(NamedTuple):
    """One row under our names. `occurrence` numbers rows that nothing but their words tells apart, from 1; else 0."""

    line: int
    cells: Mapping[str, str]
    problem: str
    raw: str
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """What a page holds, and how its dates and kinds are to be read."""

    rows: Sequence[Row]
    date_format: str | None = None
    zone: ZoneInfo | None = None
    kind: MentionKind | None = None


# ---------------------------------------------------------------------------------------------------------- fetching


def fetch(ask: Ask) -> Iterator[Page]:
    """Read the file in pages of 2,000 rows, going on where an interrupted read stopped.

    The cursor is the file's fingerprint and the rows done. An unchanged file gives one empty page that says so; a
    changed one, or one with other settings, is read whole.

    Raises:
        SourceRefused: the file is missing, unreadable, of another kind, or lacks a column that `map` names.
    """
    settings: FileSettings = ask.source
    path = ask.base_dir / settings.path.expanduser()
    mark = _fingerprint(path, settings)
    known = ask.cursor if ask.cursor.get("fingerprint") == mark and ask.since is None else {}
    if known.get("done"):
        notes = (f"{path.name} is unchanged since it was read",)
        yield Page(_page_of([], settings), cursor=known, requests=0, notes=notes)
        return
    yield from _pages(path, settings, mark, int(known.get("rows", 0)))


def _fingerprint(path: Path, settings: FileSettings) -> str:
    """Changes when the file or the way it is read does; costs no reading of the whole file."""
    try:
        with path.open("rb") as file:
            stat = path.stat()
            head = file.read(1 << 16)
            file.seek(max(0, stat.st_size - (1 << 16)))
            tail = file.read(1 << 16)
    except FileNotFoundError:
        raise SourceRefused(f"{path} does not exist; put the file there or mend `path`") from None
    except OSError as error:
        raise SourceRefused(f"{path} can't be read: {error.strerror}") from error
    return digest(
        stat.st_size, stat.st_mtime_ns, head, tail, settings.model_dump_json(exclude={"name", "expect_every"})
    )


def _pages(path: Path, settings: FileSettings, mark: str, done: int) -> Iterator[Page]:
    kind = _format(path, settings)
    columns, records = _opened(path, settings, kind)
    mapping = mapped(columns, settings.map, path)
    rows = _numbered(_row(record, mapping, whole=kind != "jsonl") for record in records)
    batches = _batches(itertools.islice(rows, done, None))
    for number, (batch, last) in enumerate(batches, 1):
        done += len(batch)
        notes = _notes(path, settings, mapping, done) if number == 1 else ()
        cursor = {"fingerprint": mark, "rows": done, "done": last}
        yield Page(_page_of(batch, settings), number=number, cursor=cursor, notes=notes)


def _batches(rows: Iterator[Row]) -> Iterator[tuple[list[Row], bool]]:
    """Rows by the page, each with whether it is the last; at least one page, even when it is empty."""
    batch, last = list(itertools.islice(rows, PAGE_ROWS)), False
    while not last:
        following = list(itertools.islice(rows, PAGE_ROWS))
        last = not following
        yield batch, last
        batch = following


def _page_of(rows: Sequence[Row], settings: FileSettings) -> Rows:
    return Rows(rows, settings.date_format, ZoneInfo(settings.time_zone), settings.kind)


def _format(path: Path, settings: FileSettings) -> str:
    ending = path.suffix.lower().lstrip(".")
    kind = settings.format or {"ndjson": "jsonl", "tab": "tsv", "txt": "csv"}.get(ending, ending)
    if kind not in {"csv", "tsv", "jsonl"}:
        raise SourceRefused(f'{path}: we read CSV, TSV and JSONL; save it as one, or say which it is: format = "csv"')
    return kind


def _opened(path: Path, settings: FileSettings, kind: str) -> tuple[list[str], Iterator[Record]]:
    if kind == "jsonl":
        return read_jsonl(path, settings.encoding)
    return read_csv(path, settings.encoding, settings.delimiter or ("\t" if kind == "tsv" else None))


def mapped(columns: Sequence[str], wanted: Mapping[OurField, str], path: Path) -> dict[OurField, str]:
    """Which column each of our fields is read from: as the operator said, else by its usual name.

    Raises:
        SourceRefused: a column that `map` names is not there, or nothing holds text, a title or a rating.
    """
    mapping = {field: _column(name, columns, path) for field, name in wanted.items() if name}
    by_name = {_plain(column): column for column in reversed(columns)}
    taken = set(mapping.values())
    for field, names in USUAL_NAMES.items():
        column = next((by_name[name] for name in names if name in by_name), None)
        if field not in wanted and column is not None and column not in taken:
            mapping[field] = column
            taken.add(column)
    if not {"text", "title", "rating", "nps"} & mapping.keys():
        raise SourceRefused(
            f"{path}: no column is known to hold text; say which with map = {{ text = … }}. {_list(columns)}"
        )
    return mapping


def _column(name: str, columns: Sequence[str], path: Path) -> str:
    """The column of this name; one that is spelled the same but for case and spaces will do."""
    if name in columns:
        return name
    alike = [column for column in columns if column.strip().casefold() == name.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    if "." in name and name.split(".", maxsplit=1)[0] in columns:
        return name
    hint = nearest(name, columns)
    hint = hint if hint.endswith("?") else "."  # without a near one the columns are listed anyway
    raise SourceRefused(f'{path} has no column "{name}"{hint} {_list(columns)}')


def _list(columns: Sequence[str]) -> str:
    return "Its columns: " + ", ".join(f'"{column}"' for column in columns[:60])


def _plain(column: str) -> str:
    return re.sub(r"[\W_]", "", column.casefold())


def _notes(path: Path, settings: FileSettings, mapping: Mapping[OurField, str], done: int) -> tuple[str, ...]:
    if not done:
        return (f"{path.name} has column names, but no rows",)
    if settings.map:
        return ()
    found = ", ".join(f'{field} from "{column}"' for field, column in mapping.items())
    return (f"columns found by their names: {found}",)


def _row(record: Record, mapping: Mapping[OurField, str], *, whole: bool) -> Row:
    """The record under our names. In a table a row must be `whole`; an object may lack what it has no value for."""
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
        raise ValueError(f'it ends before the column "{column}"')
    return _inner(cells, column)


def _cell(value: Any) -> str:
    """A cell as text.

    Raises:
        ValueError: it holds more than one value.
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool | int):
        return str(value)
    raise ValueError(f"a cell holds {json.dumps(value)[:60]}, where one value was expected")


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


# ----------------------------------------------------------------------------------------------------------- parsing


def parse(page: Page) -> Parsed:
    """Mentions of the rows; a row that can't be used is rejected with its line and reason."""
    table: Rows = page.content
    parsed = Parsed()
    for row in table.rows:
        try:
            parsed.found.append(fitted(_mention(row, table)))
        except SkipRecord as skip:
            parsed.rejected.append(rejected(f"line {row.line}", str(skip), row.raw.rstrip("\r\n")))
    return parsed


def _mention(row: Row, table: Rows) -> FoundMention:
    if row.problem:
        raise SkipRecord(row.problem)
    get = row.cells.get
    text, title = storable(get("text") or ""), storable(get("title") or "")
    rating, nps = _rating(get("rating")), _nps(get("nps"))
    published = _when(get("published_at"), table)
    state = _state(get("state"), published, _when(get("edited_at"), table))
    if state is SourceState.DELETED:
        return _deleted(row, published, table)
    if not (text or title) and rating is None and nps is None:
        raise SkipRecord("it has no text, no title and no rating")
    author = storable(get("author") or "") or None
    return FoundMention(
        external_id=_id(get("id")) or _made_id(row, author, published and published.isoformat(), text, title),
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
    )


def _deleted(row: Row, published: Any, table: Rows) -> FoundMention:
    external_id = _id(row.cells.get("id"))
    if not external_id:
        raise SkipRecord("it is marked deleted, but has no id that says which one")
    kind = _kind(row, table, rated=bool(row.cells.get("rating")), scored=bool(row.cells.get("nps")))
    # What the file still says of it tells whether it was ours; the store keeps nothing of it.
    title = storable(row.cells.get("title") or "")
    return FoundMention(external_id, "", title, kind=kind, published_at=published, state=SourceState.DELETED)


_MANGLED = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")


def _id(cell: str | None) -> str | None:
    if not cell:
        return None
    if _MANGLED.fullmatch(cell):
        raise SkipRecord(f'the id "{cell}" was rounded by a spreadsheet and is lost; export it again with ids as text')
    return storable(cell)


def _made_id(row: Row, author: str | None, when: str | None, text: str, title: str) -> str:
    """An id from what the row itself says; from its words alone only together with their number of occurrence."""
    scores = () if text or title else (row.cells.get("rating"), row.cells.get("nps"))
    return "row-" + digest(author, when, title, text, row.occurrence or None, *scores)


_OUT_OF = re.compile(r"(\S+?)\s*(?:/|out of|of)\s*(\d+)(?:\s*stars?)?", re.IGNORECASE | re.ASCII)
_STARS = re.compile("[★⭐]*☆*")


def _rating(cell: str | None) -> float | None:
    if not cell:
        return None
    rating = _stars(cell)
    if not 1 <= rating <= 5:
        raise SkipRecord(f'the rating "{cell}" is not between 1 and 5 stars')
    return rating


def _stars(cell: str) -> float:
    """Stars out of 5: a number, `4/5`, `4 of 5`, or drawn. Out of another number they are not ours to convert."""
    drawn = cell.replace("\ufe0f", "")  # says only that the star before it is to be shown in colour
    out_of = _OUT_OF.fullmatch(cell)
    if _STARS.fullmatch(drawn) and len(drawn) == 5:
        return float(5 - drawn.count("☆"))
    if _STARS.fullmatch(drawn) or (out_of and out_of[2] != "5"):
        raise SkipRecord(f'the rating "{cell[:40]}" is not out of 5 stars; write it as 1 to 5')
    return _number(out_of[1] if out_of else cell, "rating")


def _nps(cell: str | None) -> int | None:
    score = _whole(cell, "nps")
    if score is not None and not 0 <= score <= 10:
        raise SkipRecord(f'the recommendation score "{cell}" is not between 0 and 10')
    return score


def _whole(cell: str | None, name: str) -> int | None:
    if not cell:
        return None
    number = _number(cell, name)
    if number != int(number) or abs(number) > 2**62:
        raise SkipRecord(f'the {name} "{cell}" is no whole number')
    return int(number)


_NUMBER = re.compile(r"-?\d{1,18}(?:[.,]\d{1,9})?", re.ASCII)


def _number(cell: str, name: str) -> float:
    if not _NUMBER.fullmatch(cell):
        raise SkipRecord(f'the {name} "{cell[:40]}" is no number')
    return float(cell.replace(",", "."))


def _when(cell: str | None, table: Rows) -> Any:
    if not cell:
        return None
    try:
        return parse_when(cell, table.date_format, table.zone)
    except (ValueError, OverflowError) as error:
        raise SkipRecord(f"the date can't be read: {error}") from None


_STATES = {
    "": SourceState.LIVE, "live": SourceState.LIVE, "published": SourceState.LIVE, "active": SourceState.LIVE,
    "edited": SourceState.EDITED, "updated": SourceState.EDITED,
    "deleted": SourceState.DELETED, "removed": SourceState.DELETED,
}  # fmt: skip


def _state(cell: str | None, published: Any, edited: Any) -> SourceState:
    state = _STATES.get((cell or "").casefold())
    if state is None:
        raise SkipRecord(f'the state "{cell}" is none we know{nearest(cell or "", ["live", "edited", "deleted"])}')
    later = edited is not None and (published is None or edited > published)
    return SourceState.EDITED if later and state is SourceState.LIVE else state


def _kind(row: Row, table: Rows, *, rated: bool, scored: bool) -> MentionKind:
    cell = row.cells.get("kind")
    if cell:
        try:
            return MentionKind(cell.casefold())
        except ValueError:
            raise SkipRecord(f'the kind "{cell}" is none we know{nearest(cell, list(MentionKind))}') from None
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


CONNECTOR = Connector(
    name="file",
    settings=FileSettings,
    fetch=fetch,
    parse=parse,
    facts=Facts(
        reads="your own exports as CSV, TSV or JSONL, with column mapping",
        credentials="none",
        terms="your own data; what you may do with it is between you, the platform it came from and your customers",
        completeness="every row, or its line and the reason why not",
    ),
)
