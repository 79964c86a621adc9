"""Signing in through an OpenID provider: a real, small one on loopback, with a key of its own."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from earful.configfile import Configuration
from earful.errors import ConfigError
from earful.secrets import Secrets
from earful.settings import InboxSettings, OidcSettings
from inbox.oidc import check
from models.account import Role
from models.accounts import disable, find_user, user_named
from models.database import Database
from tests.local import LOCAL

pytestmark = pytest.mark.slow

KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": "one"}, private=True) for _ in range(2))
CLIENT, SECRET = "earful", "a shared secret"


class Provider:
    """Signs everybody in as `claims` say, and hands out a code only for what was asked with it."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "d-1", "email": "agent@example.com", "email_verified": True}
        self.forged: dict[str, Any] = {}
        self.key = KEY
        self.asked: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def authorise(self, asked: dict[str, str]) -> str:
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code{len(self.asked)}"
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.asked.pop(sent.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sent.get("code_verifier", "").encode()).digest())
        known = f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"
        if asked is None or asked["code_challenge"] != challenge.decode().rstrip("=") or authorization != known:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": asked["nonce"]}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, **self.claims, **self.forged}, self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": signed}

    def _handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                if path == "/authorise":
                    self.send_response(303)
                    self.send_header("Location", provider.authorise({k: v[0] for k, v in parse_qs(query).items()}))
                    self.end_headers()
                elif path == "/keys":
                    self.answer(200, KeySet([KEY]).as_dict(private=False))
                else:
                    names = {"authorization_endpoint": "authorise", "token_endpoint": "token", "jwks_uri": "keys"}
                    places = {name: f"{provider.issuer}/{path}" for name, path in names.items()}
                    self.answer(200, {"issuer": provider.issuer, **places})

            def do_POST(self) -> None:
                sent = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                given = {key: value[0] for key, value in sent.items()}
                self.answer(*provider.token(given, self.headers.get("authorization", "")))

            def answer(self, status: int, body: object) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


Enter = Callable[..., httpx.Response]


@pytest.fixture
def enter(provider: Provider, team: Database, serve: Callable[..., str]) -> Iterator[Enter]:
    """Goes from the sign-in page to the provider and back; returns the last answer."""
    clients = []

    def enter(create: bool = False, tamper: Callable[[str], str] = str, **changed: Any) -> httpx.Response:
        oidc = OidcSettings(
            issuer=provider.issuer, client_id=CLIENT, name="Fjord Login", create_users=create, **changed
        )
        address = serve(InboxSettings(oidc=oidc), {"EARFUL_OIDC_SECRET": SECRET})
        client = httpx.Client(base_url=address, **LOCAL)
        clients.append(client)
        assert "Sign in with Fjord Login" in client.get("/sign-in").text
        away = client.get("/sign-in/provider?back=/cases/2%3Fview=all")
        assert away.status_code == 303, away.text
        back = httpx.get(away.headers["location"], **LOCAL).headers["location"]
        answer = client.get(tamper(back))
        enter.client = client  # type: ignore[attr-defined]
        return answer

    yield enter
    for client in clients:
        client.close()


def test_a_known_address_signs_in_and_comes_back_where_they_were(enter: Enter, team: Database) -> None:
    answer = enter()
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases/2?view=all")
    assert "Agent Smid" in enter.client.get("/cases").text  # type: ignore[attr-defined]
    with team.read() as session:
        assert user_named(session, "agent").subject == "d-1"


def test_whoever_is_known_stays_known_under_another_address(enter: Enter, provider: Provider, team: Database) -> None:
    enter()
    provider.claims = {"sub": "d-1", "email": "new@example.com", "email_verified": True}
    assert enter().status_code == 303
    provider.claims = {"sub": "d-2", "email": "agent@example.com", "email_verified": True}
    answer = enter()
    assert answer.status_code == 403
    assert "belongs to another person" in answer.text


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_proven_is_nobodys(enter: Enter, provider: Provider, verified: object) -> None:
    provider.claims["email_verified"] = verified
    answer = enter(create=True)
    assert answer.status_code == 403
    assert "no account here" in answer.text


