"""Opens an export of whatever kind and from whomever: its rows under our names, page by page."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from connectors.columns import IN_CONFIGURATION, OurField, mapped, mapped_by, unread
from connectors.presets import PRESETS
from connectors.rows import Row, Rows, rows_of, versions_of
from connectors.table import Record, read_csv, read_jsonl
from connectors.versions import Versions
from connectors.workbook import read_workbook
from earful.errors import SourceRefused, nearest
from earful.settings import SourceSettings, TimeZone
from earful.speech import N_, _
from earful.values import MentionKind

PAGE_ROWS = 2000
_ENDINGS = {"ndjson": "jsonl", "tab": "tsv", "txt": "csv", "xlsm": "xlsx"}


class TableSettings(SourceSettings):
    """How a table of your own is to be read. A preset fills in what is not set."""

    map_said_by: ClassVar[str] = IN_CONFIGURATION  #: how whoever set this says which column holds a field
    match: Literal["query", "all"] = Field(
        "all", description="`all`: your own data is about you; `query`: keep only what the brand's query matches"
    )
    preset: str | None = Field(None, description="whose export it is; `earful sources file` lists them")
    format: Literal["csv", "tsv", "jsonl", "xlsx"] | None = Field(
        None, description="from the file's ending when left out"
    )
    sheet: str | None = Field(None, description="which sheet of a workbook; the first when left out")
    map: dict[OurField, str] = Field(
        default_factory=dict,
        description='our field = "their column"; usual names are found by themselves, "" leaves a field out',
    )
    take: dict[OurField, str] = Field(
        default_factory=dict,
        description="our field = a regular expression; its first group is the part of the cell that is meant",
    )
    ratings: dict[str, float] = Field(
        default_factory=dict, description='their word for a rating = our stars, as in { "Good" = 5 }; 0: no rating'
    )
    rating_of: int = Field(5, ge=2, le=100, description="the best rating there is; another than 5 is brought to 1..5")
    date_format: str | None = Field(
        None, description='how dates are written, as in "%d/%m/%Y %H:%M"; needed when day and month could be swapped'
    )
    time_zone: TimeZone = Field("UTC", description="of times that name none")
    encoding: str = Field("utf-8-sig", description='how the text is encoded, as in "cp1252" or "utf-16"')
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="found by itself when left out")
    header_rows: int = Field(1, ge=1, le=2, description="2 where a second row of column names stands below the first")
    kind: MentionKind | None = Field(None, description="what the rows are; from what they hold when left out")

    @model_validator(mode="before")
    @classmethod
    def _preset_first(cls, given: Any) -> Any:
        preset = PRESETS.get(str(given.get("preset"))) if isinstance(given, dict) else None
        return {**preset.settings, **given} if preset else given

    @field_validator("preset")
    @classmethod
    def _known_preset(cls, value: str | None) -> str | None:
        if value is not None and value not in PRESETS:
            raise ValueError(f"there is no such preset{nearest(value, list(PRESETS))}")
        return value

    @field_validator("take")
    @classmethod
    def _patterns(cls, value: dict[OurField, str]) -> dict[OurField, str]:
        for pattern in value.values():
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValueError(f'"{pattern}" is no regular expression: {error}') from None
            if groups != 1:
                raise ValueError(f'"{pattern}" needs one group in brackets: the part that is meant')
        return value

    @field_validator("ratings")
    @classmethod
    def _ratings_are_stars(cls, value: dict[str, float]) -> dict[str, float]:
        if wrong := [word for word, stars in value.items() if stars and not 1 <= stars <= 5]:
            raise ValueError(f'"{wrong[0]}" stands for 1 to 5 stars, or for 0: no rating')
        return {word.strip().casefold(): stars for word, stars in value.items()}

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


@dataclass(frozen=True, slots=True)
class Opened:
    """An export that is open for reading: which column is which field, which are none, its rows as they are needed."""

    mapping: Mapping[OurField, str]
    rows: Iterator[Row]
    unread: str  #: the columns that are not read, as a note tells them


def opened(path: Path, settings: TableSettings) -> Opened:
    """Open an export.

    Raises:
        SourceRefused: the file is missing, unreadable, of another kind, or lacks a column that is needed.
    """
    kind = format_of(path, settings)
    columns, records = _read(path, settings, kind)
    mapping = _mapping(columns, settings, path)
    rows = rows_of(records, mapping, settings.take, whole=kind != "jsonl")
    return Opened(mapping, rows, unread(columns, mapping))


def unread_note(export: Opened, path: Path) -> tuple[str, ...]:
    """Tells once for a file which of its columns are not read; nothing when all are."""
    told = _("%(file)s: columns not read: %(columns)s", file=path.name, columns=export.unread)
    return (told,) if export.unread else ()


def batches(rows: Iterator[Row]) -> Iterator[tuple[list[Row], bool]]:
    """Rows by the page, each with whether it is the last; at least one page, even when it is empty."""
    batch, last = list(itertools.islice(rows, PAGE_ROWS)), False
    while not last:
        following = list(itertools.islice(rows, PAGE_ROWS))
        last = not following
        yield batch, last
        batch = following


def tables(
    export: Opened, path: Path, settings: TableSettings, done: int, file: str = ""
) -> Iterator[tuple[Rows, bool]]:
    """The rows after those `done`, by the page, each with whether it is the last; `file` where there are several.

    Of a table of several pages the ids are looked at first: of an item that it holds twice, the last version counts,
    and rows that only share its id are rejected.
    """
    versions: Versions | None = None
    for batch, last in batches(itertools.islice(export.rows, done, None)):
        if versions is None and (done or not last):
            versions = _versions(export, path, settings, file)
        yield page_of(batch, settings, file, versions if last or versions is None else versions.untold()), last


def _versions(export: Opened, path: Path, settings: TableSettings, file: str) -> Versions:
    if "id" not in export.mapping:
        return Versions()
    return versions_of(lambda: opened(path, settings).rows, page_of((), settings, file))


def page_of(rows: Sequence[Row], settings: TableSettings, file: str = "", versions: Versions | None = None) -> Rows:
    """Rows with how they are to be read."""
    zone = ZoneInfo(settings.time_zone)
    return Rows(rows, settings.date_format, zone, settings.kind, settings.ratings, settings.rating_of, file, versions)


def format_of(path: Path, settings: TableSettings) -> str:
    """What an export is: csv, tsv, jsonl or xlsx; as it is set, else from the file's ending.

    Raises:
        SourceRefused: it is none of these.
    """
    ending = path.suffix.lower().lstrip(".")
    kind = settings.format or _ENDINGS.get(ending, ending)
    if kind not in {"csv", "tsv", "jsonl", "xlsx"}:
        said = (
            N_(
                "%(path)s: we read CSV, TSV, JSONL and XLSX; save it as one (an .xls is saved as .xlsx by any "
                'spreadsheet program), or say which it is: format = "csv"'
            )
            if kind == "xls"
            else N_('%(path)s: we read CSV, TSV, JSONL and XLSX; save it as one, or say which it is: format = "csv"')
        )
        raise SourceRefused(_(said, path=path))
    return kind


def _read(path: Path, settings: TableSettings, kind: str) -> tuple[list[str], Iterator[Record]]:
    if kind == "jsonl":
        return read_jsonl(path, settings.encoding)
    if kind == "xlsx":
        return read_workbook(path, settings.sheet, settings.header_rows)
    delimiter = settings.delimiter or ("\t" if kind == "tsv" else None)
    return read_csv(path, settings.encoding, delimiter, settings.header_rows)


def _mapping(columns: Sequence[str], settings: TableSettings, path: Path) -> dict[OurField, str]:
    if settings.preset is None:
        return mapped(columns, settings.map, path, settings.map_said_by)
    preset = PRESETS[settings.preset]
    return mapped_by(preset.columns, preset.needs, columns, settings.map, path, settings.map_said_by)
