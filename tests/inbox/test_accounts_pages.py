"""One's own account, users and tokens: the pages, as plain forms."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from models.account import Role
from models.accounts import all_users, find_user, user_named
from models.database import Database

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

PASSWORD = "correct horse battery"
SignedIn = Callable[[Role | None], httpx.Client]


def test_the_first_account_is_made_here_and_leads_to_its_password(client: httpx.Client, store: Database) -> None:
    assert "Make your account" in client.get("/users").text
    answer = client.post("/users", data={"name": "Dana", "role": "viewer", "display_name": "Dana Berg"})
    assert answer.headers["location"].startswith("/welcome/")
    assert client.get("/cases").status_code == 303  # from now on everybody signs in
    answer = client.post(answer.headers["location"], data={"password": PASSWORD, "again": PASSWORD})
    assert answer.headers["location"] == "/cases"
    assert "Dana Berg" in client.get("/users").text
    with store.read() as session:
        assert user_named(session, "dana").role is Role.ADMIN


def test_an_admin_adds_changes_shuts_out_and_lets_in(signed_in: SignedIn, team: Database) -> None:
    admin = signed_in(Role.ADMIN)
    page = admin.post("/users", data={"name": "kari", "role": "marketer", "email": "kari@example.com"})
    link = re.search(r"<code>http://[^/]+(/welcome/[\w-]+)</code>", page.text)
    assert link
    assert "Choose a password" in signed_in(None).get(link[1]).text
    with team.read() as session:
        key = user_named(session, "kari").id
    assert admin.post(f"/users/{key}", data={"what": "role", "role": "agent"}).status_code == 303
    assert admin.post(f"/users/{key}", data={"what": "disable"}).status_code == 303
    assert "used already" in signed_in(None).get(link[1]).text
    assert "shut out" in admin.get("/users").text
    assert admin.post(f"/users/{key}", data={"what": "enable"}).status_code == 303
    assert "/welcome/" in admin.post(f"/users/{key}", data={"what": "link"}).text
    with team.read() as session:
        assert user_named(session, "kari").role is Role.AGENT


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("/users", {"name": "agent"}, "already"),
        ("/users", {"name": "two words"}, "one word"),
        ("/users", {"name": "x", "email": "nothing"}, "no mail address"),
        ("/users/me", {"what": "disable"}, "only admin"),
        ("/users/me", {"what": "role", "role": "viewer"}, "only admin"),
        ("/users/4711", {"what": "disable"}, "no such user"),
        ("/tokens", {"name": "a b", "scope": "read"}, "one word"),
        ("/tokens", {"name": "crm"}, "one or more of"),
        ("/tokens", {"name": "crm", "scope": "admin"}, "one or more of"),
        ("/tokens", {"name": "crm", "scope": "read", "days": "0"}, "days"),
        ("/tokens/revoke", {"name": "crm"}, "no token"),
        ("/account", {"locale": "xx"}, "from the lists"),
        ("/account", {"time_zone": "Mars/Olympus"}, "from the lists"),
        ("/account", {"theme": "pink"}, "from the lists"),
    ],
)
def test_what_can_not_be_is_said_on_the_page(
    signed_in: SignedIn, team: Database, path: str, data: dict[str, str], said: str
) -> None:
    with team.read() as session:
        path = path.replace("me", str(user_named(session, "admin").id))
        before = [(user.name, user.role, user.disabled_at) for user in all_users(session)]
    answer = signed_in(Role.ADMIN).post(path, data=data)
    assert answer.status_code == 422
    assert said in answer.text
    with team.read() as session:
        assert [(user.name, user.role, user.disabled_at) for user in all_users(session)] == before


def test_a_person_chooses_how_pages_look(signed_in: SignedIn, team: Database) -> None:
    agent = signed_in(Role.AGENT)
    chosen = {"display_name": "  Åse\n Vik ", "locale": "nb", "time_zone": "Asia/Jakarta", "theme": "dark"}
    assert agent.post("/account", data=chosen).status_code == 303
    page = agent.get("/account?saved=1").text
    assert 'data-theme="dark"' in page
    assert "Åse Vik" in page
    assert "Lagret." in page, "it speaks Norwegian at once"
    with team.read() as session:
        user = user_named(session, "agent")
    assert (user.locale, user.time_zone) == ("nb", "Asia/Jakarta")
    agent.post("/theme", data={"theme": "light"})
    assert 'data-theme="light"' in signed_in(Role.AGENT).get("/account").text


def test_the_language_that_a_browser_asks_for_is_remembered(
    signed_in: SignedIn, team: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = signed_in(Role.AGENT)

    def asked(accepted: str) -> str | None:
        agent.get("/account", headers={"Accept-Language": accepted})
        with team.read() as session:
            return user_named(session, "agent").asked_locale

    assert asked("nb-NO,nb;q=0.9") == "nb_NO"
    assert asked("bg") == "nb_NO", "it is not written at every page"
    monkeypatch.setattr("inbox.person.SEEN_EVERY", timedelta(0))
    assert asked("bg") == "bg"


def test_keys_follow_a_person_from_browser_to_browser(signed_in: SignedIn, team: Database) -> None:
    agent, elsewhere = signed_in(Role.AGENT), signed_in(Role.AGENT)
    assert agent.post("/keys", data={"on": "yes", "resolve": "y"}).status_code == 303
    assert re.search(r'name="resolve"[^>]*value="y"', elsewhere.get("/keys").text)
    with team.read() as session:
        assert user_named(session, "agent").preferences["keys"]["changed"] == {"resolve": "y"}


def test_a_new_password_signs_out_everywhere_else(signed_in: SignedIn) -> None:
    here, elsewhere = signed_in(Role.AGENT), signed_in(Role.AGENT)
    new = {"password": "another good one", "again": "another good one"}
    for wrong in ({"current": "x", **new}, {"current": PASSWORD, **new, "again": "y"}, {"current": PASSWORD}):
        assert here.post("/account/password", data=wrong).status_code == 422
        assert elsewhere.get("/cases").status_code == 200
    assert here.post("/account/password", data={"current": PASSWORD, **new}).status_code == 303
    assert here.get("/cases").status_code == 200
    assert elsewhere.get("/cases").status_code == 303


def test_whoever_sits_at_a_strangers_browser_can_not_try_out_passwords(signed_in: SignedIn) -> None:
    here = signed_in(Role.AGENT)
    new = {"password": "another good one", "again": "another good one"}
    for _ in range(10):
        assert "another one" in here.post("/account/password", data={"current": "guess", **new}).text
    assert "too many tries" in here.post("/account/password", data={"current": PASSWORD, **new}).text.lower()


def test_signing_out_everywhere_ends_every_session(signed_in: SignedIn) -> None:
    here, elsewhere = signed_in(Role.AGENT), signed_in(Role.AGENT)
    assert "In 2 browsers" in here.get("/account").text
    assert here.post("/account/sign-out-everywhere").headers["location"] == "/sign-in"
    assert here.get("/cases").status_code == elsewhere.get("/cases").status_code == 303


def test_a_token_is_shown_once_works_and_is_revoked(signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    made = admin.post("/tokens", data={"name": "CRM", "scope": ["read", "metrics"], "days": "30"}).text
    word = re.search(r"<code>(earful_[\w-]{43})</code>", made)
    assert word
    page = admin.get("/tokens").text
    assert word[1] not in page
    assert "crm" in page
    headers = {"Authorization": f"Bearer {word[1]}"}
    assert admin.get("/api/v1/runs", headers=headers).status_code == 200
    assert admin.post("/tokens/revoke", data={"name": "crm"}).status_code == 303
    assert admin.get("/api/v1/runs", headers=headers).status_code == 401
    assert "revoked" in admin.get("/tokens").text


def test_hostile_names_are_shown_inert(signed_in: SignedIn, team: Database) -> None:
    admin = signed_in(Role.ADMIN)
    admin.post("/users", data={"name": "eve", "display_name": "<script>alert(1)</script>{{ 7*7 }}"})
    page = admin.get("/users").text
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page
    with team.read() as session:
        assert find_user(session, "eve") is not None
