"""Keeps a team's own rules: which count now and in what order, and who changed what when."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from earful.errors import ConfigError, Conflict, EarfulError
from earful.settings import Rule
from earful.speech import N_, _
from models.accounts import agent_called, folded
from models.rule import RuleChange, StoredRule

MOST = 200


class RuleRefused(EarfulError):
    """The rule can't be kept like this; says why."""


def list_rules(session: Session) -> Sequence[StoredRule]:
    """All rules the store keeps, also those that are off, in their order."""
    return session.scalars(select(StoredRule).order_by(StoredRule.place, StoredRule.id)).all()


def in_force(session: Session, of_file: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules that count, in order: those of the configuration file, then those kept here that are on.

    Raises:
        ConfigError: one that is kept here can't be read (an older or newer Earful wrote it); says which.
    """
    return (*of_file, *(read_rule(row) for row in list_rules(session) if row.enabled))


def read_rule(row: StoredRule) -> Rule:
    """The rule that this row keeps.

    Raises:
        ConfigError: it can't be read.
    """
    try:
        return Rule.model_validate(row.definition | {"name": row.name})
    except ValidationError as error:
        raise ConfigError(
            _(
                'the rule "%(name)s" can\'t be read (%(why)s); change it, or switch it off',
                name=row.name,
                why=error.errors()[0]["msg"],
            )
        ) from error


def given(session: Session, rule: Rule) -> Rule:
    """The rule with its assignee called as their account is.

    Raises:
        RuleRefused: nobody who may work on cases is meant.
    """
    if not rule.assignee:
        return rule
    try:
        return rule.model_copy(update={"assignee": agent_called(session, rule.assignee)})
    except LookupError as error:
        raise RuleRefused(str(error)) from error


def is_given_to_nobody(rule: Rule, known: Sequence[str]) -> bool:
    """Whether its assignee is none of those who work on cases now; nobody knows while there are no accounts."""
    return bool(rule.assignee and known) and folded(rule.assignee) not in known


def add_rule(session: Session, rule: Rule, actor: str, at: datetime) -> int:
    """Keep a new rule, after all others and switched on. Returns its id.

    Raises:
        RuleRefused: there is one of this name, or there are too many.
    """
    _be_alone(session, rule.name, None)
    count, last = session.execute(select(func.count(), func.max(StoredRule.place)).select_from(StoredRule)).one()
    if count >= MOST:
        raise RuleRefused(_("there are %(most)s rules already; delete one first", most=MOST))
    row = StoredRule(
        name=rule.name,
        place=(last or 0) + 1,
        enabled=True,
        definition=_definition(rule),
        version=1,
        changed_at=at,
        changed_by=actor,
    )
    session.add(row)
    session.flush()
    _log(session, row, "added", actor, at)
    return row.id


def change_rule(session: Session, rule_id: int, version: int, rule: Rule, actor: str, at: datetime) -> None:
    """Change a rule as the person saw it.

    Raises:
        LookupError, Conflict: it is gone, or somebody changed it meanwhile. Nothing is written.
        RuleRefused: there is another one of this name.
    """
    _be_alone(session, rule.name, rule_id)
    values: dict[str, object] = {"name": rule.name, "definition": _definition(rule)}
    _log(session, _changed(session, rule_id, version, values, actor, at), "changed", actor, at)


def switch_rule(session: Session, rule_id: int, version: int, actor: str, at: datetime, *, on: bool) -> None:
    """Switch a rule on or off.

    Raises:
        LookupError, Conflict: as `change_rule` does.
    """
    row = _changed(session, rule_id, version, {"enabled": on}, actor, at)
    _log(session, row, "switched_on" if on else "switched_off", actor, at)


def move_rule(session: Session, rule_id: int, version: int, actor: str, at: datetime, *, up: bool) -> None:
    """Let a rule change places with the one before or after it; at the end of the list it stays.

    Raises:
        LookupError, Conflict: as `change_rule` does.
    """
    rows = list(session.scalars(select(StoredRule).order_by(StoredRule.place, StoredRule.id).with_for_update()))
    here = next((number for number, row in enumerate(rows) if row.id == rule_id), None)
    if here is None:
        raise LookupError(_(_GONE))
    there = here - 1 if up else here + 1
    if not 0 <= there < len(rows):
        return
    other = rows[there]
    mine = rows[here].place
    row = _changed(session, rule_id, version, {"place": other.place}, actor, at)
    session.execute(update(StoredRule).where(StoredRule.id == other.id).values(place=mine))
    _log(session, row, "moved", actor, at)


def delete_rule(session: Session, rule_id: int, version: int, actor: str, at: datetime) -> None:
    """Delete a rule; its history stays.

    Raises:
        LookupError, Conflict: as `change_rule` does.
    """
    row = _changed(session, rule_id, version, {"enabled": False}, actor, at)
    _log(session, row, "deleted", actor, at)
    session.delete(row)
    session.flush()


def history(session: Session, rule_id: int | None = None, limit: int = 50) -> Sequence[RuleChange]:
    """Who did what to a rule, or to all of them, the last first."""
    chosen = select(RuleChange).order_by(RuleChange.id.desc()).limit(limit)
    return session.scalars(chosen if rule_id is None else chosen.where(RuleChange.rule_id == rule_id)).all()


_GONE = N_("there is no such rule any more")


def _changed(
    session: Session, rule_id: int, version: int, values: dict[str, object], actor: str, at: datetime
) -> StoredRule:
    mine = (StoredRule.id == rule_id, StoredRule.version == version)
    stamped = {**values, "version": StoredRule.version + 1, "changed_at": at, "changed_by": actor}
    done = session.connection().execute(update(StoredRule).where(*mine).values(stamped)).rowcount
    row = session.get(StoredRule, rule_id, populate_existing=True)
    if row is None:
        raise LookupError(_(_GONE))
    if not done:
        raise Conflict(_("%(actor)s changed this rule meanwhile; nothing of yours was stored", actor=row.changed_by))
    return row


def _definition(rule: Rule) -> dict[str, object]:
    return rule.model_dump(mode="json", exclude_defaults=True, exclude={"name"})


def _be_alone(session: Session, name: str, but: int | None) -> None:
    for key, other in session.execute(select(StoredRule.id, StoredRule.name)).tuples():
        if other.casefold() == name.casefold() and key != but:
            raise RuleRefused(_('there is a rule "%(name)s" already; give this one another name', name=other))


def _log(session: Session, row: StoredRule, action: str, actor: str, at: datetime) -> None:
    kept = {"rule_id": row.id, "name": row.name, "definition": row.definition}
    session.add(RuleChange(**kept, at=at, actor=actor, action=action))
    session.flush()
