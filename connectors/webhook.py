"""Reads what others deliver to Earful by a signed web request: the inbox keeps each delivery, a run collects them here.

Only what was delivered, signed and kept is read; nothing is fetched.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from connectors.base import Ask, Connector, Facts, Page, Parsed, as_json
from connectors.columns import OurField, mapped
from connectors.rows import Row, Rows, parse_rows, rows_of
from connectors.table import Record
from earful.errors import SkipRecord, SourceRefused
from earful.jsonbody import NotJson, values_in
from earful.settings import SourceSettings, TimeZone
from earful.signing import secret_names
from earful.speech import _
from earful.values import MentionKind


class WebhookSettings(SourceSettings):
    """What somebody delivers by a signed web request."""

    match: Literal["query", "all"] = Field(
        "all", description="`all`: what is delivered is about you; `query`: keep only what the brand's query matches"
    )
    map: dict[OurField, str] = Field(
        default_factory=dict,
        description='our field = "their field"; usual names are found by themselves, "" leaves a field out',
    )
    date_format: str | None = Field(None, description='how dates are written, as in "%d/%m/%Y %H:%M"; ISO is known')
    time_zone: TimeZone = Field("UTC", description="of times that name none")
    rating_of: int = Field(5, ge=2, le=100, description="the best rating there is; another than 5 is brought to 1..5")
    kind: MentionKind | None = Field(None, description="what the items are; from what they hold when left out")


def fetch(ask: Ask) -> Iterator[Page]:
    """Collect what was delivered, a page some deliveries. They are let go with the transaction that stores the page.

    Raises:
        ConfigError: the token or the secret is not set, so nothing can be delivered.
    """
    settings: WebhookSettings = ask.source
    for name in secret_names(settings.credentials):
        ask.secrets.require(name, _('the webhook "%(name)s" takes nothing without it', name=settings.name))
    last, number = int(ask.cursor.get("last", 0)), 0
    while deliveries := ask.delivered(last if number else 0):
        last, number = deliveries[-1].id, number + 1
        tables = [_table(rows_in(each.body, settings), settings) for each in deliveries]
        taken = tuple(each.id for each in deliveries)
        yield Page(tables, number, requests=0, cursor={"last": last}, collected=taken)
    if not number:
        yield Page([], requests=0, cursor={"last": last}, notes=(_("nothing was delivered since"),))


def rows_in(body: str, settings: WebhookSettings) -> list[Row]:
    """The items of one delivery under our names; one that can't be mapped has a problem that says why."""
    try:
        records = [_record(number, value) for number, value in enumerate(values_in(body), 1)]
    except NotJson as error:
        return [Row(1, {}, _("what was delivered is not JSON: %(why)s", why=error), body)]
    columns = list(dict.fromkeys(name for record in records for name in record.cells))
    try:
        mapping = mapped(columns, _there(settings.map, columns), Path(_("the delivery")))
    except SourceRefused as error:
        return [Row(record.line, {}, record.problem or str(error), record.raw) for record in records]
    return list(rows_of(iter(records), mapping, {}, whole=False))


def _there(wanted: Mapping[OurField, str], columns: Sequence[str]) -> dict[OurField, str]:
    """The mapping without fields that no item of this delivery has: a sender leaves out what it has no value for."""
    return {our: name if name in columns or name.split(".")[0] in columns else "" for our, name in wanted.items()}


def _record(number: int, value: Any) -> Record:
    if isinstance(value, dict):
        return Record(number, value, "", as_json(value))
    return Record(number, {}, _("it is JSON, but not an object with named fields"), as_json(value))


def _table(rows: Sequence[Row], settings: WebhookSettings) -> Rows:
    zone = ZoneInfo(settings.time_zone)
    return Rows(rows, settings.date_format, zone, settings.kind, rating_of=settings.rating_of, file="delivered")


def parse(page: Page) -> Parsed:
    """Mentions of the items; one that can't be used is rejected with its reason."""
    deliveries = [parse_rows(table) for table in page.content]
    return Parsed(
        [found for each in deliveries for found in each.found],
        [rejected for each in deliveries for rejected in each.rejected],
        tuple(missed for each in deliveries for missed in each.missed),
        tuple(note for each in deliveries for note in each.notes),
        sum(each.repeated for each in deliveries),
    )


def again(ask: Ask, raw: str) -> Page:
    """A page of the one item that was kept.

    Raises:
        SkipRecord: it is none, or not whole.
    """
    try:
        values_in(raw)
    except NotJson:
        raise SkipRecord(_("what was kept of it is not whole; it has to be delivered again")) from None
    return Page([_table(rows_in(raw, ask.source), ask.source)], requests=0)


CONNECTOR = Connector(
    name="webhook",
    settings=WebhookSettings,
    fetch=fetch,
    parse=parse,
    again=again,
    facts=Facts(
        reads="JSON that your own systems deliver by a signed web request: POST /webhooks/<token>",
        credentials="a token for the address and a secret to sign with, both made by you",
        terms="your own data; what you may do with it is between you, its origin and your customers",
        completeness="every delivery that was answered with 202; what its sender gave up is not known here",
    ),
    secrets=("EARFUL_WEBHOOK_TOKEN", "EARFUL_WEBHOOK_SECRET"),
)
