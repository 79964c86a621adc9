"""`earful init`, `check`, `sources`, `docs` and `db`: setting Earful up and finding one's way."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors.base import Ask, Connector
from connectors.presets import PRESETS, Preset
from connectors.registry import CONNECTORS, connector
from earful.cli.checked import result, secrets_of, strangers
from earful.cli.context import configuration, emit, opened, put, say
from earful.cli.options import AsJson, AsJsonLines
from earful.cli.plain import plain
from earful.configfile import Configuration
from earful.configplace import CONFIG_NAME
from earful.errors import NOTHING_READ, PARTLY_READ, ConfigError, EarfulError, SourceError
from earful.settings import Brand, Settings
from flows.steps.jobs import Job, check_ahead, jobs
from flows.steps.names import forms_missed, unknown_languages
from models.database import Database, head

STARTER = Path(__file__).parent.parent / "starter.toml"
SAMPLE_DATA = "earful-sample"  # as its configuration has it
DOCS = Path(__file__).parent.parent.parent / "docs"


def init(*, file: Annotated[Path, Parameter(help="where to write it")] = Path(CONFIG_NAME)) -> int:
    """Write a commented earful.toml to start from. What is there already is never overwritten.

    Example: `earful init`
    """
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(STARTER.read_text("utf-8"))
    except FileExistsError as error:
        raise ConfigError(
            f"{file} is there already and was left as it is; edit it, or name another with --file"
        ) from error
    except OSError as error:
        raise ConfigError(f"{file} can't be written: {error.strerror}") from error
    say(f"Wrote {file}. Set your brand and its sources in it, then `earful check` proves each of them.")
    _tell_of_data(file.absolute().parent)
    return 0


def _tell_of_data(folder: Path) -> None:
    """Say what is there already of one's own and of the sample, and how to begin without it."""
    data, sample = folder / Settings.model_fields["data_dir"].default, Path.cwd() / SAMPLE_DATA
    if data.exists():
        away = f"mv {quote(str(data))} {quote(f'{data}-before')}"
        say(f"{data} is there already and will be used; to begin without it: {away}")
    if sample.exists():
        say(f"What the sample left is apart, in {sample}; when you need it no more: rm -r {quote(str(sample))}")


def check(*, json: AsJsonLines = False) -> int:
    """Prove configuration, reader, database, one real page of each source, and that the team can be told.

    Stores and sends nothing.

    Ends with 0 when all is well, 2 for a mistake in the configuration, 3 when a source can't be read, 4 when none can.

    Example: `earful check`
    """
    config = configuration()
    check_ahead(config)
    database = _database(config)
    read = [_source(config, job) for job in jobs(config.settings)]
    told = list(secrets_of(config))
    for each in [database, *read, *told]:
        if json:
            emit(each)
        else:
            put(f"{'ok  ' if each['ok'] else 'FAIL'}  {each['what']}: {plain(each['said'])}")
    for brand in config.settings.brands:
        _hint(brand)
    for line in strangers(config) if database["ok"] else ():
        say(plain(line))
    codes = [int(each["code"]) for each in read]
    if set(codes) == {NOTHING_READ}:
        return NOTHING_READ
    return max(*(int(each["code"]) for each in [database, *told]), *(min(code, PARTLY_READ) for code in codes))


def _hint(brand: Brand) -> None:
    """Say where a query misses forms of the brand's name, for what is not found is not kept; and lost languages."""
    forms = forms_missed(brand) if any(source.match == "query" for source in brand.sources) else []
    if forms:
        written = " or ".join(f'"{form}"' for form in forms)
        say(f"{plain(brand.name)}: its query finds whole words, not {written}; `{brand.name}*` in it finds these too.")
    for code in unknown_languages(brand):
        say(f'{plain(brand.name)}: no reader knows the language "{plain(code)}", so it counts as not named.')


def _database(config: Configuration) -> dict[str, Any]:
    what = f"database {config.settings.safe_url}"
    try:
        with Database(config.settings.store_url) as database:
            database.check_place()
            revision = database.revision()
    except EarfulError as error:
        return result(what, str(error), error)
    state = (
        "its tables are up to date"
        if revision == head()
        else "its tables are made or brought up to date by `earful run`"
    )
    return result(what, state)


