"""Signing in and out as a person does, over a real server."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.settings import InboxSettings
from inbox import signin
from inbox.person import SESSION_COOKIE
from inbox.serve import check_reach, listen
from models import accounts, passwords
from models.account import Role, UserSession
from models.accounts import make_link, user_named
from models.case import Case
from models.caseview import events_of
from models.database import Database
from models.signin import TRIES_A_NAME
from tests.local import LOCAL

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

PASSWORD = "correct horse battery"
SignedIn = Callable[[Role | None], httpx.Client]


def sign_in(
    client: httpx.Client, name: str = "agent", password: str = PASSWORD, back: str = "/cases"
) -> httpx.Response:
    return client.post("/sign-in", data={"name": name, "password": password, "back": back})


def test_from_the_first_account_on_everybody_signs_in_here_too(client: httpx.Client, team: Database) -> None:
    answer = client.get("/cases?view=all&q=bag")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?back=%2Fcases%3Fview%3Dall%26q%3Dbag"
    page = client.get(answer.headers["location"])
    assert 'name="password"' in page.text
    assert "Only for this machine" not in page.text
    assert 'href="/mentions"' not in page.text
    answer = sign_in(client, back="/cases?view=all&q=bag")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases?view=all&q=bag")
    page = client.get("/cases")
    assert page.status_code == 200
    assert "Agent Smid" in page.text
    assert client.get("/sign-in").headers["location"] == "/cases"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: httpx.Client, team: Database) -> None:
    cookie = sign_in(client).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    with team.read() as session:
        stored = session.scalars(select(UserSession)).one()
    assert stored.token_hash not in cookie
    assert re.search(r"earful_session=[\w-]{43};", cookie)


def test_behind_https_the_cookie_is_for_https_only(
    config: Configuration, team: Database, serve: Callable[..., str]
) -> None:
    inbox = InboxSettings(trusted_proxies=("127.0.0.1",), url="https://inbox.example.com")
    address = serve(inbox)
    forwarded = {"Host": "inbox.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    with httpx.Client(base_url=address, **LOCAL, headers=forwarded) as client:
        assert "Secure" in sign_in(client).headers["set-cookie"]
    untrusted = serve(InboxSettings(url="https://inbox.example.com"))
    with httpx.Client(base_url=untrusted, **LOCAL, headers=forwarded) as client:
        assert "Secure" not in sign_in(client).headers["set-cookie"]


def test_what_is_done_stands_under_the_users_name(client: httpx.Client, team: Database, filled: Database) -> None:
    sign_in(client, "AGENT@example.com ")
    client.post("/cases/2", data={"verb": "take", "version": "1"})
    with filled.read() as session:
        assert session.get_one(Case, 2).assignee == "agent"
        assert events_of(session, 2)[-1].actor == "agent"


def test_nobody_learns_who_has_an_account(
    client: httpx.Client, team: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    hasher = passwords.HASHER

    class Counting:
        hash = staticmethod(hasher.hash)

        def verify(self, stored: str, password: bytes) -> bool:
            compared.append(stored)
            return hasher.verify(stored, password)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    answers = [sign_in(client, name, "wrong").text.replace(f'"{name}"', "") for name in ("agent", "nobody", "fresh")]
    assert answers[0] == answers[1] == answers[2]
    assert len(compared) == 3
    assert "don&#39;t belong together" in answers[0]


def test_too_many_tries_are_refused_even_with_the_right_password(client: httpx.Client, team: Database) -> None:
    for name in ("agent", "nobody"):
        for _ in range(TRIES_A_NAME):
            assert sign_in(client, name, "wrong").status_code == 401
        answer = sign_in(client, name)
        assert answer.status_code == 429
        assert "wait 15 minutes" in answer.text
    assert sign_in(client, "viewer").status_code == 303


def test_tries_are_forgotten_with_time_and_with_success(
    client: httpx.Client, team: Database, app: FastAPI, clock: Callable[[], object]
) -> None:
    for _ in range(TRIES_A_NAME - 1):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 303
    client.cookies.clear()
    for _ in range(TRIES_A_NAME):
        assert sign_in(client, password="wrong").status_code == 401
    assert sign_in(client).status_code == 429
    later(app, timedelta(minutes=16))
    assert sign_in(client).status_code == 303


def later(app: FastAPI, how_much: timedelta) -> None:
    home = app.state.house
    now = home.clock
    app.state.house = type(home)(home.config, home.database, lambda: now() + how_much, home.templates)


@pytest.mark.parametrize(("idle", "status"), [(timedelta(days=2), 200), (timedelta(days=4), 303)])
def test_a_session_that_is_not_used_ends(
    client: httpx.Client, team: Database, app: FastAPI, idle: timedelta, status: int
) -> None:
    sign_in(client)
    later(app, idle)
    assert client.get("/cases").status_code == status


def test_a_session_ends_however_much_it_is_used(client: httpx.Client, team: Database, app: FastAPI) -> None:
    sign_in(client)
    for _ in range(29):
        later(app, timedelta(days=1))
        assert client.get("/cases").status_code == 200
    later(app, timedelta(days=1))
    assert client.get("/cases").status_code == 303


def test_signing_out_ends_the_session_for_good(client: httpx.Client, team: Database) -> None:
    sign_in(client)
    word = client.cookies[SESSION_COOKIE]
    answer = client.post("/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert SESSION_COOKIE not in client.cookies
    client.cookies.set(SESSION_COOKIE, word)
    assert client.get("/cases").status_code == 303


def test_whoever_is_disabled_is_out_at_once(signed_in: SignedIn, team: Database) -> None:
    client = signed_in(Role.AGENT)
    with team.write() as session:
        accounts.disable(session, user_named(session, "agent"), user_named(session, "agent").created_at)
    assert client.get("/cases").status_code == 303
    client.cookies.clear()
    assert sign_in(client).status_code == 401


def link(team: Database, app: FastAPI, name: str) -> str:
    with team.write() as session:
        return f"/welcome/{make_link(session, user_named(session, name), app.state.house.clock())}"


def test_a_link_lets_choose_a_password_once(client: httpx.Client, team: Database, app: FastAPI) -> None:
    path = link(team, app, "fresh")
    for _ in range(2):  # a mail program that looks at it uses nothing up
        assert "Choose a password" in client.get(path).text
    assert "not the same" in client.post(path, data={"password": PASSWORD, "again": "x"}).text
    weak = client.post(path, data={"password": "short", "again": "short"})
    assert weak.status_code == 422
    assert "too short" in weak.text
    answer = client.post(path, data={"password": PASSWORD, "again": PASSWORD})
    assert answer.headers["location"] == "/cases"
    assert client.get("/cases").status_code == 200
    assert client.get(path).status_code == 422
    client.cookies.clear()
    assert "used already" in client.post(path, data={"password": PASSWORD, "again": PASSWORD}).text
    assert sign_in(client, "fresh").status_code == 303


def test_a_new_password_ends_the_sessions_of_the_old(signed_in: SignedIn, team: Database, app: FastAPI) -> None:
    before, other = signed_in(Role.AGENT), signed_in(None)
    path = link(team, app, "agent")
    other.post(path, data={"password": "another good one", "again": "another good one"})
    assert before.get("/cases").status_code == 303
    assert other.get("/cases").status_code == 200
    before.cookies.clear()
    assert sign_in(before).status_code == 401
    assert sign_in(before, password="another good one").status_code == 303


def test_an_old_link_is_void(client: httpx.Client, team: Database, app: FastAPI) -> None:
    first, path = link(team, app, "fresh"), link(team, app, "fresh")
    assert client.get(first).status_code == 422
    later(app, timedelta(days=4))
    assert client.get(path).status_code == 422


def test_a_form_sent_after_the_session_ended_leaves_the_page_as_it_was(client: httpx.Client, team: Database) -> None:
    answer = client.post("/cases/2", data={"verb": "note", "text": "long work"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-retarget"]) == (401, "#signed-out")
    assert answer.text.startswith('<div id="say" class="alert away" role="alert">')
    assert 'href="/sign-in"' in answer.text
    assert client.get("/cases/new?view=open", headers={"HX-Request": "true"}).headers["hx-retarget"] == "#signed-out"


def test_a_plain_form_sent_then_is_answered_with_the_way_in_and_its_words(client: httpx.Client, team: Database) -> None:
    sent = {"verb": "note", "text": "long <work>", "password": "of mine"}
    answer = client.post("/cases/2", data=sent, headers={"Referer": "http://x/cases/2?view=all"})
    assert answer.status_code == 401
    assert "nothing was stored" in answer.text
    assert 'name="back" value="/cases/2"' in answer.text
    assert "long &lt;work&gt;" in answer.text
    assert "of mine" not in answer.text


def test_forged_sign_ins_and_sign_outs_are_refused(client: httpx.Client, team: Database) -> None:
    data = {"name": "agent", "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/sign-in", data=data, headers=headers).status_code == 403
    sign_in(client)
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert client.get("/cases").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"Host": "inbox.example.com"}],
)
def test_without_accounts_nobody_comes_in_through_a_proxy(
    store: Database, serve: Callable[..., str], headers: dict[str, str]
) -> None:
    address = serve(InboxSettings(url="https://inbox.example.com"))
    assert httpx.get(f"{address}/cases", **LOCAL).status_code == 200
    page = httpx.get(f"{address}/cases", headers=headers, **LOCAL, follow_redirects=False)
    assert page.status_code == 303
    page = httpx.get(f"{address}/sign-in", headers=headers, **LOCAL)
    assert "earful user add" in page.text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_loopback_may_be_served(store: Database, host: str) -> None:
    check_reach(host, store)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_serving_others_needs_an_account(store: Database, host: str) -> None:
    with pytest.raises(ConfigError, match="earful user add NAME"):
        check_reach(host, store)


def test_with_accounts_others_may_be_served(team: Database) -> None:
    check_reach("0.0.0.0", team)


def test_the_server_asks_before_it_listens(config: Configuration, store: Database) -> None:
    wide = config.settings.model_copy(update={"inbox": InboxSettings(host="0.0.0.0")})
    with pytest.raises(ConfigError, match="SSH tunnel"):
        listen(Configuration(wide, config.folder, config.secrets, config.path), store)


@pytest.mark.parametrize(
    ("back", "path"),
    [
        ("/cases/1?view=all", "/cases/1?view=all"),
        ("//evil.example", "/cases"),
        ("/\\evil.example", "/cases"),
        ("https://evil.example", "/cases"),
        ("/a\r\nSet-Cookie: x", "/cases"),
        ("", "/cases"),
    ],
)
def test_the_way_back_stays_here(back: str, path: str) -> None:
    assert signin.own_path(back) == path
