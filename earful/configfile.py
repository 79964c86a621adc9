"""Reads `earful.toml` as a whole: settings, or every mistake in it with file, line and the nearest word."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from earful.configplace import SAMPLE_CONFIG
from earful.errors import ConfigError, nearest
from earful.invalid import choices, wrong_with
from earful.secrets import Secrets
from earful.settings import Settings, SourceSettings

SourceTypes = Mapping[str, type[SourceSettings]]


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that one Earful works with: what is set, where relative paths count from, and the way to its secrets."""

    settings: Settings
    folder: Path
    secrets: Secrets
    path: Path

    @property
    def is_sample(self) -> bool:
        """Whether this is the shipped sample rather than a team's own configuration."""
        return self.path == SAMPLE_CONFIG


def load(path: Path, source_types: SourceTypes, environ: Mapping[str, str] = os.environ) -> Configuration:
    """Read and validate a configuration file as a whole; `source_types` says which connectors there are.

    `EARFUL_DATABASE_URL` and `EARFUL_DATA_DIR` in the environment or in `.env` win over the file.

    Raises:
        ConfigError: the file is missing, no TOML, or has mistakes; the message lists every one with its line.
    """
    text = _file_text(path)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    settings = _validated(table, source_types, Lines(text), path)
    secrets = Secrets(Path.cwd() if path == SAMPLE_CONFIG else path.parent, environ)
    placed = settings.model_copy(update=_places(settings, path, secrets))
    return Configuration(placed, path.parent, secrets, path)


def _file_text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file; `earful init` writes one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error


def _places(settings: Settings, path: Path, secrets: Secrets) -> dict[str, Any]:
    base = Path.cwd() if path == SAMPLE_CONFIG else path.parent
    named = secrets.get("EARFUL_DATA_DIR")
    return {
        "data_dir": (Path(named).expanduser() if named else base / settings.data_dir).absolute(),
        "themes": (base / settings.themes).absolute(),
        "reader": _reader(settings.reader, base),
        "database_url": secrets.get("EARFUL_DATABASE_URL") or settings.database_url,
    }


def _reader(name: str, base: Path) -> str:
    """The reader with the folder of its model as a whole path, where that folder is beside the configuration."""
    kind, _colon, folder = name.partition(":")
    beside = base / Path(folder).expanduser()
    return f"{kind}:{beside.absolute()}" if folder and beside.is_dir() else name


@dataclass(frozen=True, slots=True)
class _Mistake:
    line: int
    text: str


def _validated(table: dict[str, Any], types: SourceTypes, lines: "Lines", path: Path) -> Settings:
    sources, mistakes = _typed_sources(table, types, lines)
    mistakes += [*_named_twice(table, lines), *_about_nobody(table, lines)]
    try:
        settings = Settings.model_validate(_with_sources(table, sources))
    except ValidationError as error:
        mistakes += [_mistake(detail, Settings, (), lines) for detail in error.errors() if not _echo(detail)]
    if mistakes:
        ordered = sorted(dict.fromkeys(mistakes), key=lambda mistake: mistake.line)
        found = "\n".join(f"{path}:{mistake.line}: {mistake.text}" for mistake in ordered)
        raise ConfigError(f"{len(ordered)} mistake{'s' * (len(ordered) > 1)} in the configuration\n{found}")
    return settings


def _echo(detail: ErrorDetails) -> bool:
    """Whether this says only that a list is too short because its items have mistakes, which are told anyway."""
    return detail["type"] == "too_short" and bool(detail["input"])


_Place = tuple[str | int, ...]


def _typed_sources(
    table: dict[str, Any], types: SourceTypes, lines: "Lines"
) -> tuple[dict[_Place, SourceSettings], list[_Mistake]]:
    """Each source's table as its connector's own settings, and what is wrong with those that can't be."""
    good: dict[_Place, SourceSettings] = {}
    mistakes: list[_Mistake] = []
    for place, raw in _source_tables(table):
        kind = raw.get("type")
        model = types.get(kind) if isinstance(kind, str) else None
        if model is None:
            mistakes.append(_Mistake(lines.of((*place, "type")), _no_such_type(kind, types)))
            continue
        try:
            good[place] = model.model_validate(raw)
        except ValidationError as error:
            mistakes += [_mistake(detail, model, place, lines) for detail in error.errors()]
    return good, mistakes


def _no_such_type(kind: object, types: SourceTypes) -> str:
    return f'there is no source type "{kind}"{nearest(str(kind), list(types))}' if kind else 'a source needs a "type"'


def _source_tables(table: dict[str, Any]) -> list[tuple[_Place, dict[str, Any]]]:
    return [
        (("brands", number, "sources", index), source)
        for number, brand in enumerate(_list_of_tables(table.get("brands")))
        for index, source in enumerate(_list_of_tables(brand.get("sources")))
    ]


