"""`earful rejected`: the records that could not be used, with their reasons; parsed again when something was mended."""

from typing import Annotated, Any

from cyclopts import Parameter

from earful.cli.context import configuration, emit, put, say, stored
from earful.cli.options import AsJson, AsJsonLines, OnlyBrand, OnlySource
from earful.cli.plain import plain
from earful.cli.show import print_report
from earful.text import excerpt
from flows.steps.jobs import check_ahead
from flows.steps.retry import retry_rejected
from flows.steps.whole import finish
from models.mention import RejectedRecord
from models.rejected import list_rejected


def list_kept(
    *,
    brand: OnlyBrand = None,
    source: OnlySource = None,
    limit: Annotated[int, Parameter(help="at most so many, the last seen first")] = 50,
    json: AsJsonLines = False,
) -> int:
    """List the records that could not be used: where each stood, why not, and how it begins.

    Example: `earful rejected list --source reviews`
    """
    config = configuration()
    with stored(config) as database, database.read() as session:
        name = config.settings.brand(brand).name if brand else None
        kept = list_rejected(session, name, source, limit)
        for record in kept:
            if json:
                emit(_shape(record))
            else:
                put(_line(record))
    if not kept:
        say("No record is kept: all that came could be used.")
    return 0


def _shape(record: RejectedRecord) -> dict[str, Any]:
    """The documented shape: docs/json.md."""
    return {
        "id": record.id,
        "brand": record.source.brand,
        "source": record.source.name,
        "where": record.position,
        "reason": record.reason,
        "first_seen_at": record.first_seen_at,
        "run": record.run_id,
        "raw": record.raw,
    }


def _line(record: RejectedRecord) -> str:
    place = plain(f"{record.source.brand} / {record.source.name}, {record.position}")
    seen = f"{record.first_seen_at:%d %b %Y %H:%M}"
    return f"#{record.id} {place} ({seen})\n  why: {plain(record.reason)}\n  raw: {plain(excerpt(record.raw, 160))}"


def retry(
    *,
    brand: OnlyBrand = None,
    source: OnlySource = None,
    json: AsJson = False,
) -> int:
    """Parse the kept records again, with today's connectors and settings, and store what can be used now.

    What is stored is read and flagged as if it had just been fetched. The rest is kept with the reason it has now.

    Example: `earful rejected retry --source reviews`
    """
    config = configuration()
    check_ahead(config)
    with stored(config) as database:
        done = finish(database, config, retry_rejected(database, config, brand, source))
        if json:
            emit(done.as_json())
        elif done.sources:
            print_report(database, done)
        else:
            say("Nothing to parse again: no record of a source in the settings is kept.")
        return done.exit_code