def test_strangers_get_an_account_only_where_that_is_set(enter: Enter, provider: Provider, team: Database) -> None:
    provider.claims = {"sub": "s", "email": "agent@elsewhere.example", "email_verified": True, "name": "Sol Vik"}
    assert enter().status_code == 403
    assert enter(create=True).status_code == 303
    with team.read() as session:
        user = find_user(session, "agent@elsewhere.example")
        assert user is not None
        assert (user.name, user.display_name, user.role) == ("agent2", "Sol Vik", Role.VIEWER)


def test_whoever_is_shut_out_stays_out(enter: Enter, team: Database) -> None:
    with team.write() as session:
        user = user_named(session, "agent")
        disable(session, user, user.created_at)
    assert "shut out" in enter().text


@pytest.mark.parametrize(
    "forged",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"nonce": "another"},
        {"exp": 1_000_000_000},
        {"azp": "another"},
        {"sub": None},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_a_token_that_proves_nothing_is_refused(enter: Enter, provider: Provider, forged: dict[str, object]) -> None:
    provider.forged = forged
    answer = enter()
    assert answer.status_code == 403
    assert enter.client.get("/cases").status_code == 303  # type: ignore[attr-defined]


def test_a_token_that_somebody_else_signed_is_refused(enter: Enter, provider: Provider) -> None:
    provider.key = OTHER_KEY
    assert "does not prove who you are" in enter().text


def other_state(back: str) -> str:
    code = parse_qs(urlsplit(back).query)["code"][0]
    return f"/sign-in/return?{urlencode({'code': code, 'state': 'another'})}"


def other_code(back: str) -> str:
    state = parse_qs(urlsplit(back).query)["state"][0]
    return f"/sign-in/return?{urlencode({'code': 'guessed', 'state': state})}"


def no_code(back: str) -> str:
    state = parse_qs(urlsplit(back).query)["state"][0]
    return f"/sign-in/return?{urlencode({'error': 'access_denied', 'state': state})}"


@pytest.mark.parametrize(
    ("tamper", "said"),
    [(other_state, "not begun in this browser"), (other_code, "begin again"), (no_code, "did not sign you in")],
)
def test_a_way_back_that_is_not_ours_is_refused(enter: Enter, tamper: Callable[[str], str], said: str) -> None:
    answer = enter(tamper=tamper)
    assert answer.status_code == 403
    assert said in answer.text


def test_a_provider_that_calls_itself_otherwise_is_not_asked(
    provider: Provider, team: Database, serve: Callable[..., str]
) -> None:
    oidc = OidcSettings(issuer=provider.issuer + "/", client_id=CLIENT)
    address = serve(InboxSettings(oidc=oidc), {"EARFUL_OIDC_SECRET": SECRET})
    answer = httpx.get(f"{address}/sign-in/provider", **LOCAL)
    assert answer.status_code == 503
    assert "calls itself" in answer.text


def test_without_a_provider_there_is_no_way_to_one(client: httpx.Client, team: Database) -> None:
    assert client.get("/sign-in/provider").status_code == 422
    assert client.get("/sign-in/return?code=x&state=").status_code == 422


def test_a_missing_secret_is_said_before_anything_is_served(config: Configuration) -> None:
    inbox = InboxSettings(oidc=OidcSettings(issuer="https://login.example.com", client_id=CLIENT))
    settings = config.settings.model_copy(update={"inbox": inbox})
    with pytest.raises(ConfigError, match="EARFUL_OIDC_SECRET is not set"):
        check(Configuration(settings, config.folder, Secrets(config.folder, {}), config.path))


def test_the_issuer_is_asked_in_private() -> None:
    with pytest.raises(ValueError, match="https address"):
        OidcSettings(issuer="http://login.example.com", client_id=CLIENT)
