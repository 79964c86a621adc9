from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from models import passwords
from models.account import RIGHTS, SCOPES, Right, Role, SignInTries, User, UserSession
from models.accounts import (
    AccountRefused,
    add_user,
    all_users,
    change_role,
    disable,
    enable,
    find_user,
    make_link,
    set_password,
    user_named,
)
from models.database import Database
from models.doors import begin_session, forget_stale, user_of_link, user_of_session
from models.passwords import hashed, matches, weakness
from models.signin import TRIES_A_NAME, TRIES_AN_ADDRESS, SignInRefused, TooManyTries, sign_in

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def add(database: Database, name: str = "dana", role: Role = Role.ADMIN, **more: str) -> User:
    with database.write() as session:
        return add_user(session, NOW, name, role, **more)


@pytest.mark.parametrize(
    ("name", "email", "said"),
    [
        ("", None, "one word"),
        ("two words", None, "one word"),
        ("a@b", None, "one word"),
        ("x" * 41, None, "one word"),
        ("../etc", None, "one word"),
        ("dana.", None, "one word"),  # a note that calls "@dana." means dana
        ("Earful", None, "pipeline itself"),
        ("DANA", None, "already"),
        ("lee", "no address", "no mail address"),
        ("lee", "Dana@Example.com", "another user"),
    ],
)
def test_a_name_or_address_that_will_not_do_is_refused(
    database: Database, name: str, email: str | None, said: str
) -> None:
    add(database, email="dana@example.com")
    with pytest.raises(AccountRefused, match=said), database.write() as session:
        add_user(session, NOW, name, Role.AGENT, email)


def test_users_are_found_however_they_are_written(database: Database) -> None:
    add(database, "Ивана", email="Ivana@Example.COM", display_name=" Ивана \n Петрова ")
    with database.read() as session:
        for said in ("ивана", " ИВАНА ", "ivana@example.com", "IVANA@example.com"):
            found = find_user(session, said)
            assert found is not None
            assert found.display_name == "Ивана Петрова"
        with pytest.raises(AccountRefused, match="there are ивана"):
            user_named(session, "ivan")


def test_the_first_is_an_admin_and_one_stays(database: Database) -> None:
    with pytest.raises(AccountRefused, match="must be an admin"):
        add(database, "lee", Role.AGENT)
    add(database)
    add(database, "lee", Role.AGENT)
    with database.write() as session:
        dana, lee = all_users(session)
        for act in (lambda: change_role(session, dana, Role.VIEWER), lambda: disable(session, dana, NOW)):
            with pytest.raises(AccountRefused, match="only admin"):
                act()
        change_role(session, lee, Role.ADMIN)
        session.flush()
        disable(session, dana, NOW)
        session.flush()
        with pytest.raises(AccountRefused, match="only admin"):
            disable(session, lee, NOW)


@pytest.mark.slow
def test_of_two_admins_who_remove_each_other_one_stays(database: Database) -> None:
    add(database)
    add(database, "lee")

    def remove(name: str) -> bool:
        try:
            with database.write() as session:
                disable(session, user_named(session, name), NOW)
        except AccountRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(remove, ("dana", "lee"))) == [False, True]


def test_a_session_is_good_until_it_is_over(database: Database) -> None:
    dana = add(database)
    with database.write() as session:
        word = begin_session(session, dana, NOW)
        assert user_of_session(session, word, NOW) is not None
        assert user_of_session(session, word + "x", NOW) is None
        assert user_of_session(session, "", NOW) is None
        assert user_of_session(session, word, NOW + timedelta(days=3)) is None
        disable_all(session.get_one(User, dana.id))
        session.flush()
        assert user_of_session(session, word, NOW) is None


def disable_all(user: User) -> None:
    user.disabled_at = NOW


def test_a_password_ends_sessions_and_links(database: Database) -> None:
    add(database)
    with database.write() as session:
        dana = user_named(session, "dana")
        session_word, link_word = begin_session(session, dana, NOW), make_link(session, dana, NOW)
        assert user_of_link(session, link_word, NOW) is dana
        set_password(session, dana, PASSWORD)
        assert user_of_link(session, link_word, NOW) is None
        assert user_of_session(session, session_word, NOW) is None