def _source(config: Configuration, job: Job) -> dict[str, Any]:
    what = f"{job.brand.name} / {job.source.name}"
    reads = connector(job.source.type)
    try:
        page = next(reads.fetch(Ask(job.source, job.query, {}, config.secrets, None, config.folder)), None)
        parsed = reads.parse(page) if page else None
    except SourceError as error:
        return {**result(what, str(error), error), "code": NOTHING_READ}
    except ConfigError as error:
        return result(what, str(error), error)
    if parsed is None:
        return result(what, "answered with nothing to read")
    said = f"first page has {len(parsed.found)} items, {len(parsed.rejected)} that can't be used"
    missed = [*(page.missed if page else ()), *parsed.missed]
    if missed or (parsed.rejected and not parsed.found):
        why = "; ".join(each.detail for each in missed) or parsed.rejected[0].reason
        return result(what, f"{said}: {why}", SourceError(why))
    return result(what, said)


def sources(kind: str | None = None, /, *, json: AsJsonLines = False) -> int:
    """List the types of source, or one with all its settings and presets: what it reads, needs, may and misses.

    Example: `earful sources file`
    """
    chosen = {kind: connector(kind)} if kind else dict(sorted(CONNECTORS.items()))
    for name, each in chosen.items():
        if json:
            emit(_facts(name, each))
        else:
            _print_source(name, each, whole=kind is not None)
    return 0


def _print_source(name: str, each: Connector, *, whole: bool) -> None:
    put(f"{name}\n  reads         {each.facts.reads}\n  credentials   {each.facts.credentials}")
    if each.secrets:
        put(f"  secrets       {', '.join(each.secrets)}")
    put(f"  terms         {each.facts.terms}\n  completeness  {each.facts.completeness}\n  settings")
    for key, said in _settings(each).items():
        put(f"    {key:<14}{said}")
    for preset, known in _presets(each).items() if whole else ():
        put(f'  preset = "{preset}"\n    {known.title}: {known.get}')
        for field, names in known.columns.items():
            put(f"    {field:<14}{_columns(names)}")


def _columns(names: Sequence[str]) -> str:
    """The columns a preset looks for; where it looks for how a question is worded, only that it does."""
    said = [f'"{name}"' for name in names if not name.startswith("~")]
    return " or ".join([*said, "a question about it"] if len(said) < len(names) else said)


def _presets(each: Connector) -> Mapping[str, Preset]:
    return PRESETS if "preset" in each.settings.model_fields else {}


def _facts(name: str, each: Connector) -> dict[str, Any]:
    facts = each.facts
    return {
        "type": name,
        "reads": facts.reads,
        "credentials": facts.credentials,
        "terms": facts.terms,
        "completeness": facts.completeness,
        "secrets": list(each.secrets),
        "settings": _settings(each),
        "presets": {name: preset.model_dump(mode="json") for name, preset in _presets(each).items()},
    }


def _settings(each: Connector) -> dict[str, str]:
    return {key: field.description or "" for key, field in each.settings.model_fields.items() if key != "type"}


def docs(page: str | None = None, /) -> int:
    """List the pages of the documentation, or print one.

    Example: `earful docs configuration`
    """
    pages = {path.relative_to(DOCS).with_suffix("").as_posix(): path for path in sorted(DOCS.rglob("*.md"))}
    if not pages:
        raise ConfigError("the documentation is in the docs/ folder of the checkout; this installation has none")
    if page is None:
        for name, path in pages.items():
            put(f"{name:<28}{_title(path)}")
        return 0
    if page not in pages:
        raise ConfigError(f'there is no page "{page}"; `earful docs` lists them')
    put(pages[page].read_text("utf-8"))
    return 0


def _title(path: Path) -> str:
    return path.read_text("utf-8").splitlines()[0].lstrip("# ")


def db_upgrade() -> int:
    """Make the database's tables, or bring them up to date. `earful run` and `earful up` do it by themselves.

    Example: `earful db upgrade`
    """
    config = configuration()
    with opened(config) as database:
        say(f"{config.settings.safe_url} is at {database.revision()}")
    return 0


def db_status(*, json: AsJson = False) -> int:
    """Tell where the database is and whether its tables are up to date. Changes nothing.

    Example: `earful db status`
    """
    config = configuration()
    with Database(config.settings.store_url) as database:
        revision = database.revision()
    if json:
        emit(
            {"database": config.settings.safe_url, "revision": revision, "head": head(), "current": revision == head()}
        )
        return 0
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in (
        ("database", config.settings.safe_url),
        ("revision", revision or "none yet"),
        ("newest", head()),
    ):
        table.add_row(Text(name), Text(value))
    Console(highlight=False).print(table)
    return 0
