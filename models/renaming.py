"""Gives an account another name. What is theirs today goes along; what they did stays under the name of then."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from earful.errors import ConfigError
from models.account import User
from models.accounts import fit_name
from models.case import Case
from models.outbox import OutboxEntry
from models.people import PERSON, handle
from models.rules import change_rule, list_rules, read_rule


@dataclass(frozen=True, slots=True)
class Renamed:
    """What went along."""

    was: str
    cases: int
    rules: int


def rename(session: Session, user: User, name: str, by: str, at: datetime) -> Renamed:
    """Call a user something else, everywhere at once. Nobody else can take the name they had.

    Raises:
        AccountRefused: the name is unfit, or is or was somebody else's.
    """
    was, user.name = user.name, fit_name(session, name, user)
    user.former_names = [each for each in dict.fromkeys([*user.former_names, was]) if each != user.name]
    session.flush()
    _tell_under(session, was, user.name)
    return Renamed(was, _give_cases(session, was, user.name), _change_rules(session, was, user.name, by, at))


def _give_cases(session: Session, was: str, name: str) -> int:
    given = update(Case).where(Case.assignee == was).values(assignee=name)
    return session.connection().execute(given).rowcount


def _change_rules(session: Session, was: str, name: str, by: str, at: datetime) -> int:
    """Rules that can't be read any more name nobody, and are left."""
    theirs = [row for row in list_rules(session) if handle(str(row.definition.get("assignee", ""))) == handle(was)]
    changed = 0
    for row in theirs:
        try:
            rule = read_rule(row).model_copy(update={"assignee": name})
        except ConfigError:
            continue
        change_rule(session, row.id, row.version, rule, by, at)
        changed += 1
    return changed


def _tell_under(session: Session, was: str, name: str) -> None:
    """What waits to be told to them is told to them."""
    waits = (OutboxEntry.channel == f"{PERSON}{handle(was)}", OutboxEntry.sent_at.is_(None))
    session.connection().execute(update(OutboxEntry).where(*waits).values(channel=f"{PERSON}{handle(name)}"))
