"""Pages stay quick however much is stored: no query of any page reads a whole table, and no page is heavy to send."""

import random
import string
from datetime import timedelta

import httpx
import pytest

from earful.configfile import Configuration
from flows.steps.themedesk import ThemeDesk
from inbox.app import create_app
from models.account import SCOPES
from models.database import Database
from models.tokens import add_token
from tests.inbox.conftest import NOW, Filler, fill, serving
from tests.local import LOCAL
from tests.plans import watched, whole_tables

FILTERS = (
    "", "&brand=Fjord+Air", "&source=reddit", "&severity=high", "&language=bg", "&label=negative", "&theme=delays",
    "&assignee=dana", "&age=7d", "&like=1", "&q=bag", "&q=%22lost+my+bag%22+OR+insul*&brand=Fjord+Air&language=en",
    "&seen=20", "&after=1.1787629242000000.25",
)  # fmt: skip
VIEWS = ("open", "mine", "unassigned", "due-today", "overdue", "waiting", "snoozed", "done", "all")
LISTS = [f"/cases?view={view}{asked}" for view in VIEWS for asked in FILTERS]
HEARD = [
    "/mentions", "/mentions?brand=Fjord+Air", "/mentions?source=reddit", "/mentions?label=neutral", "/mentions?q=bag",
    "/mentions?language=th", "/mentions?q=bag&label=positive", "/mentions?after=1787629242000000.25",
    "/mentions?q=bag&after=1787629242000000.25",
]  # fmt: skip
CASES = ["/cases/1?view=all&seen=60", "/cases/2?did=1", "/cases/4", "/cases/new?view=open&seen=20"]
OTHERS = [
    "/samples", "/samples?judged=true", "/samples?after=5", "/testimonials", "/testimonials?answered=yes&before=5",
    "/day", "/day?brand=Fjord+Air&date=2026-03-03", "/runs", "/rules", "/rules/new", "/replies", "/settings",
    "/lexicon", "/users", "/tokens", "/keys", "/readyz",
]  # fmt: skip


@pytest.mark.slow
def test_no_query_of_a_page_reads_a_whole_table(config: Configuration, database: Database) -> None:
    fill(database)
    clicked = {"HX-Request": "true", "HX-Target": "pane"}
    app = create_app(config, database, lambda: NOW)
    with serving(app) as address, httpx.Client(base_url=address, **LOCAL) as client:
        for path in [*LISTS, *HEARD, *CASES, *OTHERS]:
            with watched(database) as asked:
                for headers in ({}, clicked) if path in CASES else ({},):
                    assert client.get(path, headers=headers).status_code == 200, path
            assert asked, path
            assert whole_tables(database, asked) == [], path


ASKED = [
    "/cases?brand=Fjord+Air&source=reddit&language=bg&theme=delivery", "/mentions?brand=Fjord+Air&language=bg",
    "/cases?brand=nope", "/cases?source=nope", "/cases?theme=nope", "/cases?language=zz", "/mentions?language=zz",
    "/mentions?source=nope", "/exports/testimonials?brand=nope",
]  # fmt: skip


@pytest.mark.slow
def test_no_query_of_the_api_reads_a_whole_table(config: Configuration, database: Database) -> None:
    fill(database)
    with database.write() as session:
        headers = {"Authorization": f"Bearer {add_token(session, NOW, 'crm', SCOPES, 'dana', timedelta(days=1))}"}
    for path in ASKED:
        app = create_app(config, database, lambda: NOW, ThemeDesk(database, config))  # that remembers nothing yet
        with serving(app) as address, httpx.Client(base_url=f"{address}/api/v1", headers=headers, **LOCAL) as api:
            with watched(database) as asked:
                assert api.get(path).status_code == (422 if "nope" in path or "zz" in path else 200), path
            assert asked, path
            assert whole_tables(database, asked) == [], path


@pytest.mark.slow
def test_no_page_is_heavier_than_a_hundred_thousand_bytes(client: httpx.Client, more: Filler, filled: Database) -> None:
    chance = random.Random(7)
    long = "".join(chance.choices(string.ascii_lowercase + " ", k=100_000))  # hardly to be packed, and never posted
    post = {"source": "reddit", "hours_ago": 1, "severity": "urgent"}
    number = [more.post({**post, "text": f"{count} {long}"}) for count in range(60)][-1]
    for path in ("/cases", f"/cases/{number}", "/mentions", "/cases?q=bag"):
        with client.stream("GET", path) as answer:
            assert sum(map(len, answer.iter_raw())) < 100_000, path
