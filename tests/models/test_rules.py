from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from earful.errors import ConfigError, Conflict
from earful.settings import Rule
from models.database import Database
from models.rule import StoredRule
from models.rules import (
    RuleRefused,
    add_rule,
    change_rule,
    delete_rule,
    history,
    in_force,
    list_rules,
    move_rule,
    switch_rule,
)

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def rule(name: str, **said: Any) -> Rule:
    return Rule.model_validate({"name": name, "query": "lid", **said})


def names(database: Database) -> list[str]:
    with database.read() as session:
        return [each.name for each in in_force(session, [rule("of the file")])]


def test_rules_count_in_their_order_after_those_of_the_file(database: Database) -> None:
    whole = rule("b", labels=["negative"], severity="high", tags=["x"], rating_to=2.5, author_seen=False)
    with database.write() as session:
        first = add_rule(session, rule("a"), "dana", NOW)
        second = add_rule(session, whole, "dana", NOW)
        assert in_force(session, [])[1] == whole
    assert names(database) == ["of the file", "a", "b"]
    with database.write() as session:
        move_rule(session, second, 1, "dana", NOW, up=True)
        move_rule(session, second, 2, "dana", NOW, up=True)
    assert names(database) == ["of the file", "b", "a"]
    with database.write() as session:
        switch_rule(session, first, 1, "lee", NOW, on=False)
    assert names(database) == ["of the file", "b"]
    with database.write() as session:
        delete_rule(session, second, 2, "lee", NOW + timedelta(hours=1))
    assert names(database) == ["of the file"]
    with database.read() as session:
        assert [each.name for each in list_rules(session)] == ["a"]
        told = [(each.name, each.actor, each.action) for each in history(session)]
        assert told[0] == ("b", "lee", "deleted")
        assert [each.action for each in history(session, second)] == ["deleted", "moved", "added"]


def test_a_stale_change_and_a_taken_name_are_refused(database: Database) -> None:
    with database.write() as session:
        key = add_rule(session, rule("a"), "dana", NOW)
        add_rule(session, rule("b"), "dana", NOW)
        change_rule(session, key, 1, rule("a", rating_to=2), "lee", NOW)
    with database.write() as session, pytest.raises(Conflict, match="lee changed this rule"):
        change_rule(session, key, 1, rule("a"), "dana", NOW)
    with database.write() as session:
        with pytest.raises(RuleRefused, match='"b" already'):
            change_rule(session, key, 2, rule("B"), "dana", NOW)
        with pytest.raises(RuleRefused):
            add_rule(session, rule("A"), "dana", NOW)
        with pytest.raises(LookupError):
            delete_rule(session, 99, 1, "dana", NOW)


def test_a_rule_that_can_not_be_read_is_told_by_name(database: Database) -> None:
    with database.write() as session:
        key = add_rule(session, rule("a"), "dana", NOW)
        session.get_one(StoredRule, key).definition = {"asks": "the moon"}
    with database.read() as session, pytest.raises(ConfigError, match='the rule "a" can\'t be read'):
        in_force(session, [])
