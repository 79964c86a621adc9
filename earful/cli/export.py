"""`earful export testimonials | mentions`: files for a campaign tool, a spreadsheet or a program."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from campaigns.exports import Exported, export_mentions, export_testimonials
from campaigns.files import USUAL, Format
from campaigns.testimonials import HeldBack
from earful import clock
from earful.cli.context import configuration, emit, put, say, stored
from earful.cli.options import AsJson, OnlyBrand
from earful.when import back_to

Folder = Annotated[Path, Parameter(name="--out", help="the folder to write to; made when it is not there")]
Kinds = Annotated[
    list[Format] | None,
    Parameter(name="--format", negative=(), help="csv, jsonl or xlsx, also several; csv and jsonl when left out"),
]


def testimonials(
    *,
    brand: OnlyBrand = None,  # noqa: PT028
    folder: Folder = Path(),  # noqa: PT028
    formats: Kinds = None,  # noqa: PT028
    json: AsJson = False,  # noqa: PT028
) -> None:
    """Write testimonials.csv and .jsonl (or .xlsx): the praise whose authors allow it, unchanged since they did.

    Says how many were held back, and why. The files appear whole or not at all.

    Example: `earful export testimonials --brand Brygvell --out campaign`
    """
    with stored(configuration()) as database:
        done = export_testimonials(database, folder, _chosen(formats), clock.now(), brand)
    _tell(done, "testimonial", as_json=json)


def mentions(
    *,
    brand: OnlyBrand = None,
    since: Annotated[str | None, Parameter(help="published since this time (2026-11-01), or so far back (30d)")] = None,
    folder: Folder = Path(),
    formats: Kinds = None,
    json: AsJson = False,
) -> None:
    """Write mentions.csv and .jsonl (or .xlsx): everything that was heard, with what was read in it.

    Example: `earful export mentions --since 30d --format xlsx --out report`
    """
    start = back_to(since, clock.now())
    with stored(configuration()) as database:
        done = export_mentions(database, folder, _chosen(formats), brand, start)
    _tell(done, "mention", as_json=json)


def _chosen(formats: list[Format] | None) -> list[Format]:
    return list(dict.fromkeys(formats or USUAL))


def _tell(done: Exported, what: str, *, as_json: bool) -> None:
    """Say what was written and held back on stderr; on stdout go the summary, or the paths."""
    say(f"{done.written} {what}{'' if done.written == 1 else 's'} written.")
    if held := sum(done.held_back.values()):
        say(f"{held} held back:")
    for reason, count in done.held_back.items():
        say(f"  {count:>6}  {reason.value}")
    if HeldBack.NO_CONSENT in done.held_back:
        say("Whoever says yes is recorded with `earful consent grant`.")
    if as_json:
        emit(_record(done))
    else:
        put("\n".join(str(path) for path in done.files))


def _record(done: Exported) -> dict[str, Any]:
    """The documented JSON shape: docs/exports.md."""
    return {
        "files": [str(path) for path in done.files],
        "written": done.written,
        "held_back": {reason.name.lower(): count for reason, count in done.held_back.items()},
    }
