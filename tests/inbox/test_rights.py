"""Every route says which right it needs, and refuses whoever lacks it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from inbox.api.bearer import Scope
from inbox.person import Needs
from models.account import RIGHTS, SCOPES, Right, Role
from tests.local import LOCAL

pytestmark = pytest.mark.slow  # whole pages: with the other files of pages half a minute

#: What anybody may ask for without being known. A new one is a decision: write it here.
PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/return"),
    ("POST", "/theme"),
    ("GET", "/welcome/{word}"),
    ("POST", "/welcome/{word}"),
    # A delivery proves by its signature who sent it; whatever else is asked there is told nothing.
    *((method, "/webhooks/{token}") for method in ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")),
}
#: What declares nothing: files, and the description of the API.
MOUNTED = {"/static", "/api/v1/openapi.json"}

SignedIn = Callable[[Role | None], httpx.Client]


def routes(app: FastAPI, above: str = "") -> Iterator[tuple[str, str, set[Right | None]]]:
    """Method, path and declared rights of every route there is, those of the API too."""
    for route in iter_route_contexts(app.routes):
        inner = getattr(route.original_route, "app", None)
        if isinstance(inner, FastAPI):
            yield from routes(inner, above + (route.path or ""))
            continue
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            rights = set(declared(getattr(route.original_route, "dependant", None)))
            yield method, above + (route.path or ""), rights


def declared(dependant: Any) -> Iterator[Right | None]:
    for dependency in dependant.dependencies if dependant else ():
        if isinstance(dependency.call, Needs | Scope):
            yield dependency.call.right


def test_every_route_declares_one_right(app: FastAPI) -> None:
    found = list(routes(app))
    assert {path for _, path, rights in found if not rights} <= MOUNTED
    assert all(len(rights) == 1 for _, path, rights in found if path not in MOUNTED)
    assert {(method, path) for method, path, rights in found if rights == {None}} == PUBLIC
    assert len(found) > len(PUBLIC) + 5


def asked(client: httpx.Client, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    filled = re.sub(r"\{\w+(:\w+)?\}", "1", path)
    return client.request(method, filled, headers=headers)


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_refuses_whoever_lacks_its_right(app: FastAPI, signed_in: SignedIn, role: Role | None) -> None:
    client = signed_in(role)
    for method, path, rights in routes(app):
        wanted = rights - {None}
        if not wanted or path.startswith("/api/") or path == "/metrics":
            continue
        answer = asked(client, method, path)
        if role is None:
            expected = 303 if method == "GET" else 401
            assert answer.status_code == expected, (method, path)
            assert "/sign-in" in answer.headers.get("location", answer.text), (method, path)
        elif wanted <= RIGHTS[role]:
            assert answer.status_code not in {401, 403, 500}, (method, path, answer.status_code)
            assert "/sign-in" not in answer.headers.get("location", "") or "sign-out" in path
            client = signed_in(role)  # the route may have signed this one out
        else:
            assert answer.status_code == 403, (method, path)
            assert "Not yours to do" in answer.text


@pytest.mark.parametrize("forged", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_every_route_that_changes_something_refuses_another_sites_page(
    app: FastAPI, signed_in: SignedIn, token: Callable[..., str], forged: dict[str, str]
) -> None:
    client, seen = signed_in(Role.ADMIN), 0
    shown = {"Authorization": f"Bearer {token(*SCOPES)}"}
    for method, path, _ in routes(app):
        if method in {"GET", "HEAD", "OPTIONS"} or path.startswith("/webhooks/"):  # those are signed, each by itself
            continue
        seen += 1
        answer = asked(client, method, path, {**forged, **(shown if path.startswith("/api/") else {})})
        assert (answer.status_code, "another site" in answer.text) == (403, True), (method, path)
    assert seen > 20
    assert client.get("/account").status_code == 200, "a forged sign-out signs nobody out"


def _signs_out(client: httpx.Client) -> None:
    assert client.post("/sign-out").status_code == 303


def _changes_the_password(client: httpx.Client) -> None:
    new = "another good one"
    data = {"current": "correct horse battery", "password": new, "again": new}
    assert client.post("/account/password", data=data).status_code == 303


def _signs_out_everywhere(client: httpx.Client) -> None:
    assert client.post("/account/sign-out-everywhere").status_code == 303


@pytest.mark.parametrize("ends", [_signs_out, _changes_the_password, _signs_out_everywhere])
def test_a_session_that_ended_opens_no_route_any_more(
    app: FastAPI, served: str, signed_in: SignedIn, ends: Callable[[httpx.Client], None]
) -> None:
    here = signed_in(Role.ADMIN)
    elsewhere = here if ends is _signs_out else signed_in(Role.ADMIN)
    with httpx.Client(base_url=served, **LOCAL, cookies=dict(elsewhere.cookies)) as stolen:
        assert stolen.get("/account").status_code == 200
        ends(here)
        for method, path, rights in routes(app):
            if rights - {None} and not path.startswith("/api/") and path != "/metrics":
                assert asked(stolen, method, path).status_code == (303 if method == "GET" else 401), (method, path)


@pytest.mark.parametrize("scope", [None, *SCOPES])
def test_every_route_of_the_api_refuses_a_token_that_lacks_its_scope(
    app: FastAPI, client: httpx.Client, token: Callable[..., str], scope: Right | None
) -> None:
    headers = {"Authorization": f"Bearer {token(scope)}"} if scope else {}
    seen = 0
    for method, path, rights in routes(app):
        if not path.startswith("/api/") or path in MOUNTED:
            continue
        seen += 1
        answer = client.request(method, re.sub(r"\{\w+\}", "1", path), headers=headers)
        if scope is None:
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
        elif rights <= {scope}:
            assert answer.status_code not in {401, 403, 500}, (method, path)
        else:
            assert answer.status_code == 403, (method, path)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
    assert seen >= 8


def test_a_viewer_sees_no_button_that_would_be_refused(signed_in: SignedIn, filled: object) -> None:
    page = signed_in(Role.VIEWER).get("/cases/2")
    assert "Why it was flagged" in page.text
    assert 'id="act"' not in page.text
    assert 'id="act"' in signed_in(Role.AGENT).get("/cases/2").text


def test_roles_hold_what_they_promise() -> None:
    assert RIGHTS[Role.VIEWER] == {Right.ACCOUNT, Right.READ}
    assert Right.ACT not in RIGHTS[Role.MARKETER]
    assert Right.MARKET not in RIGHTS[Role.AGENT]
    assert RIGHTS[Role.ADMIN] == set(Right)