def test_nothing_that_opens_a_door_is_stored_in_clear(database: Database) -> None:
    add(database)
    with database.write() as session:
        dana = user_named(session, "dana")
        word = begin_session(session, dana, NOW)
        set_password(session, dana, PASSWORD)
        session.flush()
        assert dana.password_hash is not None
        assert dana.password_hash.startswith("$argon2id$")
        assert word not in str(session.scalars(select(UserSession.token_hash)).all())


@pytest.mark.parametrize("name", ["dana", "nobody"])
def test_tries_are_counted_also_when_they_come_all_at_once(database: Database, name: str) -> None:
    add(database)

    def attempt(_: int) -> type[Exception]:
        try:
            sign_in(database, name, "wrong", "203.0.113.9", NOW)
        except (SignInRefused, TooManyTries) as refused:
            return type(refused)
        raise AssertionError

    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(attempt, range(TRIES_A_NAME + 5)))
    assert answers.count(SignInRefused) == TRIES_A_NAME
    assert answers.count(TooManyTries) == 5


def test_an_address_that_tries_many_names_is_refused(database: Database) -> None:
    for number in range(TRIES_AN_ADDRESS):
        with pytest.raises(SignInRefused):
            sign_in(database, f"name{number}", "wrong", "203.0.113.9", NOW)
    with pytest.raises(TooManyTries):
        sign_in(database, "another", "wrong", "203.0.113.9", NOW)
    with pytest.raises(SignInRefused):
        sign_in(database, "another", "wrong", "203.0.113.10", NOW)


def test_what_is_over_is_forgotten(database: Database) -> None:
    add(database)
    with database.write() as session:
        dana = user_named(session, "dana")
        begin_session(session, dana, NOW)
        make_link(session, dana, NOW)
    with pytest.raises(SignInRefused):
        sign_in(database, "x", "y", "z", NOW)
    with database.write() as session:
        forget_stale(session, NOW + timedelta(days=60))
        assert session.scalars(select(UserSession)).all() == []
        assert session.scalars(select(SignInTries)).all() == []


def test_an_account_can_be_opened_again(database: Database) -> None:
    add(database)
    add(database, "lee", Role.AGENT)
    with database.write() as session:
        lee = user_named(session, "lee")
        set_password(session, lee, PASSWORD)
        disable(session, lee, NOW)
        with pytest.raises(AccountRefused, match="disabled"):
            make_link(session, lee, NOW)
    with pytest.raises(SignInRefused):
        sign_in(database, "lee", PASSWORD, "here", NOW)
    with database.write() as session:
        enable(user_named(session, "lee"))
    assert sign_in(database, "lee", PASSWORD, "here", NOW).name == "lee"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "too short"),
        ("x" * 201, "too long"),
        ("aaaaaaaaaaaa", "quickly guessed"),
        ("my-Dana-2026!", "your name"),
        (PASSWORD, None),
        ("пет жълти крави", None),
    ],
)
def test_weak_passwords_are_told_why(password: str, said: str | None) -> None:
    wrong = weakness(password, "dana", "jo")
    assert (wrong is None) if said is None else said in (wrong or "")


def test_the_same_letters_are_the_same_password() -> None:
    assert matches(hashed("crème brûlée"), "cre\u0300me bru\u0302le\u0301e")
    assert not matches(hashed("crème brûlée"), "creme brulee")
    assert not matches(None, "anything")
    assert not matches("no hash", "anything")


def test_a_password_is_hashed_anew_when_the_settings_grow(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    add(database)
    with database.write() as session:
        set_password(session, user_named(session, "dana"), PASSWORD)
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    sign_in(database, "dana", PASSWORD, "here", NOW)
    with database.read() as session:
        assert "t=2" in (user_named(session, "dana").password_hash or "")


def test_in_earnest_a_password_costs_what_the_rfc_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert (passwords.HASHER.memory_cost, passwords.HASHER.time_cost) == (65536, 3)


def test_no_token_may_administer() -> None:
    assert set(SCOPES) < RIGHTS[Role.ADMIN]
    assert Right.ADMIN not in SCOPES
