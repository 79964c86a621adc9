"""A signed delivery is kept before it is answered and collected once; whoever can't sign is told nothing."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import select

from connectors.webhook import WebhookSettings
from earful.configfile import Configuration
from earful.secrets import Secrets
from earful.settings import Brand, Settings
from earful.signing import sign
from flows.steps.jobs import jobs
from flows.steps.report import SourceReport
from flows.steps.whole import run_here
from inbox import webhooks
from inbox.app import create_app
from models.database import Database
from models.delivery import StoredDelivery
from models.mention import Mention
from tests.local import LOCAL

pytestmark = pytest.mark.slow  # a server and a database for each

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN, SECRET = "t0ken", "s3cret"
Post = Callable[..., Any]


@pytest.fixture
def config(tmp_path: Path, database: Database) -> Configuration:
    source = WebhookSettings(type="webhook", name="shop", map={"author": "customer.name"})
    settings = Settings(brands=(Brand(name="Fjellkopp", sources=(source,)),), data_dir=tmp_path, reader="vader")
    secrets = Secrets(tmp_path, {"EARFUL_WEBHOOK_TOKEN": TOKEN, "EARFUL_WEBHOOK_SECRET": SECRET})
    return Configuration(settings, tmp_path, secrets, tmp_path / "earful.toml")


@pytest.fixture
def clock() -> dict[str, datetime]:
    return {"now": NOW}


@pytest.fixture
def app(config: Configuration, database: Database, clock: dict[str, datetime]) -> FastAPI:
    return create_app(config, database, lambda: clock["now"])


@pytest.fixture
def client(served: str) -> Iterator[httpx.Client]:
    by_name = {"Host": "feedback.example.com"}  # under whatever name it is reached
    with httpx.Client(base_url=served, headers=by_name, **LOCAL) as client:
        yield client


@pytest.fixture
def post(client: httpx.Client) -> Post:
    """Deliver, signed at a time; parts of it may be wrong."""

    def post(body: object, at: datetime = NOW, token: str = TOKEN, secret: str = SECRET, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        stamp = str(int(at.timestamp()))
        signed = {"Earful-Timestamp": stamp, "Earful-Signature": sign(secret, stamp, data)}
        return client.post(f"/webhooks/{token}", content=data, headers={**signed, **headers})

    return post


def collect(database: Database, config: Configuration, at: datetime = NOW) -> SourceReport:
    with time_machine.travel(at, tick=False):
        return run_here(database, config, jobs(config.settings)).sources[0]


def waiting(database: Database) -> int:
    with database.read() as session:
        rows = session.scalars(select(StoredDelivery).where(StoredDelivery.body.is_not(None)))
        return len(rows.all())


ITEM = {"id": "9007199254740993", "text": "The lid leaks", "customer": {"name": "Nora"}, "date": "2026-03-01T10:00:00Z"}


def test_a_delivery_is_kept_and_collected_once(database: Database, config: Configuration, post: Post) -> None:
    answer = post(ITEM)
    assert (answer.status_code, answer.json()) == (202, {"received": 1})
    assert post(ITEM).status_code == 202  # the same again: its sender missed the answer
    assert waiting(database) == 1
    source = collect(database, config)
    assert {name: source.counts[name] for name in ("fetched", "new", "rejected")} == {
        "fetched": 1, "new": 1, "rejected": 0,
    }  # fmt: skip
    with database.read() as session:
        (mention,) = session.scalars(select(Mention)).all()
    assert (mention.external_id, mention.author, mention.text) == ("9007199254740993", "Nora", "The lid leaks")
    assert waiting(database) == 0

    assert post(ITEM).status_code == 202  # replayed within the window: already collected
    assert collect(database, config).counts["fetched"] == 0
    assert post({**ITEM, "text": "It leaks no more"}).status_code == 202
    assert collect(database, config).counts["edited"] == 1


def test_a_line_ends_where_json_lines_end(database: Database, config: Configuration, post: Post) -> None:
    texts = ["The lid leaks\u2028It did before", "And the\x85handle"]
    lines = [json.dumps({**ITEM, "id": text, "text": text}, ensure_ascii=False) for text in texts]
    assert post("\r\n".join(lines).encode()).json() == {"received": 2}
    assert collect(database, config).counts["new"] == 2


def test_an_old_signature_is_let_go_and_an_item_still_counts_once(
    database: Database, config: Configuration, post: Post, clock: dict[str, datetime]
) -> None:
    post(ITEM)
    collect(database, config)
    clock["now"] = NOW + timedelta(minutes=11)
    assert post(ITEM).status_code == 404  # outside the window
    assert post(ITEM, at=clock["now"]).status_code == 202
    source = collect(database, config, clock["now"])
    assert (source.counts["unchanged"], source.counts["new"]) == (1, 0)
    with database.read() as session:
        assert len(session.scalars(select(Mention)).all()) == 1


def test_one_bad_item_spoils_no_other(database: Database, config: Configuration, post: Post) -> None:
    lines = b'{"id": "1", "text": "Good"}\n\n{"id": "2", "text": "Bad", "rating": 99}\n{"id": "5.7E+17", "text": "x"}\n'
    assert post(lines).json() == {"received": 3}
    assert post([{"id": "3", "text": "Listed"}, {"surprise": "x"}]).json() == {"received": 2}
    assert post([{"surprise": "x"}]).status_code == 202
    source = collect(database, config)
    assert (source.counts["new"], source.counts["rejected"]) == (2, 4)
    assert source.counts["fetched"] == 6


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "another"},
        {"secret": "another"},
        {"at": NOW - timedelta(minutes=6)},
        {"at": NOW + timedelta(minutes=6)},
        {"Earful-Signature": ""},
        {"Earful-Timestamp": ""},
        {"Earful-Timestamp": "soon"},
        {"Earful-Timestamp": str(int(NOW.timestamp()) + 1)},
    ],
)
def test_whoever_cannot_sign_is_told_nothing(database: Database, client: httpx.Client, post: Post, wrong: Any) -> None:
    refused = post(ITEM, **wrong)
    looked = client.get("/webhooks/" + TOKEN)
    assert (refused.status_code, refused.content) == (404, looked.content)
    assert client.get("/webhooks/another").content == looked.content
    assert refused.headers["content-type"] == "application/problem+json"
    assert waiting(database) == 0


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 422, "empty"),
        (b"[]", 422, "empty"),
        (b"lid", 400, "not JSON"),
        (b'{"text": ', 400, "not JSON"),
        (b'{"a": 1}\nlid', 400, "line 2"),
        (b"7", 422, "object"),
        (b"[1]", 422, "object"),
        (b'{"text": "\xe6"}', 400, "UTF-8"),
        (b"[" * 100_000, 422, "deeply"),
        (b"[" + b"{}," * 1000 + b"{}]", 413, "items"),
        (b" " * 1_000_001, 413, "bytes"),
    ],
)
def test_a_bad_body_is_a_problem_that_says_why(
    database: Database, post: Post, body: bytes, status: int, said: str
) -> None:
    answer = post(body)
    told = answer.json()
    assert (answer.status_code, told["status"]) == (status, status)
    assert said in told["detail"]
    assert waiting(database) == 0


def test_too_many_are_asked_to_come_later(post: Post, clock: dict[str, datetime], monkeypatch: Any) -> None:
    monkeypatch.setattr(webhooks, "PER_MINUTE", 3)
    assert [post({"id": "1", "text": "x"}).status_code for _ in range(4)] == [202, 202, 202, 429]
    answer = post(ITEM)
    assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert [post(ITEM, token="wrong").status_code for _ in range(4)] == [404, 404, 404, 429]
    clock["now"] = NOW + timedelta(seconds=61)
    assert post(ITEM).status_code == 202


def test_without_its_secrets_nothing_is_taken_and_a_run_says_so(
    database: Database, config: Configuration, post: Post
) -> None:
    bare = replace(config, secrets=Secrets(config.folder, {"EARFUL_WEBHOOK_TOKEN": TOKEN}))
    assert list(webhooks.hooks(bare)) == []
    source = collect(database, bare)
    assert "EARFUL_WEBHOOK_SECRET" in (source.error or "")


def test_a_killed_run_loses_no_delivery(
    database: Database, config: Configuration, post: Post, monkeypatch: Any
) -> None:
    post(ITEM)
    from flows.steps import collect as step

    with monkeypatch.context() as patched:
        patched.setattr(step.runs, "beat", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        collect(database, config)
    assert waiting(database) == 1
    assert collect(database, config).counts["new"] == 1
    assert collect(database, config).counts["fetched"] == 0


def test_the_documented_line_signs_as_we_do() -> None:
    digest = 'openssl dgst -sha256 -hmac "$EARFUL_WEBHOOK_SECRET" -r'
    command = f"""printf '%s.%s' "$now" "$body" | {digest} | cut -d' ' -f1"""
    page = (Path(__file__).parents[2] / "docs" / "connectors" / "webhook.md").read_text("utf-8")
    assert command in page
    given = {"now": "1700000000", "body": '{"text": "Blåbær"}', "EARFUL_WEBHOOK_SECRET": SECRET, "PATH": os.defpath}
    ran = subprocess.run(["sh", "-c", command], env=given, capture_output=True, text=True, check=False)
    if "not found" in ran.stderr:
        pytest.skip("openssl is not here")
    assert ran.stdout.strip() == sign(SECRET, "1700000000", given["body"].encode())
