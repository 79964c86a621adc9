"""`earful rules`: the rules that count, in order, and what they would make of all that is stored."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from earful import clock
from earful.cli.context import configuration, emit, put, say, stored
from earful.cli.options import AsJson, AsJsonLines
from earful.cli.plain import plain
from earful.configfile import Configuration
from earful.settings import Rule
from inbox.rulewords import asked, follows
from models.accounts import agents
from models.database import Database
from models.pipeline import judged
from models.rules import in_force, is_given_to_nobody
from triage.rules import ask_authors
from triage.stored import Trial, tried

EVERYTHING = 2**53


def list_rules(*, json: AsJsonLines = False) -> int:
    """List the rules that count, in the order in which they are asked: those of earful.toml, then those of the inbox.

    Example: `earful rules list`
    """
    config = configuration()
    with stored(config) as database:
        rules = _in_force(database, config)
        with database.read() as session:
            known = agents(session)
    for rule in rules:
        emit(rule.model_dump(mode="json")) if json else put(plain(_line(rule)))
        if is_given_to_nobody(rule, known):
            say(plain(f'"{rule.name}" gives cases to "{rule.assignee}", and nobody of this name works on cases'))
    return 0


def try_rules(
    file: Annotated[Path, Parameter(help="another configuration file, for its [[rules]]")],
    /,
    *,
    json: AsJson = False,
) -> int:
    """Tell what the rules of another configuration file would flag more and fewer of all that is stored.

    Nothing is changed. The rules that the inbox keeps count on both sides.

    Example: `earful rules try changed.toml`
    """
    from connectors.registry import source_types
    from earful.configfile import load

    config = configuration()
    changed = load(file, source_types())
    with stored(config) as database:
        trial = _tried(database, config, changed)
    emit(asdict(trial)) if json else _print(trial)
    return 0


def _in_force(database: Database, config: Configuration) -> tuple[Rule, ...]:
    with database.read() as session:
        return in_force(session, config.settings.rules)


def _tried(database: Database, config: Configuration, changed: Configuration) -> Trial:
    today, other = _in_force(database, config), _in_force(database, changed)
    with database.read() as session:
        batches = judged(session, EVERYTHING, authors=ask_authors((*today, *other)))
        return tried(batches, config.settings, today, other, clock.now())


def _line(rule: Rule) -> str:
    asks, then = " and ".join(asked(rule)), ", ".join(follows(rule))
    return f"{rule.name}: {rule.does} what {asks}" + (f": {then}" if then else "")


def _print(trial: Trial) -> None:
    otherwise = f"{trial.sorted:,} sorted otherwise"
    put(f"{trial.looked:,} looked at: {trial.more:,} more flagged, {trial.fewer:,} fewer, {otherwise}")
    for title, examples in (("More:", trial.more_of), ("Fewer:", trial.fewer_of)):
        for number, each in enumerate(examples):
            if not number:
                put(title)
            put(f"  {each.brand} · {each.source}: {plain(each.text)}")