def _list_of_tables(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _named_twice(table: dict[str, Any], lines: "Lines") -> Iterator[_Mistake]:
    """Names that stand a second time where each may stand once."""
    lists = [
        (("brands",), table.get("brands"), 'there are two brands named "{}"; put their sources under one'),
        (("notifications",), table.get("notifications"), 'there are two notification channels named "{}"'),
        (("people",), table.get("people"), 'there are two people named "{}"'),
        (("rules",), table.get("rules"), 'there are two rules named "{}"'),
        *(
            (("brands", number, "sources"), brand.get("sources"), 'this brand has two sources named "{}"')
            for number, brand in enumerate(_list_of_tables(table.get("brands")))
        ),
    ]
    for place, listed, said in lists:
        known: set[str] = set()
        for index, each in enumerate(_list_of_tables(listed)):
            name = str(each.get("name", ""))
            if name and name.casefold() in known:
                yield _Mistake(lines.of((*place, index, "name")), said.format(name))
            known.add(name.casefold())


def _about_nobody(table: dict[str, Any], lines: "Lines") -> Iterator[_Mistake]:
    """Sources about a competitor that their brand does not have."""
    for place, source in _source_tables(table):
        brand = _list_of_tables(table["brands"])[int(place[1])]
        known = [str(rival.get("name")) for rival in _list_of_tables(brand.get("competitors"))]
        about = source.get("about")
        if isinstance(about, str) and about and about not in known:
            said = f'"{about}" is no competitor of this brand{nearest(about, known)}'
            yield _Mistake(lines.of((*place, "about")), said)


def _with_sources(table: dict[str, Any], sources: Mapping[_Place, SourceSettings]) -> dict[str, Any]:
    """The same table with each source replaced by its settings; those with mistakes are left out, they are told of."""
    brands = table.get("brands")
    if not isinstance(brands, list):
        return table

    def typed(number: int, brand: object) -> object:
        if not isinstance(brand, dict) or not isinstance(brand.get("sources"), list):
            return brand
        own = [source for place, source in sources.items() if place[1] == number]
        return {**brand, "sources": [*own, *(each for each in brand["sources"] if not isinstance(each, dict))]}

    return {**table, "brands": [typed(number, brand) for number, brand in enumerate(brands)]}


def _mistake(detail: ErrorDetails, model: type[BaseModel], place: _Place, lines: "Lines") -> _Mistake:
    loc = tuple(part for part in detail["loc"] if part != "[key]")  # what pydantic puts where a key itself is wrong
    path = (*place, *loc)
    name = ".".join(str(part) for part in loc if not isinstance(part, int))
    if detail["type"] == "extra_forbidden" or loc != detail["loc"]:
        key = str(path[-1])
        said = f'unknown key "{key}"{nearest(key, choices(detail) or _fields_at(model, loc[:-1]))}'
    elif detail["type"] == "missing":
        said = f'"{path[-1]}" is missing'
    elif detail["type"] == "no_such_name":
        said = detail["msg"]
    else:
        said = f"{name}: {_plain(detail, name)}" if name else _plain(detail, name)
    return _Mistake(lines.of(path), said)


_TABLE, _DAY = "this must be a table", 'this must be a day, as in "2026-12-24"'
_IN_TOML = {
    "dict_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
    "tuple_type": "this must be a list, in square brackets",
    "too_short": "this needs at least one",
    "string_too_short": "this is empty",
    "string_pattern_mismatch": "this is written otherwise; `earful sources` says what it is",
    "path_type": "this must be a text",
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
}
"""What pydantic found, as a configuration has it; the rest `earful.invalid` says as it does of anything sent."""


def _plain(detail: ErrorDetails, name: str) -> str:
    given = detail["input"]
    if detail["type"] == "tuple_type" and isinstance(given, dict):
        return f"there can be several of these, so each begins with [[{name}]]"
    if known := choices(detail):
        return f'"{given}" is not known here{nearest(str(given), known)}'
    said = _IN_TOML.get(detail["type"]) or wrong_with(detail)
    told = not isinstance(given, str | int | float | bool) or "\n" in said or f'"{given}"' in said
    return said if told else f"{said}; it says {_as_written(given)}"


def _as_written(given: str | float) -> str:
    return str(given).lower() if isinstance(given, bool) else f'"{given}"' if isinstance(given, str) else str(given)


def _fields_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that are valid at a place in the configuration, for the nearest word."""
    for part in loc:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _model_in(part))), None)


class Lines:
    """Finds the line of a key in a TOML text, which the standard parser does not tell."""

    _HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
    _KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")

    def __init__(self, text: str) -> None:
        self._line: dict[_Place, int] = {}
        counts: dict[_Place, int] = {}
        table: _Place = ()
        for number, line in enumerate(text.splitlines(), 1):
            if header := self._HEADER.match(line):
                table = self._placed(_keys(header[2]), counts, new=header[1] == "[[")
                self._line.setdefault(table, number)
            elif key := self._KEY.match(line):
                self._line.setdefault((*table, *_keys(key[1])), number)

    @staticmethod
    def _placed(keys: Sequence[str], counts: dict[_Place, int], *, new: bool) -> _Place:
        place: _Place = ()
        for position, key in enumerate(keys):
            place = (*place, key)
            if new and position == len(keys) - 1:
                counts[place] = counts.get(place, -1) + 1
            if place in counts:
                place = (*place, counts[place])
        return place

    def exactly(self, path: Sequence[str | int]) -> int | None:
        """The line of this very key or table; None when the file does not set it."""
        return self._line.get(tuple(path))

    def of(self, path: Sequence[str | int]) -> int:
        """The line of this key, or of the nearest table around it; 1 when nothing of it stands in the file."""
        for length in range(len(path), 0, -1):
            if (line := self._line.get(tuple(path[:length]))) is not None:
                return line
        return 1


def _keys(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", dotted)]
