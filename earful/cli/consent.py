"""`earful consent grant | revoke | show`: who allowed to be quoted, how that is known, and until when."""

from datetime import date, datetime
from typing import Annotated, Any

from cyclopts import Parameter

from campaigns.consent import (
    Act,
    Record,
    Whose,
    end_of_day,
    granted,
    look_up,
    named,
    of_mention,
    record_grant,
    record_revocation,
)
from earful import clock
from earful.cli.context import configuration, emit, opened, put, say, stored
from earful.cli.options import AsJson, AsJsonLines
from earful.cli.plain import plain
from earful.configfile import Configuration
from earful.errors import ConfigError
from models.actor import system_user
from models.database import Database

BrandName = Annotated[str | None, Parameter(help="the brand the author wrote about")]
SourceName = Annotated[str | None, Parameter(help="the source the author wrote at")]
AuthorName = Annotated[str | None, Parameter(help="the author's name, as it stands at the source")]
MentionId = Annotated[
    int | None, Parameter(help="in place of brand, source and author: the id of something the author wrote")
]
By = Annotated[str | None, Parameter(help="who records it; you, when left out")]


def grant(
    *,
    proof: Annotated[str, Parameter(help="where the author's leave can be seen: a link, a ticket, their answer")],
    brand: BrandName = None,
    source: SourceName = None,
    author: AuthorName = None,
    mention: MentionId = None,
    expires: Annotated[
        date | None,
        Parameter(help="the last day it holds (2027-01-31), in the brand's time zone; for good, if left out"),
    ] = None,
    by: By = None,
    json: AsJson = False,
) -> None:
    """Record that an author allows to be quoted, with its proof. Granting again renews proof and expiry.

    A post is never its own proof: praise is not leave to quote it.

    Example: `earful consent grant --brand Brygvell --source reviews --author "Kari N." --proof "ticket 4711: her mail"`
    """
    whose = _whose(brand, source, author, mention)
    config = configuration()
    with opened(config) as database:
        until = _until(database, config, whose, expires)
        _tell(record_grant(database, whose, Act(by or system_user(), clock.now(), proof), until), as_json=json)


def revoke(
    *,
    brand: BrandName = None,
    source: SourceName = None,
    author: AuthorName = None,
    mention: MentionId = None,
    proof: Annotated[str, Parameter(help="how they said so; may be left out")] = "",
    by: By = None,
    json: AsJson = False,
) -> None:
    """Record that an author allows it no longer. From now on nothing of theirs is exported.

    Example: `earful consent revoke --brand Brygvell --source reviews --author "Kari N." --proof "her call of 4 March"`
    """
    whose = _whose(brand, source, author, mention)
    with opened(configuration()) as database:
        _tell(record_revocation(database, whose, Act(by or system_user(), clock.now(), proof)), as_json=json)


def show(
    *, brand: BrandName = None, source: SourceName = None, author: AuthorName = None, json: AsJsonLines = False
) -> None:
    """Show who allowed what, with everything that was recorded about it.

    Example: `earful consent show --brand Brygvell`
    """
    with stored(configuration()) as database, database.read() as session:
        found = look_up(session, brand, source, author)
    if not found:
        say("No consent of that kind is recorded. `earful consent grant` records one.")
    for record in found:
        _tell(record, as_json=json)


def _whose(brand: str | None, source: str | None, author: str | None, mention: int | None) -> Whose:
    if mention is not None and not (brand or source or author):
        return of_mention(mention)
    if mention is None and brand and source and author:
        return named(brand, source, author)
    raise ConfigError("say whose consent it is: --brand, --source and --author together, or --mention alone")


def _until(database: Database, config: Configuration, whose: Whose, expires: date | None) -> datetime | None:
    """The first moment that a consent with this last day no longer covers, where its brand is at home."""
    if expires is None:
        return None
    with database.read() as session:
        brand = whose(session).brand
    zones = {each.name: each.time_zone for each in config.settings.brands}
    return end_of_day(expires, zones.get(brand, "UTC"))


def _tell(record: Record, *, as_json: bool) -> None:
    if as_json:
        emit(as_record(record))
    else:
        put("\n".join(_lines(record)))


def as_record(record: Record) -> dict[str, Any]:
    """The documented JSON shape of a consent: docs/consent.md."""
    standing = record.standing
    return {
        "brand": record.whose.brand,
        "source": record.whose.source,
        "author": record.whose.author,
        "state": standing.state.value,
        "allowed": granted(standing, clock.now()),
        "proof": standing.proof,
        "changed_at": standing.changed_at,
        "expires_at": standing.expires_at,
        "version": standing.version,
        "history": [
            {"at": entry.at, "actor": entry.actor, "action": entry.action, "proof": entry.proof}
            for entry in record.history
        ],
    }


def _lines(record: Record) -> list[str]:
    whose, standing = record.whose, record.standing
    allowed = "" if granted(standing, clock.now()) or standing.state.value != "granted" else ", expired"
    until = f", until {standing.expires_at:%Y-%m-%d %H:%M} UTC" if standing.expires_at else ""
    head = f"{plain(whose.author)} ({plain(whose.source)}, {plain(whose.brand)}): {standing.state.value}"
    past = [
        f"  {entry.at:%Y-%m-%d %H:%M} {entry.action} by {plain(entry.actor)}: {plain(entry.proof) or '-'}"
        for entry in record.history
    ]
    return [head + until + allowed, *past]
