"""What people keep is their account's, whatever they are called; and a case goes to somebody who has one."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from models.account import Role
from models.accounts import add_user, disable, user_named
from models.acts import Act, NotAllowed, Verb
from models.casework import act
from models.database import Database
from models.keeper import key_of
from models.presence import come, present
from models.views import SavedView, drop_view, keep_view, saved_views

pytest_plugins = ["tests.flows.flagged"]

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def keep(database: Database, key: str, name: str, *, shared: bool = False) -> None:
    with database.write() as session:
        keep_view(session, SavedView(owner=key, name=name, query="?view=open", shared=shared, kept_at=NOON))


def seen(database: Database, key: str) -> list[tuple[str, str, bool]]:
    with database.read() as session:
        return [(view.name, view.by, view.mine) for view in saved_views(session, key)]


def test_who_is_renamed_keeps_their_views_and_shows_under_the_new_name(database: Database) -> None:
    keep(database, key_of("dana", None), "mine before accounts")
    with database.write() as session:
        dana = add_user(session, NOON, "dana", Role.ADMIN)
        lee = add_user(session, NOON, "lee", Role.AGENT)
        ours, theirs = key_of("dana", dana.id), key_of("lee", lee.id)
    keep(database, ours, "shared", shared=True)
    with database.write() as session:
        user_named(session, "dana").name = "dana.berg"
        come(session, ours, 7, NOON)
    assert seen(database, ours) == [("mine before accounts", "dana.berg", True), ("shared", "dana.berg", True)]
    assert seen(database, theirs) == [("shared", "dana.berg", False)]
    with database.write() as session:
        assert present(session, [7], theirs, NOON) == {7: ["dana.berg"]}
        assert present(session, [7], ours, NOON) == {}
        for view in saved_views(session, theirs):
            drop_view(session, view.id, theirs)
    assert len(seen(database, ours)) == 2, "another's stays"


@pytest.mark.parametrize(
    ("to", "gets", "refused"),
    [
        ("Lee", "lee", None),
        (" LEE@example.com ", "lee", None),
        ("dana", "dana", None),
        ("leee", None, "did you mean"),
        ("nobody", None, 'valid: "dana", "lee"'),
        ("vera", None, "nobody who works on cases"),
        ("gone", None, "nobody who works on cases"),
    ],
)
def test_a_case_goes_to_somebody_who_works_on_cases(
    database: Database, flag: Callable[..., int], to: str, gets: str | None, refused: str | None
) -> None:
    case_id = flag("1")
    with database.write() as session:
        add_user(session, NOON, "dana", Role.ADMIN)
        add_user(session, NOON, "lee", Role.AGENT, "lee@example.com")
        add_user(session, NOON, "vera", Role.VIEWER)
        disable(session, add_user(session, NOON, "gone", Role.AGENT), NOON)
    if refused:
        with pytest.raises(NotAllowed, match=refused), database.write() as session:
            act(session, case_id, 1, "dana", Act(Verb.ASSIGN, to=to), NOON)
    else:
        with database.write() as session:
            assert act(session, case_id, 1, "dana", Act(Verb.ASSIGN, to=to), NOON).assignee == gets


def test_without_accounts_any_name_will_do(database: Database, flag: Callable[..., int]) -> None:
    case_id = flag("1")
    with database.write() as session:
        assert act(session, case_id, 1, "dana", Act(Verb.ASSIGN, to="Kim"), NOON).assignee == "Kim"
