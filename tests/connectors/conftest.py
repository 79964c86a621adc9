"""What every test of a connector asks for: its server, its world, and all that may befall it."""

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from connectors import http
from connectors.http import Limits
from connectors.registry import CONNECTORS
from tests.connectors.mailserver import MailServer
from tests.connectors.served import Item
from tests.connectors.server import Fake, Reply
from tests.connectors.world import World

CONTRACTS = {"test_contract.py", "test_same_meaning.py"}  # each test for each source
QUICK = {"rss", "reddit", "trustpilot", "file"}  # one of each kind: feed, listing, login, own data


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the contract of most sources to `make test`: the quick loop holds it at a few of them."""
    for item in items:
        ours = item.path.name in CONTRACTS and "[" in item.name
        if ours and not QUICK & set(item.name.partition("[")[2].strip("]").split("-")):
            item.add_marker("slow")


@pytest.fixture
def fake() -> Iterator[Fake]:
    server = Fake()
    yield server
    server.close()


@pytest.fixture
def mails() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be large, and nothing is waited for between tries. A busy machine may be slow."""
    from prawcore.sessions import FiniteRetryStrategy

    monkeypatch.setattr(http, "PATIENCE", Limits(seconds=20, silence=10, size=2_000_000))
    monkeypatch.setattr(FiniteRetryStrategy, "sleep", lambda self: None)


@pytest.fixture(params=sorted(CONNECTORS))
def world(request: pytest.FixtureRequest, fake: Fake, mails: MailServer, tmp_path: Path) -> World:
    """Each registered source in turn."""
    return World(CONNECTORS[request.param], fake, tmp_path, mails)


@pytest.fixture
def worlds(fake: Fake, mails: MailServer, tmp_path: Path) -> Callable[[str], World]:
    return lambda name: World(CONNECTORS[name], fake, tmp_path, mails)


@pytest.fixture
def make_item() -> type[Item]:
    return Item


@pytest.fixture
def make_reply() -> type[Reply]:
    return Reply


@pytest.fixture(scope="session")
def bomb() -> bytes:
    """Three hundred megabytes of nothing, packed."""
    return gzip.compress(b"", 1) + b"".join([gzip.compress(bytes(1_000_000), 9)] * 300)


@pytest.fixture
def faults(fake: Fake, bomb: bytes) -> dict[str, Reply]:
    """What a server may do to us, by name; `cut` and `charset` depend on the page and are made in the test."""
    loop = {"location": "/again"}
    date = format_datetime(datetime.now(UTC), usegmt=True)
    return {
        "html": Reply(b"<!doctype html><html><head><title>Blocked</title></head><body>Are you human?</body></html>"),
        "empty": Reply(b""),
        "null": Reply(b"null"),
        "wrong shape": Reply(b'{"surprise": true}'),
        "a list": Reply(b'["surprise"]'),
        "text": Reply(b"Service temporarily unavailable"),
        "bomb": Reply(bomb, headers={"content-encoding": "gzip"}),
        "broken gzip": Reply(b"this is not gzip at all", headers={"content-encoding": "gzip"}),
        "redirect loop": Reply(status=302, headers=loop),
        "redirect to nowhere": Reply(status=302),
        "429 in seconds": Reply(status=429, headers={"retry-after": "7"}),
        "429 with a date": Reply(status=429, headers={"retry-after": date}),
        "429 with garbage": Reply(status=429, headers={"retry-after": "soon"}),
        "429": Reply(b"<html>slow down</html>", status=429),
        "500": Reply(status=500),
        "503": Reply(b"<html>away</html>", status=503, headers={"retry-after": "30"}),
        "401": Reply(status=401),
        "403": Reply(b"<html>no</html>", status=403),
        "404": Reply(status=404),
        "204": Reply(status=204),
        "304 unasked": Reply(status=304),
        "reset": Reply(reset=True),
        "short": Reply(b'{"a": ', declared=500),
        "endless": Reply(bytes(1_000_000), declared=10_000_000_000, times=10_000),
    }
