"""`earful calibrate` and `earful read`: learning from what the team decided, and reading again with it."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from earful import clock
from earful.cli.context import configuration, emit, opened, put, say, stored
from earful.cli.options import AsJson
from earful.cli.plain import plain
from earful.cli.show import NO_TIME
from earful.cli.watch import Watch
from earful.configfile import Configuration
from earful.errors import ConfigError
from flows.steps.calibrate import Calibrated, calibrate_brand, told
from flows.steps.flag import flag_waiting
from flows.steps.read import read_waiting
from flows.steps.reread import Example, Reread, how_many_stale, in_words, read_again
from models import calibrations
from models.actor import system_user
from models.database import Database
from models.learning import CalibrationTry

_NAMES = {
    "macro_f1": "macro-F1",
    "negative_f1": "negative F1",
    "negative_precision": "negative precision",
    "negative_recall": "negative recall",
    "accuracy": "accuracy",
    "calibration_error": "calibration error",
}


def calibrate(
    *,
    brand: Annotated[str | None, Parameter(help="whose labels to learn from; left out: the only one there is")] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="only show before and after; store nothing")] = False,
    undo: Annotated[bool, Parameter(negative="", help="go back to the calibration before the one in use")] = False,
    json: AsJson = False,
) -> int:
    """Fit a brand's borders and confidence to what its team decided, and keep that only if held-out labels improve.

    Needs 50 labels, mixed as the stream is: cases resolved or dismissed as not negative, and the daily sample judged.

    Example: `earful calibrate --brand Brygvell --dry-run`
    """
    config = configuration()
    if undo and dry_run:
        raise ConfigError("--undo and --dry-run exclude each other")
    name = brand or _only(config)
    with stored(config) as database:
        if undo:
            return _undo(database, config, name, json=json)
        return _calibrate(database, config, name, dry_run=dry_run, json=json)


def _only(config: Configuration) -> str:
    brands = [each.name for each in config.settings.brands]
    if len(brands) > 1:
        raise ConfigError(f"say whose labels to learn from with --brand: {', '.join(brands)}")
    return brands[0]


def _calibrate(database: Database, config: Configuration, brand: str, *, dry_run: bool, json: bool) -> int:
    done = calibrate_brand(database, config, brand, system_user(), clock.now(), dry_run=dry_run)
    if json:
        emit(_as_json(done))
    else:
        _show(done)
    return 0


def _as_json(done: Calibrated) -> dict[str, Any]:
    found = done.refit
    return {
        "brand": done.brand,
        "labels": done.labels,
        "left_out": done.left_out,
        "wordless": done.wordless,
        "kept": found.kept and done.stored is not None,
        "better": found.kept,
        "relabels": found.relabels,
        "words": len(found.words),
        "before": told(found.before),
        "after": told(found.after),
        "stored_as": done.stored,
    }


def _show(done: Calibrated) -> None:
    table = Table("", "before", "after", box=None, pad_edge=False, header_style="bold")
    before, after = told(done.refit.before), told(done.refit.after)
    for key, name in _NAMES.items():
        table.add_row(name, f"{before[key]:.3f}", f"{after[key]:.3f}")
    Console(file=sys.stdout, highlight=False).print(table)
    put(f"\nOn {done.labels} labels of {plain(done.brand)}, each read by a fit to the others.")
    if done.left_out:
        more = "1 more is" if done.left_out == 1 else f"{done.left_out} more are"
        put(f"{more} left out: with them all, flagged posts would count for more than the stream has.")
    if done.wordless:
        more = "1 more teaches" if done.wordless == 1 else f"{done.wordless} more teach"
        put(f"{more} no words: a text that compares the brand with another teaches none, nor one that can't be scored.")
    put(_verdict(done))


def _verdict(done: Calibrated) -> str:
    if not done.refit.kept:
        return "That is no better than chance would make it, so everything stays as it was."
    what = "Labels and confidence change" if done.refit.relabels else "Every label stays; the confidence is more honest"
    if done.refit.words:
        what += f", with {len(done.refit.words)} words that the labels taught"
    if done.stored is None:
        return f"{what}. Nothing was stored; without --dry-run it would be kept."
    again = f'earful read --again --brand "{plain(done.brand)}"'
    return f"{what}. Kept; --undo goes back. `{again}` shows what that means for older mentions; --yes reads them so."


def _undo(database: Database, config: Configuration, brand: str, *, json: bool) -> int:
    name = config.settings.brand(brand).name
    with database.write() as session:
        undone = calibrations.undo(session, name, system_user(), clock.now())
        now = calibrations.in_use(session, name)
    if json:
        emit({"brand": name, "undone": undone.id if undone else None, "in_use": now.id if now else None})
    elif undone is None:
        say(f"{name} has no calibration to undo.")
    else:
        back = _which(now) if now else "what the reader comes with"
        put(f"Undid {_which(undone)}; {plain(name)} is read by {back} again.")
    return 0


def _which(one: CalibrationTry) -> str:
    return f"calibration {one.id} of {one.at:%Y-%m-%d %H:%M}"


def read(
    *,
    again: Annotated[bool, Parameter(negative="", help="read again what an older reader read")] = False,
    yes: Annotated[
        bool, Parameter(negative="", help="with --again: do it; left out, it only tells what would change")
    ] = False,
    brand: Annotated[str | None, Parameter(help="with --again: only this brand")] = None,
    json: AsJson = False,
) -> int:
    """Read and flag what waits; or, with --again, read again what another reader read, or with other names or words.

    What people decided stays. Stopped half-way, the same command goes on where it was.

    Example: `earful read --again`, then `earful read --again --yes`
    """
    config = configuration()
    if not again and (yes or brand):
        raise ConfigError("--yes and --brand belong to --again")
    with (stored if again and not yes else opened)(config) as database:
        return _again(database, config, brand, store=yes, json=json) if again else _waiting(database, config, json=json)


def _waiting(database: Database, config: Configuration, *, json: bool) -> int:
    count = read_waiting(database, config)
    flagged = flag_waiting(database, config)
    if json:
        emit({**asdict(count), "flagged": flagged})
    else:
        put(f"{count.in_words()}, {flagged} flagged.")
        if count.once:
            put(NO_TIME)
    return 0


def _again(database: Database, config: Configuration, brand: str | None, *, store: bool, json: bool) -> int:
    stale = how_many_stale(database, config, brand)
    say(f"{stale:,} mentions were last read by another reader, or with other words, themes, names or calibration.")
    with Watch() as watch:
        watch.step("reading again")
        done = read_again(database, config, brand=brand, store=store, progress=lambda done: watch.again(done.read))
    if json:
        emit(_reread_json(done, stored=store))
        return 0
    for sign, examples in (("+", done.more), ("-", done.fewer), ("=", done.other)):
        for each in examples:
            put(f"  {sign} #{each.mention_id:<6}{each.was.value} -> {each.now.value}  {plain(each.text)}")
    put(in_words(done) + ".")
    if store and done.once:
        put(NO_TIME)
    if not store and done.read:
        put("Nothing was stored; --yes does it.")
    return 0


def _reread_json(done: Reread, *, stored: bool) -> dict[str, Any]:
    names = ("read", "twice", "once", "relabelled", "rethemed", "flagged", "unflagged", "kept")
    examples = {name: [*map(_example, getattr(done, name))] for name in ("more", "fewer", "other")}
    themes = {theme: more for theme, more in done.themes.items() if more}
    return {**{name: getattr(done, name) for name in names}, "themes": themes, "stored": stored, **examples}


def _example(one: Example) -> dict[str, Any]:
    return {**one._asdict(), "was": one.was.value, "now": one.now.value}
