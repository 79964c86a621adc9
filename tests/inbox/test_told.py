"""What one wants to be told: chosen on the account page, sealed, merged with the configuration, and really sent."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from earful.configfile import Configuration
from earful.secrets import Secrets
from models.account import Role
from models.accounts import user_named
from models.database import Database
from tests.services import Web

# apprise imports a module of the standard library that goes away in Python 3.13, where it brings its own.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")]

SignedIn = Callable[[Role | None], httpx.Client]
Configured = Callable[..., None]


@pytest.fixture
def configured(app: FastAPI) -> Configured:
    """Gives the running inbox other settings and secrets."""

    def configured(secrets: dict[str, str] | None = None, own: str = "any", **settings: Any) -> None:
        config: Configuration = app.state.house.config
        given = {**config.settings.model_dump(), "brands": config.settings.brands, **settings}
        inbox = {**config.settings.inbox.model_dump(), "own_addresses": own, "mail": settings.pop("mail", None)}
        made = type(config.settings).model_validate({**given, "inbox": inbox} if "mail" not in given else given)
        app.state.house = replace(
            app.state.house, config=replace(config, settings=made, secrets=Secrets(config.folder, secrets or {}))
        )

    return configured


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def notify(team: Database, name: str) -> dict[str, Any]:
    with team.read() as session:
        kept: dict[str, Any] = user_named(session, name).preferences["notify"]
        return kept


def test_a_person_chooses_what_to_be_told(signed_in: SignedIn, team: Database) -> None:
    agent = signed_in(Role.AGENT)
    page = agent.get("/account").text
    assert "A source could not be read" not in page, "that is for operators"
    assert "A source could not be read" in signed_in(Role.ADMIN).get("/account").text
    quiet = {"quiet_from": "22:00", "quiet_to": "07:00"}
    chosen = {"kind": ["mention", "due"], "brand": ["Fjord Air"], "pace": "daily", **quiet}
    assert agent.post("/account/told", data=chosen).status_code == 303
    kept = notify(team, "agent")
    assert {kind for kind, wanted in kept.items() if wanted is True} == {"mention", "due", "daily"}
    assert (kept["brands"], kept["quiet_from"], kept["quiet_to"]) == (["Fjord Air"], "22:00", "07:00")
    page = agent.get("/account?saved=1").text
    assert 'value="22:00"' in page
    assert "Saved." in page


@pytest.mark.parametrize(
    "wrong", [{"kind": ["silent"]}, {"kind": ["x"]}, {"brand": ["Nobody"]}, {"quiet_from": "22:00"}]
)
def test_what_can_not_be_chosen(signed_in: SignedIn, wrong: dict[str, Any]) -> None:
    assert signed_in(Role.AGENT).post("/account/told", data=wrong).status_code == 422


def test_an_address_is_sealed_never_shown_and_reached(
    signed_in: SignedIn, team: Database, configured: Configured, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    configured()
    agent = signed_in(Role.AGENT)
    address = f"mmost://127.0.0.1:{web.port}/s3cr3ttoken"
    caplog.set_level("DEBUG")
    assert agent.post("/account/address", data={"address": address}).status_code == 303
    with team.read() as session:
        sealed = user_named(session, "agent").sealed_address
    assert sealed
    assert "s3cr3t" not in sealed
    page = agent.get("/account").text
    assert "mmost://…" in page
    sent = agent.post("/account/test-message")
    assert sent.status_code == 200
    assert "A test message was sent" in sent.text
    [got] = web.got
    assert "the test message you asked for" in got.body["text"]
    assert got.path == "/hooks/s3cr3ttoken"
    shown = page + sent.text + caplog.text
    assert "s3cr3t" not in shown
    assert agent.post("/account/address", data={"address": ""}).status_code == 303
    assert "Send me a test message" not in agent.get("/account").text


def test_a_test_that_does_not_arrive_says_so_and_there_are_not_many(
    signed_in: SignedIn, configured: Configured
) -> None:
    configured()
    agent = signed_in(Role.AGENT)
    assert "no address yet" in agent.post("/account/test-message").text
    agent.post("/account/address", data={"address": "mmost://127.0.0.1:1/s3cr3ttoken"})
    answers = [agent.post("/account/test-message") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {422}
    assert "could not be reached" in answers[0].text
    assert "many tests" in answers[-1].text
    assert "s3cr3t" not in "".join(answer.text for answer in answers)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "no address of mail"),
        ("json://127.0.0.1/x", "no address of mail"),
        ("syslog://", "no address of mail"),
        ("file:///etc/passwd", "no address of mail"),
        ("workflows://example.com/a/b?template=/etc/passwd", "behind the question mark"),
        ("mmosts://example.com/token?verify=no", "behind the question mark"),
        ("mmost://127.0.0.1:1/token", "private network"),
        ("mmost://localhost:1/token", "private network"),
        ("mmost://[::1]:1/token", "private network"),
        ("mailto://a:b@example.com?smtp=10.0.0.1", "private network"),
        ("slack://", "is missing in this address"),
    ],
)
def test_an_address_that_nobody_may_choose(
    signed_in: SignedIn, team: Database, configured: Configured, address: str, said: str
) -> None:
    configured(own="public")
    answer = signed_in(Role.AGENT).post("/account/address", data={"address": address})
    assert answer.status_code == 422
    assert said in answer.text
    assert address.partition("://")[2] not in answer.text or len(address) < 12
    with team.read() as session:
        assert user_named(session, "agent").sealed_address is None


def test_the_configuration_counts_and_the_page_says_so(
    signed_in: SignedIn, team: Database, configured: Configured
) -> None:
    configured(people=[{"name": "agent", "secret": "EARFUL_A", "due": False, "daily": True}])
    page = signed_in(Role.AGENT).get("/account").text
    assert "set in <code>earful.toml</code>" in page
    assert 'value="due" disabled' in page
    assert 'value="half" disabled' in page
    assert 'value="mention" checked>' in page
    assert "the address that the configuration names" in page
    assert 'name="address"' not in page
    signed_in(Role.AGENT).post("/account/told", data={"kind": ["mention"]})
    assert notify(team, "agent")["due"] is False
