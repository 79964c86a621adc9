"""`earful run` and `earful import`: collect, read and flag, and tell what was seen and what may have been missed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, ClassVar, get_args

from cyclopts import Parameter
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connectors.columns import OurField
from connectors.file import FileSettings
from earful import clock
from earful.cli.context import configuration, emit, opened, say
from earful.cli.options import AsJson, OnlyBrand
from earful.cli.show import print_report
from earful.cli.watch import Watch
from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.when import back_to
from flows.steps.jobs import Job, check_ahead, jobs
from flows.steps.report import RunReport
from flows.steps.whole import run_here
from models.database import Database
from models.run import RunKind

STOPPED = "Stopped. What was stored so far is kept; the same command goes on from there."


def run(
    *,
    brand: OnlyBrand = None,
    source: Annotated[str | None, Parameter(help="only this source")] = None,
    since: Annotated[str | None, Parameter(help="read back to this time (2026-11-01) or so far back (7d)")] = None,
    json: AsJson = False,
) -> int:
    """Collect from every source, read what came, and flag what needs a person.

    Ends with 0 when every source was fully read, 3 when some were only in part or not, 4 when none could be read.

    Example: `earful run --brand Brygvell --since 7d`
    """
    config = configuration()
    check_ahead(config)
    todo = jobs(config.settings, brand, source)
    start = back_to(since, clock.now())
    with opened(config) as database:
        report = _elsewhere(database, config, brand, source, since) or _here(database, config, todo, start)
        return _told(database, config, report, as_json=json)


def import_file(
    file: Path,
    /,
    *,
    brand: Annotated[str, Parameter(help="the brand the rows are about")],
    map: Annotated[str | None, Parameter(help="our field = their column: text=Review,rating=Stars")] = None,  # noqa: A002 - the option's name
    name: Annotated[str | None, Parameter(help="the source's name; from the file's when left out")] = None,
    encoding: Annotated[str | None, Parameter(help="how the text is encoded, as in cp1252")] = None,
    delimiter: Annotated[str | None, Parameter(help="what stands between columns; found by itself")] = None,
    date_format: Annotated[str | None, Parameter(help="how dates are written, as in %d.%m.%Y")] = None,
    format: Annotated[str | None, Parameter(help="csv, tsv, jsonl or xlsx; from the file's ending")] = None,  # noqa: A002 - the option's name
    preset: Annotated[str | None, Parameter(help="whose export it is; `earful sources file` lists them")] = None,
    sheet: Annotated[str | None, Parameter(help="which sheet of a workbook; the first when left out")] = None,
    json: AsJson = False,
) -> int:
    """Read a CSV, TSV, JSONL or XLSX file of mentions or reviews once; every row counts as being about the brand.

    Rows that can't be used are kept with their reason. Read again, the same file adds nothing.

    Example: `earful import reviews.csv --brand Brygvell --map "text=Review text,rating=Stars,id=Review ID"`

    Example: `earful import responses.xlsx --brand Brygvell --preset typeform`
    """
    config = configuration()
    check_ahead(config)
    told = {"encoding": encoding, "delimiter": delimiter, "date_format": date_format, "format": format}
    told |= {"preset": preset, "sheet": sheet}
    job = _import_job(config, file, brand, name or f"import {file.name}"[:80], mapping_of(map), told)
    with opened(config) as database:
        return _told(database, config, _here(database, config, [job], None, RunKind.IMPORT), as_json=json)


class _OptionsOfImport(FileSettings):
    """A file whose settings are options of the command: what it answers names the option, not a key of earful.toml."""

    map_said_by: ClassVar[str] = '--map "%s=…"'


def _import_job(
    config: Configuration, file: Path, brand: str, name: str, mapping: dict[str, str], told: dict[str, str | None]
) -> Job:
    if not file.is_file():
        raise ConfigError(f"{file}: there is no such file")
    given = {key: value for key, value in told.items() if value is not None}
    settings = {"type": "file", "name": name, "path": file.absolute(), "map": mapping, **given}
    try:
        return Job(config.settings.brand(brand), _OptionsOfImport.model_validate(settings))
    except ValidationError as error:
        raise ConfigError("; ".join(_wrong_option(detail) for detail in error.errors())) from error


def _wrong_option(detail: ErrorDetails) -> str:
    option, *rest = (str(part) for part in detail["loc"])
    if option == "map":
        return f'--map: "{rest[0]}" is no field of ours; they are {", ".join(get_args(OurField))}'
    return f"--{option.replace('_', '-')}: {detail['msg'].removeprefix('Value error, ')}"


def mapping_of(text: str | None) -> dict[str, str]:
    """What `--map` says: our field -> their column.

    Raises:
        ConfigError: it can't be read; says how it is written.
    """
    pairs = [part.split("=", 1) for part in (text or "").split(",") if part.strip()]
    if wrong := [pair[0] for pair in pairs if len(pair) != 2]:
        raise ConfigError(f'--map: "{wrong[0]}" has no "="; write field=column, as in text=Review,rating=Stars')
    return {ours.strip(): theirs.strip() for ours, theirs in pairs}


def _elsewhere(
    database: Database, config: Configuration, brand: str | None, source: str | None, since: str | None
) -> RunReport | None:
    """The run done by the Prefect server that `earful up` keeps, where one is up for this data folder."""
    from flows.remote import run_there

    return run_there(database, config, brand, source, since, tell=say)


def _here(
    database: Database,
    config: Configuration,
    todo: Sequence[Job],
    since: datetime | None,
    kind: RunKind = RunKind.COLLECT,
) -> RunReport:
    try:
        with Watch() as watch:
            return run_here(database, config, todo, kind=kind, since=since, watcher=watch)
    except KeyboardInterrupt as stopped:
        raise KeyboardInterrupt(STOPPED) from stopped


def _told(database: Database, config: Configuration, report: RunReport, *, as_json: bool) -> int:
    if as_json:
        emit(report.as_json())
    else:
        print_report(database, report)
    place = f"flow run {report.flow_run_id} and run {report.run_id}" if report.flow_run_id else f"run {report.run_id}"
    say(f"Recorded as {place} in {config.settings.safe_url}.")
    return report.exit_code
